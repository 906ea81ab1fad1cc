//! Writes accounts past the application, and so past what it has in memory.

use std::sync::Arc;

use bench_harness::{Deposit, Fill, Opening, workload};
use freehold::{
    ActorId, CommandId, CorrelationId, Event, EventId, Id, Metadata, StreamId, TenantId, Timestamp, Version,
    ports::{Append, Database, Expected, NewEvent},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use crate::ledger::{Account, AccountId, deposited, opened};

/// How many streams are written at once.
pub(crate) const AT_ONCE: usize = 512;

/// How many events of a stream are written at once.
const EVENTS: u64 = 1_000;

/// All of them, many streams at a time.
pub(crate) async fn fill(database: &Arc<dyn Database>, tenant: &TenantId, fill: Fill) -> anyhow::Result<()> {
    let accounts = stream::iter(fill.first..=fill.last());
    let written = accounts.map(|number| anyhow::Ok(write(database, tenant, number, fill.events)));
    written.try_for_each_concurrent(AT_ONCE, |account| account).await
}

async fn write(
    database: &Arc<dyn Database>,
    tenant: &TenantId,
    number: u64,
    events: u64,
) -> anyhow::Result<()> {
    let stream = StreamId::of::<Account>(AccountId::from_uuid(workload::id(number)));
    let mut last: Option<EventId> = None;
    for begin in (0..events).step_by(usize::try_from(EVENTS)?) {
        let versions = begin + 1..=events.min(begin + EVENTS);
        let new = versions.map(event).collect::<anyhow::Result<Vec<_>>>()?;
        let expected = expected(Version(begin), last);
        last = new.last().map(|event| event.id);
        let append = Append {
            tenant: tenant.clone(),
            stream: stream.clone(),
            expected,
            unless: Vec::new(),
            events: new,
            metadata: metadata(),
            once: None,
            inline: Vec::new(),
        };
        database.append(append).await?;
    }
    Ok(())
}

/// What the append relies on: the event that the stream ends with.
fn expected(version: Version, last: Option<EventId>) -> Expected {
    last.map_or(Expected::Version(version), |last| Expected::Event(version, last))
}

/// The event of a version, the opening if it is the first.
fn event(version: u64) -> anyhow::Result<NewEvent> {
    let event = if version == 1 {
        opened(Opening::of(0))
    } else {
        deposited(Deposit::any(&mut fastrand::Rng::new()))
    };
    let id = EventId(Uuid::from_u128(fastrand::u128(..)));
    Ok(NewEvent { id, event: event.encode()?, tags: Vec::new() })
}

fn metadata() -> Metadata {
    let uuid = || Uuid::from_u128(fastrand::u128(..));
    Metadata {
        time: Timestamp::from_micros(1_767_225_600_000_000),
        actor: ActorId::new("teller-0017"),
        correlation: CorrelationId(uuid()),
        causation: Some(EventId(uuid())),
        command: CommandId(uuid()),
    }
}
