//! Dead letters: what rows could not take in, and what waits behind it.

use std::collections::HashSet;

use freehold_domain::{CorrelationId, Position, RawEvent, Recorded, StreamId, TenantId};
use freehold_ports::{
    ApplyError, DeadLetter, DeadLetterQuery, FoldError, Folded, Folding, Parked, Projection, RowId, TakenUp,
    retry_after,
};
use tokio_postgres::{Row, types::ToSql};

use crate::{
    apply::{self, version},
    event_query::query,
    events::{Moment, Reading, integer, number, parse},
    fault::{Fault, Stop},
    readers::stream,
    rows::{self, Prepares},
    scripts, sql,
};

/// A letter that is being taken up.
struct Letter {
    number: u64,
    tenant: TenantId,
    key: String,
    position: Position,
    attempts: i32,
}

/// Which of these rows are parked.
pub(crate) async fn parked_among<'i>(
    on: &impl Prepares,
    projection: &dyn Projection,
    ids: impl Iterator<Item = &'i RowId>,
) -> Result<HashSet<RowId>, Fault> {
    let ids: Vec<(&RowId, String)> = ids.map(|id| (id, id.key_text())).collect();
    let tenants: Vec<&str> = ids.iter().map(|(id, _)| id.tenant.as_str()).collect();
    let keys: Vec<&str> = ids.iter().map(|(_, key)| key.as_str()).collect();
    let params: [&(dyn ToSql + Sync); 4] = [&projection.schema().view, &version(projection), &tenants, &keys];
    let mut parked = HashSet::new();
    for row in query(on, sql::PARKED_ROWS, &params).await? {
        let (tenant, key): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        parked.insert((tenant.to_owned(), key.to_owned()));
    }
    let is_parked = |(id, key): &(&RowId, String)| parked.contains(&(id.tenant.to_string(), key.clone()));
    Ok(ids.iter().filter(|id| is_parked(id)).map(|(id, _)| (*id).clone()).collect())
}

/// Puts events into the letters of their rows, behind those that are there.
pub(crate) async fn park(
    on: &impl Prepares,
    projection: &dyn Projection,
    of: u32,
    parked: &[Parked<'_>],
) -> Result<(), Fault> {
    for Parked { id, error, events } in parked {
        if let Some(error) = error {
            fail(on, projection, (of, id), (events[0], error)).await?;
        }
        let positions: Vec<i64> = events.iter().map(|event| integer(event.position.0)).collect();
        let (view, version, key) = (projection.schema().view, version(projection), id.key_text());
        let params: [&(dyn ToSql + Sync); 5] = [&view, &version, &id.tenant.as_str(), &key, &positions];
        query(on, sql::WAIT, &params).await?;
    }
    count(on, projection).await
}

/// A row has failed at an event for the first time.
async fn fail(
    on: &impl Prepares,
    projection: &dyn Projection,
    (of, id): (u32, &RowId),
    (event, error): (&Recorded<RawEvent>, &FoldError),
) -> Result<(), Fault> {
    let key = id.key_text();
    let pause = pause(&key, 1);
    let params: [&(dyn ToSql + Sync); 13] = [
        &projection.schema().view,
        &version(projection),
        &apply::part(id.partition(of)),
        &id.tenant.as_str(),
        &key,
        &integer(event.position.0),
        &event.stream.aggregate(),
        &event.stream.id(),
        &event.event.name,
        &event.metadata.correlation.0,
        &error.reason,
        &1_i32,
        &pause,
    ];
    query(on, sql::PARK, &params).await?;
    Ok(())
}

/// In how many microseconds it is tried again by itself.
fn pause(key: &str, attempts: i32) -> Option<i64> {
    let pause = retry_after(key, u32::try_from(attempts).unwrap_or(u32::MAX))?;
    Some(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX))
}

/// Writes down how many rows of each partition wait.
async fn count(on: &impl Prepares, projection: &dyn Projection) -> Result<(), Fault> {
    query(on, sql::COUNT_PARKED, &[&projection.schema().view, &version(projection)]).await?;
    Ok(())
}

/// Those that are asked for.
pub(crate) async fn select(on: &impl Prepares, asked: &DeadLetterQuery) -> Result<Vec<DeadLetter>, Fault> {
    let params: [&(dyn ToSql + Sync); 4] =
        [&integer(asked.after), &asked.view, &asked.due, &i64::from(asked.limit)];
    query(on, sql::DEAD_LETTERS, &params).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<DeadLetter, Fault> {
    Ok(DeadLetter {
        number: number(row, 0)?,
        view: row.try_get(1)?,
        version: sql::part(row, 2)?,
        partition: sql::part(row, 3)?,
        tenant: parse(row, 4)?,
        key: row.try_get(5)?,
        position: sql::position(row, 6)?,
        stream: StreamId::new(row.try_get::<_, &str>(7)?, row.try_get(8)?),
        name: row.try_get(9)?,
        correlation: CorrelationId(row.try_get(10)?),
        error: row.try_get(11)?,
        attempts: sql::part(row, 12)?,
        parked: row.try_get::<_, Moment>(13)?.0,
        tried: row.try_get::<_, Moment>(14)?.0,
        next: row.try_get::<_, Option<Moment>>(15)?.map(|next| next.0),
        waiting: number(row, 16)?,
    })
}

/// Leaves the first event of a letter out for good, if it is this one.
pub(crate) async fn skip(
    on: &impl Prepares,
    projection: &dyn Projection,
    letter: u64,
    position: Position,
) -> Result<bool, Fault> {
    let Some(letter) = find(on, projection, letter).await? else { return Ok(false) };
    let is_first = waiting(on, projection, &letter, 1).await?.first() == Some(&position);
    if is_first {
        taken_up(on, projection, &letter, &[position]).await?;
    }
    Ok(is_first)
}

/// Takes up what waits in a letter, so many events at most.
pub(crate) async fn take_up(
    on: &impl Prepares,
    projection: &dyn Projection,
    letter: u64,
    limit: i64,
) -> Result<TakenUp, Stop<ApplyError>> {
    apply::lock_what_appends_write(on, projection).await?;
    apply::fence(on, projection, None).await?;
    let Some(letter) = find(on, projection, letter).await? else { return Ok(TakenUp::Gone) };
    let positions = waiting(on, projection, &letter, limit).await?;
    let events = events_at(on, &positions).await?;
    let failure = Box::pin(take_in(on, projection, &letter, &events)).await?;
    let done = failure.as_ref().map_or(positions.len(), |(place, _)| *place);
    taken_up(on, projection, &letter, &positions[..done]).await?;
    if let Some((place, error)) = failure {
        fail_again(on, &letter, (&events[place], &error)).await?;
        return Ok(TakenUp::Failed(error.reason));
    }
    if !waiting(on, projection, &letter, 1).await?.is_empty() {
        return Ok(TakenUp::More);
    }
    query(on, sql::REMOVE_LETTER, &[&integer(letter.number)]).await?;
    count(on, projection).await?;
    Ok(TakenUp::Done)
}

/// Writes down that the table does not take what waits in a letter.
pub(crate) async fn refuse(
    on: &impl Prepares,
    projection: &dyn Projection,
    letter: u64,
    reason: &str,
) -> Result<(), Fault> {
    let Some(letter) = find(on, projection, letter).await? else { return Ok(()) };
    let positions = waiting(on, projection, &letter, 1).await?;
    if let Some(event) = events_at(on, &positions).await?.first() {
        fail_again(on, &letter, (event, &FoldError::new(event, reason))).await?;
    }
    Ok(())
}

async fn find(on: &impl Prepares, projection: &dyn Projection, letter: u64) -> Result<Option<Letter>, Fault> {
    let params: [&(dyn ToSql + Sync); 3] =
        [&integer(letter), &projection.schema().view, &version(projection)];
    let rows = query(on, sql::LETTER, &params).await?;
    let read = |row: &Row| {
        let (tenant, key, position) = (parse(row, 0)?, row.try_get(1)?, sql::position(row, 2)?);
        Ok(Letter { number: letter, tenant, key, position, attempts: row.try_get(3)? })
    };
    rows.first().map(read).transpose()
}

/// The first events that wait in a letter.
async fn waiting(
    on: &impl Prepares,
    projection: &dyn Projection,
    letter: &Letter,
    limit: i64,
) -> Result<Vec<Position>, Fault> {
    let params: [&(dyn ToSql + Sync); 5] =
        [&projection.schema().view, &version(projection), &letter.tenant.as_str(), &letter.key, &limit];
    query(on, sql::WAITING, &params).await?.iter().map(|row| sql::position(row, 0)).collect()
}

pub(crate) async fn events_at(
    on: &impl Prepares,
    positions: &[Position],
) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let positions: Vec<i64> = positions.iter().map(|position| integer(position.0)).collect();
    let statement = on.prepared(sql::EVENTS_AT_ANYWHERE).await?;
    Reading::of_all().events(stream(on.client(), &statement, &[&positions]).await?).await
}

async fn taken_up(
    on: &impl Prepares,
    projection: &dyn Projection,
    letter: &Letter,
    positions: &[Position],
) -> Result<(), Fault> {
    let positions: Vec<i64> = positions.iter().map(|position| integer(position.0)).collect();
    let params: [&(dyn ToSql + Sync); 5] =
        [&projection.schema().view, &version(projection), &letter.tenant.as_str(), &letter.key, &positions];
    query(on, sql::TAKEN_UP, &params).await?;
    Ok(())
}

async fn fail_again(
    on: &impl Prepares,
    letter: &Letter,
    (event, error): (&Recorded<RawEvent>, &FoldError),
) -> Result<(), Fault> {
    let attempts = if event.position == letter.position { letter.attempts + 1 } else { 1 };
    let pause = pause(&letter.key, attempts);
    let params: [&(dyn ToSql + Sync); 9] = [
        &integer(letter.number),
        &integer(event.position.0),
        &event.stream.aggregate(),
        &event.stream.id(),
        &event.event.name,
        &event.metadata.correlation.0,
        &error.reason,
        &attempts,
        &pause,
    ];
    query(on, sql::FAIL_AGAIN, &params).await?;
    Ok(())
}

/// Folds events of a letter into their rows: the place of the first that cannot be taken in.
async fn take_in(
    on: &impl Prepares,
    projection: &dyn Projection,
    letter: &Letter,
    events: &[Recorded<RawEvent>],
) -> Result<Option<(usize, FoldError)>, Stop<ApplyError>> {
    let schema = projection.schema();
    let mut folding = Folding::of_letter(projection, events, &letter.key);
    let mut parked = parked_among(on, projection, folding.ids()).await?;
    parked.retain(|id| id.key_text() != letter.key || id.tenant != letter.tenant);
    let behind = folding.leave_parked(&parked);
    let unkeyed = folding.leave_unkeyed();
    let (mut folded, scripted) = if let Some(scripts) = projection.scripts() {
        (Folded::default(), Some((scripts, folding.into_events())))
    } else {
        let ids: Vec<RowId> = folding.ids().cloned().collect();
        let rows = rows::load(on, schema, &ids.iter().collect::<Vec<_>>()).await?;
        apply::leave_out_what_appends_took_in(on, projection, &mut folding, &rows).await?;
        (folding.outcome(rows), None)
    };
    folded.parked.extend(unkeyed);
    if let Some((place, error)) = folded.first_failure(events) {
        // Nothing of it has been written: what comes before it is taken in by itself.
        Box::pin(take_in(on, projection, letter, &events[..place])).await?;
        return Ok(Some((place, error)));
    }
    if let Some((scripts, events)) = scripted {
        scripts::run(on, schema, scripts, events).await?;
    }
    let written = rows::write(on, schema, &folded.changes).await;
    written.map_err(|fault| apply::refused_row(schema.view, fault))?;
    // They are letters already, in whatever partition.
    park(on, projection, 1, &behind).await?;
    Ok(None)
}
