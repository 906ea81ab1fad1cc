//! The PostgreSQL server that tests run on.

use std::thread;

use postgres_server::{Server, Setup};

use crate::{command::target, tools};

/// The environment variable that names the server to those tests that want one.
pub(crate) const VARIABLE: &str = "FREEHOLD_POSTGRES";

/// Connections that a test may hold: several nodes, each with its readers and two more.
const CONNECTIONS: usize = 60;

/// Starts a server, with an order of text that is a person's rather than a machine's: whatever relies on the order of
/// bytes has to say so.
///
/// Commits are not flushed, which costs a test nothing: what a process has written outlives it all the same.
pub(crate) fn start() -> anyhow::Result<Server> {
    let tests = thread::available_parallelism().map_or(1, usize::from);
    Setup::new(tools::postgres()?)
        .initdb("--locale-provider=icu")
        .initdb("--icu-locale=en-US")
        .setting("fsync", "off")
        .setting("max_connections", &(100 + CONNECTIONS * tests).to_string())
        .start(&target())
}
