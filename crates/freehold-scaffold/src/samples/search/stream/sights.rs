//! What the comparisons see that stand in the way of a wish.

use super::super::plan::moment;
use super::super::variables::Records;
use super::past::{Past, beginning};
use super::{Stream, Wish};
use crate::samples::interpret::{Sight, evaluate};
use crate::samples::simulate::Moment;

/// No search looks at more than this many comparisons.
const MOST: usize = 48;

impl Stream<'_> {
    /// What the last command sees, or the first step of the history that does not work.
    pub(super) fn sights(&mut self, records: &Records) -> Vec<Sight> {
        match self.remembered(records) {
            Ok(past) => watched(&self.last(records, past.state, self.decided), self.rules()),
            Err(_) => self.stumbled(records),
        }
    }

    /// What the first step sees that does not work.
    fn stumbled(&mut self, records: &Records) -> Vec<Sight> {
        let mut past = Past::default();
        let mut before = beginning(records);
        for turn in &self.plan.turns {
            let now = moment(records, *turn, before).unwrap_or(before);
            before = now;
            let state = past.state.clone();
            if self.take(&mut past, records, *turn, now).is_err() {
                let values = self.plan.values(records, *turn);
                let step = self.acting(*turn).map(|command| self.moment(state, command, values, now));
                return step.map(|it| watched(&it, usize::MAX)).unwrap_or_default();
            }
        }
        Vec::new()
    }

    /// How many rules of the last command matter.
    fn rules(&self) -> usize {
        match self.wish {
            Wish::Rejected(at) => at + 1,
            _ => usize::MAX,
        }
    }
}

/// What the rules see that stand in the way, or should.
fn watched(moment: &Moment<'_>, rules: usize) -> Vec<Sight> {
    let rules = moment.command.require.iter().take(rules).map(|rule| &rule.expression);
    let whens = moment.command.emits.iter().filter_map(|it| it.when.as_ref());
    let mut sights = Vec::new();
    for expression in rules.chain(whens) {
        let mut scope = moment.scope().watched();
        if evaluate(&expression.tree, &mut scope).is_ok() {
            let new: Vec<Sight> = scope.into_sights().into_iter().filter(|it| !sights.contains(it)).collect();
            sights.extend(new);
        }
    }
    sights.truncate(MOST);
    sights
}
