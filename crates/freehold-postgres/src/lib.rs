//! The log and the read models in PostgreSQL, 15 and later.
//!
//! One task writes the log: it takes what waits in a bounded queue and appends it as one transaction, in one round
//! trip to a function of the database, each append with an outcome of its own. Any number of nodes may do so at the
//! same time: they take turns by a lock that is held until the commit, so that positions are dense and in the order of
//! the commits. Readers have connections of their own and never wait for it.

mod append;
mod apply;
mod batch;
mod call;
mod cells;
mod committer;
mod connection;
mod dead_letters;
mod event_query;
mod event_store;
mod events;
mod fault;
mod inline;
mod knowledge;
mod leases;
mod migrator;
mod operations;
mod options;
mod postgres;
mod readers;
mod rebuilds;
mod replacement;
mod resolution;
mod rows;
mod scripts;
mod select;
mod signal;
mod snapshot_store;
mod sql;
mod statements;
mod tls;
mod together;
mod transaction;
mod view_store;

pub use options::Options;
pub use postgres::Postgres;
