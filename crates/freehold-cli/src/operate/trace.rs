//! `freehold events trace`: the events of a correlation as a tree of causes.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    client::Client,
    error::Error,
    events::{Event, Events, path},
    output::{Output, print, print_line},
    text::{known, line},
};

pub(crate) fn run(correlation: &str, client: &Client, output: &Output) -> Result<(), Error> {
    let (raw, events) = all(correlation, client)?;
    if output.is_json() {
        return print_line(&raw.to_string());
    }
    if events.is_empty() {
        return print("There are no events of this correlation.\n");
    }
    print(&tree(&events))
}

/// All pages, as they are and as events. A page without any may only be a stretch of the log without any: the end is
/// where the log ended when this began, and what comes after it is taken along only while there is more.
fn all(correlation: &str, client: &Client) -> Result<(Value, Vec<Event>), Error> {
    let end = client.get(&path().with("last", Some(1)))?.read::<Events>()?.read_to;
    let (mut raw, mut events, mut after) = (Vec::new(), Vec::new(), 0);
    loop {
        let answer = client.get(&path().with("correlation", Some(correlation)).with("after", Some(after)))?;
        let page: Events = answer.read()?;
        let is_last = page.read_to <= after || (page.events.is_empty() && page.read_to >= end);
        after = page.read_to;
        if let Value::Array(some) = answer.read::<Value>()?["events"].take() {
            raw.extend(some);
        }
        events.extend(page.events);
        if is_last {
            return Ok((json!({ "events": raw, "read_to": after }), events));
        }
    }
}

/// Each event on a line, below the one that caused it. One whose cause is elsewhere stands at the edge.
fn tree(events: &[Event]) -> String {
    let (roots, caused) = causes(events);
    let mut lines = Vec::new();
    // A chain of causes has any length: what is still to be drawn waits here, and not on the stack.
    let mut waiting: Vec<_> = roots.iter().rev().map(|root| (*root, String::new(), String::new())).collect();
    while let Some((index, before, below)) = waiting.pop() {
        lines.push(format!("{before}{}\n", about(&events[index])));
        let children = caused.get(&index).map(Vec::as_slice).unwrap_or_default();
        for (place, child) in children.iter().enumerate().rev() {
            let (branch, bar) =
                if place + 1 == children.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            waiting.push((*child, format!("{below}{branch}"), format!("{below}{bar}")));
        }
    }
    lines.concat()
}

/// The events that no other one here caused, and those that each caused. A cause comes before what it causes; what
/// claims otherwise is taken as caused elsewhere, so that nothing can go round in circles.
fn causes(events: &[Event]) -> (Vec<usize>, HashMap<usize, Vec<usize>>) {
    let places: HashMap<_, _> = events.iter().enumerate().map(|(place, event)| (&event.id, place)).collect();
    let (mut roots, mut caused) = (Vec::new(), HashMap::<_, Vec<_>>::new());
    for (place, event) in events.iter().enumerate() {
        let cause = event.causation.as_ref().and_then(|id| places.get(id)).filter(|cause| **cause < place);
        match cause {
            Some(cause) => caused.entry(*cause).or_default().push(place),
            None => roots.push(place),
        }
    }
    (roots, caused)
}

fn about(event: &Event) -> String {
    let Event { event: name, position, stream, version, time, actor, .. } = event;
    line(&format!("{name}  at {position}  {stream}  v{version}  {time}  by {}", known(actor.as_deref())))
}
