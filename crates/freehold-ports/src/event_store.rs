//! The log.

use std::{fmt, iter, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use freehold_domain::{
    CommandId, EventId, Metadata, Position, RawEvent, Recorded, StreamId, Tag, TenantId, Version,
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Projection, StoreError};

/// The append-only log that everything else can be rebuilt from.
///
/// Obligations, each a test of `freehold_testkit::conformance`:
/// 1. **Durable before acknowledged.** An append that returned survives `kill -9` of client and server.
/// 2. **Dense, commit-ordered positions.** 1, 2, 3, … without holes, over all tenants; whoever has read position p
///    never later finds a new event at or below p.
/// 3. **Dense versions per stream**, in the same order as positions.
/// 4. **All or nothing.** Events, inline views and the idempotency record of one append land together or not at all;
///    an append that fails disturbs no other.
/// 5. **Conditions** are checked and the events written as one step.
/// 6. **Idempotent.** The same command id again returns the first outcome and writes nothing.
/// 7. **Tenants.** Every read and write names its tenant; none crosses.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// Hands an append over, and returns when it has its place among those that wait; while there is none it waits.
    ///
    /// Appends to one stream that are handed over one after the other are tried in that order, so that the second can
    /// be decided on what the first will leave. What was handed over is tried even if nobody waits for it any more.
    async fn submit(&self, append: Append) -> Pending;

    /// Writes the events if all conditions hold. An append without events writes only its idempotency record.
    ///
    /// Dropping the returned future does not undo what may already be under way.
    async fn append(&self, append: Append) -> Result<Outcome, AppendError> {
        self.submit(append).await.await
    }

    /// The events of a stream within a range, in order; none if there is no such stream.
    async fn read_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError>;

    /// Hands the events of a stream within a range to a fold, in order, as they come in: what loading an aggregate
    /// takes, and not what else is known of them. The fold may keep nothing of what it is shown. Unless an adapter does
    /// better, they are read in [pages](Versions::pages).
    ///
    /// Errors: what the fold returns, which ends it; what it has taken in before is then to be thrown away.
    async fn fold_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
        fold: &mut Fold<'_>,
    ) -> Result<(), StoreError> {
        for page in range.pages() {
            let events = self.read_stream(tenant, stream, page).await?;
            let is_last = events.len() < Versions::PAGE;
            for Recorded { id, version, event, .. } in events {
                fold(&StreamEvent { id, version, event })?;
            }
            if is_last {
                break;
            }
        }
        Ok(())
    }

    /// The next events after a position that match, in order, `limit` at most.
    async fn read_all(
        &self,
        scope: &Scope,
        after: Position,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Batch, StoreError>;

    /// The position of the last event of a tenant that matches.
    async fn last_position(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Option<Position>, StoreError>;

    /// What the command of this id led to, if it was recorded.
    async fn outcome(
        &self,
        tenant: &TenantId,
        command: CommandId,
    ) -> Result<Option<(Fingerprint, Outcome)>, StoreError>;

    /// Closes a stream for good and moves its events out of the way of the others. Readers find them where they were;
    /// an append to the stream is refused. Does nothing if it was done before.
    ///
    /// Errors: a [`Conflict::Version`] if the stream is no longer at the version, which must be one with events.
    async fn archive(&self, tenant: &TenantId, stream: &StreamId, at: Version) -> Result<(), AppendError>;

    /// The position of the last event in the log, asked of the database itself: what lag is measured against.
    async fn end(&self) -> Result<Position, StoreError>;

    /// The position of the last event in the log, changing as it grows. Readers wait on it instead of polling. What other
    /// nodes append shows in it a little later.
    fn head(&self) -> watch::Receiver<Position>;
}

/// What becomes of an append that was handed over.
pub type Pending = Pin<Box<dyn Future<Output = Result<Outcome, AppendError>> + Send>>;

/// What events of a stream are handed to, one after the other.
pub type Fold<'f> = dyn FnMut(&StreamEvent) -> Result<(), StoreError> + Send + 'f;

/// An event as far as an aggregate is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEvent {
    /// Its id.
    pub id: EventId,
    /// Its place in the stream.
    pub version: Version,
    /// What happened.
    pub event: RawEvent,
}

/// A range of versions of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Those after this one.
    pub after: Version,
    /// Up to this one, itself included.
    pub until: Version,
}

impl Versions {
    /// All of them.
    pub const ALL: Self = Self { after: Version::NONE, until: Version(u64::MAX) };

    /// How many versions a page has.
    pub const PAGE: usize = 1_000;

    /// The same range in pages. A stream ends in the first one that is not full.
    pub fn pages(mut self) -> impl Iterator<Item = Self> {
        iter::from_fn(move || {
            let Self { after, until } = self;
            self.after = Version(after.0.saturating_add(Self::PAGE as u64)).min(until);
            (after < until).then_some(Self { after, until: self.after })
        })
    }

    /// Those after a version.
    pub fn after(after: Version) -> Self {
        Self { after, ..Self::ALL }
    }

    /// Those up to a version, itself included.
    pub fn until(until: Version) -> Self {
        Self { until, ..Self::ALL }
    }
}

/// Whose events are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of this tenant.
    Tenant(TenantId),
    /// Those of every tenant: for projections and relays, never on behalf of a request.
    EveryTenant,
}

impl Scope {
    /// Whether the events of the tenant are within it.
    pub fn covers(&self, tenant: &TenantId) -> bool {
        match self {
            Self::Tenant(own) => own == tenant,
            Self::EveryTenant => true,
        }
    }
}

/// Events to write, and what must hold for them to be written.
#[derive(Clone)]
pub struct Append {
    /// Whose they are.
    pub tenant: TenantId,
    /// The stream that they continue or begin.
    pub stream: StreamId,
    /// Where the stream must be.
    pub expected: Expected,
    /// What must not have happened elsewhere; all of these hold.
    pub unless: Vec<Unless>,
    /// In order.
    pub events: Vec<NewEvent>,
    /// Who, when, and why.
    pub metadata: Metadata,
    /// With a fingerprint, the outcome is recorded under the command id of the metadata, and the same command again
    /// returns it.
    pub once: Option<Fingerprint>,
    /// The views that are applied in the same transaction, those of higher priority first. One that is wholly
    /// synchronous must have taken in the log before it; see [`ViewStore::checkpoint`](crate::ViewStore::checkpoint).
    pub inline: Vec<Arc<dyn Projection>>,
}

/// Where a stream must be for an append to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anywhere.
    Any,
    /// At exactly this version; [`Version::NONE`] is a stream that does not exist.
    Version(Version),
    /// At exactly this version, and its last event being this one. For an append that was decided before the one that
    /// it follows was answered: if that one was refused, another event may have come to lie at its version.
    Event(Version, EventId),
}

impl Expected {
    /// Whether a stream is where it must be, given its version and its last event.
    pub fn check(&self, actual: Version, last: impl FnOnce() -> Option<EventId>) -> Result<(), Conflict> {
        match *self {
            Self::Version(expected) | Self::Event(expected, _) if expected != actual => {
                Err(Conflict::Version { expected, actual })
            }
            Self::Event(at, id) if last() != Some(id) => Err(Conflict::Event { at }),
            _ => Ok(()),
        }
    }
}

/// A condition over the whole of a tenant's log: no event that matches lies after the position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unless {
    /// What must not have happened.
    pub query: EventQuery,
    /// What lies at or before this position was known, and does not count.
    pub after: Position,
}

/// An event to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// Itself.
    pub event: RawEvent,
    /// What it can be found by.
    pub tags: Vec<Tag>,
}

/// What tells a command from another that was given the same id by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub Uuid);

/// What an append led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The stream.
    pub stream: StreamId,
    /// The version of the stream after it.
    pub version: Version,
    /// The position of its last event, or of the head of the log if it had none.
    pub position: Position,
    /// Whether it was written before, under the same command id, and this is what it led to then.
    pub replayed: bool,
}

/// Which events are meant: those that match any of the criteria; all, if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// The criteria.
    pub any_of: Vec<Criterion>,
}

impl EventQuery {
    /// All events.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those of one of these kinds.
    pub fn kinds(kinds: Vec<EventKind>) -> Self {
        Criterion { kinds, ..Criterion::default() }.into()
    }

    /// Those with this tag.
    pub fn tag(tag: Tag) -> Self {
        Criterion { tags: vec![tag], ..Criterion::default() }.into()
    }

    /// Those of this stream.
    pub fn stream(stream: StreamId) -> Self {
        Criterion { streams: vec![stream], ..Criterion::default() }.into()
    }

    /// Whether an event is meant.
    pub fn matches(&self, stream: &StreamId, name: &str, tags: &[Tag]) -> bool {
        self.any_of.is_empty() || self.any_of.iter().any(|criterion| criterion.matches(stream, name, tags))
    }
}

impl From<Criterion> for EventQuery {
    fn from(criterion: Criterion) -> Self {
        Self { any_of: vec![criterion] }
    }
}

/// Events of one of these kinds, of one of these streams, that have all of these tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criterion {
    /// Kinds; every kind, if there is none.
    pub kinds: Vec<EventKind>,
    /// Streams; every stream, if there is none.
    pub streams: Vec<StreamId>,
    /// Tags.
    pub tags: Vec<Tag>,
}

impl Criterion {
    fn matches(&self, stream: &StreamId, name: &str, tags: &[Tag]) -> bool {
        let kind = |kind: &EventKind| kind.aggregate == stream.aggregate() && kind.name == name;
        (self.kinds.is_empty() || self.kinds.iter().any(kind))
            && (self.streams.is_empty() || self.streams.contains(stream))
            && self.tags.iter().all(|tag| tags.contains(tag))
    }
}

/// A kind of event: the name of the aggregate, and its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKind {
    /// The aggregate, with its context before it.
    pub aggregate: String,
    /// The event.
    pub name: String,
}

/// Events that were read, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// In order.
    pub events: Vec<Recorded<RawEvent>>,
    /// Nothing at or before this position is left to read: the position of the last event if the limit was reached,
    /// else the head of the log at the time.
    pub read_to: Position,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A condition does not hold.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Another command was recorded under this id.
    #[error("another command was recorded under the id {0}")]
    CommandIdReused(CommandId),
    /// A view that is applied before the command returns could not be.
    #[error("the view `{view}` could not be brought up to date: {error}")]
    Inline {
        /// The view.
        view: &'static str,
        /// Why.
        error: InlineError,
    },
    /// The store failed. Whether the append was written is unknown only if the connection was lost meanwhile; with
    /// the same command id it can safely be tried again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which condition does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The stream is elsewhere.
    #[error("the stream was expected at version {expected} and is at version {actual}")]
    Version {
        /// Where it was expected.
        expected: Version,
        /// Where it is.
        actual: Version,
    },
    /// The stream is at the version that was expected, and has come there by another event.
    #[error("the event at version {at} of the stream is another than was expected")]
    Event {
        /// The version.
        at: Version,
    },
    /// The stream was closed and archived.
    #[error("the stream was closed at version {at}")]
    Archived {
        /// The version of its last event.
        at: Version,
    },
    /// Something has happened that must not have.
    #[error("an event at position {found} meets a condition of the append")]
    Query {
        /// Which of the append's `unless`.
        index: usize,
        /// The position of the last event that matches.
        found: Position,
    },
}

/// Why a view could not be applied in the transaction of an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InlineError {
    /// It took longer than it may.
    TimedOut(Duration),
    /// It could not take the events in.
    Failed(String),
}

impl fmt::Display for InlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(limit) => write!(f, "it took longer than {limit:?}"),
            Self::Failed(reason) => f.write_str(reason),
        }
    }
}
