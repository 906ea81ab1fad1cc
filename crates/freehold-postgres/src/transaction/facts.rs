//! What appends are decided on: what is asked of the database, and what it tells.

use std::collections::HashMap;

use freehold_domain::{CommandId, EventId, Position, StreamId, TenantId, Version};
use freehold_ports::{Append, Fingerprint, Outcome};
use futures_util::future::{try_join_all, try_join4};
use postgres_types::ToSql;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Broken, Link};
use crate::{
    event_query,
    events::{integer, unsigned},
    fault::Fault,
    inline::{self, Rows, ViewState, Views, Wanted},
    knowledge::{End, Knowledge},
    resolution::{Commands, Facts, StreamState, version_of},
    sql,
};

/// What the database tells with its locks held.
pub(super) struct Told<'a> {
    pub(super) facts: Facts<'a>,
    pub(super) archivals: i64,
    pub(super) views: Vec<ViewState>,
    pub(super) rows: Rows,
}

/// What is asked for appends.
pub(super) struct Asked<'a, 's> {
    appends: &'s [&'a Append],
    streams: Vec<(&'a TenantId, &'a StreamId)>,
    /// The least version at which an append expects each of them.
    from: Vec<Version>,
    /// The streams that are known, as long as the log ends where it did.
    known: HashMap<(&'a TenantId, &'a StreamId), StreamState>,
    end: Option<End>,
    commands: Vec<(&'a TenantId, CommandId)>,
}

#[derive(Debug, ToSql)]
#[postgres(name = "asked_stream")]
struct StreamRow<'a> {
    tenant_id: &'a str,
    aggregate: &'a str,
    id: Uuid,
    from_version: i64,
}

#[derive(Debug, ToSql)]
#[postgres(name = "asked_command")]
struct CommandRow<'a> {
    tenant_id: &'a str,
    id: Uuid,
}

impl<'a, 's> Asked<'a, 's> {
    pub(super) fn of(appends: &'s [&'a Append], knowledge: &Knowledge) -> Self {
        let recorded = appends.iter().filter(|append| append.once.is_some());
        let commands = recorded.map(|append| (&append.tenant, append.metadata.command)).collect();
        let (end, known) = (knowledge.end(), HashMap::new());
        let mut asked = Self { appends, streams: Vec::new(), from: Vec::new(), known, end, commands };
        let mut places = HashMap::new();
        for append in appends {
            if let (Some(_), Some((version, event))) = (end, knowledge.stream(&append.tenant, &append.stream))
            {
                let at = StreamState::At(version, Some(event));
                asked.known.insert((&append.tenant, &append.stream), at);
                continue;
            }
            let from = version_of(append.expected);
            let place = *places.entry((&append.tenant, &append.stream)).or_insert(asked.streams.len());
            if place == asked.streams.len() {
                asked.streams.push((&append.tenant, &append.stream));
                asked.from.push(from);
            }
            asked.from[place] = asked.from[place].min(from);
        }
        asked
    }

    fn stream_rows(&self) -> Vec<StreamRow<'a>> {
        let row = |(&(tenant, stream), &from): (&(&'a TenantId, &'a StreamId), &Version)| StreamRow {
            tenant_id: tenant.as_str(),
            aggregate: stream.aggregate(),
            id: stream.id(),
            from_version: integer(from.0),
        };
        self.streams.iter().zip(&self.from).map(row).collect()
    }

    fn command_rows(&self) -> Option<Vec<CommandRow<'a>>> {
        let row =
            |&(tenant, id): &(&'a TenantId, CommandId)| CommandRow { tenant_id: tenant.as_str(), id: id.0 };
        (!self.commands.is_empty()).then(|| self.commands.iter().map(row).collect())
    }
}

/// Begins the transaction, takes the locks, and asks, all in one go. `None` if the log does not end where it did, and what
/// is known of streams cannot be relied on.
pub(super) async fn ask<'a>(
    link: &Link,
    asked: &Asked<'a, '_>,
    views: &Views,
    wanted: &[Wanted],
) -> Result<Option<Told<'a>>, Broken> {
    let begin = async { Ok(link.client.batch_execute("BEGIN").await?) };
    let look = async { Ok(look(link, asked, views).await?) };
    let conditions = async { Ok(conditions(link, asked.appends).await?) };
    // In this order: what is asked behind the locks is seen as it is until the commit.
    let ((), row, met, rows) = try_join4(begin, look, conditions, inline::load(link, wanted)).await?;
    let (head, archivals) = (sql::position(&row, 0)?, row.try_get(11)?);
    let last: Option<Uuid> = row.try_get(12)?;
    let is_there = |end: End| (end.position, Some(end.event.0), end.archivals) == (head, last, archivals);
    if !asked.known.is_empty() && !asked.end.is_some_and(is_there) {
        return Ok(None);
    }
    Ok(Some(Told { facts: facts(asked, &row, met)?, archivals, views: view_states(&row)?, rows }))
}

async fn look(link: &Link, asked: &Asked<'_, '_>, views: &Views) -> Result<Row, Fault> {
    let (streams, commands) = (asked.stream_rows(), asked.command_rows());
    let (views, limit) = (views.asked(), views.time_limit());
    Ok(link.client.query_one(&link.statements.look, &[&streams, &commands, &views, &limit]).await?)
}

async fn conditions(link: &Link, appends: &[&Append]) -> Result<Vec<Vec<Option<Position>>>, Fault> {
    let of = |append: &&Append| {
        let (tenant, unless) = (append.tenant.clone(), append.unless.clone());
        async move {
            let asked =
                unless.iter().map(|unless| event_query::last(link, &tenant, unless.after, &unless.query));
            try_join_all(asked).await
        }
    };
    try_join_all(appends.iter().map(of)).await
}

fn facts<'a>(asked: &Asked<'a, '_>, row: &Row, met: Vec<Vec<Option<Position>>>) -> Result<Facts<'a>, Fault> {
    let versions = row.try_get::<_, Option<Vec<i64>>>(1)?.unwrap_or_default();
    let events = row.try_get::<_, Option<Vec<Option<Uuid>>>>(2)?.unwrap_or_default();
    let states = versions.into_iter().zip(events);
    let states = states.map(|(version, event)| stream_state(version, event));
    let states = states.collect::<Result<Vec<_>, _>>()?;
    Ok(Facts {
        head: sql::position(row, 0)?,
        streams: asked.streams.iter().copied().zip(states).chain(asked.known.clone()).collect(),
        commands: recorded(row, &asked.commands)?,
        met,
    })
}

fn stream_state(version: i64, event: Option<Uuid>) -> Result<StreamState, Fault> {
    if version < 0 {
        return Ok(StreamState::Archived(Version(unsigned(-version)?)));
    }
    Ok(StreamState::At(Version(unsigned(version)?), event.map(EventId)))
}

fn view_states(row: &Row) -> Result<Vec<ViewState>, Fault> {
    let checkpoints = row.try_get::<_, Option<Vec<i64>>>(9)?.unwrap_or_default();
    let missed = row.try_get::<_, Option<Vec<Option<i64>>>>(10)?.unwrap_or_default();
    let state = |(checkpoint, missed): (i64, Option<i64>)| {
        let missed = missed.map(unsigned).transpose()?;
        Ok(ViewState { checkpoint: Position(unsigned(checkpoint)?), missed: missed.map(Position) })
    };
    checkpoints.into_iter().zip(missed).map(state).collect()
}

/// The commands that were recorded, by their places among those asked for.
fn recorded<'a>(row: &Row, commands: &[(&'a TenantId, CommandId)]) -> Result<Commands<'a>, Fault> {
    let Some(places) = row.try_get::<_, Option<Vec<i64>>>(3)? else { return Ok(HashMap::new()) };
    let (fingerprints, aggregates): (Vec<Uuid>, Vec<String>) = (row.try_get(4)?, row.try_get(5)?);
    let (streams, versions): (Vec<Uuid>, Vec<i64>) = (row.try_get(6)?, row.try_get(7)?);
    let positions: Vec<i64> = row.try_get(8)?;
    let mut recorded = HashMap::new();
    for (found, place) in places.into_iter().enumerate() {
        let command = usize::try_from(place).ok().and_then(|place| commands.get(place.checked_sub(1)?));
        let Some(command) = command else { continue };
        let stream = StreamId::new(aggregates[found].clone(), streams[found]);
        let (version, position) =
            (Version(unsigned(versions[found])?), Position(unsigned(positions[found])?));
        let outcome = Outcome { stream, version, position, replayed: true };
        recorded.insert(*command, (Fingerprint(fingerprints[found]), outcome));
    }
    Ok(recorded)
}
