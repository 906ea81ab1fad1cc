//! The server that the tests use, and databases of their own on it.

use std::{
    env,
    io::{Write, stderr},
    sync::atomic::{AtomicU32, Ordering},
};

use freehold_postgres::Postgres;
use tokio_postgres::NoTls;

/// The URL of the server. Without one the test that asks says that it is skipped, past the capturing of its output.
pub(crate) fn url() -> Option<String> {
    let url = env::var("FREEHOLD_POSTGRES").ok();
    if url.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let told =
            writeln!(stderr(), "SKIPPED {test}: FREEHOLD_POSTGRES is not set; `cargo xtask test` sets it");
        told.expect("there is a standard error");
    }
    url
}

/// The URL of an empty database on the server.
pub(crate) async fn empty(server: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let (client, wire) = tokio_postgres::connect(server, NoTls).await.expect("the server lets us in");
    tokio::spawn(wire);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("the role may create databases");
    let (place, query) = server.split_once('?').unwrap_or((server, ""));
    let (host, _) = place.rsplit_once('/').expect("the URL names a database");
    format!("{host}/{name}?{query}")
}

/// An empty database on the server, open.
pub(crate) async fn open(server: &str) -> Postgres {
    Postgres::open(empty(server).await).await.expect("the database can be opened")
}
