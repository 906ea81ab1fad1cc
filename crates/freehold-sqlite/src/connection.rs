//! Connections, each set up the same way.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use rusqlite::{Connection, OpenFlags, Row, config::DbConfig};

use crate::{Durability, Options, deadline::Deadline, decimal, fault::Fault, statements::Tables};

/// Statements that are kept compiled a connection.
const STATEMENTS: usize = 256;
/// How many steps of SQLite's machine pass between two looks at whether to go on: some tens of microseconds.
const STEPS: i32 = 2_000;

/// The connection that writes, and what belongs to it.
pub(crate) struct Writing {
    pub(crate) connection: Connection,
    /// Statements are cut short when it has passed.
    pub(crate) deadline: Deadline,
    pub(crate) tables: Tables,
}

/// A connection that reads.
pub(crate) struct Reading {
    pub(crate) connection: Connection,
    waiting: Arc<Mutex<Option<Waiting>>>,
}

/// Gone when nobody waits for a read any more.
pub(crate) type Waiting = Weak<()>;

impl Reading {
    /// Statements are cut short from now on when nobody waits any more.
    pub(crate) fn begin(&self, waiting: Waiting) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(waiting);
    }
}

/// Opens the connection that writes.
pub(crate) fn writing(path: &Path, options: &Options) -> Result<Writing, Fault> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(path, flags, options)?;
    let mode = |row: &Row<'_>| row.get::<_, String>(0);
    let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", mode)?;
    if mode != "wal" {
        return Err(Fault::Unfit(format!(
            "it cannot have a write-ahead log (its journal stays `{mode}`), for which its file system must let processes \
             share memory; keep it on a local disk"
        )));
    }
    connection.pragma_update(None, "synchronous", synchronous(options.durability))?;
    let deadline = Deadline::new();
    let watched = deadline.clone();
    connection.progress_handler(STEPS, Some(move || watched.has_passed()))?;
    Ok(Writing { connection, deadline, tables: Tables::default() })
}

/// A connection that cannot write.
pub(crate) fn reading(path: &Path, options: &Options) -> Result<Reading, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(path, flags, options)?;
    let waiting = Arc::new(Mutex::new(None::<Waiting>));
    let watched = waiting.clone();
    let is_given_up = move || {
        let waiting = watched.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.as_ref().is_some_and(|waiting| waiting.strong_count() == 0)
    };
    connection.progress_handler(STEPS, Some(is_given_up))?;
    Ok(Reading { connection, waiting })
}

fn open(path: &Path, flags: OpenFlags, options: &Options) -> Result<Connection, Fault> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.create_collation("decimal", decimal::collate)?;
    // Else statements are compiled again whenever a place of theirs gets another value: a fifth of the writer's time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn synchronous(durability: Durability) -> &'static str {
    match durability {
        Durability::PowerLoss => "FULL",
        Durability::Crash => "NORMAL",
    }
}
