//! Races, counted by what the racers were told, not by what the log says.

use std::collections::HashMap;

use crate::{Asked, Expected, Query, What};

use super::Evidence;

pub(super) fn at_most_one(evidence: &Evidence) -> Vec<String> {
    let mut winners: HashMap<String, Vec<&str>> = HashMap::new();
    let won = evidence.history.asked.values().filter(|asked| asked.done().next().is_some());
    for asked in won {
        for prize in prizes(asked) {
            winners.entry(prize).or_default().push(&asked.request.token);
        }
    }
    let shared = winners.into_iter().filter(|(_, tokens)| tokens.len() > 1);
    shared.map(|(prize, tokens)| format!("{prize} was given to {tokens:?}")).collect()
}

/// What only one request can have: to follow a version of a stream, and to be the first with a tag.
fn prizes(asked: &Asked) -> Vec<String> {
    let (address, what) = (&asked.request.address, &asked.request.what);
    let What::Append { expected, unless, events } = what else { return Vec::new() };
    if events.is_empty() {
        return Vec::new();
    }
    let place = match expected {
        Expected::Version(version) | Expected::Event(version, _) => {
            Some(format!("{address:?} behind {version}"))
        }
        Expected::Any => None,
    };
    let claims = unless.iter().filter(|unless| unless.after == 0).filter_map(|unless| claim(&unless.query));
    let claimed = claims.filter(|tag| events.iter().any(|new| new.tags.iter().any(|own| own == tag)));
    place.into_iter().chain(claimed.map(|tag| format!("{tag} of {}", address.tenant))).collect()
}

/// The tag of a query that asks for nothing else.
fn claim(query: &Query) -> Option<&str> {
    match query.any_of.as_slice() {
        [only] if only.kinds.is_empty() && only.streams.is_empty() => match only.tags.as_slice() {
            [tag] => Some(tag),
            _ => None,
        },
        _ => None,
    }
}
