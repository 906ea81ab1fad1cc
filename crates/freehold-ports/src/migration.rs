//! Tables: brought up to date once, and never changed behind one's back.

use async_trait::async_trait;

use crate::StoreError;

/// The migrations of one context, one list a kind of database.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// The context.
    pub context: &'static str,
    /// For SQLite, in order.
    pub sqlite: &'static [Migration],
    /// For PostgreSQL, in order.
    pub postgres: &'static [Migration],
}

impl Migrations {
    /// A context without tables.
    pub const fn none(context: &'static str) -> Self {
        Self { context, sqlite: &[], postgres: &[] }
    }
}

/// One step of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The name of its file without the ending: `0001_shipping`.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// Brings tables up to date.
#[async_trait]
pub trait Migrator: Send + Sync + 'static {
    /// Runs what has not been run yet, in order, each step whole or not at all, and says how many steps that were. A
    /// second run does nothing. Safe when several processes start at once.
    async fn migrate(&self, migrations: &[Migrations]) -> Result<usize, MigrationError>;
}

/// Why tables could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A step that has been run is no longer what it was.
    #[error(
        "migration `{name}` of context `{context}` has been changed after it was run; \
         put it back as it was and write the change as a new migration"
    )]
    Changed {
        /// Whose it is.
        context: String,
        /// Its name.
        name: String,
    },
    /// A step that has been run is no longer there.
    #[error(
        "migration `{name}` of context `{context}` was run on this database, and this program does not have it"
    )]
    Unknown {
        /// Whose it is.
        context: String,
        /// Its name.
        name: String,
    },
    /// A step cannot be run.
    #[error("migration `{name}` of context `{context}` failed: {reason}")]
    Failed {
        /// Whose it is.
        context: String,
        /// Its name.
        name: String,
        /// What the database says.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
