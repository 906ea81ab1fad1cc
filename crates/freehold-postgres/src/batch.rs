//! A batch: appends that one call of the database can take, since none of them bears on another beyond the order of
//! their stream.
//!
//! What the call needs is a list a parameter, so that the whole batch is one statement whatever its size.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use freehold_domain::{CommandId, EventId, StreamId, Tag, TenantId, Version};
use freehold_ports::{Append, Criterion, EventKind, EventQuery, Expected, Fingerprint, NewEvent};

use crate::cells::storable;

/// Appends with their places in it.
pub(crate) struct Batch<'a> {
    /// Each stream once, in the order in which they are first appended to.
    pub(crate) streams: Vec<BatchStream<'a>>,
    pub(crate) appends: Vec<Placed<'a>>,
    pub(crate) conditions: Vec<Condition<'a>>,
}

/// A stream of a batch.
pub(crate) struct BatchStream<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) stream: &'a StreamId,
    /// Where the first append to it expects it.
    pub(crate) expected: Expected,
    /// How many events of the batch belong to it.
    len: u64,
    /// The last of them.
    last: Option<EventId>,
}

/// An append with its place in a batch.
pub(crate) struct Placed<'a> {
    pub(crate) append: &'a Append,
    /// The place of its stream.
    pub(crate) stream: usize,
    /// How many events of the batch lie before it, in its stream and at all.
    pub(crate) behind: u64,
    pub(crate) before: u64,
}

/// One of what must not have happened, as one index can answer it.
pub(crate) enum Condition<'a> {
    Kind { tenant: &'a TenantId, after: u64, kind: &'a EventKind },
    Tagged { tenant: &'a TenantId, after: u64, criterion: &'a Criterion },
}

/// What the appends so far hold.
#[derive(Default)]
struct Forming<'a> {
    streams: Vec<BatchStream<'a>>,
    places: HashMap<(&'a TenantId, &'a StreamId), usize>,
    appends: Vec<Placed<'a>>,
    conditions: Vec<Condition<'a>>,
    commands: HashSet<(&'a TenantId, CommandId)>,
    /// What the events so far can be found by.
    tags: HashSet<&'a str>,
    len: u64,
}

impl BatchStream<'_> {
    /// The version that it is known to be at before the batch.
    pub(crate) fn base(&self) -> Option<Version> {
        match self.expected {
            Expected::Any => None,
            Expected::Version(version) | Expected::Event(version, _) => Some(version),
        }
    }

    /// Its last event before the batch, if that has to be looked at.
    pub(crate) fn event(&self) -> Option<EventId> {
        match self.expected {
            Expected::Event(_, id) => Some(id),
            Expected::Any | Expected::Version(_) => None,
        }
    }
}

impl<'a> Batch<'a> {
    /// The appends as a batch; `None` if one of them bears on another or needs more than one call can do.
    pub(crate) fn of(appends: &[&'a Append]) -> Option<Self> {
        let mut forming = Forming::default();
        for append in appends {
            forming.add(append)?;
        }
        let Forming { streams, appends, conditions, .. } = forming;
        Some(Self { streams, appends, conditions })
    }

    /// Appends that are known to hold, each with the version that its stream is at before it.
    pub(crate) fn held(appends: impl IntoIterator<Item = (&'a Append, Version)>) -> Self {
        let mut forming = Forming::default();
        for (append, version) in appends {
            let stream = forming.stream(append, Expected::Version(version));
            forming.push(append, stream);
        }
        Self { streams: forming.streams, appends: forming.appends, conditions: Vec::new() }
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
}

impl<'a> Forming<'a> {
    fn add(&mut self, append: &'a Append) -> Option<()> {
        if !append.inline.is_empty() || !self.is_first_of_its_command(append) {
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
        self.appends.push(Placed { append, stream, behind: self.streams[stream].len, before: self.len });
        let len = append.events.len() as u64;
        self.streams[stream].len += len;
        self.streams[stream].last = append.events.last().map(|new| new.id).or(self.streams[stream].last);
        self.len += len;
    }

    fn is_first_of_its_command(&mut self, append: &'a Append) -> bool {
        append.once.is_none() || self.commands.insert((&append.tenant, append.metadata.command))
    }

    /// The place of its stream. An append that expects something else than what those before it will leave is no part
    /// of the batch.
    fn place(&mut self, append: &'a Append) -> Option<usize> {
        let known = self.streams.len();
        let place = self.stream(append, append.expected);
        if place == known {
            return Some(place);
        }
        let stream = &self.streams[place];
        let fits = match (stream.base(), append.expected) {
            (_, Expected::Any) => true,
            (Some(base), expected) => expected.check(Version(base.0 + stream.len), || stream.last).is_ok(),
            (None, _) => false,
        };
        fits.then_some(place)
    }

    /// The place of its stream, which is new to the batch if it was not in it.
    fn stream(&mut self, append: &'a Append, expected: Expected) -> usize {
        *self.places.entry((&append.tenant, &append.stream)).or_insert_with(|| {
            let (tenant, stream) = (&append.tenant, &append.stream);
            self.streams.push(BatchStream { tenant, stream, expected, len: 0, last: None });
            self.streams.len() - 1
        })
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
        let events = others.flat_map(|placed| placed.append.events.iter().map(|new| (placed.append, new)));
        events.into_iter().any(|(append, new)| meets(append, new, query))
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
