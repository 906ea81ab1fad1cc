//! What happens to the rows that answer a query, its types erased.

use freehold_app::{ChangedRow, ListChange};
use freehold_domain::{Ask, Cell, Excerpt, ItemOf, Position, Row, RowKey, Schema};
use futures_util::{StreamExt, stream::BoxStream};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{QueryCall, operation::json as text};
use crate::problem::Problem;

/// What happens to the rows that answer a query.
pub(crate) struct Followed {
    pub(crate) changes: BoxStream<'static, Result<Told, Problem>>,
    /// It is told from here on.
    pub(crate) position: Position,
}

/// What one event has changed.
pub(crate) struct Told {
    pub(crate) position: Position,
    /// Of each row what has become of it, and it or its key as JSON.
    pub(crate) rows: Vec<(&'static str, String)>,
}

pub(super) async fn follow<Q>(call: QueryCall, after: Option<Position>) -> Result<Followed, Problem>
where
    Q: Ask + DeserializeOwned,
    ItemOf<Q>: Serialize,
{
    let QueryCall { application, caller, parameters, .. } = call;
    let query: Q = parameters.read()?;
    let followed = application.changes(caller, query, after).await.map_err(Problem::changes)?;
    let changes = followed.answer.map(|change| told(change.map_err(Problem::changes)?));
    Ok(Followed { changes: changes.boxed(), position: followed.position })
}

fn told<T: Excerpt + Serialize>(change: ListChange<T>) -> Result<Told, Problem> {
    let row = |row: ChangedRow<T>| match row {
        ChangedRow::There(row) => Ok(("row", text(&row)?)),
        ChangedRow::Gone(key) => Ok(("gone", key_json(<T::Row as Row>::SCHEMA, key.into_cells()))),
    };
    let rows = change.rows.into_iter().map(row).collect::<Result<_, Problem>>()?;
    Ok(Told { position: change.position, rows })
}

/// The key of a row, in the form that its fields have in the row.
fn key_json(schema: &Schema, key: Vec<Cell>) -> String {
    let field = |(&column, cell): (&usize, Cell)| (schema.columns[column].name.to_owned(), cell_json(cell));
    Value::Object(schema.key.iter().zip(key).map(field).collect()).to_string()
}

fn cell_json(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(truth) => truth.into(),
        Cell::Int(number) => number.into(),
        Cell::Decimal(number) => number.to_string().into(),
        Cell::Text(text) => text.into(),
        Cell::Date(date) => date.to_string().into(),
        Cell::Timestamp(moment) => moment.to_string().into(),
        Cell::Duration(length) => length.to_string().into(),
        Cell::Uuid(uuid) => uuid.to_string().into(),
        Cell::Json(json) => json,
    }
}
