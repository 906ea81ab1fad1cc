//! Projections: views as a store sees them.

use std::time::Duration;

use freehold_domain::{Cell, Position, RawEvent, Recorded, Schema, SyncMode, TenantId, Version};

use crate::{EventQuery, Scripts};

/// A view with its types erased: rows are cells. Nothing in it waits or does I/O.
pub trait Projection: Send + Sync + 'static {
    /// Its table.
    fn schema(&self) -> &'static Schema;
    /// The events that it folds.
    fn query(&self) -> &EventQuery;
    /// Which of them are applied in the transaction of their append.
    fn sync(&self) -> SyncMode;
    /// Higher first.
    fn priority(&self) -> i32;
    /// How long its share of one append may take.
    fn timeout(&self) -> Duration;
    /// What it runs, if it is written in SQL: then its keys are lanes, it is never folded, and appends leave it alone.
    fn scripts(&self) -> Option<&dyn Scripts> {
        None
    }
    /// Whether it has no table and is done but once for each event, so that it begins where the log ends and is never
    /// rebuilt.
    fn is_reaction(&self) -> bool {
        false
    }
    /// The keys of the rows that the event touches.
    fn keys(&self, event: &Recorded<RawEvent>) -> Result<Vec<Vec<Cell>>, FoldError>;
    /// The row of this key after these events, which all touch it.
    fn fold(
        &self,
        key: &[Cell],
        row: Option<Vec<Cell>>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<Vec<Cell>>, FoldError>;
}

/// Why a view cannot take an event in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {position} (`{name}` of {stream}): {reason}")]
pub struct FoldError {
    /// The position of the event.
    pub position: Position,
    /// Its kind.
    pub name: String,
    /// Its stream.
    pub stream: String,
    /// What is wrong, without the content of the event.
    pub reason: String,
}

impl FoldError {
    /// The event cannot be taken in for this reason.
    #[expect(clippy::needless_pass_by_value, reason = "an error is as good a reason as a text")]
    pub fn new(event: &Recorded<RawEvent>, reason: impl ToString) -> Self {
        Self {
            position: event.position,
            name: event.event.name.clone(),
            stream: event.stream.to_string(),
            reason: reason.to_string(),
        }
    }
}

/// Which row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowId {
    /// Whose.
    pub tenant: TenantId,
    /// One cell a key column.
    pub key: Vec<Cell>,
}

impl RowId {
    /// The row that a view would have for a stream, if it were keyed by streams.
    pub fn of_stream(event: &Recorded<RawEvent>) -> Self {
        Self { tenant: event.tenant.clone(), key: vec![Cell::Uuid(event.stream.id())] }
    }

    /// Its key as people read it and as it is stored where a key of any kind is: a JSON list, one value a key column.
    pub fn key_text(&self) -> String {
        self.key.iter().map(plain).collect::<serde_json::Value>().to_string()
    }
}

/// A cell without its kind, which its column tells.
fn plain(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Null => serde_json::Value::Null,
        Cell::Bool(truth) => (*truth).into(),
        Cell::Int(number) => (*number).into(),
        // Equal numbers are the same key, however many zeros are behind them.
        Cell::Decimal(number) => number.normalize().to_string().into(),
        Cell::Text(text) => text.as_str().into(),
        Cell::Date(date) => date.to_string().into(),
        Cell::Timestamp(moment) => moment.to_string().into(),
        Cell::Duration(length) => length.as_micros().to_string().into(),
        Cell::Uuid(uuid) => uuid.to_string().into(),
        Cell::Json(json) => json.clone(),
    }
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// One cell a column.
    pub cells: Vec<Cell>,
    /// See [`freehold_domain::Stored::version`].
    pub version: Version,
    /// The position of the last event in it.
    pub position: Position,
}

/// What a batch of events does to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// Which row.
    pub id: RowId,
    /// The row to insert or to replace, or `None` to delete it.
    pub row: Option<StoredRow>,
}
