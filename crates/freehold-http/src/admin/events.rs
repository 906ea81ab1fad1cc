//! The log as those see it who operate the service: over all tenants, with what events hold.

use std::time::Duration;

use axum::extract::{Path, Query, State, rejection::QueryRejection};
use freehold_app::Operations;
use freehold_domain::{CorrelationId, Position, RawEvent, Recorded, StreamId, TenantId, Version};
use freehold_ports::{Batch, Criterion, EventKind, EventQuery, Scope};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Ops, json as answer, unavailable, wrong};
use crate::problem::Problem;

/// How many events a page has at most.
const PAGE: usize = 1_000;
/// How many positions at the end of the log are looked through for the last events.
const AMONG: u64 = 1_000_000;
/// How long somebody may wait for the next.
const WAIT: Duration = Duration::from_secs(20);
/// How many events are looked through for the beginnings of streams.
const LOOK: usize = 10_000;

/// Parameters of a request, or what is wrong with them.
pub(super) trait Parameters<T> {
    fn parameters(self) -> Result<T, Problem>;
}

impl<T> Parameters<T> for Result<Query<T>, QueryRejection> {
    fn parameters(self) -> Result<T, Problem> {
        self.map(|Query(asked)| asked).map_err(|error| wrong(error.body_text()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
    tenant: Option<String>,
    kind: Option<String>,
    stream: Option<String>,
    correlation: Option<Uuid>,
    last: Option<usize>,
    wait: Option<u64>,
}

pub(super) async fn list(State(operations): Ops, asked: Result<Query<Asked>, QueryRejection>) -> Answer {
    let asked = asked.parameters()?;
    let read = match asked.correlation {
        Some(correlation) => trace(&operations, &asked, CorrelationId(correlation)).await?,
        None => read(&operations, &asked).await?,
    };
    answer(&shown(&read))
}

async fn read(operations: &Operations, asked: &Asked) -> Result<Batch, Problem> {
    let (scope, query) = (scope(asked.tenant.as_deref())?, query(asked)?);
    let limit = asked.limit.unwrap_or(100).clamp(1, PAGE);
    let read = if let Some(last) = asked.last {
        operations.last_events(&scope, &query, (last.clamp(1, PAGE), AMONG)).await
    } else {
        let wait = Duration::from_secs(asked.wait.unwrap_or_default()).min(WAIT);
        operations.events(&scope, &query, (Position(asked.after), limit), wait).await
    };
    read.map_err(|error| unavailable(&error))
}

async fn trace(operations: &Operations, asked: &Asked, correlation: CorrelationId) -> Result<Batch, Problem> {
    if asked.kind.is_some() || asked.stream.is_some() || asked.last.is_some() {
        return Err(wrong("with `correlation` go `tenant`, `after` and `limit` alone"));
    }
    let scope = scope(asked.tenant.as_deref())?;
    let limit = u32::try_from(asked.limit.unwrap_or(PAGE).clamp(1, PAGE)).unwrap_or(u32::MAX);
    // What is appended while the log is read through is left for the next page.
    let end = operations.end().await.map_err(|error| unavailable(&error))?;
    let events = operations.trace(correlation, (Position(asked.after), limit)).await;
    let mut events = events.map_err(|error| unavailable(&error))?;
    let last = events.last().filter(|_| events.len() == limit as usize);
    let read_to = last.map_or(end, |last| last.position);
    events.retain(|event| scope.covers(&event.tenant));
    Ok(Batch { read_to, events })
}

fn scope(tenant: Option<&str>) -> Result<Scope, Problem> {
    match tenant {
        Some(tenant) => Ok(Scope::Tenant(self::tenant(tenant)?)),
        None => Ok(Scope::EveryTenant),
    }
}

fn tenant(text: &str) -> Result<TenantId, Problem> {
    text.parse().map_err(|error| wrong(format!("`tenant` is no tenant: {error}")))
}

/// Kinds and streams are written with a slash between their parts.
fn query(asked: &Asked) -> Result<EventQuery, Problem> {
    let mut criterion = Criterion::default();
    if let Some(kind) = &asked.kind {
        let (aggregate, name) = kind.rsplit_once('/').ok_or_else(|| {
            wrong("`kind` is an aggregate and an event, such as `shipping.Shipment/ShipmentBooked`")
        })?;
        criterion.kinds.push(EventKind { aggregate: aggregate.to_owned(), name: name.to_owned() });
    }
    if let Some(stream) = &asked.stream {
        criterion.streams.push(stream_of(stream)?);
    }
    let is_all = criterion.kinds.is_empty() && criterion.streams.is_empty();
    Ok(if is_all { EventQuery::all() } else { criterion.into() })
}

fn stream_of(text: &str) -> Result<StreamId, Problem> {
    let parts = text.rsplit_once('/').and_then(|(aggregate, id)| Some((aggregate, id.parse().ok()?)));
    let (aggregate, id): (&str, Uuid) = parts
        .ok_or_else(|| wrong("`stream` is an aggregate and an id, such as `shipping.Shipment/0198..`"))?;
    Ok(StreamId::new(aggregate, id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedStreams {
    tenant: Option<String>,
    aggregate: Option<String>,
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

/// Streams by their first events.
pub(super) async fn streams(
    State(operations): Ops,
    asked: Result<Query<AskedStreams>, QueryRejection>,
) -> Answer {
    let asked = asked.parameters()?;
    let scope = scope(asked.tenant.as_deref())?;
    let limit = asked.limit.unwrap_or(100).clamp(1, PAGE);
    let (mut found, mut after) = (Vec::new(), Position(asked.after));
    let next = loop {
        let page = operations.events(&scope, &EventQuery::all(), (after, PAGE), Duration::ZERO).await;
        let page = page.map_err(|error| unavailable(&error))?;
        let is_last = page.events.len() < PAGE;
        let begun = page.events.iter().filter(|event| {
            event.version == Version(1)
                && asked.aggregate.as_deref().is_none_or(|meant| meant == event.stream.aggregate())
        });
        found.extend(begun.take(limit - found.len()).map(beginning));
        after = page.read_to;
        if found.len() == limit {
            break found.last().map(|(position, _)| position.0);
        }
        if is_last {
            break None;
        }
        if after.0 - asked.after >= LOOK as u64 {
            break Some(after.0);
        }
    };
    let streams: Vec<Value> = found.into_iter().map(|(_, stream)| stream).collect();
    answer(&json!({ "streams": streams, "next": next }))
}

fn beginning(event: &Recorded<RawEvent>) -> (Position, Value) {
    let shown = json!({
        "tenant": event.tenant,
        "stream": stream_name(&event.stream),
        "position": event.position.0,
        "began_at": event.metadata.time,
    });
    (event.position, shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedStream {
    tenant: String,
    #[serde(default)]
    after_version: u64,
    limit: Option<u64>,
}

pub(super) async fn stream(
    State(operations): Ops,
    Path((aggregate, id)): Path<(String, String)>,
    asked: Result<Query<AskedStream>, QueryRejection>,
) -> Answer {
    let AskedStream { tenant, after_version, limit } = asked.parameters()?;
    let stream = stream_of(&format!("{aggregate}/{id}"))?;
    let range = (Version(after_version), limit.unwrap_or(100).clamp(1, PAGE as u64));
    let events = operations.stream(&self::tenant(&tenant)?, &stream, range).await;
    let events = events.map_err(|error| unavailable(&error))?;
    let read_to = events.last().map_or(Position::START, |last| last.position);
    answer(&shown(&Batch { events, read_to }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedAudit {
    #[serde(default)]
    after: u64,
    limit: Option<u32>,
}

pub(super) async fn audit(
    State(operations): Ops,
    asked: Result<Query<AskedAudit>, QueryRejection>,
) -> Answer {
    let AskedAudit { after, limit } = asked.parameters()?;
    let limit = limit.unwrap_or(100).clamp(1, 1_000);
    let entries = operations.audit(after, limit).await.map_err(|error| unavailable(&error))?;
    let next = entries.last().filter(|_| entries.len() == limit as usize).map(|entry| entry.number);
    let shown = entries.iter().map(|audit| {
        let entry = &audit.entry;
        json!({
            "number": audit.number,
            "time": audit.time,
            "actor": entry.actor,
            "action": entry.action,
            "target": entry.target,
            "detail": entry.detail,
        })
    });
    answer(&json!({ "entries": shown.collect::<Vec<_>>(), "next": next }))
}

fn shown(Batch { events, read_to }: &Batch) -> Value {
    let events: Vec<Value> = events.iter().map(event).collect();
    json!({ "events": events, "read_to": read_to.0 })
}

fn event(recorded: &Recorded<RawEvent>) -> Value {
    let Recorded { position, version, id, event, metadata, tenant, stream } = recorded;
    json!({
        "position": position.0,
        "tenant": tenant,
        "stream": stream_name(stream),
        "version": version.0,
        "event": event.name,
        "event_version": event.version,
        "id": id,
        "time": metadata.time,
        "actor": metadata.actor,
        "correlation": metadata.correlation,
        "causation": metadata.causation,
        "command": metadata.command,
        "payload": payload(&event.payload),
    })
}

/// What an event holds, as JSON; as text, should it be none.
pub(super) fn payload(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

pub(super) fn stream_name(stream: &StreamId) -> String {
    format!("{}/{}", stream.aggregate(), stream.id())
}
