//! The search itself: change as few fields as possible until the goal is met.
//!
//! It goes level by level, so a solution with one change is found before any with two. From each level it keeps the
//! most promising states only, which makes it incomplete but bounded; comparisons that were evaluated on the way say
//! how far they were from the other answer, and that is tried first.

use super::super::interpret::Sight;
use super::super::sample::Sample;
use super::super::world::World;
use super::variables::{Records, Variable};

/// How many states of a level are gone on from, and how many of them may have changed the same place last.
const BEAM: usize = 16;
const PER_VARIABLE: usize = 4;

/// After how many levels that come no closer a search gives up.
const MOST_IDLE: usize = 2;

/// What a search is after.
pub(in super::super) trait Goal {
    /// How close records come.
    fn judge(&mut self, records: &Records) -> Verdict;
    /// What the comparisons that matter see in records.
    fn look(&mut self, records: &Records) -> Vec<Sight>;
    /// What the last judgement has cost.
    fn cost(&self) -> usize {
        1
    }
}

/// How close records come to a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    /// There.
    Met,
    /// Higher is closer.
    Score(u32),
    /// No change of values leads there.
    Dead,
}

/// How much may still be tried.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Budget {
    /// What judgements may cost together.
    pub(in super::super) cost: usize,
    /// How many fields may be changed.
    pub(in super::super) changes: usize,
}

impl Budget {
    /// As many changes as a reader can still follow.
    pub(in super::super) fn of(cost: usize) -> Self {
        Self { cost, changes: 5 }
    }

    fn spend(&mut self, cost: usize) -> bool {
        let enough = self.cost >= cost;
        self.cost = self.cost.saturating_sub(cost);
        enough
    }
}

struct State {
    records: Records,
    changed: Vec<usize>,
    score: u32,
}

struct Step {
    from: usize,
    variable: usize,
    sample: Sample,
    score: u32,
}

/// Records that meet the goal, with as few changes as the search could do with.
pub(in super::super) fn solve(
    world: &World,
    goal: &mut dyn Goal,
    variables: &[Variable],
    start: Records,
    budget: &mut Budget,
) -> Option<Records> {
    let score = match goal.judge(&start) {
        Verdict::Met => return Some(start),
        Verdict::Dead => return None,
        Verdict::Score(score) => score,
    };
    let levels = budget.changes;
    let mut search = Search { world, goal, variables, budget };
    let mut level = vec![State { records: start, changed: Vec::new(), score }];
    let (mut best, mut idle) = (score, 0);
    for _ in 0..levels {
        match search.descend(&level) {
            Descent::Found(records) => return Some(records),
            Descent::Further(next) => level = next,
            Descent::Spent => return None,
        }
        let reached = level.first().map(|state| state.score)?;
        idle = if reached > best { 0 } else { idle + 1 };
        best = reached;
        if idle >= MOST_IDLE {
            return None;
        }
    }
    None
}

enum Descent {
    Found(Records),
    Further(Vec<State>),
    Spent,
}

struct Search<'a> {
    world: &'a World,
    goal: &'a mut dyn Goal,
    variables: &'a [Variable],
    budget: &'a mut Budget,
}

impl Search<'_> {
    fn descend(&mut self, level: &[State]) -> Descent {
        let mut steps = Vec::new();
        for (from, state) in level.iter().enumerate() {
            let sights = self.goal.look(&state.records);
            for variable in 0..self.variables.len() {
                if state.changed.contains(&variable) {
                    continue;
                }
                for sample in self.moves(variable, state, &sights) {
                    let Some(records) = self.variables[variable].changed(self.world, &state.records, &sample)
                    else {
                        continue;
                    };
                    let verdict = self.goal.judge(&records);
                    if !self.budget.spend(self.goal.cost()) {
                        return Descent::Spent;
                    }
                    match verdict {
                        Verdict::Met => return Descent::Found(records),
                        Verdict::Score(score) if score >= state.score => {
                            steps.push(Step { from, variable, sample, score });
                        }
                        _ => {}
                    }
                }
            }
        }
        Descent::Further(self.chosen(level, steps))
    }

    fn moves(&self, variable: usize, state: &State, sights: &[Sight]) -> Vec<Sample> {
        let place = &self.variables[variable];
        let Some(current) = place.current(&state.records) else {
            return Vec::new();
        };
        let others = self.variables.iter().enumerate().filter(|(at, _)| *at != variable);
        let elsewhere: Vec<_> = others.filter_map(|(_, other)| other.current(&state.records)).collect();
        place.moves(self.world, sights, &elsewhere, &current)
    }

    fn chosen(&self, level: &[State], mut steps: Vec<Step>) -> Vec<State> {
        steps.sort_by_key(|step| std::cmp::Reverse(step.score));
        let mut taken = vec![0; self.variables.len()];
        steps.retain(|step| {
            taken[step.variable] += 1;
            taken[step.variable] <= PER_VARIABLE
        });
        steps.truncate(BEAM);
        steps.into_iter().filter_map(|step| self.taken(&level[step.from], &step)).collect()
    }

    fn taken(&self, from: &State, step: &Step) -> Option<State> {
        let variable = &self.variables[step.variable];
        let records = variable.changed(self.world, &from.records, &step.sample)?;
        let mut changed = from.changed.clone();
        changed.push(step.variable);
        Some(State { records, changed, score: step.score })
    }
}
