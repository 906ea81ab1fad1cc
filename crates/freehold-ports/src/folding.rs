//! The pure fold of a batch of events into the rows that it touches.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use freehold_domain::{Cell, RawEvent, Recorded, SyncMode, Version};

use crate::{FoldError, Projection, RowChange, RowId, StoredRow, Work};

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
    /// The first of them of which it cannot be told which rows it touches.
    unkeyed: Option<FoldError>,
}

/// What has become of a batch where no event stops another row.
#[derive(Debug, Default)]
pub struct Folded<'e> {
    /// What it does to rows.
    pub changes: Vec<RowChange>,
    /// What could not be taken in.
    pub parked: Vec<Parked<'e>>,
}

/// Events of a row that are to wait in the dead letters.
#[derive(Debug)]
pub struct Parked<'e> {
    /// Which row.
    pub id: RowId,
    /// Why the first of them cannot be taken in; nothing, if they wait for one that was parked before.
    pub error: Option<FoldError>,
    /// In order.
    pub events: Vec<&'e Recorded<RawEvent>>,
}

impl Parked<'_> {
    /// Why rows are parked that were not before.
    pub fn reasons(parked: &[Self]) -> Vec<FoldError> {
        parked.iter().filter_map(|parked| parked.error.clone()).collect()
    }
}

impl Folded<'_> {
    /// The place, among the events, of the first that could not be taken in, and why.
    pub fn first_failure(&self, events: &[Recorded<RawEvent>]) -> Option<(usize, FoldError)> {
        let failed = self.parked.iter().filter_map(|parked| {
            let position = parked.events[0].position;
            let place = events.iter().position(|event| event.position == position)?;
            Some((place, parked.error.clone()?))
        });
        failed.min_by_key(|(place, _)| *place)
    }
}

impl<'e> Folding<'e> {
    /// Finds the rows that the events touch. Events that the projection does not fold are passed over.
    ///
    /// Errors: an event of which that cannot be told.
    pub fn new(
        projection: &'e dyn Projection,
        events: impl IntoIterator<Item = &'e Recorded<RawEvent>>,
    ) -> Result<Self, FoldError> {
        let mut folding = Self::among(projection, events, |_| ());
        match folding.rows.iter_mut().find_map(|touched| touched.unkeyed.take()) {
            Some(error) => Err(error),
            None => Ok(folding),
        }
    }

    /// Finds the rows of its share that the events of a batch touch. An event of which that cannot be told is one of the row
    /// that the view would have for its stream, and is parked there.
    ///
    /// Errors: such an event, of a wholly synchronous view.
    pub fn of_work(projection: &'e dyn Projection, work: &'e Work) -> Result<Self, FoldError> {
        if projection.sync() == SyncMode::Sync {
            return Self::new(projection, &work.batch.events);
        }
        let of_share = |ids: &mut Vec<RowId>| ids.retain(|id| work.share.covers(id));
        Ok(Self::among(projection, &work.batch.events, of_share))
    }

    /// Finds the rows that events touch which wait in the dead letter of a row with this key: that row, and of an event of
    /// which it could not be told when it was parked those that it does touch.
    pub fn of_letter(
        projection: &'e dyn Projection,
        events: impl IntoIterator<Item = &'e Recorded<RawEvent>>,
        key: &str,
    ) -> Self {
        Self::among(projection, events, |ids| {
            if ids.iter().any(|id| id.key_text() == key) {
                ids.retain(|id| id.key_text() == key);
            }
        })
    }

    /// The rows that each event touches, where they are not left out.
    fn among(
        projection: &'e dyn Projection,
        events: impl IntoIterator<Item = &'e Recorded<RawEvent>>,
        leave_out: impl Fn(&mut Vec<RowId>),
    ) -> Self {
        let mut rows: Vec<Touched<'e>> = Vec::new();
        let mut places: HashMap<RowId, usize> = HashMap::new();
        for event in events {
            let (mut ids, unkeyed) = match rows_of(projection, event) {
                Ok(ids) => (ids, None),
                Err(error) => (vec![RowId::of_stream(event)], Some(error)),
            };
            leave_out(&mut ids);
            for id in ids {
                let place = *places.entry(id).or_insert_with_key(|id| {
                    rows.push(Touched { id: id.clone(), events: Vec::new(), unkeyed: None });
                    rows.len() - 1
                });
                rows[place].take(event, unkeyed.as_ref());
            }
        }
        Self { projection, rows }
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
            if rows_of(self.projection, event)?.contains(&self.rows[place].id) {
                events.push(event);
            }
        }
        self.rows[place].events.splice(0..0, events);
        Ok(())
    }

    /// Leaves out the rows that were parked before: what waits behind what was parked, row by row.
    pub fn leave_parked(&mut self, parked: &HashSet<RowId>) -> Vec<Parked<'e>> {
        if parked.is_empty() {
            return Vec::new();
        }
        let left = self.rows.extract_if(.., |touched| parked.contains(&touched.id));
        left.map(|touched| Parked { id: touched.id, error: None, events: touched.events }).collect()
    }

    /// Leaves out what begins with an event of which it cannot be told which rows it touches: no table has such a row.
    pub fn leave_unkeyed(&mut self) -> Vec<Parked<'e>> {
        let begins_so = |touched: &mut Touched<'e>| {
            touched.unkeyed.as_ref().is_some_and(|error| error.position == touched.events[0].position)
        };
        let left = self.rows.extract_if(.., begins_so);
        left.map(|touched| Parked { id: touched.id, error: touched.unkeyed, events: touched.events })
            .collect()
    }

    /// What becomes of the batch, given the rows as they are stored, in the order of [`ids`](Self::ids), and the reason to
    /// park all of them, if there is one.
    ///
    /// Errors: the first event that a wholly synchronous view cannot take in.
    pub fn take_in(
        self,
        stored: Vec<Option<StoredRow>>,
        park: Option<&str>,
    ) -> Result<Folded<'e>, FoldError> {
        match park {
            Some(reason) => Ok(Folded { changes: Vec::new(), parked: self.park_all(reason) }),
            None if self.projection.sync() == SyncMode::Sync => {
                Ok(Folded { changes: self.changes(stored)?, parked: Vec::new() })
            }
            None => Ok(self.outcome(stored)),
        }
    }

    /// What is left of the events, in the order of the log: for a projection that takes them in one by one.
    pub fn into_events(self) -> Vec<&'e Recorded<RawEvent>> {
        let mut events: Vec<_> = self.rows.into_iter().flat_map(|touched| touched.events).collect();
        events.sort_unstable_by_key(|event| event.position);
        events.dedup_by_key(|event| event.position);
        events
    }

    fn park_all(self, reason: &str) -> Vec<Parked<'e>> {
        let park = |touched: Touched<'e>| {
            let error = Some(FoldError::new(touched.events.first()?, reason));
            Some(Parked { id: touched.id, error, events: touched.events })
        };
        self.rows.into_iter().filter_map(park).collect()
    }

    /// The changes, given the rows as they are stored, in the order of [`ids`](Self::ids). A row whose events were
    /// all left out has none.
    ///
    /// Errors: the first event that cannot be taken in.
    pub fn changes(self, stored: Vec<Option<StoredRow>>) -> Result<Vec<RowChange>, FoldError> {
        let projection = self.projection;
        let touched = self.rows.into_iter().zip(stored).filter(|(touched, _)| !touched.events.is_empty());
        let change = |(touched, stored): (Touched<'_>, Option<StoredRow>)| {
            let row = touched.fold(projection, stored.as_ref(), &touched.events)?;
            Ok(RowChange { id: touched.id, row })
        };
        touched.map(change).collect()
    }

    /// The same, where an event that cannot be taken in stops its row alone: what comes before it is folded, and it is
    /// parked with what comes behind it.
    pub fn outcome(self, stored: Vec<Option<StoredRow>>) -> Folded<'e> {
        let mut folded = Folded::default();
        for (touched, stored) in self.rows.into_iter().zip(stored) {
            touched.fold_or_park(self.projection, stored.as_ref(), &mut folded);
        }
        folded
    }
}

impl<'e> Touched<'e> {
    fn take(&mut self, event: &'e Recorded<RawEvent>, unkeyed: Option<&FoldError>) {
        // An event that names a row twice touches it once.
        if self.events.last().is_some_and(|last| last.position == event.position) {
            return;
        }
        self.events.push(event);
        if self.unkeyed.is_none() {
            self.unkeyed = unkeyed.cloned();
        }
    }

    fn fold_or_park(
        mut self,
        projection: &dyn Projection,
        stored: Option<&StoredRow>,
        folded: &mut Folded<'e>,
    ) {
        let (mut until, mut error) = (self.events.len(), self.unkeyed.take());
        if let Some(error) = &error {
            until = self.place_of(error);
        }
        let row = loop {
            if until == 0 {
                break None;
            }
            match self.fold(projection, stored, &self.events[..until]) {
                Ok(row) => break Some(row),
                // What comes before it has been folded once without an error, and is again.
                Err(failed) => (until, error) = (self.place_of(&failed).min(until - 1), Some(failed)),
            }
        };
        let behind = self.events.split_off(until);
        if !behind.is_empty() {
            folded.parked.push(Parked { id: self.id.clone(), error, events: behind });
        }
        folded.changes.extend(row.map(|row| RowChange { id: self.id, row }));
    }

    /// The place of the event that an error is about.
    fn place_of(&self, error: &FoldError) -> usize {
        self.events.iter().position(|event| event.position == error.position).unwrap_or(0)
    }

    /// The row after the first of the events.
    fn fold(
        &self,
        projection: &dyn Projection,
        stored: Option<&StoredRow>,
        events: &[&Recorded<RawEvent>],
    ) -> Result<Option<StoredRow>, FoldError> {
        let last = events[events.len() - 1];
        let step = if self.is_run_of_its_stream(stored, events) { events.len() } else { 1 };
        let mut row = stored.cloned();
        for events in events.chunks(step) {
            let version = self.version_after(row.as_ref(), events);
            let cells = fold(projection, &self.id.key, row.map(|row| row.cells), events)?;
            row = cells.map(|cells| StoredRow { cells, version, position: last.position });
        }
        match &row {
            Some(row) if projection.schema().key_of(&row.cells) != self.id.key => Err(FoldError::new(
                last,
                "the view has made a row of another key of it than it says it touches",
            )),
            _ => Ok(row),
        }
    }

    /// Whether the version of the row is that of the last event, whatever becomes of the row in between, so that all
    /// events can be folded at once.
    fn is_run_of_its_stream(&self, stored: Option<&StoredRow>, events: &[&Recorded<RawEvent>]) -> bool {
        let version = stored.map_or(Version::NONE, |row| row.version);
        version < events[0].version && events.iter().all(|event| self.is_of_its_stream(event))
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

/// The rows that an event touches.
fn rows_of(projection: &dyn Projection, event: &Recorded<RawEvent>) -> Result<Vec<RowId>, FoldError> {
    if !projection.query().matches(&event.stream, &event.event.name, &[]) {
        return Ok(Vec::new());
    }
    let keys = catch_unwind(AssertUnwindSafe(|| projection.keys(event)));
    let keys = keys.unwrap_or_else(|_| Err(panicked(event)))?;
    Ok(keys.into_iter().map(|key| RowId { tenant: event.tenant.clone(), key }).collect())
}

/// The row after the events. After a panic they are folded one by one, to find out which of them it was.
fn fold(
    projection: &dyn Projection,
    key: &[Cell],
    row: Option<Vec<Cell>>,
    events: &[&Recorded<RawEvent>],
) -> Result<Option<Vec<Cell>>, FoldError> {
    let again = (events.len() > 1).then(|| row.clone());
    let folded = catch_unwind(AssertUnwindSafe(|| projection.fold(key, row, events)));
    match (folded, again) {
        (Ok(folded), _) => folded,
        (Err(_), Some(row)) => events.iter().try_fold(row, |row, event| fold(projection, key, row, &[event])),
        (Err(_), None) => Err(panicked(events[0])),
    }
}

/// What the panic says stays out of it: it may quote the event.
fn panicked(event: &Recorded<RawEvent>) -> FoldError {
    FoldError::new(event, "the view panicked")
}
