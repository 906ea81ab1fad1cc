//! Inline views: brought up to date in the transaction of an append.

use std::{cmp::Reverse, time::Duration};

use freehold_domain::{Cell, Position, RawEvent, Recorded, SyncMode, Version};
use freehold_ports::{
    Append, AppendError, FoldError, Folding, InlineError, Projection, RowChange, Scope, Versions,
};
use rusqlite::params;

use crate::{
    apply, event_query, events,
    fault::{Fault, Stop},
    rows,
    session::{Session, execute},
    sql,
};

/// Brings the views of an append up to date with its events, which are in the log, those of higher priority first.
pub(crate) fn apply(
    session: &Session<'_>,
    append: &Append,
    events: &[Recorded<RawEvent>],
) -> Result<(), Stop<AppendError>> {
    let mut projections: Vec<_> = append.inline.iter().collect();
    projections.sort_by_key(|projection| Reverse(projection.priority()));
    for projection in projections {
        let Some(events) = synchronous(projection.as_ref(), events) else { continue };
        let view = projection.schema().view;
        let limit = projection.timeout();
        in_time(session, limit, || share(session, projection.as_ref(), events)).map_err(
            |stop| match stop {
                Stop::Refused(error) => Stop::Refused(AppendError::Inline { view, error }),
                Stop::Fault(fault) => Stop::Fault(fault),
            },
        )?;
    }
    Ok(())
}

/// The statements are cut short when the time is over; a fold cannot be, and is found out afterwards.
fn in_time(
    session: &Session<'_>,
    limit: Duration,
    work: impl FnOnce() -> Result<(), Stop<FoldError>>,
) -> Result<(), Stop<InlineError>> {
    let _running = session.deadline().start(limit);
    let done = work();
    if session.deadline().has_passed() {
        return Err(Stop::Refused(InlineError::TimedOut(limit)));
    }
    done.map_err(|stop| match stop {
        Stop::Refused(error) => Stop::Refused(InlineError::Failed(error.to_string())),
        Stop::Fault(fault) => match fault.broken_constraint() {
            Some(constraint) => Stop::Refused(InlineError::Failed(constraint)),
            None => Stop::Fault(fault),
        },
    })
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

fn share(
    session: &Session<'_>,
    projection: &dyn Projection,
    events: &[Recorded<RawEvent>],
) -> Result<(), Stop<FoldError>> {
    match projection.sync() {
        SyncMode::Events(_) => catch_up_and_fold(session, projection, events),
        _ => fold(session, projection, events),
    }
}

/// A wholly synchronous view: the rows move with the log, and the checkpoint with the rows.
fn fold(
    session: &Session<'_>,
    projection: &dyn Projection,
    events: &[Recorded<RawEvent>],
) -> Result<(), Stop<FoldError>> {
    must_have_taken_in(session, projection, Position(events[0].position.0 - 1))?;
    let folding = Folding::new(projection, events).map_err(Stop::Refused)?;
    let rows = rows::load(session, projection.schema(), folding.ids())?;
    let changes = folding.changes(rows).map_err(Stop::Refused)?;
    write(session, projection, &changes)?;
    apply::move_checkpoint(session, projection, 0, events[events.len() - 1].position)?;
    Ok(())
}

/// Rows that lack an earlier event would be wrong for good.
fn must_have_taken_in(
    session: &Session<'_>,
    projection: &dyn Projection,
    until: Position,
) -> Result<(), Stop<FoldError>> {
    let after = apply::checkpoint(session.connection(), projection)?;
    if after >= until {
        return Ok(());
    }
    let part = event_query::Part { after, until, limit: 1 };
    let missed = event_query::events(session.connection(), &Scope::EveryTenant, part, projection.query())?;
    let Some(missed) = missed.first() else {
        return Ok(());
    };
    let reason =
        format!("`{}` has not taken it in yet and must be caught up first", projection.schema().view);
    Err(Stop::Refused(FoldError::new(missed, reason)))
}

/// A view that is synchronous for some events: it first takes in those of the stream that its worker has not come to.
fn catch_up_and_fold(
    session: &Session<'_>,
    projection: &dyn Projection,
    events: &[Recorded<RawEvent>],
) -> Result<(), Stop<FoldError>> {
    let mut folding = Folding::new(projection, events).map_err(Stop::Refused)?;
    must_be_keyed_by_stream(&folding)?;
    let rows = rows::load(session, projection.schema(), folding.ids())?;
    let Some(row) = rows.first() else { return Ok(()) };
    let taken_in = row.as_ref().map_or(Version::NONE, |row| row.version);
    let earlier = earlier(session, folding.first_event(0), taken_in)?;
    folding.precede(0, &earlier).map_err(Stop::Refused)?;
    let changes = folding.changes(rows).map_err(Stop::Refused)?;
    write(session, projection, &changes)?;
    leave_tombstones(session, projection, &changes, &events[events.len() - 1])?;
    Ok(())
}

fn must_be_keyed_by_stream(folding: &Folding<'_>) -> Result<(), Stop<FoldError>> {
    for (place, id) in folding.ids().enumerate() {
        let event = folding.first_event(place);
        if id.key != [Cell::Uuid(event.stream.id())] {
            let reason = "a view that is synchronous for some events must be keyed by their stream";
            return Err(Stop::Refused(FoldError::new(event, reason)));
        }
    }
    Ok(())
}

/// The events of a stream after a version and before an event.
fn earlier(
    session: &Session<'_>,
    before: &Recorded<RawEvent>,
    after: Version,
) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let until = Version(before.version.0 - 1);
    if after >= until {
        return Ok(Vec::new());
    }
    events::stream(session.connection(), &before.tenant, &before.stream, Versions { after, until })
}

/// Remembers which events deleted rows have taken in, for the worker that has still to come to them.
fn leave_tombstones(
    session: &Session<'_>,
    projection: &dyn Projection,
    changes: &[RowChange],
    last: &Recorded<RawEvent>,
) -> Result<(), Fault> {
    let schema = projection.schema();
    for _ in changes.iter().filter(|change| change.row.is_none()) {
        let params = params![
            schema.view,
            schema.version,
            last.tenant.as_str(),
            last.stream.id().to_string(),
            sql::integer(last.version.0),
            sql::integer(last.position.0),
        ];
        execute(session.connection(), sql::LEAVE_TOMBSTONE, params)?;
    }
    Ok(())
}

/// Not past the deadline: what is written then is only undone again.
fn write(session: &Session<'_>, projection: &dyn Projection, changes: &[RowChange]) -> Result<(), Fault> {
    if session.deadline().has_passed() {
        return Ok(());
    }
    rows::write(session, projection.schema(), changes)
}
