//! What the searches of one aggregate share: histories that have already been prepared.
//!
//! A history is prepared step by step, each step by a search of its own. So the search for a case starts from a past
//! that works and has only the last command to think about.

use super::super::clock::began_after;
use super::super::world::World;
use super::find::Missing;
use super::plan::{Numbering, Past, Plan, leads};
use super::routes::{Act, Route};
use super::solve::{Budget, solve};
use super::stream::{History, Stream, Wish};
use freehold_model::{Aggregate, Command};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What the preparation of one step may cost.
const COST: usize = 2_000;

/// An aggregate, and what was found out about it.
pub(in super::super) struct Desk<'a> {
    pub(in super::super) world: &'a World,
    pub(in super::super) aggregate: &'a Aggregate,
    numbering: Numbering,
    history: History,
    prepared: RefCell<BTreeMap<String, Past>>,
}

impl<'a> Desk<'a> {
    pub(in super::super) fn new(
        world: &'a World,
        aggregate: &'a Aggregate,
        numbering: Numbering,
        history: History,
    ) -> Self {
        Self { world, aggregate, numbering, history, prepared: RefCell::default() }
    }

    /// A plan that ends in a command. Fails with the name of a field that no sample was found for.
    pub(super) fn plan(&self, command: &'a Command, route: Option<&Route>) -> Result<Plan<'a>, String> {
        let (acts, states) = route.map_or((&[][..], &[][..]), |it| (&it.acts, &it.states));
        let past = self.past(acts, states)?;
        Plan::new(self.world, self.aggregate, command, acts, past, self.numbering)
    }

    fn past(&self, acts: &[Act], states: &[Option<String>]) -> Result<Past, String> {
        let Some((last, before)) = acts.split_last() else {
            return Ok(Past::default());
        };
        let key = format!("{acts:?} {states:?}");
        if let Some(known) = self.prepared.borrow().get(&key) {
            return Ok(known.clone());
        }
        let past = self.past(before, &states[..states.len() - 1])?;
        let past = match self.led(before, *last, &past, states.last().cloned().flatten())? {
            Ok(past) => past,
            Err(broken) => {
                let past = past.and(self.world, self.aggregate, *last, self.numbering)?;
                Past { broken, ..past }
            }
        };
        self.prepared.borrow_mut().insert(key, past.clone());
        Ok(past)
    }

    /// The past with a step that leads to a state; else why commands cannot make it, if that is so.
    fn led(
        &self,
        before: &[Act],
        last: Act,
        past: &Past,
        end: Option<String>,
    ) -> Result<Result<Past, Option<Missing>>, String> {
        let command = match last {
            Act::Command(at) => self.aggregate.commands.get(at),
            Act::Event(_) => None,
        };
        let (None, Some(command)) = (&past.broken, command) else {
            return Ok(Err(past.broken.clone()));
        };
        let plan = Plan::new(self.world, self.aggregate, command, before, past.clone(), self.numbering)?;
        let leads = leads(self.world, self.aggregate, command, command.require.len());
        let variables = plan.variables(self.world, &leads, &[]);
        let mut stream =
            Stream::new(self.world, &plan, Wish::LeadsTo(end), self.history).at(began_after(before.len()));
        let found = solve(self.world, &mut stream, &variables, plan.start.clone(), &mut Budget::of(COST));
        let Some(mut records) = found else {
            return Ok(Err(Some(Missing::before(&command.name, stream.unknown))));
        };
        let moments = records.pop().map(Rc::unwrap_or_clone).unwrap_or_default();
        let next = past.clone().and(self.world, self.aggregate, last, self.numbering)?;
        let moments = moments.into_iter().chain(next.moments.last().cloned()).collect();
        Ok(Ok(Past { records, moments, broken: None }))
    }
}
