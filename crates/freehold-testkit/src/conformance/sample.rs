//! The sample aggregate of the suite: parcels, and appends of their events.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use freehold_domain::{
    ActorId, CommandId, CorrelationId, EventId, Metadata, Position, RawEvent, Recorded, StreamId, Tag,
    TenantId, Timestamp, Version,
};
use freehold_ports::{
    Append, AppendError, Database, EventKind, EventQuery, Expected, Fingerprint, NewEvent, Outcome, Pending,
    Projection, Scope, StreamEvent, Unless, Versions,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) const PARCEL: &str = "conformance.Parcel";

/// What can happen to a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Parcel {
    Booked {
        owner: String,
    },
    Weighed {
        grams: i64,
    },
    Moved {
        to: String,
    },
    /// Deletes its row.
    Purged {},
    /// No view can take it in.
    Broken {},
    /// Every view panics over it.
    Cursed {},
}

impl Parcel {
    pub(super) const NAMES: [&str; 6] = ["Booked", "Weighed", "Moved", "Purged", "Broken", "Cursed"];

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Booked { .. } => "Booked",
            Self::Weighed { .. } => "Weighed",
            Self::Moved { .. } => "Moved",
            Self::Purged {} => "Purged",
            Self::Broken {} => "Broken",
            Self::Cursed {} => "Cursed",
        }
    }

    pub(super) fn encode(&self) -> RawEvent {
        let payload = serde_json::to_string(self).expect("its fields are text and numbers");
        RawEvent { name: self.name().to_owned(), version: 1, payload }
    }

    pub(super) fn decode(event: &RawEvent) -> Self {
        serde_json::from_str(&event.payload).expect("the suite wrote it")
    }
}

pub(super) fn booked(owner: &str) -> Parcel {
    Parcel::Booked { owner: owner.to_owned() }
}

pub(super) fn weighed(grams: i64) -> Parcel {
    Parcel::Weighed { grams }
}

pub(super) fn moved(to: &str) -> Parcel {
    Parcel::Moved { to: to.to_owned() }
}

pub(super) fn purged() -> Parcel {
    Parcel::Purged {}
}

/// An id that nothing else in this process has.
pub(super) fn new_id() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(
        0x0198_0000_0000_7000_8000_0000_0000_0000 | u128::from(NEXT.fetch_add(1, Ordering::Relaxed)),
    )
}

/// One of the tenants of the suite.
pub(super) fn tenant(number: usize) -> TenantId {
    format!("tenant-{number}").parse().expect("letters, a dash and digits")
}

/// The stream of a parcel.
pub(super) fn parcel(number: u32) -> StreamId {
    StreamId::new(PARCEL, Uuid::from_u128(0xABCD_0000 + u128::from(number)))
}

pub(super) fn kind(name: &str) -> EventKind {
    EventKind { aggregate: PARCEL.to_owned(), name: name.to_owned() }
}

pub(super) fn kinds(names: &[&str]) -> EventQuery {
    EventQuery::kinds(names.iter().map(|name| kind(name)).collect())
}

pub(super) fn tag(text: &str) -> Tag {
    Tag::new(text)
}

/// An append of these events to the stream of the first tenant, anywhere and without conditions.
pub(super) fn append(stream: StreamId, events: impl IntoIterator<Item = Parcel>) -> Draft {
    append_raw(stream, events.into_iter().map(|event| event.encode()))
}

/// The same of events of any shape.
pub(super) fn append_raw(stream: StreamId, events: impl IntoIterator<Item = RawEvent>) -> Draft {
    let new = |event| NewEvent { id: EventId(new_id()), event, tags: Vec::new() };
    Draft(Append {
        tenant: tenant(0),
        stream,
        expected: Expected::Any,
        unless: Vec::new(),
        events: events.into_iter().map(new).collect(),
        metadata: metadata(),
        once: None,
        inline: Vec::new(),
    })
}

fn metadata() -> Metadata {
    Metadata {
        time: "2026-01-15T09:30:00.123456Z".parse::<Timestamp>().expect("as in RFC 3339"),
        actor: ActorId::new("clerk-7"),
        correlation: CorrelationId(new_id()),
        causation: None,
        command: CommandId(new_id()),
    }
}

/// An append in the making.
#[derive(Clone)]
pub(super) struct Draft(pub(super) Append);

impl Draft {
    pub(super) fn of(mut self, tenant: TenantId) -> Self {
        self.0.tenant = tenant;
        self
    }

    pub(super) fn at(mut self, version: u64) -> Self {
        self.0.expected = Expected::Version(Version(version));
        self
    }

    /// Behind this event, which is at this version.
    pub(super) fn behind(mut self, version: u64, event: EventId) -> Self {
        self.0.expected = Expected::Event(Version(version), event);
        self
    }

    /// The id of its last event.
    pub(super) fn last_event(&self) -> EventId {
        self.0.events.last().expect("it has events").id
    }

    pub(super) fn unless(mut self, query: EventQuery, after: u64) -> Self {
        self.0.unless.push(Unless { query, after: Position(after) });
        self
    }

    /// Every event of it has these tags.
    pub(super) fn tagged(mut self, tags: &[&str]) -> Self {
        for event in &mut self.0.events {
            event.tags = tags.iter().map(|text| tag(text)).collect();
        }
        self
    }

    /// It was recorded for this reason.
    pub(super) fn for_reason(mut self, reason: CorrelationId) -> Self {
        self.0.metadata.correlation = reason;
        self
    }

    pub(super) fn once(mut self, fingerprint: u128) -> Self {
        self.0.once = Some(Fingerprint(Uuid::from_u128(fingerprint)));
        self
    }

    pub(super) fn inline(mut self, projection: &Arc<dyn Projection>) -> Self {
        self.0.inline.push(Arc::clone(projection));
        self
    }

    pub(super) fn command(&self) -> CommandId {
        self.0.metadata.command
    }

    pub(super) async fn submit(self, db: &Arc<dyn Database>) -> Pending {
        db.submit(self.0).await
    }

    pub(super) async fn try_on(self, db: &Arc<dyn Database>) -> Result<Outcome, AppendError> {
        db.append(self.0).await
    }

    pub(super) async fn on(self, db: &Arc<dyn Database>) -> Outcome {
        self.try_on(db).await.expect("nothing stands in the way of the append")
    }
}

/// The whole log, of every tenant.
pub(super) async fn whole_log(db: &Arc<dyn Database>) -> Vec<Recorded<RawEvent>> {
    read(db, &Scope::EveryTenant, &EventQuery::all()).await
}

/// All that matches.
pub(super) async fn read(
    db: &Arc<dyn Database>,
    scope: &Scope,
    query: &EventQuery,
) -> Vec<Recorded<RawEvent>> {
    let batch = db.read_all(scope, Position::START, query, usize::MAX).await;
    batch.expect("the log can be read").events
}

/// The events of a stream of the first tenant.
pub(super) async fn stream(db: &Arc<dyn Database>, stream: &StreamId) -> Vec<Recorded<RawEvent>> {
    stream_within(db, &tenant(0), stream, Versions::ALL).await
}

/// The events of a stream within a range, which a fold is shown in the same way.
pub(super) async fn stream_within(
    db: &Arc<dyn Database>,
    tenant: &TenantId,
    stream: &StreamId,
    range: Versions,
) -> Vec<Recorded<RawEvent>> {
    let read = db.read_stream(tenant, stream, range).await.expect("the stream can be read");
    let mut shown = Vec::new();
    let mut fold = |event: &StreamEvent| {
        shown.push(event.clone());
        Ok(())
    };
    db.fold_stream(tenant, stream, range, &mut fold).await.expect("the stream can be folded");
    let as_shown = |event: &Recorded<RawEvent>| StreamEvent {
        id: event.id,
        version: event.version,
        event: event.event.clone(),
    };
    assert_eq!(shown, read.iter().map(as_shown).collect::<Vec<_>>());
    read
}

pub(super) fn positions(events: &[Recorded<RawEvent>]) -> Vec<u64> {
    events.iter().map(|event| event.position.0).collect()
}

pub(super) fn versions(events: &[Recorded<RawEvent>]) -> Vec<u64> {
    events.iter().map(|event| event.version.0).collect()
}

/// 1, 2, 3, … without holes.
pub(super) fn assert_dense(numbers: &[u64]) {
    let dense: Vec<u64> = (1..).take(numbers.len()).collect();
    assert_eq!(numbers, dense);
}
