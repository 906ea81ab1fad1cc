//! The log and the read models in memory, for tests.
//!
//! It keeps every obligation of the ports but durability, with one lock around one state, so that it can be read
//! next to the obligations and found right. Tests of contexts run on it; services run on a database.

mod append;
mod dead_letters;
mod event_store;
mod inline;
mod leases;
mod memory;
mod migrator;
mod operations;
mod rebuilds;
mod select;
mod snapshot_store;
mod view_store;

pub use memory::Memory;
