//! Appending a batch by one call of the database.

use std::{borrow::Cow, error::Error};

use bytes::BytesMut;
use freehold_domain::{Position, Version};
use freehold_ports::Outcome;
use tokio_postgres::{
    Client, Row, Statement,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use uuid::Uuid;

use crate::{
    batch::{Batch, Condition, Placed, Tagged},
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

    /// Writes a batch that is known to hold, inside a transaction that has the lock.
    pub(crate) async fn append_held(&self, client: &Client, batch: &Batch<'_>) -> Result<(), Fault> {
        let lists = Lists::of(batch);
        client.query_one(&self.append_held, &lists.params()).await?;
        Ok(())
    }
}

fn outcomes(batch: &Batch<'_>, row: &Row) -> Result<Option<Vec<Outcome>>, Fault> {
    let Some(head) = row.try_get::<_, Option<i64>>(0)? else { return Ok(None) };
    let (head, versions): (u64, Vec<i64>) = (unsigned(head)?, row.try_get(1)?);
    let outcome = |placed: &Placed<'_>| {
        let len = placed.append.events.len() as u64;
        let version = Version(unsigned(versions[placed.stream])? + placed.behind + len);
        let position = Position(head + placed.before + len);
        Ok(Outcome { stream: placed.append.stream.clone(), version, position, replayed: false })
    };
    batch.appends.iter().map(outcome).collect::<Result<_, Fault>>().map(Some)
}

/// The parameters of the call, a list each.
#[derive(Default)]
struct Lists<'a> {
    stream_tenants: Vec<&'a str>,
    stream_aggregates: Vec<&'a str>,
    stream_ids: Vec<Uuid>,
    stream_expected: Vec<Option<i64>>,
    stream_events: Vec<Option<Uuid>>,
    event_streams: Vec<i32>,
    event_offsets: Vec<i64>,
    event_tenants: Vec<&'a str>,
    event_aggregates: Vec<&'a str>,
    event_stream_ids: Vec<Uuid>,
    event_ids: Vec<Uuid>,
    event_names: Vec<&'a str>,
    event_versions: Vec<i32>,
    event_payloads: Vec<&'a str>,
    event_times: Vec<Moment>,
    event_actors: Vec<Cow<'a, str>>,
    event_correlations: Vec<Uuid>,
    event_causations: Vec<Option<Uuid>>,
    event_commands: Vec<Uuid>,
    tag_events: Vec<i64>,
    tag_tenants: Vec<&'a str>,
    tag_tags: Vec<Cow<'a, str>>,
    command_tenants: Vec<&'a str>,
    command_ids: Vec<Uuid>,
    command_fingerprints: Vec<Uuid>,
    command_streams: Vec<i32>,
    command_offsets: Vec<i64>,
    command_positions: Vec<i64>,
    command_times: Vec<Moment>,
    kind_tenants: Vec<&'a str>,
    kind_after: Vec<i64>,
    kind_aggregates: Vec<&'a str>,
    kind_names: Vec<&'a str>,
    tagged_tenants: Vec<&'a str>,
    tagged_after: Vec<i64>,
    tagged_tags: Vec<Cow<'a, str>>,
    tagged_others: Vec<Option<serde_json::Value>>,
    tagged_kinds: Vec<Option<serde_json::Value>>,
}

impl<'a> Lists<'a> {
    fn of(batch: &Batch<'a>) -> Self {
        let mut lists = Self::default();
        lists.streams(batch);
        lists.events(batch);
        lists.commands(batch);
        for condition in &batch.conditions {
            lists.condition(condition);
        }
        lists
    }

    fn streams(&mut self, batch: &Batch<'a>) {
        for stream in &batch.streams {
            self.stream_tenants.push(stream.tenant.as_str());
            self.stream_aggregates.push(stream.stream.aggregate());
            self.stream_ids.push(stream.stream.id());
            self.stream_expected.push(stream.base().map(|version| integer(version.0)));
            self.stream_events.push(stream.event().map(|id| id.0));
        }
    }

    fn events(&mut self, batch: &Batch<'a>) {
        for (placed, number, new) in batch.events() {
            let append = placed.append;
            self.event_streams.push(place(placed.stream));
            self.event_offsets.push(integer(placed.behind + number));
            self.event_tenants.push(append.tenant.as_str());
            self.event_aggregates.push(append.stream.aggregate());
            self.event_stream_ids.push(append.stream.id());
            self.event_ids.push(new.id.0);
            self.event_names.push(&new.event.name);
            self.event_versions.push(i32::try_from(new.event.version).unwrap_or(i32::MAX));
            self.event_payloads.push(&new.event.payload);
            self.event_times.push(Moment(append.metadata.time));
            self.event_actors.push(storable(append.metadata.actor.as_str()));
            self.event_correlations.push(append.metadata.correlation.0);
            self.event_causations.push(append.metadata.causation.map(|id| id.0));
            self.event_commands.push(append.metadata.command.0);
            for tag in &new.tags {
                self.tag_events.push(integer(placed.before + number));
                self.tag_tenants.push(append.tenant.as_str());
                self.tag_tags.push(storable(tag.as_str()));
            }
        }
    }

    fn commands(&mut self, batch: &Batch<'a>) {
        for (placed, fingerprint) in batch.recorded() {
            let (append, len) = (placed.append, placed.append.events.len() as u64);
            self.command_tenants.push(append.tenant.as_str());
            self.command_ids.push(append.metadata.command.0);
            self.command_fingerprints.push(fingerprint.0);
            self.command_streams.push(place(placed.stream));
            self.command_offsets.push(integer(placed.behind + len));
            self.command_positions.push(integer(placed.before + len));
            self.command_times.push(Moment(append.metadata.time));
        }
    }

    fn condition(&mut self, condition: &Condition<'a>) {
        match condition {
            Condition::Kind { tenant, after, kind } => {
                self.kind_tenants.push(tenant.as_str());
                self.kind_after.push(integer(*after));
                self.kind_aggregates.push(&kind.aggregate);
                self.kind_names.push(&kind.name);
            }
            Condition::Tagged { tenant, after, criterion } => {
                let Tagged { tag, others, kinds } = Tagged::new(criterion);
                self.tagged_tenants.push(tenant.as_str());
                self.tagged_after.push(integer(*after));
                self.tagged_tags.push(tag);
                self.tagged_others.push(others);
                self.tagged_kinds.push(kinds);
            }
        }
    }

    /// In the order of the function's parameters.
    fn params(&self) -> [&(dyn ToSql + Sync); 38] {
        [
            &self.stream_tenants,
            &self.stream_aggregates,
            &self.stream_ids,
            &self.stream_expected,
            &self.stream_events,
            some(&self.event_streams),
            some(&self.event_offsets),
            some(&self.event_tenants),
            some(&self.event_aggregates),
            some(&self.event_stream_ids),
            some(&self.event_ids),
            some(&self.event_names),
            some(&self.event_versions),
            some(&self.event_payloads),
            some(&self.event_times),
            some(&self.event_actors),
            some(&self.event_correlations),
            some(&self.event_causations),
            some(&self.event_commands),
            some(&self.tag_events),
            some(&self.tag_tenants),
            some(&self.tag_tags),
            some(&self.command_tenants),
            some(&self.command_ids),
            some(&self.command_fingerprints),
            some(&self.command_streams),
            some(&self.command_offsets),
            some(&self.command_positions),
            some(&self.command_times),
            some(&self.kind_tenants),
            some(&self.kind_after),
            some(&self.kind_aggregates),
            some(&self.kind_names),
            some(&self.tagged_tenants),
            some(&self.tagged_after),
            some(&self.tagged_tags),
            some(&self.tagged_others),
            some(&self.tagged_kinds),
        ]
    }
}

/// A list; an empty one is absent, so that the function can pass over what it would be for.
fn some<T>(list: &Vec<T>) -> &(dyn ToSql + Sync)
where
    Vec<T>: ToSql + Sync,
{
    if list.is_empty() { &Absent } else { list }
}

/// `NULL`, whatever the type.
#[derive(Debug)]
struct Absent;

impl ToSql for Absent {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The place of a stream as the function counts, from 1.
fn place(place: usize) -> i32 {
    i32::try_from(place + 1).unwrap_or(i32::MAX)
}
