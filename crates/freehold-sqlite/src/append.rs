//! Appending, inside a transaction: conditions first, then events, inline views and the record of the command.

use freehold_domain::{CommandId, Position, RawEvent, Recorded, StreamId, TenantId, Version};
use freehold_ports::{Append, AppendError, Conflict, Fingerprint, Outcome};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::{
    event_query, events,
    fault::{Fault, Stop},
    inline,
    session::{Session, execute, query_first},
    sql,
    streams::{self, Place},
};

/// Writes the events if all conditions hold.
pub(crate) fn append(session: &Session<'_>, append: &Append) -> Result<Outcome, Stop<AppendError>> {
    if let Some(outcome) = replayed(session, append)? {
        return Ok(outcome);
    }
    let place = streams::place(session.connection(), &append.tenant, &append.stream)?;
    check(session, append, place)?;
    let version = place.version();
    let events = record(append, version, session.head()?);
    write(session, append, &events)?;
    inline::apply(session, append, &events)?;

    let version = events.last().map_or(version, |last| last.version);
    let outcome =
        Outcome { stream: append.stream.clone(), version, position: session.head()?, replayed: false };
    if let Some(fingerprint) = append.once {
        remember(session, append, fingerprint, &outcome)?;
    }
    Ok(outcome)
}

/// What a command led to, if it was recorded.
pub(crate) fn outcome(
    connection: &Connection,
    tenant: &TenantId,
    command: CommandId,
) -> Result<Option<(Fingerprint, Outcome)>, Fault> {
    let params = params![tenant.as_str(), command.to_string()];
    query_first(connection, sql::COMMAND, params, |row| Ok(read_outcome(row)))?.transpose()
}

fn read_outcome(row: &Row<'_>) -> Result<(Fingerprint, Outcome), Fault> {
    let fingerprint: Uuid = events::parse(row, 0)?;
    let stream = StreamId::new(row.get::<_, String>(1)?, events::parse(row, 2)?);
    let (version, position) = (Version(row.get(3)?), Position(row.get(4)?));
    Ok((Fingerprint(fingerprint), Outcome { stream, version, position, replayed: true }))
}

/// What the same command led to before.
fn replayed(session: &Session<'_>, append: &Append) -> Result<Option<Outcome>, Stop<AppendError>> {
    let Some(fingerprint) = append.once else {
        return Ok(None);
    };
    let command = append.metadata.command;
    match outcome(session.connection(), &append.tenant, command)? {
        Some((recorded, _)) if recorded != fingerprint => {
            Err(Stop::Refused(AppendError::CommandIdReused(command)))
        }
        recorded => Ok(recorded.map(|(_, outcome)| outcome)),
    }
}

fn check(session: &Session<'_>, append: &Append, place: Place) -> Result<(), Stop<AppendError>> {
    let conflict = |conflict: Conflict| Stop::Refused(conflict.into());
    let actual = match place {
        Place::Open(version) => version,
        Place::Archived(at) => return Err(conflict(Conflict::Archived { at })),
    };
    let last = streams::last_expected(session.connection(), append, actual)?;
    append.expected.check(actual, || last).map_err(conflict)?;
    for (index, unless) in append.unless.iter().enumerate() {
        let found = event_query::last(session.connection(), &append.tenant, unless.after, &unless.query)?;
        if let Some(found) = found {
            return Err(conflict(Conflict::Query { index, found }));
        }
    }
    Ok(())
}

/// The events with their places behind a version of their stream and a head of the log.
fn record(append: &Append, version: Version, head: Position) -> Vec<Recorded<RawEvent>> {
    let numbered = (1..).zip(&append.events);
    let recorded = numbered.map(|(number, new)| Recorded {
        event: new.event.clone(),
        id: new.id,
        tenant: append.tenant.clone(),
        stream: append.stream.clone(),
        version: Version(version.0 + number),
        position: Position(head.0 + number),
        metadata: append.metadata.clone(),
    });
    recorded.collect()
}

fn write(session: &Session<'_>, append: &Append, events: &[Recorded<RawEvent>]) -> Result<(), Fault> {
    for (event, new) in events.iter().zip(&append.events) {
        events::insert(session.connection(), event, &new.tags)?;
        session.move_head(event.position);
    }
    Ok(())
}

fn remember(
    session: &Session<'_>,
    append: &Append,
    fingerprint: Fingerprint,
    outcome: &Outcome,
) -> Result<(), Fault> {
    let params = params![
        append.tenant.as_str(),
        append.metadata.command.to_string(),
        fingerprint.0.to_string(),
        outcome.stream.aggregate(),
        outcome.stream.id().to_string(),
        sql::integer(outcome.version.0),
        sql::integer(outcome.position.0),
        append.metadata.time.to_string(),
    ];
    execute(session.connection(), sql::INSERT_COMMAND, params)?;
    Ok(())
}
