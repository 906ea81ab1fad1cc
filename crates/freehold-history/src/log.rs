//! The log as it is found in the end, with what laws look up in it.

use std::collections::HashMap;

use freehold::{RawEvent, Recorded};
use serde::Deserialize;
use uuid::Uuid;

use crate::{Address, Glimpse, History, Token};

/// An event of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where it is, and a digest of all that it is.
    pub glimpse: Glimpse,
    /// Its stream.
    pub address: Address,
    /// Its place in the stream.
    pub version: u64,
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    pub name: String,
    /// Its fields.
    pub payload: String,
    /// The command that it follows from.
    pub command: Uuid,
    /// What its sender has written into it.
    pub mark: Mark,
}

/// What senders write into every event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Mark {
    /// The request.
    pub token: Token,
    /// Its place in it.
    pub part: usize,
    /// What views fold.
    #[serde(default)]
    pub number: u64,
    /// Of an account: what was paid.
    #[serde(default)]
    pub amount: i64,
    /// Of an account: what it is called.
    #[serde(default)]
    pub name: Option<String>,
}

impl Event {
    /// An event as a store gives it.
    pub fn of(event: &Recorded<RawEvent>) -> Self {
        Self {
            glimpse: Glimpse::of(event),
            address: Address {
                tenant: event.tenant.as_str().to_owned(),
                aggregate: event.stream.aggregate().to_owned(),
                id: event.stream.id(),
            },
            version: event.version.0,
            id: event.id.0,
            name: event.event.name.clone(),
            mark: serde_json::from_str(&event.event.payload).unwrap_or_default(),
            payload: event.event.payload.clone(),
            command: event.metadata.command.0,
        }
    }

    /// Whether it can be read: what cannot has lost its mark.
    pub fn is_readable(&self) -> bool {
        !self.mark.token.is_empty()
    }

    /// Its position.
    pub fn position(&self) -> u64 {
        self.glimpse.0
    }
}

/// The log.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// In the order in which it was read.
    pub events: Vec<Event>,
    streams: HashMap<Address, Vec<usize>>,
    requests: HashMap<Token, Vec<usize>>,
}

impl Log {
    /// With these events.
    pub fn new(events: Vec<Event>) -> Self {
        let (mut streams, mut requests) = (HashMap::new(), HashMap::new());
        for (place, event) in events.iter().enumerate() {
            streams.entry(event.address.clone()).or_insert_with(Vec::new).push(place);
            requests.entry(event.mark.token.clone()).or_insert_with(Vec::new).push(place);
        }
        Self { events, streams, requests }
    }

    /// The position of the last event.
    pub fn head(&self) -> u64 {
        self.events.last().map_or(0, Event::position)
    }

    /// Those behind a position, up to another one.
    pub fn between(&self, after: u64, until: u64) -> &[Event] {
        let begin = self.events.partition_point(|event| event.position() <= after);
        let end = self.events.partition_point(|event| event.position() <= until);
        &self.events[begin..end.max(begin)]
    }

    /// The one at a position.
    pub fn at(&self, position: u64) -> Option<&Event> {
        self.between(position.saturating_sub(1), position).first()
    }

    /// Those of a stream.
    pub fn stream(
        &self,
        address: &Address,
    ) -> impl ExactSizeIterator<Item = &Event> + DoubleEndedIterator + Clone {
        self.places(address).iter().map(|place| &self.events[*place])
    }

    /// The one at a version of a stream.
    pub fn in_stream(&self, address: &Address, version: u64) -> Option<&Event> {
        let places = self.places(address);
        let place = places.partition_point(|place| self.events[*place].version < version);
        places.get(place).map(|place| &self.events[*place]).filter(|event| event.version == version)
    }

    /// All streams.
    pub fn streams(&self) -> impl Iterator<Item = &Address> {
        self.streams.keys()
    }

    /// Those of a request.
    pub fn request(&self, token: &str) -> impl ExactSizeIterator<Item = &Event> + Clone {
        let places = self.requests.get(token).map_or(&[][..], Vec::as_slice);
        places.iter().map(|place| &self.events[*place])
    }

    /// The last event of a stream up to a position.
    pub fn last(&self, address: &Address, position: u64) -> Option<&Event> {
        let places = self.places(address);
        let behind = places.partition_point(|place| self.events[*place].position() <= position);
        behind.checked_sub(1).map(|place| &self.events[places[place]])
    }

    /// The version that a stream was at when the log went up to a position.
    pub fn version(&self, address: &Address, position: u64) -> u64 {
        self.last(address, position).map_or(0, |event| event.version)
    }

    fn places(&self, address: &Address) -> &[usize] {
        self.streams.get(address).map_or(&[], Vec::as_slice)
    }

    /// Whether an append has ended with the event, so that it can be the last that is seen.
    pub fn is_end(&self, event: &Event, history: &History) -> bool {
        let asked = history.asked.get(&event.mark.token);
        asked.is_none_or(|asked| event.mark.part + 1 == asked.request.names().len())
    }
}
