//! Appending a batch by one call of the database.

use std::borrow::Cow;

use freehold_domain::Position;
use freehold_ports::{Append, Fingerprint, NewEvent};
use postgres_types::ToSql;
use serde_json::Value;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use crate::{
    batch::{Batch, BatchStream, Condition, Placed, Tagged},
    call::{Call, Param},
    cells::storable,
    events::{Moment, integer, unsigned},
    fault::Fault,
    knowledge::{End, Found},
    sql,
};

/// The statements of a connection that appends.
pub(crate) struct Statements {
    append: Statement,
    append_with_views: Statement,
    pub(crate) look: Statement,
}

impl Statements {
    pub(crate) async fn prepare(client: &Client) -> Result<Self, Fault> {
        Ok(Self {
            append: client.prepare(sql::APPEND).await?,
            append_with_views: client.prepare(sql::APPEND_WITH_VIEWS).await?,
            look: client.prepare(sql::LOOK).await?,
        })
    }

    /// Writes the batch if all of it holds, given the end of the log that what is known of its streams relies on.
    pub(crate) fn append(&self, batch: &Batch<'_>, end: Option<End>) -> Result<Call, Fault> {
        let (lists, end) = (Lists::of(batch), EndParams::of(end));
        Call::new(&self.append, &[&end.params()[..], &lists.params()].concat())
    }

    /// The same with how far views come by it, inside a transaction that brings them up to date behind it. That something
    /// does not hold is an error.
    pub(crate) fn append_with_views(
        &self,
        batch: &Batch<'_>,
        end: Option<End>,
        views: &MovedViews,
    ) -> Result<Call, Fault> {
        let (lists, end) = (Lists::of(batch), EndParams::of(end));
        let views: [Param<'_>; 2] = [&views.moves, &views.time_limit];
        Call::new(&self.append_with_views, &[&end.params()[..], &lists.params(), &views].concat())
    }

    /// The same for a batch that is known to hold behind a head of the log, inside a transaction that has the locks.
    pub(crate) fn append_held(
        &self,
        batch: &Batch<'_>,
        head: Position,
        moves: Option<&[MovedView]>,
    ) -> Result<Call, Fault> {
        let lists = Lists { streams: None, kinds: None, tagged: None, ..Lists::of(batch) };
        let end = EndParams { position: Some(integer(head.0)), event: None, archivals: None };
        let views: [Param<'_>; 2] = [&moves, &None::<i32>];
        Call::new(&self.append_with_views, &[&end.params()[..], &lists.params(), &views].concat())
    }
}

/// The end of the log as statements take it.
struct EndParams {
    position: Option<i64>,
    event: Option<Uuid>,
    archivals: Option<i64>,
}

impl EndParams {
    fn of(end: Option<End>) -> Self {
        Self {
            position: end.map(|end| integer(end.position.0)),
            event: end.map(|end| end.event.0),
            archivals: end.map(|end| end.archivals),
        }
    }

    fn params(&self) -> [Param<'_>; 3] {
        [&self.position, &self.event, &self.archivals]
    }
}

/// Writes a batch by itself: where the log ended before it, or `None` if something does not hold.
pub(crate) async fn write(client: &Client, call: Call) -> Result<Option<Found>, Fault> {
    match call.row(client).await {
        Ok(row) => found(&row),
        Err(fault) if fault.is_out_of_date() => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Where the log ended before a batch that was written; `None` if it was not.
pub(crate) fn found(row: &Row) -> Result<Option<Found>, Fault> {
    match row.try_get::<_, Option<Vec<i64>>>(0)?.as_deref() {
        None => Ok(None),
        Some(&[head, archivals]) => Ok(Some(Found { head: Position(unsigned(head)?), archivals })),
        Some(_) => Err(Fault::Corrupt("`freehold.append` does not tell what it should".to_owned())),
    }
}

/// The lists that the function takes. One that is empty is absent, so that the function can pass over what it would be
/// for.
struct Lists<'a> {
    streams: Option<Vec<StreamRow<'a>>>,
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
    version: i64,
    event: Option<Uuid>,
}

#[derive(Debug, ToSql)]
#[postgres(name = "appended_event")]
struct EventRow<'a> {
    number: i64,
    tenant_id: &'a str,
    aggregate: &'a str,
    stream_id: Uuid,
    version: i64,
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
    version: i64,
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
    /// Where it is, if that is known and relied on.
    pub(crate) known: Option<i64>,
    pub(crate) position: i64,
}

/// What a batch does to views, as far as the log has to do with it.
pub(crate) struct MovedViews {
    /// How far they come, in the order in which they are locked.
    pub(crate) moves: Option<Vec<MovedView>>,
    /// How long a statement that brings them up to date may take, in milliseconds.
    pub(crate) time_limit: Option<i32>,
}

impl<'a> Lists<'a> {
    fn of(batch: &Batch<'a>) -> Self {
        Self {
            streams: some(batch.expected_streams().map(StreamRow::new)),
            events: some(batch.events().map(|(placed, number, new)| EventRow::new(placed, number, new))),
            tags: some(batch.events().flat_map(|(placed, number, new)| TagRow::all(placed, number, new))),
            commands: some(
                batch.recorded().map(|(placed, fingerprint)| CommandRow::new(placed, fingerprint)),
            ),
            kinds: some(batch.conditions.iter().filter_map(KindRow::new)),
            tagged: some(batch.conditions.iter().filter_map(TaggedRow::new)),
        }
    }
}

impl Lists<'_> {
    /// In the order of the function's parameters.
    fn params(&self) -> [Param<'_>; 6] {
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
            version: integer(stream.version.0),
            event: stream.event.map(|id| id.0),
        }
    }
}

impl<'a> EventRow<'a> {
    fn new(placed: &Placed<'a>, number: u64, new: &'a NewEvent) -> Self {
        let Append { tenant, stream, metadata, .. } = placed.append;
        Self {
            number: integer(placed.before + number),
            tenant_id: tenant.as_str(),
            aggregate: stream.aggregate(),
            stream_id: stream.id(),
            version: integer(placed.version.0 + number),
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
            version: integer(placed.version.0 + events.len() as u64),
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
