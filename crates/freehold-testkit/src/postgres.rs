//! Databases of a PostgreSQL server for tests: each is made empty for one test and goes with it.

use std::{env, thread};

use freehold_app::SystemIds;
use freehold_ports::IdSource;
use tokio::runtime::Builder;
use tokio_postgres::NoTls;

/// The URL of the server that tests may use, if there is one: what the environment variable `FREEHOLD_POSTGRES` says,
/// such as `postgres://postgres:secret@localhost/postgres`. Its role has to be one that may create databases.
pub fn server() -> Option<String> {
    env::var("FREEHOLD_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// A database for one test. When this is dropped, so is the database, with whoever is still connected to it.
///
/// ```no_run
/// use freehold_testkit::postgres::{TestDatabase, server};
///
/// # async fn test() {
/// let Some(server) = server() else { return };
/// let database = TestDatabase::create(&server).await;
/// let url = database.url();
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
    url: String,
}

impl TestDatabase {
    /// Makes an empty database on the server of this URL, which is reached without TLS.
    ///
    /// # Panics
    /// If the server does not let us.
    pub async fn create(server: &str) -> Self {
        let name = format!("test_{}", SystemIds.next().simple());
        execute(server, &format!("CREATE DATABASE {name}")).await.expect("the role may create databases");
        Self { url: named(server, &name), server: server.to_owned(), name }
    }

    /// Its URL, which says the same as that of the server but for the name.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, drop) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // A test's own runtime cannot wait here. That the server is gone by now is the test's business, not this one's.
        let dropped = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(execute(&server, &drop)))
        });
        let _ = dropped.join();
    }
}

async fn execute(server: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    let (client, wire) = tokio_postgres::connect(server, NoTls).await?;
    let wire = tokio::spawn(wire);
    let done = client.batch_execute(sql).await;
    wire.abort();
    done
}

/// The URL of the database of this name on the same server.
fn named(server: &str, name: &str) -> String {
    let (place, query) =
        server.split_once('?').map_or((server, String::new()), |(place, query)| (place, format!("?{query}")));
    let (scheme, place) = place.split_once("://").unwrap_or(("postgres", place));
    let host = place.split_once('/').map_or(place, |(host, _)| host);
    format!("{scheme}://{host}/{name}{query}")
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn the_name_of_a_database_takes_the_place_of_another() {
        assert_eq!(
            named("postgres://ann:x@db:1/postgres?sslmode=disable", "a"),
            "postgres://ann:x@db:1/a?sslmode=disable"
        );
        assert_eq!(named("postgresql://db", "a"), "postgresql://db/a");
    }
}
