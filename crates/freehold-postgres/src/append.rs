//! Appending a batch by one call of the database.

use std::borrow::Cow;

use freehold_domain::{Position, Version};
use freehold_ports::{Append, Fingerprint, NewEvent, Outcome};
use postgres_types::ToSql;
use serde_json::Value;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use crate::{
    batch::{Batch, BatchStream, Condition, Placed, Tagged},
    cells::storable,
    events::{Moment, integer, unsigned},
    fault::Fault,
    sql,
};

/// The statements of a connection that appends.
pub(crate) struct Statements {
    append: Statement,
    append_held: Statement,
    pub(crate) look: Statement,
}

impl Statements {
    pub(crate) async fn prepare(client: &Client) -> Result<Self, Fault> {
        Ok(Self {
            append: client.prepare(sql::APPEND).await?,
            append_held: client.prepare(sql::APPEND_HELD).await?,
            look: client.prepare(sql::LOOK).await?,
        })
    }

    /// Writes the batch if all of it holds: what each append led to, in order, or `None` and nothing is written.
    pub(crate) async fn append(
        &self,
        client: &Client,
        batch: &Batch<'_>,
    ) -> Result<Option<Vec<Outcome>>, Fault> {
        let lists = Lists::of(batch);
        let row = client.query_one(&self.append, &lists.params()).await?;
        outcomes(batch, &row)
    }

    /// Writes a batch that is known to hold, and how far views have come by it, inside a transaction that has the locks.
    pub(crate) async fn append_held(
        &self,
        client: &Client,
        batch: &Batch<'_>,
        moved: Option<&[MovedView]>,
    ) -> Result<(), Fault> {
        let lists = Lists::of(batch);
        let [streams, events, tags, commands, ..] = lists.params();
        client.query_one(&self.append_held, &[streams, events, tags, commands, &moved]).await?;
        Ok(())
    }
}

fn outcomes(batch: &Batch<'_>, row: &Row) -> Result<Option<Vec<Outcome>>, Fault> {
    let Some(told) = row.try_get::<_, Option<Vec<i64>>>(0)? else { return Ok(None) };
    let told = told.into_iter().map(unsigned).collect::<Result<Vec<_>, _>>()?;
    let Some((head, versions)) = told.split_first() else { return Ok(None) };
    let outcome = |placed: &Placed<'_>| {
        let len = placed.append.events.len() as u64;
        let version = Version(versions[placed.stream] + placed.behind + len);
        let position = Position(head + placed.before + len);
        Outcome { stream: placed.append.stream.clone(), version, position, replayed: false }
    };
    Ok(Some(batch.appends.iter().map(outcome).collect()))
}

/// The lists that the function takes. One that is empty is absent, so that the function can pass over what it would be
/// for.
struct Lists<'a> {
    streams: Vec<StreamRow<'a>>,
    events: Option<Vec<EventRow<'a>>>,
    tags: Option<Vec<TagRow<'a>>>,
    commands: Option<Vec<CommandRow<'a>>>,
    kinds: Option<Vec<KindRow<'a>>>,
    tagged: Option<Vec<TaggedRow<'a>>>,
}

#[derive(Debug, ToSql)]
#[postgres(name = "appended_stream")]
struct StreamRow<'a> {
    tenant_id: &'a str,
    aggregate: &'a str,
    id: Uuid,
    expected: Option<i64>,
    event: Option<Uuid>,
}

#[derive(Debug, ToSql)]
#[postgres(name = "appended_event")]
struct EventRow<'a> {
    number: i64,
    stream: i32,
    behind: i64,
    tenant_id: &'a str,
    aggregate: &'a str,
    stream_id: Uuid,
    event_id: Uuid,
    name: &'a str,
    event_version: i32,
    payload: &'a str,
    time: Moment,
    actor: Cow<'a, str>,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    command_id: Uuid,
}

#[derive(Debug, ToSql)]
#[postgres(name = "appended_tag")]
struct TagRow<'a> {
    number: i64,
    tenant_id: &'a str,
    tag: Cow<'a, str>,
}

#[derive(Debug, ToSql)]
#[postgres(name = "appended_command")]
struct CommandRow<'a> {
    tenant_id: &'a str,
    command_id: Uuid,
    fingerprint: Uuid,
    aggregate: &'a str,
    stream_id: Uuid,
    stream: i32,
    behind: i64,
    number: i64,
    time: Moment,
}

#[derive(Debug, ToSql)]
#[postgres(name = "kind_condition")]
struct KindRow<'a> {
    tenant_id: &'a str,
    after: i64,
    aggregate: &'a str,
    name: &'a str,
}

#[derive(Debug, ToSql)]
#[postgres(name = "tag_condition")]
struct TaggedRow<'a> {
    tenant_id: &'a str,
    after: i64,
    tag: Cow<'a, str>,
    others: Option<Value>,
    kinds: Option<Value>,
}

/// How far a view has come.
#[derive(Debug, ToSql)]
#[postgres(name = "moved_view")]
pub(crate) struct MovedView {
    pub(crate) view: &'static str,
    pub(crate) version: i32,
    pub(crate) position: i64,
}

impl<'a> Lists<'a> {
    fn of(batch: &Batch<'a>) -> Self {
        Self {
            streams: batch.streams.iter().map(StreamRow::new).collect(),
            events: some(batch.events().map(|(placed, number, new)| EventRow::new(placed, number, new))),
            tags: some(batch.events().flat_map(|(placed, number, new)| TagRow::all(placed, number, new))),
            commands: some(
                batch.recorded().map(|(placed, fingerprint)| CommandRow::new(placed, fingerprint)),
            ),
            kinds: some(batch.conditions.iter().filter_map(KindRow::new)),
            tagged: some(batch.conditions.iter().filter_map(TaggedRow::new)),
        }
    }

    /// In the order of the function's parameters.
    fn params(&self) -> [&(dyn ToSql + Sync); 6] {
        [&self.streams, &self.events, &self.tags, &self.commands, &self.kinds, &self.tagged]
    }
}

fn some<T>(list: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let list: Vec<T> = list.collect();
    (!list.is_empty()).then_some(list)
}

impl<'a> StreamRow<'a> {
    fn new(stream: &BatchStream<'a>) -> Self {
        Self {
            tenant_id: stream.tenant.as_str(),
            aggregate: stream.stream.aggregate(),
            id: stream.stream.id(),
            expected: stream.base().map(|version| integer(version.0)),
            event: stream.event().map(|id| id.0),
        }
    }
}

impl<'a> EventRow<'a> {
    fn new(placed: &Placed<'a>, number: u64, new: &'a NewEvent) -> Self {
        let Append { tenant, stream, metadata, .. } = placed.append;
        Self {
            number: integer(placed.before + number),
            stream: place(placed.stream),
            behind: integer(placed.behind + number),
            tenant_id: tenant.as_str(),
            aggregate: stream.aggregate(),
            stream_id: stream.id(),
            event_id: new.id.0,
            name: &new.event.name,
            event_version: i32::try_from(new.event.version).unwrap_or(i32::MAX),
            payload: &new.event.payload,
            time: Moment(metadata.time),
            actor: storable(metadata.actor.as_str()),
            correlation_id: metadata.correlation.0,
            causation_id: metadata.causation.map(|id| id.0),
            command_id: metadata.command.0,
        }
    }
}

impl<'a> TagRow<'a> {
    fn all(placed: &Placed<'a>, number: u64, new: &'a NewEvent) -> impl Iterator<Item = Self> {
        let (number, tenant_id) = (integer(placed.before + number), placed.append.tenant.as_str());
        new.tags.iter().map(move |tag| Self { number, tenant_id, tag: storable(tag.as_str()) })
    }
}

impl<'a> CommandRow<'a> {
    fn new(placed: &Placed<'a>, fingerprint: Fingerprint) -> Self {
        let Append { tenant, stream, metadata, events, .. } = placed.append;
        Self {
            tenant_id: tenant.as_str(),
            command_id: metadata.command.0,
            fingerprint: fingerprint.0,
            aggregate: stream.aggregate(),
            stream_id: stream.id(),
            stream: place(placed.stream),
            behind: integer(placed.behind + events.len() as u64),
            number: integer(placed.before + events.len() as u64),
            time: Moment(metadata.time),
        }
    }
}

impl<'a> KindRow<'a> {
    fn new(condition: &Condition<'a>) -> Option<Self> {
        let Condition::Kind { tenant, after, kind } = condition else { return None };
        let (aggregate, name) = (&kind.aggregate, &kind.name);
        Some(Self { tenant_id: tenant.as_str(), after: integer(*after), aggregate, name })
    }
}

impl<'a> TaggedRow<'a> {
    fn new(condition: &Condition<'a>) -> Option<Self> {
        let Condition::Tagged { tenant, after, criterion } = condition else { return None };
        let Tagged { tag, others, kinds } = Tagged::new(criterion);
        Some(Self { tenant_id: tenant.as_str(), after: integer(*after), tag, others, kinds })
    }
}

/// The place of a stream as the function counts, from 1.
fn place(place: usize) -> i32 {
    i32::try_from(place + 1).unwrap_or(i32::MAX)
}
