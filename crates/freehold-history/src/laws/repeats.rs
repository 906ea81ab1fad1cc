//! Requests that are sent again, and others under their command id.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{Asked, History, Refusal};

use super::Evidence;

/// The requests that are carried out once, by tenant and command id.
fn by_command(history: &History) -> HashMap<(&str, Uuid), Vec<&Asked>> {
    let mut commands: HashMap<_, Vec<&Asked>> = HashMap::new();
    for asked in history.asked.values().filter(|asked| asked.request.once.is_some()) {
        let request = &asked.request;
        commands.entry((request.address.tenant.as_str(), request.command)).or_default().push(asked);
    }
    commands
}

pub(super) fn one_outcome(evidence: &Evidence) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((tenant, command), all) in by_command(&evidence.history) {
        let done: Vec<_> = all.iter().flat_map(|asked| asked.done()).collect();
        let mut outcomes: Vec<_> = done.iter().map(|done| (done.version, done.position)).collect();
        outcomes.sort_unstable();
        outcomes.dedup();
        if outcomes.len() > 1 {
            wrong.push(format!("{command} of {tenant} has led to {outcomes:?}"));
        }
        let first = done.iter().filter(|done| !done.replayed).count();
        if first > 1 {
            wrong.push(format!("{command} of {tenant} was carried out {first} times"));
        }
        let carried_out = |asked: &&&Asked| {
            asked.done().next().is_some() || evidence.log.request(&asked.request.token).len() > 0
        };
        let mut fingerprints: Vec<_> =
            all.iter().filter(carried_out).filter_map(|asked| asked.request.once).collect();
        fingerprints.sort_unstable();
        fingerprints.dedup();
        if fingerprints.len() > 1 {
            wrong.push(format!("{command} of {tenant} was carried out for {} requests", fingerprints.len()));
        }
    }
    wrong
}

/// Who is told that a request was carried out is told so from then on, however often it is sent.
pub(super) fn answered_for_good(evidence: &Evidence) -> Vec<String> {
    let mut wrong = Vec::new();
    for asked in evidence.history.asked.values().filter(|asked| asked.request.once.is_some()) {
        let Some(told) = asked.done().map(|done| done.ended).min() else { continue };
        for (_, _, refusal) in asked.refused().filter(|(begun, _, _)| *begun > told) {
            wrong.push(format!("{} was carried out, and then refused: {refusal:?}", asked.request.token));
        }
    }
    wrong
}

pub(super) fn reused(evidence: &Evidence) -> Vec<String> {
    let commands = by_command(&evidence.history);
    let mut wrong = Vec::new();
    for asked in evidence.history.asked.values() {
        let request = &asked.request;
        let is_refused = asked.refused().any(|(_, _, refusal)| *refusal == Refusal::Reused);
        let others = commands.get(&(request.address.tenant.as_str(), request.command));
        let is_used = others
            .into_iter()
            .flatten()
            .any(|other| other.request.once != request.once && other.may_be_done());
        if is_refused && !is_used {
            wrong.push(format!("{} was refused its command id, which nobody has used", request.token));
        }
    }
    wrong
}
