//! What was read while others wrote.

use std::collections::HashMap;

use crate::{Event, Glimpse, Page, PageEnd, Seen, Sight};

use super::Evidence;

fn pages(evidence: &Evidence) -> impl Iterator<Item = (&Seen, &Page)> {
    evidence.history.seen.iter().filter_map(|seen| match &seen.what {
        Sight::Page(page) => Some((seen, page)),
        _ => None,
    })
}

pub(super) fn pages_are_whole(evidence: &Evidence) -> Vec<String> {
    let told = |(_, page): (&Seen, &Page)| {
        let meant = |event: &&Event| {
            page.tenant.as_ref().is_none_or(|tenant| *tenant == event.address.tenant)
                && evidence.means(&page.query, event)
        };
        let part = evidence.log.between(page.after, page.read_to).iter().filter(meant);
        let expected: Vec<Glimpse> = part.map(|event| event.glimpse).collect();
        let last = expected.last().map(|event| event.0);
        if page.events != expected {
            return Some(format!("{} {}", page.reader, difference(page, &expected)));
        }
        let is_over = page.end == PageEnd::Limit && last != Some(page.read_to);
        is_over.then(|| format!("{} has read past the last event of a page", page.reader))
    };
    pages(evidence).filter_map(told).collect()
}

fn difference(page: &Page, expected: &[Glimpse]) -> String {
    let (after, read_to) = (page.after, page.read_to);
    let missed = expected.iter().find(|event| !page.events.contains(event));
    let alien = page.events.iter().find(|event| !expected.contains(event));
    match (missed, alien) {
        (Some(missed), Some(alien)) if missed.0 == alien.0 => {
            format!("has seen something else at {}, between {after} and {read_to}", missed.0)
        }
        (Some(missed), _) => format!("has missed {} between {after} and {read_to}", missed.0),
        (None, Some(alien)) => format!("has seen {}, which is not there", alien.0),
        (None, None) => format!("has seen what lies between {after} and {read_to} twice or in another order"),
    }
}

pub(super) fn readers_go_on(evidence: &Evidence) -> Vec<String> {
    let mut reached: HashMap<&str, u64> = HashMap::new();
    let mut wrong = Vec::new();
    for (_, page) in pages(evidence) {
        let before = reached.insert(&page.reader, page.read_to);
        if before.is_some_and(|before| before != page.after) || page.read_to < page.after {
            let Page { reader, after, read_to, .. } = page;
            wrong.push(format!("{reader} was at {before:?}, and has gone from {after} to {read_to}"));
        }
    }
    wrong
}

pub(super) fn readers_finish(evidence: &Evidence) -> Vec<String> {
    let told = |(reader, at_least): &(String, u64)| {
        let own = pages(evidence).filter(|(_, page)| page.reader == *reader);
        let reached = own.map(|(_, page)| page.read_to).last().unwrap_or_default();
        (reached < *at_least).then(|| format!("{reader} has ended at {reached}, before {at_least}"))
    };
    evidence.history.finished.iter().filter_map(told).collect()
}

pub(super) fn in_time(evidence: &Evidence) -> Vec<String> {
    let told = |seen: &Seen| {
        let (least, most) = (evidence.window.least(seen.begun), evidence.window.most(seen.ended));
        let fault = fault(evidence, &seen.what, least, most)?;
        Some(format!(
            "from {} to {}, where the log went from {least} to {most}: {fault}",
            seen.begun, seen.ended
        ))
    };
    evidence.history.seen.iter().filter_map(told).collect()
}

fn fault(evidence: &Evidence, sight: &Sight, least: u64, most: u64) -> Option<String> {
    let log = &evidence.log;
    match sight {
        Sight::Page(page) => {
            let Page { reader, read_to, end, .. } = page;
            let is_stale = *end == PageEnd::Head && *read_to < least.max(page.after);
            let is_cut = *end == PageEnd::Head
                && *read_to > page.after
                && log.at(*read_to).is_some_and(|event| !log.is_end(event, &evidence.history));
            (is_stale || is_cut || *read_to > most).then(|| format!("{reader} has read to {read_to}"))
        }
        Sight::Stream { address, events } => {
            let version = events.len() as u64;
            let (least, most) = (log.version(address, least), log.version(address, most));
            let is_cut =
                log.in_stream(address, version).is_some_and(|event| !log.is_end(event, &evidence.history));
            let is_wrong = !(least..=most).contains(&version) || is_cut;
            is_wrong.then(|| format!("{address:?} was at {version}, between {least} and {most}"))
        }
        Sight::Last { tenant, query, found } => {
            let meant = |event: &&Event| event.address.tenant == *tenant && evidence.means(query, event);
            let before = log.between(0, least).iter().rev().find(meant).map(Event::position);
            let mut meanwhile = log.between(least, most).iter().filter(meant).map(Event::position);
            let is_right = *found == before || meanwhile.any(|position| Some(position) == *found);
            (!is_right).then(|| {
                format!("the last event was {found:?} of {tenant} for {query:?}, and not {before:?}")
            })
        }
        Sight::Outcome { tenant, command, found } => outcome(evidence, tenant, *command, *found, least),
        Sight::Head { watcher, position } => {
            (*position > most).then(|| format!("{watcher} was told of {position}"))
        }
        Sight::Row { .. } => None,
    }
}

/// What a command has led to is what its sender was told; that is found by whoever asks later.
fn outcome(
    evidence: &Evidence,
    tenant: &str,
    command: uuid::Uuid,
    found: Option<(u64, u64)>,
    least: u64,
) -> Option<String> {
    let mut all = evidence.history.asked.values().filter(|asked| {
        let request = &asked.request;
        request.once.is_some() && request.address.tenant == tenant && request.command == command
    });
    let told = all.clone().flat_map(super::super::history::Asked::done).next();
    let is_wrong = match (found, told) {
        (Some(found), Some(told)) => found != (told.version, told.position),
        (Some(_), None) => !all.any(crate::Asked::may_be_done),
        (None, Some(told)) => told.position <= least && told.position > 0 && !is_empty(all),
        (None, None) => false,
    };
    is_wrong.then(|| format!("{command} of {tenant} has led to {found:?}, and not to {told:?}"))
}

/// An outcome without events may be recorded long after its position.
fn is_empty<'a>(mut all: impl Iterator<Item = &'a crate::Asked>) -> bool {
    all.any(|asked| asked.request.names().is_empty())
}

pub(super) fn streams(evidence: &Evidence) -> Vec<String> {
    let told = |seen: &Seen| {
        let Sight::Stream { address, events } = &seen.what else { return None };
        let expected = evidence.log.stream(address).map(|event| event.glimpse);
        let is_right = events.iter().copied().eq(expected.take(events.len()));
        (!is_right).then(|| format!("{address:?} was seen otherwise than it is"))
    };
    evidence.history.seen.iter().filter_map(told).collect()
}

pub(super) fn heads_grow(evidence: &Evidence) -> Vec<String> {
    let mut heads: HashMap<&str, u64> = HashMap::new();
    let mut wrong = Vec::new();
    for seen in &evidence.history.seen {
        let Sight::Head { watcher, position } = &seen.what else { continue };
        let before = heads.insert(watcher, *position);
        if before.is_some_and(|before| before >= *position) {
            wrong.push(format!("{watcher} was told of {before:?}, and then of {position}"));
        }
    }
    wrong
}
