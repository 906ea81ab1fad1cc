//! Dead letters: what rows could not take in, and what waits behind it.

use std::collections::HashSet;

use freehold_domain::{CorrelationId, Position, RawEvent, Recorded, StreamId, TenantId, Timestamp};
use freehold_ports::{
    ApplyError, DeadLetter, DeadLetterQuery, FoldError, Folded, Folding, Parked, Projection, RowId, TakenUp,
    retry_after,
};
use rusqlite::{Connection, Row, params};

use crate::{
    apply, events,
    events::parse,
    fault::{Fault, Stop},
    rows, scripts,
    session::{Session, execute, query_first, query_row, read_rows},
    sql,
};

/// A letter that is being taken up.
struct Letter {
    number: u64,
    tenant: TenantId,
    key: String,
    position: Position,
    attempts: u32,
}

/// Which of these rows are parked.
pub(crate) fn parked_among<'i>(
    session: &Session<'_>,
    projection: &dyn Projection,
    ids: impl Iterator<Item = &'i RowId>,
) -> Result<HashSet<RowId>, Fault> {
    let mut parked = HashSet::new();
    for id in ids {
        if letter_of(session, projection, id)?.is_some() {
            parked.insert(id.clone());
        }
    }
    Ok(parked)
}

fn letter_of(session: &Session<'_>, projection: &dyn Projection, id: &RowId) -> Result<Option<i64>, Fault> {
    let schema = projection.schema();
    let params = params![schema.view, schema.version, id.tenant.as_str(), id.key_text()];
    query_first(session.connection(), sql::LETTER_OF_ROW, params, |row| row.get(0))
}

/// Puts events into the letters of their rows, behind those that are there.
pub(crate) fn park(
    session: &Session<'_>,
    projection: &dyn Projection,
    of: u32,
    parked: &[Parked<'_>],
) -> Result<(), Fault> {
    for Parked { id, error, events } in parked {
        if let Some(error) = error {
            fail(session, projection, (of, id), (events[0], error))?;
        }
        let letter = letter_of(session, projection, id)?;
        for event in events {
            execute(session.connection(), sql::WAIT, params![letter, sql::integer(event.position.0)])?;
        }
    }
    count(session, projection)
}

/// A row has failed at an event for the first time.
fn fail(
    session: &Session<'_>,
    projection: &dyn Projection,
    (of, id): (u32, &RowId),
    (event, error): (&Recorded<RawEvent>, &FoldError),
) -> Result<(), Fault> {
    let (key, now) = (id.key_text(), now(session.connection())?);
    let params = params![
        projection.schema().view,
        projection.schema().version,
        id.partition(of),
        id.tenant.as_str(),
        key,
        sql::integer(event.position.0),
        event.stream.aggregate(),
        event.stream.id().to_string(),
        event.event.name,
        event.metadata.correlation.to_string(),
        error.reason,
        now,
        next(&key, 1, now),
    ];
    execute(session.connection(), sql::PARK, params)?;
    Ok(())
}

/// What time it is, in microseconds since 1970.
pub(crate) fn now(connection: &Connection) -> Result<i64, Fault> {
    query_row(connection, sql::NOW, [], |row| row.get(0))
}

/// When it is tried again by itself.
fn next(key: &str, attempts: u32, now: i64) -> Option<i64> {
    let pause = retry_after(key, attempts)?;
    Some(now.saturating_add(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)))
}

/// Writes down how many rows of each partition wait.
fn count(session: &Session<'_>, projection: &dyn Projection) -> Result<(), Fault> {
    let params = params![projection.schema().view, projection.schema().version];
    execute(session.connection(), sql::COUNT_PARKED, params)?;
    Ok(())
}

/// Those that are asked for.
pub(crate) fn select(connection: &Connection, asked: &DeadLetterQuery) -> Result<Vec<DeadLetter>, Fault> {
    let due = if asked.due { Some(now(connection)?) } else { None };
    let mut statement = connection.prepare_cached(sql::DEAD_LETTERS)?;
    read_rows(&mut statement, params![sql::integer(asked.after), asked.view, due, asked.limit], read)
}

fn read(row: &Row<'_>) -> Result<DeadLetter, Fault> {
    Ok(DeadLetter {
        number: row.get(0)?,
        view: row.get(1)?,
        version: row.get(2)?,
        partition: row.get(3)?,
        tenant: parse(row, 4)?,
        key: row.get(5)?,
        position: Position(row.get(6)?),
        stream: StreamId::new(row.get::<_, String>(7)?, parse(row, 8)?),
        name: row.get(9)?,
        correlation: CorrelationId(parse(row, 10)?),
        error: row.get(11)?,
        attempts: row.get(12)?,
        parked: Timestamp::from_micros(row.get(13)?),
        tried: Timestamp::from_micros(row.get(14)?),
        next: row.get::<_, Option<i64>>(15)?.map(Timestamp::from_micros),
        waiting: row.get(16)?,
    })
}

/// Leaves the first event of a letter out for good, if it is this one.
pub(crate) fn skip(
    session: &Session<'_>,
    projection: &dyn Projection,
    letter: u64,
    position: Position,
) -> Result<bool, Fault> {
    let Some(letter) = find(session, projection, letter)? else { return Ok(false) };
    let is_first = waiting(session, &letter, 1)?.first() == Some(&position);
    if is_first {
        taken_up(session, &letter, &[position])?;
    }
    Ok(is_first)
}

/// Takes up what waits in a letter, so many events at most.
pub(crate) fn take_up(
    session: &Session<'_>,
    projection: &dyn Projection,
    letter: u64,
    limit: i64,
) -> Result<TakenUp, Stop<ApplyError>> {
    let Some(letter) = find(session, projection, letter)? else { return Ok(TakenUp::Gone) };
    let positions = waiting(session, &letter, limit)?;
    let events = events::at(session.connection(), &positions)?;
    let failure = take_in(session, projection, &letter, &events)?;
    let done = failure.as_ref().map_or(positions.len(), |(place, _)| *place);
    taken_up(session, &letter, &positions[..done])?;
    if let Some((place, error)) = failure {
        fail_again(session, &letter, (&events[place], &error))?;
        return Ok(TakenUp::Failed(error.reason));
    }
    if !waiting(session, &letter, 1)?.is_empty() {
        return Ok(TakenUp::More);
    }
    execute(session.connection(), sql::REMOVE_LETTER, [sql::integer(letter.number)])?;
    count(session, projection)?;
    Ok(TakenUp::Done)
}

/// Writes down that the table does not take what waits in a letter.
pub(crate) fn refuse(
    session: &Session<'_>,
    projection: &dyn Projection,
    letter: u64,
    reason: &str,
) -> Result<(), Fault> {
    let Some(letter) = find(session, projection, letter)? else { return Ok(()) };
    let first = waiting(session, &letter, 1)?;
    if let Some(event) = events::at(session.connection(), &first)?.first() {
        fail_again(session, &letter, (event, &FoldError::new(event, reason)))?;
    }
    Ok(())
}

fn find(session: &Session<'_>, projection: &dyn Projection, letter: u64) -> Result<Option<Letter>, Fault> {
    let mut statement = session.connection().prepare_cached(sql::LETTER)?;
    let params = params![sql::integer(letter), projection.schema().view, projection.schema().version];
    let letters = read_rows(&mut statement, params, |row| {
        let (tenant, key, position) = (parse(row, 0)?, row.get(1)?, Position(row.get(2)?));
        Ok(Letter { number: letter, tenant, key, position, attempts: row.get(3)? })
    })?;
    Ok(letters.into_iter().next())
}

/// The first events that wait in a letter.
fn waiting(session: &Session<'_>, letter: &Letter, limit: i64) -> Result<Vec<Position>, Fault> {
    let mut statement = session.connection().prepare_cached(sql::WAITING)?;
    let params = params![sql::integer(letter.number), limit];
    read_rows(&mut statement, params, |row| Ok(Position(row.get(0)?)))
}

fn taken_up(session: &Session<'_>, letter: &Letter, positions: &[Position]) -> Result<(), Fault> {
    for position in positions {
        let params = params![sql::integer(letter.number), sql::integer(position.0)];
        execute(session.connection(), sql::TAKEN_UP, params)?;
    }
    Ok(())
}

fn fail_again(
    session: &Session<'_>,
    letter: &Letter,
    (event, error): (&Recorded<RawEvent>, &FoldError),
) -> Result<(), Fault> {
    let attempts = if event.position == letter.position { letter.attempts + 1 } else { 1 };
    let now = now(session.connection())?;
    let params = params![
        sql::integer(letter.number),
        sql::integer(event.position.0),
        event.stream.aggregate(),
        event.stream.id().to_string(),
        event.event.name,
        event.metadata.correlation.to_string(),
        error.reason,
        attempts,
        now,
        next(&letter.key, attempts, now),
    ];
    execute(session.connection(), sql::FAIL_AGAIN, params)?;
    Ok(())
}

/// Folds events of a letter into their rows: the place of the first that cannot be taken in.
fn take_in(
    session: &Session<'_>,
    projection: &dyn Projection,
    letter: &Letter,
    events: &[Recorded<RawEvent>],
) -> Result<Option<(usize, FoldError)>, Stop<ApplyError>> {
    let schema = projection.schema();
    let mut folding = Folding::of_letter(projection, events, &letter.key);
    let mut parked = parked_among(session, projection, folding.ids())?;
    parked.retain(|id| id.key_text() != letter.key || id.tenant != letter.tenant);
    let behind = folding.leave_parked(&parked);
    let unkeyed = folding.leave_unkeyed();
    let (mut folded, scripted) = if let Some(scripts) = projection.scripts() {
        (Folded::default(), Some((scripts, folding.into_events())))
    } else {
        let rows = rows::load(session, schema, folding.ids())?;
        apply::leave_out_what_appends_took_in(session, projection, &mut folding, &rows)?;
        (folding.outcome(rows), None)
    };
    folded.parked.extend(unkeyed);
    if let Some((place, error)) = folded.first_failure(events) {
        // Nothing of it has been written: what comes before it is taken in by itself.
        take_in(session, projection, letter, &events[..place])?;
        return Ok(Some((place, error)));
    }
    if let Some((scripts, events)) = scripted {
        scripts::run(session, schema, scripts, events)?;
    }
    rows::write(session, schema, &folded.changes).map_err(|fault| apply::refused_row(schema.view, fault))?;
    // They are letters already, in whatever partition.
    park(session, projection, 1, &behind)?;
    Ok(None)
}
