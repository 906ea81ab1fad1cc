//! How close the last command comes to what is wanted of it.

use super::super::solve::{Goal, Verdict};
use super::super::variables::Records;
use super::past::{Past, Stop};
use super::{History, Stream, Wish};
use crate::samples::case::Occurrence;
use crate::samples::clock::any_time;
use crate::samples::interpret::{Failure, Sight};
use crate::samples::simulate::Moment;
use crate::samples::world::event;
use jiff::Timestamp;

/// Where in the life cycle a command has to lead.
enum Ends {
    Anywhere,
    In(Option<String>),
}

impl Goal for Stream<'_> {
    fn judge(&mut self, records: &Records) -> Verdict {
        self.work = 1;
        if self.history != History::Sent {
            let past = self.remembered(records);
            return self.judged(past, records, self.decided);
        }
        for clock in any_time() {
            let past = self.past(records, Some(clock));
            match self.judged(past, records, clock) {
                Verdict::Met => {}
                other => return other,
            }
        }
        Verdict::Met
    }

    fn look(&mut self, records: &Records) -> Vec<Sight> {
        self.sights(records)
    }

    fn cost(&self) -> usize {
        self.work
    }
}

impl Stream<'_> {
    fn judged(&mut self, past: Result<Past, Stop>, records: &Records, now: Timestamp) -> Verdict {
        let past = match past {
            Ok(past) => past,
            Err(stop) => return stop.into(),
        };
        let moment = self.last(records, past.state, now);
        match self.wish.clone() {
            Wish::WrongState(state) => {
                let there =
                    moment.state.as_ref().and_then(|it| it.lifecycle.as_deref()) == Some(state.as_str());
                if there && !moment.allowed() { Verdict::Met } else { Verdict::Score(past.score) }
            }
            _ if !moment.allowed() => Verdict::Score(past.score),
            Wish::Accepted => self.accepted(&moment, &Ends::Anywhere, past.score),
            Wish::LeadsTo(state) => self.accepted(&moment, &Ends::In(state), past.score),
            Wish::Rejected(rule) => self.rejected(&moment, rule, past.score),
        }
    }

    fn accepted(&mut self, moment: &Moment<'_>, ends: &Ends, score: u32) -> Verdict {
        let rules = moment.command.require.len();
        let held = match self.held(moment, rules, None, score) {
            Ok(held) => held,
            Err(stop) => return stop.into(),
        };
        if (held as usize) < rules {
            return Verdict::Score(score + 1 + held);
        }
        match moment.produced() {
            Ok(events) if events.is_empty() && !moment.command.emits.is_empty() => {
                Verdict::Score(score + 1 + held)
            }
            Ok(events) => match ends {
                Ends::In(state) if self.end(moment, &events) != *state => Verdict::Score(score + 2 + held),
                _ => Verdict::Met,
            },
            Err((event, failure)) => self.stop(&format!("what makes {event}"), failure, score).into(),
        }
    }

    /// The life-cycle state after some events.
    fn end(&self, moment: &Moment<'_>, events: &[Occurrence]) -> Option<String> {
        let aggregate = self.plan.aggregate;
        let to = events.iter().rev().find_map(|it| event(aggregate, &it.event)?.to.clone());
        to.or_else(|| moment.state.as_ref().and_then(|state| state.lifecycle.clone()))
    }

    fn rejected(&mut self, moment: &Moment<'_>, rule: usize, score: u32) -> Verdict {
        match self.held(moment, rule + 1, Some(rule), score) {
            Ok(held) if held as usize == rule + 1 => Verdict::Met,
            Ok(held) => Verdict::Score(score + 1 + held),
            Err(stop) => stop.into(),
        }
    }

    /// How many of the first rules say what they should: all that they hold, but for the one that is `broken`.
    fn held(
        &mut self,
        moment: &Moment<'_>,
        rules: usize,
        broken: Option<usize>,
        score: u32,
    ) -> Result<u32, Stop> {
        let mut right = 0;
        for (at, rule) in moment.command.require.iter().take(rules).enumerate() {
            match moment.rule(at) {
                Ok(holds) => right += u32::from(holds != (broken == Some(at))),
                Err(failure @ Failure::Unsupported(_)) => {
                    return Err(self.stop(&format!("the rule {}", rule.name), failure, score));
                }
                Err(Failure::Fault(_)) => {}
            }
        }
        Ok(right)
    }
}
