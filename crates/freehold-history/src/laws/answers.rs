//! What was acknowledged.

use crate::{Answer, Asked, Event, What, history::Done};

use super::Evidence;

pub(super) fn acknowledged(evidence: &Evidence) -> Vec<String> {
    let of = |asked: &Asked| {
        let archived = archived(evidence, asked);
        let done = asked.done().filter_map(|done| wrong(evidence, asked, done));
        let told = done.chain(archived).map(|fault| format!("{}: {fault}", asked.request.token));
        told.collect::<Vec<_>>()
    };
    evidence.history.asked.values().flat_map(of).collect()
}

fn wrong(evidence: &Evidence, asked: &Asked, done: Done) -> Option<String> {
    let Done { version, position, .. } = done;
    let address = &asked.request.address;
    if asked.request.names().is_empty() {
        let actual = evidence.log.version(address, position);
        let is_beyond = position > evidence.log.head();
        return (is_beyond || actual != version).then(|| {
            format!("without events, at version {version} and position {position}, where it was at {actual}")
        });
    }
    let last = evidence.log.request(&asked.request.token).last();
    match last {
        None => Some(format!("was acknowledged at position {position}, and is not there")),
        Some(last) if (last.version, last.position()) != (version, position) => Some(format!(
            "was acknowledged at version {version} and position {position}, and is at {} and {}",
            last.version,
            last.position()
        )),
        Some(_) => None,
    }
}

/// A stream that was closed ends at the version that it was closed at.
fn archived(evidence: &Evidence, asked: &Asked) -> Option<String> {
    let What::Archive { at } = asked.request.what else { return None };
    let is_archived =
        asked.attempts.iter().any(|attempt| matches!(attempt.ended, Some((_, Answer::Archived))));
    let last = evidence.log.stream(&asked.request.address).next_back().map_or(0, |event| event.version);
    (is_archived && last != at).then(|| format!("closed at version {at}, the stream has gone on to {last}"))
}

/// What was written was not written before it was asked for, nor behind what was asked for after it was answered.
pub(super) fn in_time(evidence: &Evidence) -> Vec<String> {
    let mut wrong = Vec::new();
    for asked in evidence.history.asked.values() {
        let token = &asked.request.token;
        let known = evidence.window.least(asked.begun());
        if let Some(first) = evidence.log.request(token).next().map(Event::position)
            && first <= known
        {
            wrong.push(format!("{token} lies at {first}, and {known} was known before it was sent"));
        }
        for done in asked.done() {
            let most = evidence.window.most(done.ended);
            if done.position > most {
                let position = done.position;
                wrong.push(format!("{token} was told of position {position} when there was {most} at most"));
            }
            let least = evidence.window.least(done.begun);
            if asked.request.names().is_empty() && !done.replayed && done.position < least {
                let position = done.position;
                wrong
                    .push(format!("{token} was told of the head {position} when there was {least} at least"));
            }
        }
    }
    wrong
}
