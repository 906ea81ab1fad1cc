//! A session: the open transaction of the writer, as the work in it sees it.

use std::{cell::Cell, rc::Rc};

use freehold_domain::{Position, Schema};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row};

use crate::{connection::Writing, deadline::Deadline, events, fault::Fault, statements::Table};

/// The open transaction. Work in it sees what the work before it has written.
pub(crate) struct Session<'c> {
    writing: &'c Writing,
    /// Read from the log when it is first asked for.
    head: Cell<Option<Position>>,
}

/// What to do with what a piece of work has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Keep,
    Undo,
}

impl<'c> Session<'c> {
    /// Begins a transaction.
    pub(crate) fn begin(writing: &'c Writing) -> Result<Self, Fault> {
        execute(&writing.connection, "BEGIN IMMEDIATE", [])?;
        Ok(Self { writing, head: Cell::new(None) })
    }

    /// Does work under a savepoint.
    pub(crate) fn attempt(&self, work: impl FnOnce(&Self) -> Verdict) -> Result<Verdict, Fault> {
        execute(self.connection(), "SAVEPOINT work", [])?;
        let head = self.head.get();
        let verdict = work(self);
        if verdict == Verdict::Undo && !self.is_lost() {
            execute(self.connection(), "ROLLBACK TO work", [])?;
            self.head.set(head);
        }
        if !self.is_lost() {
            execute(self.connection(), "RELEASE work", [])?;
        }
        Ok(verdict)
    }

    /// Whether SQLite has given the transaction up, as it does when the disk is full or a write is interrupted.
    pub(crate) fn is_lost(&self) -> bool {
        self.connection().is_autocommit()
    }

    /// Ends the transaction: the head of the log after it, if anyone has asked for it.
    pub(crate) fn commit(self) -> Result<Option<Position>, Fault> {
        execute(self.connection(), "COMMIT", [])?;
        Ok(self.head.get())
    }

    pub(crate) fn connection(&self) -> &'c Connection {
        &self.writing.connection
    }

    pub(crate) fn deadline(&self) -> &'c Deadline {
        &self.writing.deadline
    }

    /// The statements over the table of a view.
    pub(crate) fn table(&self, schema: &'static Schema) -> Rc<Table> {
        self.writing.tables.of(schema)
    }

    /// The position of the last event in the log.
    pub(crate) fn head(&self) -> Result<Position, Fault> {
        let head = self.head.get().map_or_else(|| events::head(self.connection()), Ok)?;
        self.head.set(Some(head));
        Ok(head)
    }

    /// The log goes up to here now.
    pub(crate) fn move_head(&self, head: Position) {
        self.head.set(Some(head));
    }
}

impl Drop for Session<'_> {
    /// What was not committed is undone. If that fails too, the next `BEGIN` does and says why.
    fn drop(&mut self) {
        if !self.is_lost() {
            let _ = execute(self.connection(), "ROLLBACK", []);
        }
    }
}

/// Runs a statement that is kept compiled.
pub(crate) fn execute(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, Fault> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// The one row of a statement that is kept compiled.
pub(crate) fn query_row<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T, Fault> {
    Ok(connection.prepare_cached(sql)?.query_row(params, read)?)
}

/// The first row of a statement that is kept compiled, if there is one.
pub(crate) fn query_first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, Fault> {
    Ok(connection.prepare_cached(sql)?.query_row(params, read).optional()?)
}

/// Every row of a statement.
pub(crate) fn read_rows<T>(
    statement: &mut CachedStatement<'_>,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut rows = statement.query(params)?;
    let mut read_rows = Vec::new();
    while let Some(row) = rows.next()? {
        read_rows.push(read(row)?);
    }
    Ok(read_rows)
}

/// The position in the first column.
pub(crate) fn position(row: &Row<'_>) -> rusqlite::Result<Position> {
    row.get(0).map(Position)
}
