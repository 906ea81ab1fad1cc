//! Projections: views as a store sees them, and the pure fold of a batch of events into rows.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use freehold_domain::{Cell, Position, RawEvent, Recorded, Schema, SyncMode, TenantId, Version};

use crate::EventQuery;

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
    /// The key of the row that the event touches, or `None`.
    fn key(&self, event: &Recorded<RawEvent>) -> Result<Option<Vec<Cell>>, FoldError>;
    /// The row after these events, which all have its key.
    fn fold(
        &self,
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

/// The fold of a batch of events into the rows that it touches.
///
/// A store makes it, loads the rows of [`ids`](Self::ids), and writes the changes back. The rows and their versions
/// come out the same however the log is cut into batches. A projection that panics is one that cannot take the event
/// in.
pub struct Folding<'e> {
    projection: &'e dyn Projection,
    rows: Vec<Touched<'e>>,
}

/// A row and the events of the batch that touch it, in order.
struct Touched<'e> {
    id: RowId,
    events: Vec<&'e Recorded<RawEvent>>,
}

impl<'e> Folding<'e> {
    /// Finds the rows that the events touch. Events that the projection does not fold are passed over.
    pub fn new(
        projection: &'e dyn Projection,
        events: impl IntoIterator<Item = &'e Recorded<RawEvent>>,
    ) -> Result<Self, FoldError> {
        let mut rows: Vec<Touched<'e>> = Vec::new();
        let mut places: HashMap<RowId, usize> = HashMap::new();
        for event in events {
            let Some(id) = row_of(projection, event)? else {
                continue;
            };
            let place = *places.entry(id).or_insert_with_key(|id| {
                rows.push(Touched { id: id.clone(), events: Vec::new() });
                rows.len() - 1
            });
            rows[place].events.push(event);
        }
        Ok(Self { projection, rows })
    }

    /// The rows that are needed, in the order of their first event.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &RowId> {
        self.rows.iter().map(|touched| &touched.id)
    }

    /// The first event that touches the row at this place of [`ids`](Self::ids). Not to be asked for after
    /// [`skip_to`](Self::skip_to), which may have left none.
    pub fn first_event(&self, place: usize) -> &'e Recorded<RawEvent> {
        self.rows[place].events[0]
    }

    /// Leaves out the events of the row at this place up to a version of its stream: they are in the row already, or
    /// the row that they were in is gone. Only for views that are keyed by their stream.
    pub fn skip_to(&mut self, place: usize, version: Version) {
        self.rows[place].events.retain(|event| event.version > version);
    }

    /// Puts earlier events of its stream before those of the row at this place; those that do not touch the row are
    /// passed over.
    pub fn precede(&mut self, place: usize, earlier: &'e [Recorded<RawEvent>]) -> Result<(), FoldError> {
        let mut events = Vec::new();
        for event in earlier {
            if row_of(self.projection, event)?.as_ref() == Some(&self.rows[place].id) {
                events.push(event);
            }
        }
        self.rows[place].events.splice(0..0, events);
        Ok(())
    }

    /// The changes, given the rows as they are stored, in the order of [`ids`](Self::ids). A row whose events were
    /// all left out has none.
    pub fn changes(self, stored: Vec<Option<StoredRow>>) -> Result<Vec<RowChange>, FoldError> {
        let projection = self.projection;
        let touched = self.rows.into_iter().zip(stored).filter(|(touched, _)| !touched.events.is_empty());
        touched.map(|(touched, stored)| touched.change(projection, stored)).collect()
    }
}

impl Touched<'_> {
    fn change(self, projection: &dyn Projection, stored: Option<StoredRow>) -> Result<RowChange, FoldError> {
        let position = self.events[self.events.len() - 1].position;
        let step = if self.is_run_of_its_stream(stored.as_ref()) { self.events.len() } else { 1 };
        let mut row = stored;
        for events in self.events.chunks(step) {
            let version = self.version_after(row.as_ref(), events);
            let cells = fold(projection, row.map(|row| row.cells), events)?;
            row = cells.map(|cells| StoredRow { cells, version, position });
        }
        Ok(RowChange { id: self.id, row })
    }

    /// Whether the version of the row is that of the last event, whatever becomes of the row in between, so that all
    /// events can be folded at once.
    fn is_run_of_its_stream(&self, stored: Option<&StoredRow>) -> bool {
        let version = stored.map_or(Version::NONE, |row| row.version);
        version < self.events[0].version && self.events.iter().all(|event| self.is_of_its_stream(event))
    }

    /// The version of the stream for an event of the stream that keys the row, else one more; never less than one
    /// more, so that it grows even where a row takes in both.
    fn version_after(&self, row: Option<&StoredRow>, events: &[&Recorded<RawEvent>]) -> Version {
        let last = events[events.len() - 1];
        let counted = row.map_or(Version::NONE, |row| row.version).next();
        if self.is_of_its_stream(last) { counted.max(last.version) } else { counted }
    }

    fn is_of_its_stream(&self, event: &Recorded<RawEvent>) -> bool {
        self.id.key == [Cell::Uuid(event.stream.id())]
    }
}

/// The row that an event touches, if any.
fn row_of(projection: &dyn Projection, event: &Recorded<RawEvent>) -> Result<Option<RowId>, FoldError> {
    if !projection.query().matches(&event.stream, &event.event.name, &[]) {
        return Ok(None);
    }
    let key = catch_unwind(AssertUnwindSafe(|| projection.key(event)));
    let key = key.unwrap_or_else(|_| Err(panicked(event)))?;
    Ok(key.map(|key| RowId { tenant: event.tenant.clone(), key }))
}

/// The row after the events. After a panic they are folded one by one, to find out which of them it was.
fn fold(
    projection: &dyn Projection,
    row: Option<Vec<Cell>>,
    events: &[&Recorded<RawEvent>],
) -> Result<Option<Vec<Cell>>, FoldError> {
    let again = (events.len() > 1).then(|| row.clone());
    let folded = catch_unwind(AssertUnwindSafe(|| projection.fold(row, events)));
    match (folded, again) {
        (Ok(folded), _) => folded,
        (Err(_), Some(row)) => events.iter().try_fold(row, |row, event| fold(projection, row, &[event])),
        (Err(_), None) => Err(panicked(events[0])),
    }
}

/// What the panic says stays out of it: it may quote the event.
fn panicked(event: &Recorded<RawEvent>) -> FoldError {
    FoldError::new(event, "the view panicked")
}
