//! Inline views: what an append does to their rows, worked out before anything is written.

use std::{
    cmp::Reverse,
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_domain::{Cell, Position, RawEvent, Recorded, SyncMode, Version};
use freehold_ports::{
    Append, AppendError, FoldError, Folding, InlineError, Projection, RowChange, RowId, Versions, ViewVersion,
};

use crate::memory::{State, Tombstone};

/// What an append does to one view.
pub(crate) struct InlineChange {
    projection: Arc<dyn Projection>,
    changes: Vec<RowChange>,
    /// The last of the events that were taken in.
    version: Version,
    position: Position,
}

/// What the events, which are not in the log yet, do to the views of the append, those of higher priority first.
pub(crate) fn work_out(
    state: &State,
    append: &Append,
    events: &[Recorded<RawEvent>],
) -> Result<Vec<InlineChange>, AppendError> {
    let mut projections: Vec<_> = append.inline.iter().collect();
    projections.sort_by_key(|projection| Reverse(projection.priority()));
    let mut changes = Vec::new();
    for projection in projections {
        let Some(events) = synchronous(projection.as_ref(), events) else { continue };
        let view = projection.schema().view;
        let change = in_time(projection.timeout(), || share(state, projection, events));
        changes.push(change.map_err(|error| AppendError::Inline { view, error })?);
    }
    Ok(changes)
}

/// Writes what was worked out.
pub(crate) fn write(state: &mut State, inline: Vec<InlineChange>) {
    for change in inline {
        let view = ViewVersion::of(change.projection.schema());
        match change.projection.sync() {
            SyncMode::Sync => {
                state.partitions.entry(view).or_default().entry(0).or_default().position = change.position;
            }
            _ => leave_tombstones(state, &change),
        }
        state.write_rows(change.projection.as_ref(), change.changes);
    }
}

/// Remembers which events deleted rows have taken in, for the worker that has still to come to them.
fn leave_tombstones(state: &mut State, change: &InlineChange) {
    let view = ViewVersion::of(change.projection.schema());
    for deleted in change.changes.iter().filter(|change| change.row.is_none()) {
        let tombstone = Tombstone { version: change.version, position: change.position };
        state.tombstones.insert((view.clone(), deleted.id.clone()), tombstone);
    }
}

fn in_time<T>(limit: Duration, work: impl FnOnce() -> Result<T, FoldError>) -> Result<T, InlineError> {
    let start = Instant::now();
    let done = work();
    if start.elapsed() >= limit {
        return Err(InlineError::TimedOut(limit));
    }
    done.map_err(|error| InlineError::Failed(error.to_string()))
}

/// The events up to the last that is synchronous for the view, if any is.
fn synchronous<'e>(
    projection: &dyn Projection,
    events: &'e [Recorded<RawEvent>],
) -> Option<&'e [Recorded<RawEvent>]> {
    let last = events.iter().rposition(|event| {
        let name = &event.event.name;
        projection.sync().covers(name) && projection.query().matches(&event.stream, name, &[])
    })?;
    Some(&events[..=last])
}

/// What the events do to one view.
fn share(
    state: &State,
    projection: &Arc<dyn Projection>,
    events: &[Recorded<RawEvent>],
) -> Result<InlineChange, FoldError> {
    let changes = match projection.sync() {
        SyncMode::Events(_) => catch_up_and_fold(state, projection.as_ref(), events)?,
        _ => fold(state, projection.as_ref(), events)?,
    };
    let Recorded { version, position, .. } = events[events.len() - 1];
    Ok(InlineChange { projection: projection.clone(), changes, version, position })
}

fn fold(
    state: &State,
    projection: &dyn Projection,
    events: &[Recorded<RawEvent>],
) -> Result<Vec<RowChange>, FoldError> {
    let checkpoint = state.checkpoint(projection);
    if let Some(missed) = state.after(checkpoint).iter().find(|logged| logged.is_meant_by(projection.query()))
    {
        let reason =
            format!("`{}` has not taken it in yet and must be caught up first", projection.schema().view);
        return Err(FoldError::new(&missed.event, reason));
    }
    let folding = Folding::new(projection, events)?;
    let rows = folding.ids().map(|id| state.row(projection, id)).collect();
    folding.changes(rows)
}

/// Takes in the events of the stream that the worker has not come to yet, and then the new ones.
fn catch_up_and_fold(
    state: &State,
    projection: &dyn Projection,
    events: &[Recorded<RawEvent>],
) -> Result<Vec<RowChange>, FoldError> {
    let mut folding = Folding::new(projection, events)?;
    for (place, id) in folding.ids().enumerate() {
        must_be_keyed_by_stream(id, folding.first_event(place))?;
    }
    let Some(id) = folding.ids().next() else {
        return Ok(Vec::new());
    };
    let first = folding.first_event(0);
    let row = state.row(projection, id);
    let taken_in = row.as_ref().map_or(Version::NONE, |row| row.version);
    let earlier: Vec<_> =
        state.stream(&first.tenant, &first.stream, Versions::after(taken_in)).cloned().collect();
    folding.precede(0, &earlier)?;
    folding.changes(vec![row])
}

fn must_be_keyed_by_stream(id: &RowId, event: &Recorded<RawEvent>) -> Result<(), FoldError> {
    if id.key == [Cell::Uuid(event.stream.id())] {
        return Ok(());
    }
    Err(FoldError::new(event, "a view that is synchronous for some events must be keyed by their stream"))
}
