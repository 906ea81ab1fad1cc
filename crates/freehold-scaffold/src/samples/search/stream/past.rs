//! The history of a plan, folded as far as it works.

use super::super::plan::{Turn, moment};
use super::super::routes::Act;
use super::super::solve::Verdict;
use super::super::variables::Records;
use super::{History, Stream};
use crate::samples::case::Occurrence;
use crate::samples::clock::began;
use crate::samples::interpret::Failure;
use crate::samples::sample::{Fields, Sample};
use crate::samples::simulate::{Moment, State, evolve};
use jiff::Timestamp;
use std::rc::Rc;

/// One step is worth more than all rules of it.
const STEP: u32 = 1_000;

/// A history that has been folded.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    pub(super) state: Option<State>,
    pub(super) events: Vec<Occurrence>,
    pub(super) score: u32,
}

/// A history that does not work.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// With these values; how far it came.
    Here(u32),
    /// With any values.
    Always,
}

impl From<Stop> for Verdict {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Here(score) => Self::Score(score),
            Stop::Always => Self::Dead,
        }
    }
}

impl Stream<'_> {
    /// Folds the history; with a clock, every step happens at its time.
    pub(super) fn past(&mut self, records: &Records, clock: Option<Timestamp>) -> Result<Past, Stop> {
        let mut past = Past::default();
        let mut before = beginning(records);
        for turn in &self.plan.turns {
            let moment = match clock {
                Some(clock) => clock,
                None => moment(records, *turn, before).ok_or(Stop::Here(past.score))?,
            };
            before = moment;
            self.take(&mut past, records, *turn, moment)?;
        }
        Ok(past)
    }

    pub(super) fn take(
        &mut self,
        past: &mut Past,
        records: &Records,
        turn: Turn,
        now: Timestamp,
    ) -> Result<(), Stop> {
        self.work += 1;
        let values = self.plan.values(records, turn);
        let events = match self.acting(turn) {
            Some(command) => {
                let moment = self.moment(past.state.clone(), command, values, now);
                self.made(&moment, past.score)?
            }
            None => vec![self.told(turn, values)],
        };
        for event in events {
            let state = evolve(self.world, self.plan.aggregate, past.state.as_ref(), &event);
            past.state =
                Some(state.map_err(|failure| {
                    self.stop(&format!("the event {}", event.event), failure, past.score)
                })?);
            past.events.push(event);
        }
        past.score += STEP;
        Ok(())
    }

    fn told(&self, turn: Turn, fields: Rc<Fields>) -> Occurrence {
        let event = match self.plan.acts[turn.record] {
            Act::Event(at) => self.plan.aggregate.events.get(at).map(|it| it.name.clone()),
            Act::Command(_) => None,
        };
        Occurrence { event: event.unwrap_or_default(), fields: Rc::unwrap_or_clone(fields) }
    }

    /// What a command of the history makes happen.
    fn made(&mut self, moment: &Moment<'_>, score: u32) -> Result<Vec<Occurrence>, Stop> {
        if !moment.allowed() {
            return Err(Stop::Here(score));
        }
        if self.history != History::Any {
            self.obeyed(moment, score)?;
        }
        let produced = moment
            .produced()
            .map_err(|(event, failure)| self.stop(&format!("what makes {event}"), failure, score))?;
        if produced.is_empty() { Err(Stop::Here(score)) } else { Ok(produced) }
    }

    fn obeyed(&mut self, moment: &Moment<'_>, score: u32) -> Result<(), Stop> {
        let mut held = 0;
        for (at, rule) in moment.command.require.iter().enumerate() {
            match moment.rule(at) {
                Ok(holds) => held += u32::from(holds),
                Err(Failure::Unsupported(_)) if self.history == History::Fair => held += 1,
                Err(failure @ Failure::Unsupported(_)) => {
                    return Err(self.stop(&format!("the rule {}", rule.name), failure, score));
                }
                Err(Failure::Fault(_)) => {}
            }
        }
        if held as usize == moment.command.require.len() { Ok(()) } else { Err(Stop::Here(score + held)) }
    }

    pub(super) fn stop(&mut self, place: &str, failure: Failure, score: u32) -> Stop {
        match failure {
            Failure::Fault(_) => Stop::Here(score),
            Failure::Unsupported(what) => {
                self.unknown.get_or_insert_with(|| format!("{place} uses {what}"));
                Stop::Always
            }
        }
    }

    pub(super) fn remembered(&mut self, records: &Records) -> Result<Past, Stop> {
        let last = self.plan.acts.len();
        if let Some((known, past)) = &self.known
            && same(&known[..last], &records[..last])
            && same(&known[last + 1..], &records[last + 1..])
        {
            return past.clone();
        }
        let past = self.past(records, None);
        self.known = Some((records.clone(), past.clone()));
        past
    }
}

/// The moment of the first step, which may lie long before the usual one.
pub(super) fn beginning(records: &Records) -> Timestamp {
    match records.last().and_then(|it| it.first()) {
        Some((_, Sample::Timestamp(first))) => began().min(*first),
        _ => began(),
    }
}

/// Whether records are the same ones; what was cloned and not changed still is.
fn same(left: &[Rc<Fields>], right: &[Rc<Fields>]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| Rc::ptr_eq(left, right))
}
