//! The cases of an aggregate's commands: what accepts them, and what leads to each of their rejections.

use super::case::{CommandCases, Skipped, WrongState};
use super::search::{Desk, History, Numbering, Search, Wish};
use super::world::World;
use freehold_model::{Aggregate, Command};

/// The cases of every command, in the order of the model.
pub(super) fn of(world: &World, aggregate: &Aggregate) -> Vec<CommandCases> {
    let desk = Desk::new(world, aggregate, Numbering::Case, History::Fair);
    aggregate.commands.iter().map(|command| of_command(&desk, command)).collect()
}

fn of_command(desk: &Desk<'_>, command: &Command) -> CommandCases {
    let search = |wish| Search { desk, command, wish };
    let mut skipped = Vec::new();
    let mut take = |rejection: Option<&str>, wish| match search(wish).case() {
        Ok(case) => Some(case),
        Err(missing) => {
            skipped.push(Skipped { rejection: rejection.map(str::to_owned), reason: missing.into_reason() });
            None
        }
    };
    let accepted = take(None, Wish::Accepted);
    let rules = command.require.iter().enumerate();
    let rejections =
        rules.map(|(at, rule)| (rule.name.clone(), take(Some(&rule.name), Wish::Rejected(at)))).collect();
    let wrong_state = outside(desk.aggregate, command)
        .filter_map(|state| {
            let case = search(Wish::WrongState(state.to_owned())).case().ok()?;
            Some(WrongState { state: state.to_owned(), case })
        })
        .collect();
    CommandCases { command: command.name.clone(), accepted, rejections, wrong_state, skipped }
}

/// The states that a command is not accepted in.
fn outside<'a>(aggregate: &'a Aggregate, command: &'a Command) -> impl Iterator<Item = &'a str> {
    let from = command.from.as_ref().filter(|_| !command.creates);
    let states = aggregate.states.iter().filter(move |state| from.is_some_and(|from| !from.contains(state)));
    states.map(String::as_str)
}
