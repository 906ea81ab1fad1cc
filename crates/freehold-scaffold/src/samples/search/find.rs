//! Looks for the records of a wish: over all plans a little, then over all plans more.

use super::super::case::Case;
use super::desk::Desk;
use super::drafts::drafts;
use super::leads::Leads;
use super::plan::{Plan, leads};
use super::solve::{Budget, solve};
use super::stream::{History, Stream, Wish};
use super::variables::Records;
use freehold_model::Command;

/// What all plans for one wish may cost together, with a history made by commands and with any.
const FAIR: usize = 7_000;
const ANY: usize = 2_500;

/// What one plan may cost at first, with something on top for each step of its history, and when it is looked at
/// again.
const AT_FIRST: usize = 400;
const PER_STEP: usize = 60;
const AGAIN: usize = 2_500;

/// How many plans may change more than one field at first. A longer history reads worse than one more change, but
/// only a little.
const THOROUGH: usize = 2;

/// A command and what is wanted of it.
#[derive(Clone)]
pub(in super::super) struct Search<'a> {
    pub(in super::super) desk: &'a Desk<'a>,
    pub(in super::super) command: &'a Command,
    pub(in super::super) wish: Wish,
}

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Missing {
    /// It cannot be evaluated.
    Unknown(String),
    /// Everything was tried that may be.
    NotFound(String),
}

impl Missing {
    /// A command that must come before did not work out.
    pub(super) fn before(command: &str, unknown: Option<String>) -> Self {
        match unknown {
            Some(reason) => Self::Unknown(format!("before it comes {command}, where {reason}")),
            None => Self::NotFound(format!(
                "before it comes {command}, for which nothing was found that is accepted"
            )),
        }
    }

    pub(in super::super) fn into_reason(self) -> String {
        match self {
            Self::Unknown(reason) | Self::NotFound(reason) => reason,
        }
    }
}

/// What is made of the records that are found.
type Taken<'t, T> = dyn FnMut(&mut Stream<'_>, &Records) -> Option<T> + 't;

impl Search<'_> {
    /// A test case.
    pub(in super::super) fn case(&self) -> Result<Case, Missing> {
        let mut take = |stream: &mut Stream<'_>, records: &Records| stream.case(records);
        let fair = match self.over_plans(History::Fair, FAIR, &mut take) {
            Ok(case) => return Ok(case),
            Err(missing) => missing,
        };
        if self.command.creates {
            return Err(fair);
        }
        self.over_plans(History::Any, ANY, &mut take).map_err(|any| match fair {
            Missing::Unknown(_) => fair,
            Missing::NotFound(_) => any,
        })
    }

    /// What is taken of the first records that meet the wish.
    pub(in super::super) fn over_plans<T>(
        &self,
        history: History,
        cost: usize,
        taken: &mut Taken<'_, T>,
    ) -> Result<T, Missing> {
        let leads = leads(self.desk.world, self.desk.aggregate, self.command, self.rules());
        let mut hunt = Hunt { search: self, history, leads: &leads, left: cost, unknown: None, broken: None };
        let mut plans = Vec::new();
        for draft in drafts(self, &leads)? {
            let plan = draft.made(self)?;
            let changes = if plans.len() < THOROUGH { 2 } else { 1 };
            let first = Budget { cost: AT_FIRST + PER_STEP * plan.turns.len(), changes };
            if let Some(found) = hunt.within(first, &plan, taken) {
                return Ok(found);
            }
            plans.push(plan);
        }
        for plan in &plans {
            if let Some(found) = hunt.within(Budget::of(AGAIN), plan, taken) {
                return Ok(found);
            }
        }
        Err(hunt.missing())
    }

    /// How many rules of the command matter.
    pub(super) fn rules(&self) -> usize {
        match self.wish {
            Wish::Accepted | Wish::LeadsTo(_) => self.command.require.len(),
            Wish::Rejected(at) => at + 1,
            Wish::WrongState(_) => 0,
        }
    }

    fn not_found(&self) -> String {
        match &self.wish {
            Wish::Accepted | Wish::LeadsTo(_) => {
                "no history and command were found that it accepts".to_owned()
            }
            Wish::Rejected(at) => {
                let rule = self.command.require.get(*at).map(|it| it.name.as_str()).unwrap_or_default();
                format!("no history and command were found that only the rule {rule} is in the way of")
            }
            Wish::WrongState(state) => format!("no history was found that leads to the state {state}"),
        }
    }
}

/// A search over plans, and what it has come to know.
struct Hunt<'h, 'a> {
    search: &'h Search<'a>,
    history: History,
    leads: &'h Leads,
    left: usize,
    unknown: Option<String>,
    broken: Option<Missing>,
}

impl Hunt<'_, '_> {
    fn within<T>(&mut self, budget: Budget, plan: &Plan<'_>, taken: &mut Taken<'_, T>) -> Option<T> {
        if self.history != History::Any && plan.broken.is_some() {
            self.broken = self.broken.take().or_else(|| plan.broken.clone());
            return None;
        }
        let share = budget.cost.min(self.left);
        if share == 0 {
            return None;
        }
        let world = self.search.desk.world;
        let mut stream = Stream::new(world, plan, self.search.wish.clone(), self.history);
        let variables = plan.variables(world, self.leads, &[]);
        let mut budget = Budget { cost: share, ..budget };
        let found = solve(world, &mut stream, &variables, plan.start.clone(), &mut budget);
        self.left -= share - budget.cost;
        let found = found.and_then(|records| taken(&mut stream, &records));
        if found.is_none() {
            self.unknown = self.unknown.take().or(stream.unknown);
        }
        found
    }

    fn missing(self) -> Missing {
        match (self.unknown, self.broken) {
            (Some(unknown), _) => Missing::Unknown(unknown),
            (None, Some(broken)) => broken,
            (None, None) => Missing::NotFound(self.search.not_found()),
        }
    }
}
