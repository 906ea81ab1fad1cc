//! A batch: appends that one call of the database can take, since none of them bears on another beyond the order of
//! their stream.
//!
//! What the call needs is a list a parameter, so that the whole batch is one statement whatever its size.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use freehold_domain::{CommandId, EventId, Position, StreamId, Tag, TenantId, Version};
use freehold_ports::{Append, Criterion, EventKind, EventQuery, Expected, Fingerprint, NewEvent, Outcome};

use crate::{
    cells::storable,
    knowledge::Knowledge,
    resolution::{Verdict, Written, record},
};

/// Appends with their places in it.
pub(crate) struct Batch<'a> {
    /// Each stream once, in the order in which they are first appended to.
    streams: Vec<BatchStream<'a>>,
    pub(crate) appends: Vec<Placed<'a>>,
    pub(crate) conditions: Vec<Condition<'a>>,
}

/// A stream of a batch.
pub(crate) struct BatchStream<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) stream: &'a StreamId,
    /// Where it is before the batch.
    pub(crate) version: Version,
    /// Its last event before the batch, if that has to be looked at.
    pub(crate) event: Option<EventId>,
    /// Whether that is known, not only expected.
    is_known: bool,
    /// Where it is behind the batch.
    end: Version,
    /// Its last event behind the batch, as far as that is known.
    last: Option<EventId>,
}

/// An append with its place in a batch.
pub(crate) struct Placed<'a> {
    pub(crate) append: &'a Append,
    /// Where its stream is before it.
    pub(crate) version: Version,
    /// How many events of the batch lie before it.
    pub(crate) before: u64,
}

/// One of what must not have happened, as one index can answer it.
pub(crate) enum Condition<'a> {
    Kind { tenant: &'a TenantId, after: u64, kind: &'a EventKind },
    Tagged { tenant: &'a TenantId, after: u64, criterion: &'a Criterion },
}

/// What the appends so far hold.
#[derive(Default)]
struct Forming<'a, 'k> {
    knowledge: Option<&'k Knowledge>,
    streams: Vec<BatchStream<'a>>,
    places: HashMap<(&'a TenantId, &'a StreamId), usize>,
    appends: Vec<Placed<'a>>,
    conditions: Vec<Condition<'a>>,
    commands: HashSet<(&'a TenantId, CommandId)>,
    /// What the events so far can be found by.
    tags: HashSet<&'a str>,
    len: u64,
}

impl<'a> Batch<'a> {
    /// The appends as a batch, given what is known if that is to be relied on; `None` if one of them bears on another,
    /// does not fit to what is known, or needs more than one call can do.
    pub(crate) fn of(
        appends: impl IntoIterator<Item = &'a Append>,
        knowledge: Option<&Knowledge>,
    ) -> Option<Self> {
        let mut forming = Forming { knowledge, ..Forming::default() };
        for append in appends {
            forming.add(append)?;
        }
        Some(forming.formed())
    }

    /// Appends that are known to hold, each with the version that its stream is at before it.
    pub(crate) fn held(appends: impl IntoIterator<Item = (&'a Append, Version)>) -> Self {
        let mut forming = Forming::default();
        for (append, version) in appends {
            let place = forming.place_of(append);
            let place = place.unwrap_or_else(|| forming.begin(BatchStream::known(append, version, None)));
            forming.push(append, place);
        }
        forming.formed()
    }

    /// How many events it has.
    pub(crate) fn len(&self) -> u64 {
        self.appends.last().map_or(0, |last| last.before + last.append.events.len() as u64)
    }

    /// The last event of all.
    pub(crate) fn last_event(&self) -> Option<EventId> {
        self.appends.iter().rev().find_map(|placed| placed.append.events.last()).map(|new| new.id)
    }

    /// The streams that are expected to be somewhere and not known to be there.
    pub(crate) fn expected_streams(&self) -> impl Iterator<Item = &BatchStream<'a>> {
        self.streams.iter().filter(|stream| !stream.is_known)
    }

    /// The streams that it adds to, with their ends behind it.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (&'a TenantId, &'a StreamId, Version, EventId)> {
        let longer = self.streams.iter().filter(|stream| stream.end > stream.version);
        longer.filter_map(|stream| Some((stream.tenant, stream.stream, stream.end, stream.last?)))
    }

    /// The events with the places of their appends, in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = (&Placed<'a>, u64, &'a NewEvent)> {
        self.appends.iter().flat_map(|placed| {
            (1..).zip(&placed.append.events).map(move |(number, event)| (placed, number, event))
        })
    }

    /// The appends whose outcome is recorded.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = (&Placed<'a>, Fingerprint)> {
        self.appends.iter().filter_map(|placed| Some((placed, placed.append.once?)))
    }

    /// What each append led to, if the log went so far before.
    pub(crate) fn outcomes(&self, head: Position) -> Vec<Outcome> {
        self.appends.iter().map(|placed| placed.outcome(head)).collect()
    }

    /// The same, with the events as they are recorded.
    pub(crate) fn verdicts(&self, head: Position) -> Vec<Verdict> {
        self.appends.iter().map(|placed| placed.verdict(head)).collect()
    }
}

impl Placed<'_> {
    fn verdict(&self, head: Position) -> Verdict {
        let events = record(self.append, self.version, Position(head.0 + self.before));
        Verdict::Written(Written { outcome: self.outcome(head), events })
    }

    fn outcome(&self, head: Position) -> Outcome {
        let len = self.append.events.len() as u64;
        let stream = self.append.stream.clone();
        let (version, position) = (self.version.0 + len, head.0 + self.before + len);
        Outcome { stream, version: Version(version), position: Position(position), replayed: false }
    }
}

impl<'a> BatchStream<'a> {
    fn known(append: &'a Append, version: Version, last: Option<EventId>) -> Self {
        let (tenant, stream) = (&append.tenant, &append.stream);
        Self { tenant, stream, version, event: None, is_known: true, end: version, last }
    }

    /// Where the first append to it expects it, if that says where.
    fn expected(append: &'a Append) -> Option<Self> {
        let (version, event) = match append.expected {
            Expected::Any => return None,
            Expected::Version(version) => (version, None),
            Expected::Event(version, event) => (version, Some(event)),
        };
        // No stream comes near the other end.
        if i64::try_from(version.0).is_err() {
            return None;
        }
        Some(Self { event, is_known: false, ..Self::known(append, version, event) })
    }
}

impl<'a> Forming<'a, '_> {
    fn formed(self) -> Batch<'a> {
        Batch { streams: self.streams, appends: self.appends, conditions: self.conditions }
    }

    fn add(&mut self, append: &'a Append) -> Option<()> {
        if !self.is_first_of_its_command(append) {
            return None;
        }
        let stream = self.place(append)?;
        for unless in &append.unless {
            self.condition(append, &unless.query, unless.after.0)?;
        }
        self.push(append, stream);
        self.tags.extend(append.events.iter().flat_map(|new| &new.tags).map(Tag::as_str));
        Some(())
    }

    fn push(&mut self, append: &'a Append, stream: usize) {
        let stream = &mut self.streams[stream];
        self.appends.push(Placed { append, version: stream.end, before: self.len });
        let len = append.events.len() as u64;
        stream.end.0 += len;
        stream.last = append.events.last().map(|new| new.id).or(stream.last);
        self.len += len;
    }

    fn is_first_of_its_command(&mut self, append: &'a Append) -> bool {
        append.once.is_none() || self.commands.insert((&append.tenant, append.metadata.command))
    }

    /// The place of its stream. An append that expects something else than what is known, or than what those before it
    /// will leave, is no part of the batch.
    fn place(&mut self, append: &'a Append) -> Option<usize> {
        let place = match self.place_of(append) {
            Some(place) => place,
            None => self.begin(self.stream_of(append)?),
        };
        let stream = &self.streams[place];
        append.expected.check(stream.end, || stream.last).is_ok().then_some(place)
    }

    fn stream_of(&self, append: &'a Append) -> Option<BatchStream<'a>> {
        match self.knowledge.and_then(|known| known.stream(&append.tenant, &append.stream)) {
            Some((version, event)) => Some(BatchStream::known(append, version, Some(event))),
            None => BatchStream::expected(append),
        }
    }

    fn place_of(&self, append: &'a Append) -> Option<usize> {
        self.places.get(&(&append.tenant, &append.stream)).copied()
    }

    /// The place of a stream that is new to the batch.
    fn begin(&mut self, stream: BatchStream<'a>) -> usize {
        self.places.insert((stream.tenant, stream.stream), self.streams.len());
        self.streams.push(stream);
        self.streams.len() - 1
    }

    fn condition(&mut self, append: &'a Append, query: &'a EventQuery, after: u64) -> Option<()> {
        if query.any_of.is_empty() || self.is_met_in_the_batch(append, query) {
            return None;
        }
        let tenant = &append.tenant;
        for criterion in &query.any_of {
            match criterion {
                Criterion { streams, .. } if !streams.is_empty() => return None,
                Criterion { kinds, tags, .. } if kinds.is_empty() && tags.is_empty() => return None,
                Criterion { kinds, tags, .. } if tags.is_empty() => {
                    self.conditions.extend(kinds.iter().map(|kind| Condition::Kind { tenant, after, kind }));
                }
                _ => self.conditions.push(Condition::Tagged { tenant, after, criterion }),
            }
        }
        Some(())
    }

    /// Whether an event of the batch, which the database does not see yet, meets a condition.
    fn is_met_in_the_batch(&self, append: &Append, query: &EventQuery) -> bool {
        let is_absent = |tag: &Tag| !self.tags.contains(tag.as_str());
        if query.any_of.iter().all(|criterion| criterion.tags.iter().any(is_absent)) {
            return false;
        }
        let others = self.appends.iter().filter(|placed| placed.append.tenant == append.tenant);
        let mut events =
            others.flat_map(|placed| placed.append.events.iter().map(|new| (placed.append, new)));
        events.any(|(append, new)| meets(append, new, query))
    }
}

/// Whether an event of an append is meant by a query.
pub(crate) fn meets(append: &Append, new: &NewEvent, query: &EventQuery) -> bool {
    query.matches(&append.stream, &new.event.name, &new.tags)
}

/// The first tag of a criterion that has some, and what else it asks for as the database takes it.
pub(crate) struct Tagged<'q> {
    pub(crate) tag: Cow<'q, str>,
    pub(crate) others: Option<serde_json::Value>,
    pub(crate) kinds: Option<serde_json::Value>,
}

impl<'q> Tagged<'q> {
    pub(crate) fn new(criterion: &'q Criterion) -> Self {
        let (first, others) = match criterion.tags.split_first() {
            Some((first, others)) => (first.as_str(), others),
            None => ("", [].as_slice()),
        };
        Self { tag: storable(first), others: tags(others), kinds: kinds(&criterion.kinds) }
    }
}

/// Tags as a JSON array; nothing, if there is none.
pub(crate) fn tags(tags: &[Tag]) -> Option<serde_json::Value> {
    let texts = tags.iter().map(|tag| storable(tag.as_str()).into());
    (!tags.is_empty()).then(|| serde_json::Value::Array(texts.collect()))
}

/// Kinds as a JSON array of pairs; nothing, if there is none.
pub(crate) fn kinds(kinds: &[EventKind]) -> Option<serde_json::Value> {
    let pairs = kinds.iter().map(|kind| serde_json::json!([kind.aggregate, kind.name]));
    (!kinds.is_empty()).then(|| serde_json::Value::Array(pairs.collect()))
}
