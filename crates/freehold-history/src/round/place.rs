//! Places: where the log of a round is, and the servers that it needs.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use freehold::{memory::Memory, postgres::Postgres, sqlite::Sqlite};
use postgres_server::{Binaries, Server, Setup};
use tokio::runtime::Runtime;

use super::member::patiently;
use crate::Evidence;

/// Where a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this process, which has to live.
    Memory,
    /// In a file, with one process.
    Sqlite,
    /// On a server.
    Postgres,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// The servers of rounds: one, started when it is first needed, and none of anybody else, since it is killed.
#[derive(Debug)]
pub struct Servers {
    server: Option<Server>,
    folder: PathBuf,
    flush: bool,
}

impl Servers {
    /// With their data below this folder.
    pub fn below(folder: &Path) -> Self {
        Self { server: None, folder: folder.to_owned(), flush: true }
    }

    /// Commits are not flushed to the disk: what a process has written outlives it all the same.
    #[must_use]
    pub fn without_flush(mut self) -> Self {
        self.flush = false;
        self
    }

    /// The server.
    pub fn server(&mut self) -> anyhow::Result<&mut Server> {
        if self.server.is_none() {
            let binaries = Binaries::find().context("PostgreSQL 15 or later is not installed")?;
            let setup = Setup::new(binaries)
                .setting("max_connections", "150")
                .setting("fsync", if self.flush { "on" } else { "off" })
                .setting("checkpoint_timeout", "30s");
            self.server = Some(setup.start(&self.folder)?);
        }
        self.server.as_mut().context("the server was started")
    }

    /// An empty database: how nodes are told of it.
    pub(super) fn database(&mut self, place: Place, folder: &Path, name: &str) -> anyhow::Result<String> {
        Ok(match place {
            Place::Memory => "memory".to_owned(),
            Place::Sqlite => format!("sqlite:{}", folder.join("log.db").display()),
            Place::Postgres => {
                let server = self.server()?;
                server.sql("postgres", &format!("CREATE DATABASE {name}"))?;
                server.url(name)
            }
        })
    }

    /// Nobody needs it any more.
    pub(super) fn drop_database(&mut self, place: Place, name: &str) -> anyhow::Result<()> {
        if place == Place::Postgres {
            self.server()?.sql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"))?;
        }
        Ok(())
    }

    /// Until no connection of a node that was killed is left: what is to become of its commits is decided then. How far
    /// the log goes then.
    pub(super) fn await_stragglers(&mut self, name: &str, live: &[String]) -> anyhow::Result<u64> {
        let server = self.server()?;
        let others: Vec<_> =
            live.iter().map(|name| format!("application_name NOT LIKE '{name}/%'")).collect();
        let count = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid() AND {}",
            others.join(" AND ")
        );
        patiently(
            "connections of those that were killed end",
            || Ok(server.sql("postgres", &count)? == "0"),
        )?;
        Ok(server.sql(name, "SELECT freehold.head()")?.parse()?)
    }
}

/// What there is in the end.
pub(super) fn inspect(database: &str, memory: Option<Memory>, folder: &Path) -> anyhow::Result<Evidence> {
    Runtime::new()?.block_on(async {
        if let Some(memory) = memory {
            return crate::inspect(&memory, folder).await;
        }
        if let Some(path) = database.strip_prefix("sqlite:") {
            let sqlite = Sqlite::open(path).await?;
            let evidence = crate::inspect(&sqlite, folder).await;
            sqlite.close().await;
            return evidence;
        }
        let postgres = Postgres::open(database).await?;
        let evidence = crate::inspect(&postgres, folder).await;
        postgres.close().await;
        evidence
    })
}
