//! The rows of views: read and written one by one.
//!
//! In-process, a statement that is kept compiled costs microseconds a row and needs no round trip, so that nothing is
//! gained by one statement for many rows, whose text would change with their number.

use freehold_domain::{Position, Schema, Selection, Version};
use freehold_ports::{RowChange, RowId, StoredRow};
use rusqlite::{Connection, Row, params_from_iter, types::Value};

use crate::{
    cells,
    fault::Fault,
    select::Statement,
    session::{Session, execute, read_rows},
};

/// The rows, where there are any.
pub(crate) fn load<'i>(
    session: &Session<'_>,
    schema: &'static Schema,
    ids: impl Iterator<Item = &'i RowId>,
) -> Result<Vec<Option<StoredRow>>, Fault> {
    let mut statement = session.connection().prepare_cached(&session.table(schema).row)?;
    let mut loaded = Vec::new();
    for id in ids {
        let row = |row: &Row<'_>| read(schema, 0..schema.columns.len(), row);
        let row = read_rows(&mut statement, params_from_iter(place(schema, id)?), row)?;
        loaded.push(row.into_iter().next());
    }
    Ok(loaded)
}

/// Writes what has become of rows.
pub(crate) fn write(
    session: &Session<'_>,
    schema: &'static Schema,
    changes: &[RowChange],
) -> Result<(), Fault> {
    let (connection, table) = (session.connection(), session.table(schema));
    for RowChange { id, row } in changes {
        match row {
            Some(row) => execute(connection, &table.upsert, params_from_iter(whole(schema, id, row)?))?,
            None => execute(connection, &table.delete, params_from_iter(place(schema, id)?))?,
        };
    }
    Ok(())
}

/// The rows that a statement finds, which reads what the selection says.
pub(crate) fn select(
    connection: &Connection,
    selection: &Selection,
    statement: Statement,
) -> Result<Vec<StoredRow>, Fault> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    let columns = || selection.columns.iter().copied();
    read_rows(&mut prepared, params_from_iter(statement.params), |row| read(selection.schema, columns(), row))
}

/// The number that a statement finds.
pub(crate) fn count(connection: &Connection, statement: Statement) -> Result<u32, Fault> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    Ok(prepared.query_row(params_from_iter(statement.params), |row| row.get(0))?)
}

/// These columns, then version and position.
fn read(
    schema: &Schema,
    columns: impl ExactSizeIterator<Item = usize>,
    row: &Row<'_>,
) -> Result<StoredRow, Fault> {
    let behind = columns.len();
    let cell = |(place, column)| cells::decode(schema, column, row.get_ref(place)?);
    let cells = columns.enumerate().map(cell).collect::<Result<_, _>>()?;
    Ok(StoredRow { cells, version: Version(row.get(behind)?), position: Position(row.get(behind + 1)?) })
}

/// Tenant and key.
fn place(schema: &Schema, id: &RowId) -> Result<Vec<Value>, Fault> {
    let mut values = vec![Value::Text(id.tenant.as_str().to_owned())];
    for (&column, cell) in schema.key.iter().zip(&id.key) {
        values.push(cells::encode(schema, column, cell)?);
    }
    Ok(values)
}

/// Tenant, cells, version and position.
fn whole(schema: &Schema, id: &RowId, row: &StoredRow) -> Result<Vec<Value>, Fault> {
    let mut values = vec![Value::Text(id.tenant.as_str().to_owned())];
    for (column, cell) in row.cells.iter().enumerate() {
        values.push(cells::encode(schema, column, cell)?);
    }
    values.extend([row.version.0, row.position.0].map(|number| Value::Integer(crate::sql::integer(number))));
    Ok(values)
}
