//! Commands that bring a stream somewhere from outside, whatever the time is when they are sent.

use super::case::{Drive, Step, UniquePair};
use super::sample::{Sample, field};
use super::search::{Desk, History, Numbering, Search, Wish, rival};
use super::simulate::{State, evolve};
use super::world::World;
use freehold_model::{Aggregate, Command};

/// What one drive may cost.
const COST: usize = 4_000;

/// How many creating commands are looked at for one that differs.
const OTHERS: usize = 6;

/// The n-th creating command.
pub(super) fn creating(world: &World, aggregate: &Aggregate, n: usize) -> Option<Step> {
    let mut creating = aggregate.commands.iter().filter(|it| it.creates);
    creating
        .find_map(|command| to(world, aggregate, command, n))
        .and_then(|drive| drive.steps.into_iter().next())
}

/// The shortest way to a command, by commands only.
pub(super) fn to(world: &World, aggregate: &Aggregate, command: &Command, n: usize) -> Option<Drive> {
    let desk = desk(world, aggregate, n);
    let search = Search { desk: &desk, command, wish: Wish::Accepted };
    let found = search.over_plans(History::Sent, COST, &mut |stream, records| stream.steps(records));
    found.ok().map(|(steps, events)| Drive { steps, events })
}

fn desk<'a>(world: &'a World, aggregate: &'a Aggregate, n: usize) -> Desk<'a> {
    Desk::new(world, aggregate, Numbering::Stream(n), History::Sent)
}

/// Creating commands around a set of unique fields.
pub(super) fn unique(world: &World, aggregate: &Aggregate, fields: &[String]) -> Option<UniquePair> {
    let drive = |n| {
        let mut creating = aggregate.commands.iter().filter(|it| it.creates);
        creating.find_map(|command| to(world, aggregate, command, n).map(|drive| (command, drive)))
    };
    let (command, first) = drive(1)?;
    let claimed = claims(world, aggregate, &first, fields)?;
    let rival = rival(&desk(world, aggregate, 2), command, first.steps.first()?, fields)?;
    if claims(world, aggregate, &rival, fields)? != claimed {
        return None;
    }
    let bystander = (2..2 + OTHERS)
        .filter_map(|n| drive(n).map(|(_, drive)| drive))
        .find(|other| claims(world, aggregate, other, fields).is_some_and(|it| it != claimed))?;
    let step = |drive: Drive| drive.steps.into_iter().next();
    Some(UniquePair { first: step(first)?, rival: step(rival)?, bystander: step(bystander)? })
}

/// The values that a new stream claims; `None` when it leaves one of them out.
fn claims(world: &World, aggregate: &Aggregate, drive: &Drive, fields: &[String]) -> Option<Vec<Sample>> {
    let mut state: Option<State> = None;
    for event in &drive.events {
        state = Some(evolve(world, aggregate, state.as_ref(), event).ok()?);
    }
    let state = state?;
    fields.iter().map(|name| field(&state.fields, name).filter(|it| !it.is_null()).cloned()).collect()
}
