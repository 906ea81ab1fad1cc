//! Looking at rows, and reading what may not be there now.

use std::time::Duration;

use freehold::{
    Cell, Comparison, Schema, Selection,
    ports::{Database, StoreError, StoredRow},
};
use tokio::time::sleep;

use super::node::Node;
use crate::{Moment, Row, RowId, Sight, projections, query::tenant, views};

/// How long it takes until a store that could not be reached is asked again.
pub(crate) const PAUSE: Duration = Duration::from_millis(20);

/// What was read; `None`, a moment later, if the store cannot be reached. Nothing else is to stand in the way.
pub(super) async fn available<T>(read: Result<T, StoreError>) -> anyhow::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(StoreError::Unavailable { .. }) => {
            sleep(PAUSE).await;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Looks at a row that streams share.
pub(super) async fn look(node: &Node, of: &str, number: u64) -> anyhow::Result<()> {
    let schema = projections::shared().schema();
    let key = views::bucket(number);
    let comparisons = vec![Comparison::equal(schema.key[0], Cell::Text(key.clone()))];
    let begun = Moment::now();
    let read = node.database.select(&tenant(of), &Selection { comparisons, ..Selection::all(schema) }).await;
    if let Some(rows) = available(read).await? {
        let id = RowId { view: schema.view.to_owned(), tenant: of.to_owned(), key };
        let row = rows.first().map(|row| told(schema, row).1);
        node.recorder.saw(begun, Sight::Row { id, row });
    }
    Ok(())
}

/// Every row of a tenant in a table, with its key.
pub(crate) async fn rows_of(
    database: &dyn Database,
    of: &str,
    schema: &'static Schema,
) -> Result<Vec<(RowId, Row)>, StoreError> {
    let rows = database.select(&tenant(of), &Selection::all(schema)).await?;
    let id = |key| RowId { view: schema.view.to_owned(), tenant: of.to_owned(), key };
    Ok(rows.iter().map(|row| told(schema, row)).map(|(key, row)| (id(key), row)).collect())
}

/// The key of a row, and the rest of it.
fn told(schema: &Schema, row: &StoredRow) -> (String, Row) {
    let key = text(&row.cells[schema.key[0]]);
    let cells = row.cells.iter().enumerate().filter(|(column, _)| !schema.key.contains(column));
    let cells = cells.map(|(_, cell)| text(cell)).collect();
    (key, Row { cells, version: row.version.0, position: row.position.0 })
}

/// A cell as it is written down.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Int(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Uuid(id) => id.to_string(),
        other => format!("{other:?}"),
    }
}
