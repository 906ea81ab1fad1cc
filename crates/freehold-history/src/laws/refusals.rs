//! What was refused.

use crate::{Asked, Expected, Moment, Refusal, What};

use super::Evidence;

/// What is there was acknowledged, or nobody knows; and what a condition stood against once, it stands against for
/// good.
pub(super) fn absent(evidence: &Evidence) -> Vec<String> {
    let is_wrong = |asked: &&Asked| {
        let is_final = asked.refused().any(|(_, _, refusal)| is_final(&asked.request.what, refusal));
        let is_there = evidence.log.request(&asked.request.token).len() > 0;
        is_there && (is_final || !asked.may_be_done())
    };
    let told = |asked: &Asked| format!("{} was refused, and is there", asked.request.token);
    evidence.history.asked.values().filter(is_wrong).map(told).collect()
}

fn is_final(what: &What, refusal: &Refusal) -> bool {
    let is_append = matches!(what, What::Append { .. });
    match refusal {
        Refusal::Version { .. } | Refusal::Event { .. } | Refusal::Query { .. } => is_append,
        Refusal::Archived { .. } | Refusal::Reused => true,
        _ => false,
    }
}

pub(super) fn justified(evidence: &Evidence) -> Vec<String> {
    let of = |asked: &Asked| {
        let all = asked.refused();
        let wrong = all.filter(|refused| !is_justified(evidence, asked, *refused));
        let told = wrong.map(|(_, _, refusal)| format!("{}: {refusal:?}", asked.request.token));
        told.collect::<Vec<_>>()
    };
    evidence.history.asked.values().flat_map(of).collect()
}

fn is_justified(evidence: &Evidence, asked: &Asked, refused: (Moment, Moment, &Refusal)) -> bool {
    let (begun, ended, refusal) = refused;
    let (window, address) = (&evidence.window, &asked.request.address);
    let (least, most) = (window.least(begun), window.most(ended));
    match (&asked.request.what, refusal) {
        (What::Append { expected, .. }, Refusal::Version { actual }) => {
            let is_expected = match expected {
                Expected::Any => true,
                Expected::Version(version) | Expected::Event(version, _) => version == actual,
            };
            !is_expected && was_at(evidence, asked, *actual, (least, most))
        }
        (What::Command { expected, .. }, Refusal::Version { actual }) => {
            *expected != Some(*actual) && was_at(evidence, asked, *actual, (least, most))
        }
        (What::Archive { at }, Refusal::Version { actual }) => {
            at != actual && was_at(evidence, asked, *actual, (least, most))
        }
        (What::Append { expected: Expected::Event(_, id), .. }, Refusal::Event { at }) => {
            evidence.log.in_stream(address, *at).is_none_or(|event| event.id != *id)
                && was_at(evidence, asked, *at, (least, most))
        }
        (_, Refusal::Archived { at }) => is_archived(evidence, asked, *at, ended),
        (What::Append { unless, .. }, Refusal::Query { index, found }) => {
            unless.get(*index).is_some_and(|unless| {
                *found > unless.after
                    && *found <= most
                    && last_meant(evidence, asked, &unless.query, (least, most)).contains(found)
            })
        }
        (_, Refusal::View(_) | Refusal::Wrong(_)) => false,
        _ => true,
    }
}

/// Whether the stream was at the version, at the end of an append, while the log went no less and no more far.
fn was_at(evidence: &Evidence, asked: &Asked, version: u64, (least, most): (u64, u64)) -> bool {
    let (address, log) = (&asked.request.address, &evidence.log);
    let is_end = version == 0
        || log.in_stream(address, version).is_some_and(|event| log.is_end(event, &evidence.history));
    is_end && (log.version(address, least)..=log.version(address, most)).contains(&version)
}

/// The last events that were meant, while the log went no less and no more far.
fn last_meant(
    evidence: &Evidence,
    asked: &Asked,
    query: &crate::Query,
    (least, most): (u64, u64),
) -> Vec<u64> {
    let meant = |event: &&crate::Event| {
        event.address.tenant == asked.request.address.tenant && evidence.means(query, event)
    };
    let before = evidence.log.between(0, least).iter().rev().find(meant);
    let meanwhile = evidence.log.between(least, most).iter().filter(meant);
    before.into_iter().chain(meanwhile).map(crate::Event::position).collect()
}

/// Whether somebody had asked for it, and the stream has ended there.
fn is_archived(evidence: &Evidence, asked: &Asked, at: u64, ended: Moment) -> bool {
    let address = &asked.request.address;
    let last = evidence.log.stream(address).next_back().map_or(0, |event| event.version);
    let was_asked_for = |other: &Asked| {
        matches!(other.request.what, What::Archive { .. })
            && other.request.address == *address
            && other.begun() < ended
            && other
                .attempts
                .iter()
                .any(|attempt| !matches!(attempt.ended, Some((_, crate::Answer::Refused(_)))))
    };
    last == at && evidence.history.asked.values().any(was_asked_for)
}
