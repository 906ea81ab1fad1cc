//! What becomes of appends that are written together, worked out from what the database tells of them: each is decided
//! on what it and those before it will have left.

use std::collections::HashMap;

use freehold_domain::{CommandId, EventId, Position, RawEvent, Recorded, StreamId, TenantId, Version};
use freehold_ports::{Append, AppendError, Conflict, EventQuery, Expected, Fingerprint, Outcome};

use crate::batch::meets;

/// What commands led to.
pub(crate) type Commands<'a> = HashMap<(&'a TenantId, CommandId), (Fingerprint, Outcome)>;

/// What the database tells, with its lock held.
#[derive(PartialEq)]
pub(crate) struct Facts<'a> {
    pub(crate) head: Position,
    pub(crate) streams: HashMap<(&'a TenantId, &'a StreamId), StreamState>,
    pub(crate) commands: Commands<'a>,
    /// Of each append, for each of its conditions, the last event that meets it.
    pub(crate) met: Vec<Vec<Option<Position>>>,
}

/// Where a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamState {
    At(Version, Option<EventId>),
    Archived(Version),
}

/// What becomes of an append.
pub(crate) enum Verdict {
    Written(Written),
    /// It was recorded before, and led to this.
    Replayed(Outcome),
    Refused(AppendError),
    /// It is left out.
    Left,
}

/// What an append that holds leads to.
pub(crate) struct Written {
    pub(crate) outcome: Outcome,
    pub(crate) events: Vec<Recorded<RawEvent>>,
}

impl<'a> Facts<'a> {
    /// What is told if streams are where the first append to each expects them, and nobody stands in the way.
    pub(crate) fn expected(appends: &[&'a Append], head: Position) -> Self {
        let mut streams = HashMap::new();
        for append in appends {
            let at = match append.expected {
                Expected::Event(version, id) => StreamState::At(version, Some(id)),
                expected => StreamState::At(version_of(expected), None),
            };
            streams.entry((&append.tenant, &append.stream)).or_insert(at);
        }
        let met = appends.iter().map(|append| vec![None; append.unless.len()]).collect();
        Self { head, streams, commands: HashMap::new(), met }
    }
}

/// The version that an append expects its stream to be at, or at least.
pub(crate) fn version_of(expected: Expected) -> Version {
    match expected {
        Expected::Any => Version::NONE,
        Expected::Version(version) | Expected::Event(version, _) => version,
    }
}

/// What the appends so far have left.
struct Resolution<'a, 'f> {
    facts: &'f Facts<'a>,
    head: Position,
    streams: HashMap<(&'a TenantId, &'a StreamId), (Version, Option<EventId>)>,
    commands: Commands<'a>,
    written: Vec<(&'a Append, Position)>,
}

/// What becomes of each append, in order, if those that are to be left out are.
pub(crate) fn resolve<'a>(
    appends: &[&'a Append],
    facts: &Facts<'a>,
    is_left: impl Fn(usize) -> bool,
) -> Vec<Verdict> {
    let mut resolution = Resolution {
        facts,
        head: facts.head,
        streams: HashMap::new(),
        commands: HashMap::new(),
        written: Vec::new(),
    };
    let one = |(place, append): (usize, &&'a Append)| {
        if is_left(place) { Verdict::Left } else { resolution.decide(place, append) }
    };
    appends.iter().enumerate().map(one).collect()
}

impl<'a> Resolution<'a, '_> {
    fn decide(&mut self, place: usize, append: &'a Append) -> Verdict {
        match self.replayed(append) {
            Ok(None) => {}
            Ok(Some(outcome)) => return Verdict::Replayed(outcome),
            Err(error) => return Verdict::Refused(error),
        }
        match self.check(place, append) {
            Ok(version) => Verdict::Written(self.write(append, version)),
            Err(conflict) => Verdict::Refused(conflict.into()),
        }
    }

    /// What the same command led to before.
    fn replayed(&self, append: &Append) -> Result<Option<Outcome>, AppendError> {
        let Some(fingerprint) = append.once else { return Ok(None) };
        let id = append.metadata.command;
        let key = (&append.tenant, id);
        match self.facts.commands.get(&key).or_else(|| self.commands.get(&key)) {
            Some((recorded, _)) if *recorded != fingerprint => Err(AppendError::CommandIdReused(id)),
            recorded => Ok(recorded.map(|(_, outcome)| Outcome { replayed: true, ..outcome.clone() })),
        }
    }

    /// The version of its stream, if its conditions hold.
    fn check(&self, place: usize, append: &'a Append) -> Result<Version, Conflict> {
        let stream = (&append.tenant, &append.stream);
        let (actual, last) = match (self.streams.get(&stream), self.facts.streams.get(&stream)) {
            (Some((version, last)), _) | (None, Some(StreamState::At(version, last))) => (*version, *last),
            (None, Some(StreamState::Archived(at))) => return Err(Conflict::Archived { at: *at }),
            (None, None) => (Version::NONE, None),
        };
        append.expected.check(actual, || last)?;
        for (index, unless) in append.unless.iter().enumerate() {
            let known = self.facts.met.get(place).and_then(|met| met.get(index)).copied().flatten();
            if let Some(found) = known.max(self.met_meanwhile(append, &unless.query, unless.after)) {
                return Err(Conflict::Query { index, found });
            }
        }
        Ok(actual)
    }

    /// The last event of those written before that a condition means.
    fn met_meanwhile(&self, append: &Append, query: &EventQuery, after: Position) -> Option<Position> {
        let own = self.written.iter().rev().filter(|(written, _)| written.tenant == append.tenant);
        let found = own.filter_map(|(written, last)| {
            let behind = written.events.iter().rev().position(|new| meets(written, new, query))?;
            Some(Position(last.0 - behind as u64))
        });
        found.into_iter().next().filter(|found| *found > after)
    }

    fn write(&mut self, append: &'a Append, version: Version) -> Written {
        let events = record(append, version, self.head);
        let (version, position) =
            events.last().map_or((version, self.head), |last| (last.version, last.position));
        let outcome = Outcome { stream: append.stream.clone(), version, position, replayed: false };
        self.head = position;
        let last = append.events.last().map(|new| new.id);
        if last.is_some() {
            self.streams.insert((&append.tenant, &append.stream), (version, last));
        }
        self.written.push((append, position));
        if let Some(fingerprint) = append.once {
            self.commands.insert((&append.tenant, append.metadata.command), (fingerprint, outcome.clone()));
        }
        Written { outcome, events }
    }
}

/// The events with their places behind a version of their stream and a head of the log.
pub(crate) fn record(append: &Append, version: Version, head: Position) -> Vec<Recorded<RawEvent>> {
    let numbered = (1..).zip(&append.events);
    let recorded = numbered.map(|(number, new)| Recorded {
        event: new.event.clone(),
        id: new.id,
        tenant: append.tenant.clone(),
        stream: append.stream.clone(),
        version: Version(version.0 + number),
        position: Position(head.0 + number),
        metadata: append.metadata.clone(),
    });
    recorded.collect()
}
