//! Which commands lead a stream to a state of its life cycle, shortest ways first.

use super::super::world::event;
use freehold_model::{Aggregate, Command, Event};
use std::collections::{BTreeSet, VecDeque};

/// How many ways are looked at, and how many are kept.
const LOOKED_AT: usize = 3_000;
const KEPT: usize = 24;

/// Steps beyond those that the life cycle asks for.
const MOST_EXTRA: usize = 2;

/// Something that happens to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The command at this place of the aggregate.
    Command(usize),
    /// The event at this place, which no command emits.
    Event(usize),
}

/// A way to a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) acts: Vec<Act>,
    /// The state before each act and the one after the last; `None` in an aggregate without a life cycle.
    pub(super) states: Vec<Option<String>>,
    extra: usize,
}

/// The ways to one of the states, or to any state. Besides what moves the life cycle they contain acts that set one
/// of the `relevant` fields of the state.
pub(super) fn routes(
    aggregate: &Aggregate,
    targets: Option<&[String]>,
    relevant: &BTreeSet<String>,
) -> Vec<Route> {
    let acts = acts(aggregate);
    let mut open: VecDeque<Route> = acts.iter().flat_map(|act| begun(aggregate, *act)).collect();
    let mut found: Vec<Route> = Vec::new();
    for _ in 0..LOOKED_AT {
        let Some(route) = open.pop_front() else {
            break;
        };
        if arrived(&route, targets) {
            found.push(route.clone());
        }
        if found.len() >= KEPT {
            break;
        }
        for act in &acts {
            open.extend(extended(aggregate, &route, *act, relevant));
        }
    }
    found
}

/// The names of state fields that an act sets.
pub(super) fn sets(aggregate: &Aggregate, act: Act) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for event in events(aggregate, act) {
        names.extend(event.fields.iter().map(|it| it.name.as_str()));
        names.extend(event.set.iter().map(|(name, _)| name.as_str()));
    }
    names
}

fn events(aggregate: &Aggregate, act: Act) -> Vec<&Event> {
    match act {
        Act::Command(at) => {
            let emits = aggregate.commands.get(at).map(|it| it.emits.as_slice()).unwrap_or_default();
            emits.iter().filter_map(|it| event(aggregate, &it.event)).collect()
        }
        Act::Event(at) => aggregate.events.get(at).into_iter().collect(),
    }
}

fn acts(aggregate: &Aggregate) -> Vec<Act> {
    let emitted: BTreeSet<&str> =
        aggregate.commands.iter().flat_map(|it| &it.emits).map(|it| it.event.as_str()).collect();
    let orphans = aggregate.events.iter().enumerate();
    let orphans = orphans.filter(|(_, it)| !it.retired && !emitted.contains(it.name.as_str()));
    let commands = (0..aggregate.commands.len()).map(Act::Command);
    commands.chain(orphans.map(|(at, _)| Act::Event(at))).collect()
}

fn creates(aggregate: &Aggregate, act: Act) -> bool {
    match act {
        Act::Command(at) => aggregate.commands.get(at).is_some_and(|it| it.creates),
        Act::Event(at) => aggregate.events.get(at).is_some_and(|it| it.creates),
    }
}

fn begun(aggregate: &Aggregate, act: Act) -> Vec<Route> {
    if !creates(aggregate, act) {
        return Vec::new();
    }
    let ends = after(aggregate, act, None);
    ends.into_iter().map(|end| Route { acts: vec![act], states: vec![None, end], extra: 0 }).collect()
}

fn extended(aggregate: &Aggregate, route: &Route, act: Act, relevant: &BTreeSet<String>) -> Vec<Route> {
    let here = route.end();
    if creates(aggregate, act) || !accepted(aggregate, act, here) {
        return Vec::new();
    }
    let telling = sets(aggregate, act).iter().any(|name| relevant.contains(*name));
    let ends = after(aggregate, act, here);
    let new = |end: &Option<String>| end.as_deref() != here && !route.states[1..].contains(end);
    ends.into_iter()
        .filter_map(|end| {
            let extra = route.extra + usize::from(!new(&end));
            (new(&end) || (telling && extra <= MOST_EXTRA)).then(|| route.and(act, end, extra))
        })
        .collect()
}

fn accepted(aggregate: &Aggregate, act: Act, state: Option<&str>) -> bool {
    match act {
        Act::Command(at) => aggregate.commands.get(at).is_some_and(|it| allows(it, state)),
        Act::Event(_) => true,
    }
}

fn allows(command: &Command, state: Option<&str>) -> bool {
    match (&command.from, state) {
        (Some(from), Some(state)) => from.iter().any(|it| it == state),
        _ => true,
    }
}

fn arrived(route: &Route, targets: Option<&[String]>) -> bool {
    match (targets, route.end()) {
        (Some(targets), Some(end)) => targets.iter().any(|it| it == end),
        _ => true,
    }
}

/// The states that an act may lead to: several where a condition decides on what happens.
fn after(aggregate: &Aggregate, act: Act, state: Option<&str>) -> Vec<Option<String>> {
    let mut states = vec![state.map(str::to_owned)];
    let conditional = |name: &str| match act {
        Act::Command(at) => aggregate.commands.get(at).is_some_and(|it| {
            it.emits.iter().any(|emission| emission.event == name && emission.when.is_some())
        }),
        Act::Event(_) => false,
    };
    for event in events(aggregate, act) {
        let Some(to) = &event.to else {
            continue;
        };
        if !conditional(&event.name) {
            states.clear();
        }
        if !states.contains(&Some(to.clone())) {
            states.push(Some(to.clone()));
        }
    }
    states
}

impl Route {
    /// The state that it ends in.
    pub(super) fn end(&self) -> Option<&str> {
        self.states.last().and_then(Option::as_deref)
    }

    fn and(&self, act: Act, end: Option<String>, extra: usize) -> Self {
        let mut route = self.clone();
        route.acts.push(act);
        route.states.push(end);
        route.extra = extra;
        route
    }

    /// The parts that come back to the state they begin in and can therefore be repeated: place and length.
    pub(super) fn loops(&self) -> Vec<(usize, usize)> {
        let mut loops = Vec::new();
        for length in 1..=2 {
            for at in 1..self.acts.len() {
                let end = at + length;
                if end <= self.acts.len() && self.states[at] == self.states[end] {
                    loops.push((at, length));
                }
            }
        }
        loops
    }
}
