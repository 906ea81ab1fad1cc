//! The log and the read models in one SQLite file.
//!
//! One thread writes: it takes what waits in a bounded queue and commits it as one transaction, each piece of work
//! under a savepoint with an outcome of its own. Readers have connections of their own and never wait for it.

mod append;
mod apply;
mod archive;
mod cells;
mod connection;
mod dead_letters;
mod deadline;
mod decimal;
mod event_query;
mod event_store;
mod events;
mod fault;
mod inline;
mod leases;
mod lock;
mod migrator;
mod nodes;
mod operations;
mod options;
mod readers;
mod rebuilds;
mod replacement;
mod rows;
mod scripts;
mod select;
mod session;
mod snapshot_store;
mod sql;
mod sqlite;
mod statements;
mod streams;
mod view_store;
mod writer;

pub use options::{Durability, Options};
pub use sqlite::Sqlite;
