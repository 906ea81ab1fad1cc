//! Places: where the log of a round is, and the servers that it needs.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use freehold::{app::DatabaseUrl, memory::Memory, ports::Database, postgres::Postgres, sqlite::Sqlite};
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
    pub(crate) fn database(&mut self, place: Place, folder: &Path, name: &str) -> anyhow::Result<String> {
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
    pub(crate) fn drop_database(&mut self, place: Place, name: &str) -> anyhow::Result<()> {
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

/// A database that outlives this process, opened.
pub(crate) enum Opened {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Opened {
    /// The one that nodes are told of so.
    pub(crate) async fn at(url: &str) -> anyhow::Result<Self> {
        Ok(match url.parse()? {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(Sqlite::open(path).await?),
            DatabaseUrl::Postgres(url) => Self::Postgres(Postgres::open(url.reveal()).await?),
        })
    }

    /// What there is to be done with it.
    pub(crate) fn database(&self) -> Arc<dyn Database> {
        match self {
            Self::Sqlite(sqlite) => Arc::new(sqlite.clone()),
            Self::Postgres(postgres) => Arc::new(postgres.clone()),
        }
    }

    /// Whether nobody else can open it meanwhile.
    pub(crate) fn is_alone(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            Self::Postgres(postgres) => postgres.close().await,
        }
    }
}

/// What there is in the end.
pub(super) fn inspect(database: &str, memory: Option<Memory>, folder: &Path) -> anyhow::Result<Evidence> {
    Runtime::new()?.block_on(async {
        if let Some(memory) = memory {
            return crate::inspect(&memory, folder).await;
        }
        let opened = Opened::at(database).await?;
        let evidence = crate::inspect(&*opened.database(), folder).await;
        opened.close().await;
        evidence
    })
}
