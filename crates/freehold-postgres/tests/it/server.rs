//! The servers that the tests use, and databases of their own on them.

use std::{
    future::poll_fn,
    io::{Write, stderr},
    path::Path,
    time::Duration,
};

use freehold_postgres::{Options, Postgres};
use freehold_testkit::postgres::{self, TestDatabase};
use postgres_server::{Binaries, Server, Setup};
use tokio::{sync::mpsc, time::timeout};
use tokio_postgres::{AsyncMessage, Client, NoTls};

/// How long something may take that happens at once, on the busiest of machines.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

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
    open_with(server, |options| options).await
}

/// The same with options of its own.
pub(crate) async fn open_with(
    server: &str,
    options: impl FnOnce(Options) -> Options,
) -> (Postgres, TestDatabase) {
    let database = TestDatabase::create(server).await;
    let opened = Postgres::open(options(Options::new(database.url()))).await;
    (opened.expect("the database can be opened"), database)
}

/// How a server of a test's own is set up, where servers are to be tested with. It may be stopped and killed.
pub(crate) fn own() -> Option<Setup> {
    url()?;
    Some(Setup::new(Binaries::find().expect("PostgreSQL is installed")).setting("fsync", "off"))
}

/// Starts it.
pub(crate) fn start(setup: Setup) -> Server {
    setup.start(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("PostgreSQL can be started")
}

/// A connection past the adapter. It ends when the client is dropped, and what it holds with it.
pub(crate) async fn session(url: &str) -> Client {
    let (client, wire) = tokio_postgres::connect(url, NoTls).await.expect("the server lets us in");
    tokio::spawn(wire);
    client
}

/// A session that hears what nodes tell each other of the head of the log.
pub(crate) async fn listen(url: &str) -> (Client, mpsc::UnboundedReceiver<String>) {
    let (client, mut wire) = tokio_postgres::connect(url, NoTls).await.expect("the server lets us in");
    let (heard, hears) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| wire.poll_message(context)).await {
            if let AsyncMessage::Notification(told) = message {
                // Nobody may listen any more.
                heard.send(told.payload().to_owned()).ok();
            }
        }
    });
    client.batch_execute("LISTEN freehold_head").await.expect("anybody may");
    (client, hears)
}

/// Waits until this holds. Something else is wrong if it never does.
pub(crate) async fn until(session: &Client, condition: &str) {
    let select = format!("SELECT {condition}");
    let holds = async {
        while !session.query_one(&select, &[]).await.expect("the server answers").get::<_, bool>(0) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, holds).await.unwrap_or_else(|_| panic!("it never holds that {condition}"));
}

/// So many connections of this kind, `append`, `read` or `read ahead`, wait for a lock.
pub(crate) fn blocked(kind: &str, count: usize) -> String {
    format!(
        "count(*) = {count} FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'freehold/{kind}' AND wait_event_type = 'Lock'"
    )
}
