//! The rows of views: read and written one by one.
//!
//! In-process, a statement that is kept compiled costs microseconds a row and needs no round trip, so that nothing is
//! gained by one statement for many rows, whose text would change with their number.

use freehold_domain::{Position, Schema, Version};
use freehold_ports::{RowChange, RowId, StoredRow};
use rusqlite::{Connection, Row, params_from_iter, types::Value};

use crate::{
    cells,
    fault::Fault,
    session::{Session, execute, read_rows},
    statements::Statement,
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
        let row = read_rows(&mut statement, params_from_iter(place(schema, id)?), |row| read(schema, row))?;
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

/// The rows that a statement finds.
pub(crate) fn select(
    connection: &Connection,
    schema: &Schema,
    statement: Statement,
) -> Result<Vec<StoredRow>, Fault> {
    let mut prepared = connection.prepare_cached(&statement.sql)?;
    read_rows(&mut prepared, params_from_iter(statement.params), |row| read(schema, row))
}

fn read(schema: &Schema, row: &Row<'_>) -> Result<StoredRow, Fault> {
    let columns = schema.columns.len();
    let cells = (0..columns).map(|column| cells::decode(schema, column, row.get_ref(column)?));
    let cells = cells.collect::<Result<_, _>>()?;
    Ok(StoredRow { cells, version: Version(row.get(columns)?), position: Position(row.get(columns + 1)?) })
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
