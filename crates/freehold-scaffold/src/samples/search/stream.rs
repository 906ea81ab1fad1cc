//! How close the records of a plan come to what is wanted of its last command.

use super::super::case::{Case, Occurrence, Step};
use super::super::clock::{any_time, began, now};
use super::super::interpret::{Failure, Sight, evaluate};
use super::super::sample::{Fields, Sample};
use super::super::simulate::{Decision, Moment, State, decide, evolve};
use super::super::world::{World, event};
use super::plan::{Plan, Turn};
use super::routes::Act;
use super::solve::{Goal, Verdict};
use super::variables::Records;
use freehold_model::Command;
use jiff::Timestamp;
use std::rc::Rc;

/// What is wanted of the last command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Wish {
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
pub(in super::super) enum History {
    /// Facts that need not have come from commands.
    Any,
    /// Facts that commands could have made, as far as their rules can be evaluated.
    Fair,
    /// Facts that commands certainly make, at whatever time they are sent.
    Sent,
}

/// One step is worth more than all rules of it.
const STEP: u32 = 1_000;

/// No search looks at more than this many comparisons.
const MOST_SIGHTS: usize = 48;

/// What is wanted, and what was found out on the way.
pub(in super::super) struct Stream<'a> {
    world: &'a World,
    plan: &'a Plan<'a>,
    wish: Wish,
    history: History,
    /// When the last command is decided.
    decided: Timestamp,
    /// Why the wish cannot be told, in the words of [`Skipped`](super::super::case::Skipped).
    pub(in super::super) unknown: Option<String>,
    known: Option<(Records, Result<Past, Stop>)>,
    /// How many steps the last judgement looked at.
    work: usize,
}

/// A history that has been folded.
#[derive(Clone, Debug)]
struct Past {
    state: Option<State>,
    events: Vec<Occurrence>,
    score: u32,
}

/// A history that does not work.
#[derive(Clone, Copy, Debug)]
enum Stop {
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

impl<'a> Stream<'a> {
    pub(in super::super) fn new(world: &'a World, plan: &'a Plan<'a>, wish: Wish, history: History) -> Self {
        Self { world, plan, wish, history, decided: now(), unknown: None, known: None, work: 0 }
    }

    /// The same, with the last command at another moment.
    #[must_use]
    pub(in super::super) fn at(mut self, decided: Timestamp) -> Self {
        self.decided = decided;
        self
    }

    /// The records as a test case.
    pub(in super::super) fn case(&mut self, records: &Records) -> Option<Case> {
        let past = self.past(records, None).ok()?;
        let moment = self.last(records, past.state, now());
        let produced = match decide(&moment) {
            Decision::Accepted(events) => events,
            _ => Vec::new(),
        };
        Some(Case { history: past.events, command: Fields::clone(self.plan.command(records)), produced })
    }

    /// The records as commands, with all that they make happen.
    pub(in super::super) fn steps(&mut self, records: &Records) -> Option<(Vec<Step>, Vec<Occurrence>)> {
        let past = self.past(records, Some(now())).ok()?;
        let moment = self.last(records, past.state, now());
        let Decision::Accepted(produced) = decide(&moment) else {
            return None;
        };
        let mut steps = Vec::new();
        for turn in &self.plan.turns {
            let command = self.acting(*turn)?;
            steps.push(Step { command: command.name.clone(), fields: Rc::unwrap_or_clone(self.plan.values(records, *turn)) });
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

    fn moment(&self, state: Option<State>, command: &'a Command, fields: Rc<Fields>, now: Timestamp) -> Moment<'a> {
        let (world, aggregate) = (self.world, self.plan.aggregate);
        Moment { world, aggregate, state, command, fields, now }
    }

    /// Folds the history; with a clock, every step happens at its time.
    fn past(&mut self, records: &Records, clock: Option<Timestamp>) -> Result<Past, Stop> {
        let mut past = Past { state: None, events: Vec::new(), score: 0 };
        let mut before = beginning(records);
        for turn in &self.plan.turns {
            let moment = match clock {
                Some(clock) => clock,
                None => self.plan.moment(records, *turn, before).ok_or(Stop::Here(past.score))?,
            };
            before = moment;
            self.take(&mut past, records, *turn, moment)?;
        }
        Ok(past)
    }

    fn take(&mut self, past: &mut Past, records: &Records, turn: Turn, now: Timestamp) -> Result<(), Stop> {
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
            past.state = Some(state.map_err(|failure| self.stop(&format!("the event {}", event.event), failure, past.score))?);
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

    fn stop(&mut self, place: &str, failure: Failure, score: u32) -> Stop {
        match failure {
            Failure::Fault(_) => Stop::Here(score),
            Failure::Unsupported(what) => {
                self.unknown.get_or_insert_with(|| format!("{place} uses {what}"));
                Stop::Always
            }
        }
    }

    fn remembered(&mut self, records: &Records) -> Result<Past, Stop> {
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

    fn judged(&mut self, past: Result<Past, Stop>, records: &Records, now: Timestamp) -> Verdict {
        let past = match past {
            Ok(past) => past,
            Err(stop) => return stop.into(),
        };
        let moment = self.last(records, past.state, now);
        match self.wish.clone() {
            Wish::WrongState(state) => {
                let there = moment.state.as_ref().and_then(|it| it.lifecycle.as_deref()) == Some(state.as_str());
                if there && !moment.allowed() { Verdict::Met } else { Verdict::Score(past.score) }
            }
            _ if !moment.allowed() => Verdict::Score(past.score),
            Wish::Accepted => self.accepted(&moment, None, past.score),
            Wish::LeadsTo(state) => self.accepted(&moment, Some(state.as_deref()), past.score),
            Wish::Rejected(rule) => self.rejected(&moment, rule, past.score),
        }
    }

    fn accepted(&mut self, moment: &Moment<'_>, end: Option<Option<&str>>, score: u32) -> Verdict {
        let rules = moment.command.require.len();
        let held = match self.held(moment, rules, None, score) {
            Ok(held) => held,
            Err(stop) => return stop.into(),
        };
        if (held as usize) < rules {
            return Verdict::Score(score + 1 + held);
        }
        match moment.produced() {
            Ok(events) if events.is_empty() && !moment.command.emits.is_empty() => Verdict::Score(score + 1 + held),
            Ok(events) => match end {
                Some(end) if self.end(moment, &events).as_deref() != end => Verdict::Score(score + 2 + held),
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
    fn held(&mut self, moment: &Moment<'_>, rules: usize, broken: Option<usize>, score: u32) -> Result<u32, Stop> {
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

    /// What the rules see that stand in the way, or should.
    fn watched(&self, moment: &Moment<'_>, rules: usize) -> Vec<Sight> {
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
        sights.truncate(MOST_SIGHTS);
        sights
    }

    /// What the first step sees that does not work.
    fn stumbled(&mut self, records: &Records) -> Vec<Sight> {
        let mut past = Past { state: None, events: Vec::new(), score: 0 };
        let mut before = beginning(records);
        for turn in &self.plan.turns {
            let now = self.plan.moment(records, *turn, before).unwrap_or(before);
            before = now;
            let state = past.state.clone();
            if self.take(&mut past, records, *turn, now).is_err() {
                let values = self.plan.values(records, *turn);
                let step = self.acting(*turn).map(|command| self.moment(state, command, values, now));
                return step.map(|it| self.watched(&it, usize::MAX)).unwrap_or_default();
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
        match self.remembered(records) {
            Ok(past) => self.watched(&self.last(records, past.state, self.decided), self.rules()),
            Err(_) => self.stumbled(records),
        }
    }

    fn cost(&self) -> usize {
        self.work
    }
}

/// The moment of the first step, which may lie long before the usual one.
fn beginning(records: &Records) -> Timestamp {
    match records.last().and_then(|it| it.first()) {
        Some((_, Sample::Timestamp(first))) => began().min(*first),
        _ => began(),
    }
}

/// Whether records are the same ones; what was cloned and not changed still is.
fn same(left: &[Rc<Fields>], right: &[Rc<Fields>]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| Rc::ptr_eq(left, right))
}
