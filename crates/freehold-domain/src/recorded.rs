//! An event as the log has recorded it: where, when, by whom and because of what.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    ActorId, Aggregate, CommandId, CorrelationId, Event, EventId, Id, StreamId, TenantId, Timestamp,
};

/// A place in the log: 1, 2, 3, … without holes; 0 is before the first event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in a stream: 1, 2, 3, … without holes; 0 is a stream that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version of a stream without events.
    pub const NONE: Self = Self(0);

    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who made an event happen, when, and because of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// When it was decided.
    pub time: Timestamp,
    /// Who sent the command.
    pub actor: ActorId,
    /// What it belongs together with.
    pub correlation: CorrelationId,
    /// The event that it followed from, if it followed from one.
    pub causation: Option<EventId>,
    /// The command that was decided on.
    pub command: CommandId,
}

/// An event, decoded (`E` is an [`Event`]) or as stored (`E` is a [`RawEvent`](crate::RawEvent)), with its place in
/// the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<E> {
    /// What happened.
    pub event: E,
    /// Its id.
    pub id: EventId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The stream that it belongs to.
    pub stream: StreamId,
    /// Its place in the stream.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// Who, when, and why.
    pub metadata: Metadata,
}

impl<E> Recorded<E> {
    /// The same record of another reading of the event.
    pub fn with_event<F>(&self, event: F) -> Recorded<F> {
        Recorded {
            event,
            id: self.id,
            tenant: self.tenant.clone(),
            stream: self.stream.clone(),
            version: self.version,
            position: self.position,
            metadata: self.metadata.clone(),
        }
    }
}

impl<E: Event> Recorded<E> {
    /// The id of the aggregate that it happened to.
    pub fn stream_id(&self) -> <E::Aggregate as Aggregate>::Id {
        Id::from_uuid(self.stream.id())
    }
}
