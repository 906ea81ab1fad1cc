//! The server that the tests use, and databases of their own on it.

use std::io::{Write, stderr};

use freehold_postgres::Postgres;
use freehold_testkit::postgres::{self, TestDatabase};

/// The URL of the server. Without one the test that asks says that it is skipped, past the capturing of its output.
pub(crate) fn url() -> Option<String> {
    let url = postgres::server();
    if url.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let told =
            writeln!(stderr(), "SKIPPED {test}: FREEHOLD_POSTGRES is not set; `cargo xtask test` sets it");
        told.expect("there is a standard error");
    }
    url
}

/// An empty database on the server, open, and what drops it in the end.
pub(crate) async fn open(server: &str) -> (Postgres, TestDatabase) {
    let database = TestDatabase::create(server).await;
    (Postgres::open(database.url()).await.expect("the database can be opened"), database)
}
