//! Which plans are worth a try for a wish, the ones with the shortest history first.

use super::find::{Missing, Search};
use super::leads::Leads;
use super::plan::{Plan, Repeat, all_names, telling_loops};
use super::routes::{Act, Route, routes};
use super::stream::Wish;
use std::collections::BTreeSet;

/// The longest history with repetitions.
const MOST_TIMES: i64 = 60;

/// How many histories are tried for a command that asks nothing of them.
const WITHOUT_STATE: usize = 3;

/// A plan that has not been made yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    route: Option<Route>,
    repeat: Option<Repeat>,
}

/// The plans for a wish.
pub(super) fn drafts(search: &Search<'_>, leads: &Leads) -> Result<Vec<Draft>, Missing> {
    if search.command.creates {
        return Ok(vec![Draft::default()]);
    }
    let aggregate = search.desk.aggregate;
    let names: BTreeSet<String> =
        all_names(search.desk.world, aggregate).union(&leads.names).cloned().collect();
    let routes = routes(aggregate, targets(search).as_deref(), &names);
    if routes.is_empty() {
        return Err(Missing::NotFound("no command leads to a state that it needs".to_owned()));
    }
    if !reads_state(search) {
        return Ok(routes
            .into_iter()
            .take(WITHOUT_STATE)
            .map(|it| Draft { route: Some(it), repeat: None })
            .collect());
    }
    let mut drafts: Vec<Draft> =
        routes.iter().map(|it| Draft { route: Some(it.clone()), repeat: None }).collect();
    for times in times(&leads.ints) {
        for route in &routes {
            for (at, length) in telling_loops(aggregate, route, &leads.names) {
                let repeat = Some(Repeat { at, length, times });
                drafts.push(Draft { route: Some(route.clone()), repeat });
            }
        }
    }
    drafts.sort_by_key(Draft::length);
    let mut seen = BTreeSet::new();
    drafts.retain(|draft| seen.insert(format!("{:?}", draft.acts())));
    Ok(drafts)
}

/// Whether the command asks anything of the history besides the state of its life cycle.
fn reads_state(search: &Search<'_>) -> bool {
    let command = search.command;
    let rules = command.require.iter().take(search.rules()).map(|it| &it.expression.tree);
    let whens = command.emits.iter().filter_map(|it| it.when.as_ref()).map(|it| &it.tree);
    Leads::of(&search.desk.world.model, rules.chain(whens)).names.contains("self")
}

fn targets(search: &Search<'_>) -> Option<Vec<String>> {
    match &search.wish {
        Wish::WrongState(state) => Some(vec![state.clone()]),
        _ => search.command.from.clone(),
    }
}

/// How often a part is repeated: a few times, and as often as the numbers in the rules suggest.
fn times(ints: &[i64]) -> Vec<usize> {
    let near = ints.iter().flat_map(|it| [it.saturating_sub(1), *it, it.saturating_add(1)]);
    let times: BTreeSet<usize> = near
        .chain([2, 3, 4])
        .filter(|it| (2..=MOST_TIMES).contains(it))
        .filter_map(|it| usize::try_from(it).ok())
        .collect();
    times.into_iter().collect()
}

impl Draft {
    fn length(&self) -> usize {
        let plain = self.route.as_ref().map_or(0, |route| route.acts.len());
        plain + self.repeat.map_or(0, |it| it.length * (it.times - 1))
    }

    fn acts(&self) -> Vec<Act> {
        let acts = self.route.as_ref().map(|route| route.acts.clone()).unwrap_or_default();
        let Some(repeat) = self.repeat else {
            return acts;
        };
        let end = repeat.at + repeat.length;
        let part = acts[repeat.at..end].repeat(repeat.times);
        [&acts[..repeat.at], &part, &acts[end..]].concat()
    }

    /// Makes the plan; fails when there is no sample for one of its fields.
    pub(super) fn made<'a>(&self, search: &Search<'a>) -> Result<Plan<'a>, Missing> {
        let plan = search.desk.plan(search.command, self.route.as_ref());
        let plan = match self.repeat {
            Some(repeat) => plan.and_then(|plan| plan.repeating(search.desk.world, repeat)),
            None => plan,
        };
        plan.map_err(|field| Missing::Unknown(format!("no valid sample was found for the field {field}")))
    }
}
