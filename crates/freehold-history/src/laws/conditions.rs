//! Conditions, where their requests were written.

use crate::{Asked, Event, Expected, Query, Unless, What};

use super::Evidence;

impl Evidence {
    /// Whether a query means an event.
    pub(super) fn means(&self, query: &Query, event: &Event) -> bool {
        let asked = self.history.asked.get(&event.mark.token);
        let tags = asked.map_or(&[][..], |asked| asked.request.tags(event.mark.part));
        query.means(&event.address, &event.name, tags)
    }
}

pub(super) fn hold(evidence: &Evidence) -> Vec<String> {
    let of = |asked: &Asked| {
        let first = evidence.log.request(&asked.request.token).next()?;
        let broken = broken(evidence, asked, first)?;
        Some(format!("{} lies at position {}: {broken}", asked.request.token, first.position()))
    };
    evidence.history.asked.values().filter_map(of).collect()
}

fn broken(evidence: &Evidence, asked: &Asked, first: &Event) -> Option<String> {
    let before = first.version.saturating_sub(1);
    match &asked.request.what {
        What::Append { expected, unless, .. } => expectation(evidence, asked, *expected, before)
            .or_else(|| unless.iter().find_map(|unless| met(evidence, first, unless))),
        What::Command { expected: Some(expected), .. } if *expected != before => {
            Some(format!("version {expected} was expected, and it follows {before}"))
        }
        _ => None,
    }
}

fn expectation(evidence: &Evidence, asked: &Asked, expected: Expected, before: u64) -> Option<String> {
    let (Expected::Version(version) | Expected::Event(version, _)) = expected else { return None };
    if version != before {
        return Some(format!("version {version} was expected, and it follows {before}"));
    }
    let Expected::Event(at, id) = expected else { return None };
    let event = evidence.log.in_stream(&asked.request.address, at);
    (event.map(|event| event.id) != Some(id)).then(|| format!("it follows another event than {id}"))
}

fn met(evidence: &Evidence, first: &Event, unless: &Unless) -> Option<String> {
    let before = evidence.log.between(unless.after, first.position().saturating_sub(1));
    let mut own = before.iter().filter(|event| event.address.tenant == first.address.tenant);
    let found = own.find(|event| evidence.means(&unless.query, event))?;
    Some(format!("the event at position {} meets {:?}", found.position(), unless.query))
}
