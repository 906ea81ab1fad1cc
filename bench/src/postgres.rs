//! One PostgreSQL for all contenders, on a free port of this machine, its data below `target/`.

use std::time::{Duration, Instant};

use anyhow::Context;
use bench_harness::Store;
use postgres_server::{Binaries, Setup};

use crate::{command::target, flush::Flush};

/// How the server is set up, the same for all. What is not here is as PostgreSQL has it.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("wal_sync_method", "fdatasync"),
    ("shared_buffers", "2GB"),
    ("effective_cache_size", "8GB"),
    ("random_page_cost", "1.1"),
    ("max_connections", "1000"),
    ("max_wal_size", "16GB"),
    ("min_wal_size", "4GB"),
    ("checkpoint_timeout", "1h"),
];

/// A running server. It is gone, and its data, when this is dropped.
pub(crate) struct Server(postgres_server::Server);

impl Server {
    /// Starts a server without any data.
    pub(crate) fn start(flush: Flush) -> anyhow::Result<Self> {
        let setup = Setup::new(Binaries::find().context("PostgreSQL, 15 or later, is not installed")?);
        let setup = SETTINGS.iter().fold(setup, |setup, (name, value)| setup.setting(name, value));
        let variables = flush.environment()?.into_iter();
        let setup = variables.fold(setup, |setup, (name, value)| setup.variable(name, value));
        Ok(Self(setup.start(&target())?))
    }

    /// What it calls itself.
    pub(crate) fn version(&self) -> anyhow::Result<String> {
        self.0.sql("postgres", "SHOW server_version")
    }

    /// A fresh database.
    pub(crate) fn create(&self, name: &str) -> anyhow::Result<Store> {
        self.0.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(Store::Postgres { url: self.0.url(name), server: self.0.pid().context("the server runs")? })
    }

    /// Drops a database.
    pub(crate) fn drop_database(&self, name: &str) -> anyhow::Result<()> {
        self.0.sql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)")).map(drop)
    }

    /// Brings statistics up to date and writes out what is only in memory, so that each round begins alike.
    pub(crate) fn settle(&self, name: &str) -> anyhow::Result<()> {
        self.0.sql(name, "ANALYZE")?;
        self.0.sql(name, "CHECKPOINT").map(drop)
    }

    /// How long a transaction of one row takes to be durable, on average.
    pub(crate) fn commit_latency(&self) -> anyhow::Result<Duration> {
        self.0.sql("postgres", "CREATE TABLE probe (number int)")?;
        let begun = Instant::now();
        let insert = "INSERT INTO probe VALUES (n); COMMIT;";
        self.0.sql("postgres", &format!("DO $$ BEGIN FOR n IN 1..200 LOOP {insert} END LOOP; END $$"))?;
        let took = begun.elapsed() / 200;
        self.0.sql("postgres", "DROP TABLE probe")?;
        Ok(took)
    }
}
