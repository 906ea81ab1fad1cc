//! What the events of the log come from.

use crate::{Asked, Event, What};

use super::Evidence;

pub(super) fn names_are_unique(evidence: &Evidence) -> Vec<String> {
    evidence.history.confused.iter().map(|token| format!("{token} names two requests")).collect()
}

pub(super) fn events_were_asked_for(evidence: &Evidence) -> Vec<String> {
    let told = |event: &Event| {
        let fault = match evidence.history.asked.get(&event.mark.token) {
            Some(asked) => differs(event, asked)?,
            None => "was never asked for",
        };
        Some(format!("the event at position {} (`{}`) {fault}", event.position(), event.mark.token))
    };
    evidence.log.events.iter().filter_map(told).collect()
}

fn differs(event: &Event, asked: &Asked) -> Option<&'static str> {
    let request = &asked.request;
    if event.address != request.address {
        return Some("lies in another stream");
    }
    // The bus gives a command an id of its own if it has none.
    let is_own = matches!(request.what, What::Command { .. }) && request.once.is_none();
    if event.command != request.command && !is_own {
        return Some("has another command id");
    }
    if request.names().get(event.mark.part) != Some(&event.name.as_str()) {
        return Some("is of another kind");
    }
    let What::Append { events, .. } = &request.what else { return None };
    let new = events.get(event.mark.part)?;
    if new.id != event.id {
        return Some("has another id");
    }
    (new.payload(&request.token, event.mark.part) != event.payload).then_some("has another content")
}

pub(super) fn requests_are_whole(evidence: &Evidence) -> Vec<String> {
    let of = |asked: &Asked| {
        let token = &asked.request.token;
        let events = evidence.log.request(token);
        let len = asked.request.names().len();
        if events.len() == 0 {
            return None;
        }
        if events.len() != len {
            return Some(format!("{} of {len} events of {token} are there", events.len()));
        }
        let first = events.clone().next()?.position();
        let are_in_order = (0..)
            .zip(events)
            .all(|(part, event)| event.mark.part == part && event.position() == first + part as u64);
        (!are_in_order).then(|| format!("the events of {token} do not follow one another"))
    };
    evidence.history.asked.values().filter_map(of).collect()
}
