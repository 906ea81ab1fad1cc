//! The conformance suite on SQLite, and what is particular to a file.

mod archival;
mod closing;
mod commands;
mod damage;
mod delayed;
mod durability;
mod fixtures;
mod migrations;
mod opening;
mod sharing;
mod suite;
mod tombstones;
