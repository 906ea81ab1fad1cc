//! Histories: what was sent and told, held against the log that came of it.

use std::{collections::HashMap, sync::Arc};

use freehold_domain::{Aggregate, Event, Position, Recorded, TenantId, Version};
use freehold_ports::Database;
use uuid::Uuid;

use super::{
    chain::{Chain, ChainEvent},
    node::{Sent, Told},
};
use crate::conformance::sample::whole_log;

/// A command, and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) sent: Sent,
    pub(super) expected: Option<Version>,
    /// How far the log went before it was sent.
    pub(super) from: Position,
    /// How far the log went after it was told.
    pub(super) until: Position,
    pub(super) told: Told,
}

/// The log, as the chains that it leads to.
pub(super) struct Log {
    streams: HashMap<(TenantId, Uuid), Vec<Link>>,
    by_mark: HashMap<u64, Vec<Recorded<ChainEvent>>>,
    holdings: Vec<Holding>,
}

/// An event, and the chain after it.
struct Link {
    position: Position,
    after: Chain,
}

/// A label, and from where to where in the log a chain has it.
struct Holding {
    tenant: TenantId,
    chain: Uuid,
    label: String,
    from: Position,
    until: Option<Position>,
}

impl Log {
    /// Reads it. Every link was put where it says, and no label belonged to two chains.
    pub(super) async fn read(database: &Arc<dyn Database>) -> Self {
        let mut log = Self { streams: HashMap::new(), by_mark: HashMap::new(), holdings: Vec::new() };
        for recorded in whole_log(database).await {
            let event = ChainEvent::decode(&recorded.event).expect("it was encoded alike");
            log.take_in(&recorded.with_event(event));
        }
        log
    }

    fn take_in(&mut self, recorded: &Recorded<ChainEvent>) {
        let ChainEvent::Linked { mark, on, label } = &recorded.event;
        let (tenant, chain) = (&recorded.tenant, recorded.stream.id());
        let links = self.streams.entry((tenant.clone(), chain)).or_default();
        let before = links.last().map(|link| link.after.clone());
        let digest = before.as_ref().map_or(Chain::NOTHING, |before| before.digest);
        assert_eq!(digest, *on, "it was decided on what is not in the log: {recorded:?}");
        let held = before.as_ref().and_then(|before| before.label.clone());
        let after = Chain::apply(before, &recorded.event).expect("every event begins one");
        assert_eq!(after.links, recorded.version.0);
        links.push(Link { position: recorded.position, after });
        self.by_mark.entry(*mark).or_default().push(recorded.clone());
        if held != *label {
            self.give_back(recorded);
            self.take(recorded, label.clone());
        }
    }

    fn give_back(&mut self, by: &Recorded<ChainEvent>) {
        let is_own =
            |held: &&mut Holding| held.is_live() && held.tenant == by.tenant && held.chain == by.stream.id();
        if let Some(held) = self.holdings.iter_mut().find(is_own) {
            held.until = Some(by.position);
        }
    }

    fn take(&mut self, by: &Recorded<ChainEvent>, label: Option<String>) {
        let Some(label) = label else { return };
        let is_held = |held: &Holding| held.is_live() && held.tenant == by.tenant && held.label == label;
        assert!(!self.holdings.iter().any(is_held), "another chain has it: {by:?}");
        let (tenant, chain) = (by.tenant.clone(), by.stream.id());
        self.holdings.push(Holding { tenant, chain, label, from: by.position, until: None });
    }

    /// Each command was carried out once and as a whole, or not at all, as was told; and whatever was told was true
    /// when the command was under way.
    pub(super) fn assert_tells(&self, history: &[Entry]) {
        let mut by_mark: HashMap<u64, Vec<&Entry>> = HashMap::new();
        for entry in history {
            by_mark.entry(entry.sent.mark).or_default().push(entry);
            self.assert_true(entry);
        }
        assert!(self.by_mark.keys().all(|mark| by_mark.contains_key(mark)));
        for entries in by_mark.values() {
            self.assert_carried_out(entries);
        }
    }

    /// All entries are about the same command.
    fn assert_carried_out(&self, entries: &[&Entry]) {
        let sent = &entries[0].sent;
        let written = self.by_mark.get(&sent.mark).map_or(&[][..], Vec::as_slice);
        let is_whole = written.len() as u64 == sent.links() && is_one_decision(written, sent);
        let is_accepted = entries.iter().any(|entry| entry.told.accepted().is_some());
        let is_open = entries.iter().any(|entry| entry.told == Told::Unknown);
        assert!(is_whole || (written.is_empty() && !is_accepted), "not once: {entries:?} {written:?}");
        assert!(written.is_empty() || is_accepted || is_open, "it was refused: {entries:?}");
        let firsts = entries.iter().filter(|entry| matches!(&entry.told, Told::Accepted(it) if !it.replayed));
        assert!(firsts.count() <= 1, "{entries:?}");
        if let Some(last) = written.last() {
            let is_there = |told| told == (last.version, last.position);
            assert!(entries.iter().filter_map(|entry| entry.told.accepted()).all(is_there), "{entries:?}");
        }
    }

    fn assert_true(&self, entry: &Entry) {
        let Entry { sent, from, until, .. } = entry;
        let (before, after) = (self.version(sent, *from), self.version(sent, *until));
        let was_at = |version: u64| (before..=after).contains(&version);
        let is_true = match &entry.told {
            Told::Accepted(receipt) if receipt.replayed => sent.once && receipt.position <= *until,
            Told::Accepted(receipt) => {
                let on = receipt.version.0.checked_sub(sent.links());
                let is_expected = entry.expected.is_none_or(|expected| Some(expected.0) == on);
                is_expected && on.is_some_and(was_at) && was_at(receipt.version.0)
            }
            Told::Refused { links, digest } => was_at(*links) && self.digest(sent, *links) == *digest,
            Told::NotFound => was_at(0),
            Told::Exists => after > 0,
            Told::Taken => self.was_taken(entry),
            Told::Mismatch { actual } => was_at(actual.0) && entry.expected != Some(*actual),
            Told::Reused | Told::Archived => false,
            Told::Unknown => true,
        };
        assert!(is_true, "never true from version {before} to {after}: {entry:?}");
    }

    /// The version of the chain at a position.
    fn version(&self, sent: &Sent, at: Position) -> u64 {
        self.links(sent).iter().filter(|link| link.position <= at).count() as u64
    }

    fn digest(&self, sent: &Sent, links: u64) -> u64 {
        let links = usize::try_from(links).expect("a short chain");
        links.checked_sub(1).map_or(Chain::NOTHING, |last| self.links(sent)[last].after.digest)
    }

    fn links(&self, sent: &Sent) -> &[Link] {
        self.streams.get(&(sent.tenant(), sent.stream().id())).map_or(&[], Vec::as_slice)
    }

    fn was_taken(&self, entry: &Entry) -> bool {
        let (tenant, chain) = (entry.sent.tenant(), entry.sent.stream().id());
        let is_anothers = |held: &&Holding| held.tenant == tenant && held.chain != chain;
        let is_it = |held: &&Holding| Some(held.label.as_str()) == entry.sent.label();
        let was_then = |held: &Holding| {
            held.from <= entry.until && held.until.is_none_or(|given_back| given_back > entry.from)
        };
        self.holdings.iter().filter(is_anothers).filter(is_it).any(was_then)
    }
}

impl Holding {
    fn is_live(&self) -> bool {
        self.until.is_none()
    }
}

/// Whether events lie one behind the other in the stream that the command was sent to.
fn is_one_decision(written: &[Recorded<ChainEvent>], sent: &Sent) -> bool {
    let follows = |pair: &[Recorded<ChainEvent>]| {
        pair[0].version.next() == pair[1].version && pair[0].position.0 + 1 == pair[1].position.0
    };
    written.windows(2).all(follows)
        && written.iter().all(|event| event.tenant == sent.tenant() && event.stream == sent.stream())
}
