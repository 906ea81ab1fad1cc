//! The rows of views: all that a batch touches read by one statement and written by another, a list a column.

use freehold_domain::{Position, Schema, Selection, Version};
use freehold_ports::{RowChange, RowId, StoredRow};
use tokio_postgres::{Client, Row, Statement, types::Type};

use crate::{
    call::{Call, Param},
    cells::{self, Value},
    events::{integer, number},
    fault::Fault,
    statements::Table,
};

/// Prepares and runs statements. A connection keeps those that it has prepared.
pub(crate) trait Prepares {
    /// The statement, prepared once.
    async fn prepared(&self, sql: &str) -> Result<Statement, Fault>;
    fn client(&self) -> &Client;

    /// The statement with parameters of these types.
    async fn prepared_as(&self, sql: &str, types: &[Type]) -> Result<Statement, Fault> {
        Ok(self.client().prepare_typed(sql, types).await?)
    }
}

/// The rows, where there are any, in the order of the ids.
pub(crate) async fn load(
    on: &impl Prepares,
    schema: &'static Schema,
    ids: &[&RowId],
) -> Result<Vec<Option<StoredRow>>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let columns = KeyColumns::new(schema, ids)?;
    let statement = on.prepared(&Table::of(schema).rows).await?;
    let found = on.client().query(&statement, &columns.params()).await?;
    let mut rows: Vec<Option<StoredRow>> = vec![None; ids.len()];
    for row in &found {
        // The place among the ids, from 1, lies behind the columns of the row.
        let place = number(row, schema.columns.len() + 2)?;
        let place = usize::try_from(place).unwrap_or_default().wrapping_sub(1);
        *rows.get_mut(place).ok_or_else(|| Fault::Corrupt("a row has no place".into()))? =
            Some(read(schema, 0..schema.columns.len(), row)?);
    }
    Ok(rows)
}

/// Writes what has become of rows.
pub(crate) async fn write(
    on: &impl Prepares,
    schema: &'static Schema,
    changes: &[RowChange],
) -> Result<(), Fault> {
    let changes = changes.iter().map(|change| (&change.id, change.row.as_ref()));
    for write in writes(on, schema, changes).await? {
        write.run(on.client()).await?;
    }
    Ok(())
}

/// The statements that write what has become of rows.
pub(crate) async fn writes<'c>(
    on: &impl Prepares,
    schema: &'static Schema,
    changes: impl Iterator<Item = (&'c RowId, Option<&'c StoredRow>)>,
) -> Result<Vec<Call>, Fault> {
    let table = Table::of(schema);
    let (mut kept, mut deleted) = (Vec::new(), Vec::new());
    for (id, row) in changes {
        match row {
            Some(row) => kept.push((id, row)),
            None => deleted.push(id),
        }
    }
    let mut writes = Vec::new();
    if !deleted.is_empty() {
        let keys = KeyColumns::new(schema, &deleted)?;
        writes.push(Call::new(&on.prepared(&table.delete).await?, &keys.params())?);
    }
    if !kept.is_empty() {
        let rows = RowColumns::new(schema, &kept)?;
        writes.push(Call::new(&on.prepared(&table.upsert).await?, &rows.params())?);
    }
    Ok(writes)
}

/// Every row that a statement finds, which reads what the selection says.
pub(crate) fn read_all(selection: &Selection, rows: &[Row]) -> Result<Vec<StoredRow>, Fault> {
    rows.iter().map(|row| read(selection.schema, selection.columns.iter().copied(), row)).collect()
}

/// These columns, then version and position.
fn read(
    schema: &Schema,
    columns: impl ExactSizeIterator<Item = usize>,
    row: &Row,
) -> Result<StoredRow, Fault> {
    let behind = columns.len();
    let cell = |(place, column)| cells::decode(schema, column, row, place);
    let cells = columns.enumerate().map(cell).collect::<Result<_, _>>()?;
    let (version, position) = (number(row, behind)?, number(row, behind + 1)?);
    Ok(StoredRow { cells, version: Version(version), position: Position(position) })
}

/// Tenants and keys, a list a column.
struct KeyColumns<'c> {
    tenants: Vec<&'c str>,
    keys: Vec<Vec<Value<'c>>>,
}

impl<'c> KeyColumns<'c> {
    fn new(schema: &Schema, ids: &[&'c RowId]) -> Result<Self, Fault> {
        let tenants = ids.iter().map(|id| id.tenant.as_str()).collect();
        let keys = schema.key.iter().enumerate().map(|(place, &column)| {
            ids.iter().map(|id| Value::new(schema, column, &id.key[place])).collect()
        });
        Ok(Self { tenants, keys: keys.collect::<Result<_, _>>()? })
    }

    fn params(&self) -> Vec<Param<'_>> {
        let mut params: Vec<Param<'_>> = vec![&self.tenants];
        params.extend(self.keys.iter().map(|column| column as Param<'_>));
        params
    }
}

/// Whole rows, a list a column.
struct RowColumns<'c> {
    tenants: Vec<&'c str>,
    columns: Vec<Vec<Value<'c>>>,
    versions: Vec<i64>,
    positions: Vec<i64>,
}

impl<'c> RowColumns<'c> {
    fn new(schema: &Schema, rows: &[(&'c RowId, &'c StoredRow)]) -> Result<Self, Fault> {
        let columns = (0..schema.columns.len()).map(|column| {
            rows.iter().map(|(_, row)| Value::new(schema, column, &row.cells[column])).collect()
        });
        Ok(Self {
            tenants: rows.iter().map(|(id, _)| id.tenant.as_str()).collect(),
            columns: columns.collect::<Result<_, _>>()?,
            versions: rows.iter().map(|(_, row)| integer(row.version.0)).collect(),
            positions: rows.iter().map(|(_, row)| integer(row.position.0)).collect(),
        })
    }

    fn params(&self) -> Vec<Param<'_>> {
        let mut params: Vec<Param<'_>> = vec![&self.tenants];
        params.extend(self.columns.iter().map(|column| column as Param<'_>));
        params.extend([&self.versions as Param<'_>, &self.positions]);
        params
    }
}
