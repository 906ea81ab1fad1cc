//! Events: facts, with the stable names and versions that they are stored under.

use std::fmt::Debug;

use crate::{Aggregate, Recorded};

/// What can happen to an aggregate: an enum with one variant a kind of event. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    note = "add `#[derive(Event)]` and `#[event(of = Aggregate)]` to the enum of the aggregate's events"
)]
pub trait Event: EventSet + Clone + Debug + PartialEq + Send + Sync + 'static {
    /// What it happens to.
    type Aggregate: Aggregate<Event = Self>;
    /// Every kind of event, in the order of the variants.
    const TYPES: &'static [EventType];

    /// The kind of this one.
    fn event_type(&self) -> &'static EventType;

    /// What is stored of it.
    fn encode(&self) -> Result<RawEvent, serde_json::Error>;

    /// Reads what was stored.
    fn decode(raw: &RawEvent) -> Result<Self, DecodeError>;
}

/// The events that a view folds: those of one aggregate, or a union of several. Derived.
pub trait EventSet: Sized + Send + Sync + 'static {
    /// The aggregates by name, each with its kinds of event.
    fn sources() -> Vec<(&'static str, &'static [EventType])>;

    /// Reads an event of the aggregate of this name; `None` if the set has no such aggregate.
    fn decode_from(aggregate: &str, raw: &RawEvent) -> Option<Result<Self, DecodeError>>;

    /// Reads a recorded event; `None` if the set has no such aggregate.
    fn decode_recorded(recorded: &Recorded<RawEvent>) -> Option<Result<Recorded<Self>, DecodeError>> {
        let event = Self::decode_from(recorded.stream.aggregate(), &recorded.event)?;
        Some(event.map(|event| recorded.with_event(event)))
    }
}

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType {
    /// The stable name that it is stored under.
    pub name: &'static str,
    /// The version of its shape, from 1.
    pub version: u32,
    /// The names that it was stored under before.
    pub was: &'static [&'static str],
    /// Whether it leaves its context.
    pub published: bool,
    /// Whether it can only be read, no longer written.
    pub retired: bool,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// The stable name of its kind.
    pub name: String,
    /// The version of its shape.
    pub version: u32,
    /// Its fields, as a JSON object.
    pub payload: String,
}

/// Why a stored event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No kind of event has this name.
    #[error("`{aggregate}` has no event named `{name}`")]
    UnknownName {
        /// The aggregate.
        aggregate: &'static str,
        /// The name in the log.
        name: String,
    },
    /// It was written by code that is newer than this, or that this no longer reads.
    #[error("event `{name}` is stored in version {stored}, and this program reads version {known}")]
    UnknownVersion {
        /// The kind.
        name: &'static str,
        /// The version in the log.
        stored: u32,
        /// The version that is read.
        known: u32,
    },
    /// Its fields do not fit.
    #[error("event `{name}` cannot be read: {}", unfit(source))]
    Fields {
        /// The kind.
        name: &'static str,
        /// What does not fit.
        source: serde_json::Error,
    },
}

/// What does not fit, told without the content of the event: of what serde says, only what is about a whole field.
fn unfit(source: &serde_json::Error) -> String {
    let told = source.to_string();
    let safe = ["missing field", "unknown field", "duplicate field"];
    if safe.iter().any(|beginning| told.starts_with(beginning)) {
        told
    } else {
        format!("its fields do not fit, at column {} of their JSON", source.column())
    }
}
