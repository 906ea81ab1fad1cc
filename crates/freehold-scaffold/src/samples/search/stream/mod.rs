//! How close the records of a plan come to what is wanted of its last command.

mod past;
mod sights;
mod verdict;

use super::plan::{Plan, Turn};
use super::routes::Act;
use super::variables::Records;
use crate::samples::case::{Case, Occurrence, Step};
use crate::samples::clock::now;
use crate::samples::sample::Fields;
use crate::samples::simulate::{Decision, Moment, State, decide};
use crate::samples::world::World;
use freehold_model::Command;
use jiff::Timestamp;
use past::{Past, Stop};
use std::rc::Rc;

/// What is wanted of the last command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::samples) enum Wish {
    /// That it makes something happen.
    Accepted,
    /// That the rule at this place, and none before it, is in its way.
    Rejected(usize),
    /// That it comes in this state of the life cycle, and is not accepted there.
    WrongState(String),
    /// That it makes something happen that leads to this state of the life cycle.
    LeadsTo(Option<String>),
}

/// What the history must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::samples) enum History {
    /// Facts that need not have come from commands.
    Any,
    /// Facts that commands could have made, as far as their rules can be evaluated.
    Fair,
    /// Facts that commands certainly make, at whatever time they are sent.
    Sent,
}

/// What is wanted, and what was found out on the way.
pub(in crate::samples) struct Stream<'a> {
    world: &'a World,
    plan: &'a Plan<'a>,
    wish: Wish,
    history: History,
    /// When the last command is decided.
    decided: Timestamp,
    /// Why the wish cannot be told, in the words of [`Skipped`](crate::samples::Skipped).
    pub(in crate::samples) unknown: Option<String>,
    known: Option<(Records, Result<Past, Stop>)>,
    /// How many steps the last judgement looked at.
    work: usize,
}

impl<'a> Stream<'a> {
    pub(in crate::samples) fn new(
        world: &'a World,
        plan: &'a Plan<'a>,
        wish: Wish,
        history: History,
    ) -> Self {
        Self { world, plan, wish, history, decided: now(), unknown: None, known: None, work: 0 }
    }

    /// The same, with the last command at another moment.
    #[must_use]
    pub(in crate::samples) fn at(mut self, decided: Timestamp) -> Self {
        self.decided = decided;
        self
    }

    /// The records as a test case.
    pub(in crate::samples) fn case(&mut self, records: &Records) -> Option<Case> {
        let past = self.past(records, None).ok()?;
        let moment = self.last(records, past.state, now());
        let produced = match decide(&moment) {
            Decision::Accepted(events) => events,
            _ => Vec::new(),
        };
        Some(Case { history: past.events, command: Fields::clone(self.plan.command(records)), produced })
    }

    /// The records as commands, with all that they make happen.
    pub(in crate::samples) fn steps(&mut self, records: &Records) -> Option<(Vec<Step>, Vec<Occurrence>)> {
        let past = self.past(records, Some(now())).ok()?;
        let moment = self.last(records, past.state, now());
        let Decision::Accepted(produced) = decide(&moment) else {
            return None;
        };
        let mut steps = Vec::new();
        for turn in &self.plan.turns {
            let command = self.acting(*turn)?;
            steps.push(Step {
                command: command.name.clone(),
                fields: Rc::unwrap_or_clone(self.plan.values(records, *turn)),
            });
        }
        let fields = Fields::clone(self.plan.command(records));
        steps.push(Step { command: self.plan.target.name.clone(), fields });
        Some((steps, past.events.into_iter().chain(produced).collect()))
    }

    fn acting(&self, turn: Turn) -> Option<&'a Command> {
        match self.plan.acts[turn.record] {
            Act::Command(at) => self.plan.aggregate.commands.get(at),
            Act::Event(_) => None,
        }
    }

    fn last(&self, records: &Records, state: Option<State>, now: Timestamp) -> Moment<'a> {
        self.moment(state, self.plan.target, Rc::clone(self.plan.command(records)), now)
    }

    fn moment(
        &self,
        state: Option<State>,
        command: &'a Command,
        fields: Rc<Fields>,
        now: Timestamp,
    ) -> Moment<'a> {
        let (world, aggregate) = (self.world, self.plan.aggregate);
        Moment { world, aggregate, state, command, fields, now }
    }
}
