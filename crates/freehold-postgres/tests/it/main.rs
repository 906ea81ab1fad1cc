//! The conformance suite on PostgreSQL, and what is particular to a server.
//!
//! The server is that of `FREEHOLD_POSTGRES`, the URL of a role that may create databases and roles. `cargo xtask test`
//! starts one; without it these tests say that they are skipped.

// The derives name the facade, which lies above this crate.
extern crate freehold_domain as freehold;

mod commands;
mod delayed;
mod fixtures;
mod known;
mod lessons;
mod migrations;
mod opening;
mod outages;
mod queue;
mod roles;
mod server;
mod settings;
mod suite;
mod tls;
