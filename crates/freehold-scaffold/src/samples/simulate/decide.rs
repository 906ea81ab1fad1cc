//! Decides a command against a state.

use super::super::case::Occurrence;
use super::super::generate::default_of;
use super::super::interpret::{Failure, Scope, Value, evaluate, holds};
use super::super::sample::{Fields, Sample, field};
use super::super::world::{World, event};
use super::evolve::State;
use freehold_model::{Aggregate, Command, Emission, Source};
use jiff::Timestamp;
use std::rc::Rc;

/// What a decision looks at.
pub(in super::super) struct Moment<'a> {
    pub(in super::super) world: &'a World,
    pub(in super::super) aggregate: &'a Aggregate,
    /// `None` for a command that creates.
    pub(in super::super) state: Option<State>,
    pub(in super::super) command: &'a Command,
    pub(in super::super) fields: Rc<Fields>,
    pub(in super::super) now: Timestamp,
}

/// What becomes of a command.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Decision {
    /// It makes these events happen.
    Accepted(Vec<Occurrence>),
    /// The life cycle does not allow it now.
    WrongState,
    /// The rule at this place does not hold.
    Rejected(usize),
    /// Something in it cannot be evaluated; where, as part of a sentence, and why.
    Unknown(String, Failure),
}

/// The life cycle first, then the rules in their order, then what follows.
pub(in super::super) fn decide(moment: &Moment<'_>) -> Decision {
    if !moment.allowed() {
        return Decision::WrongState;
    }
    for (at, rule) in moment.command.require.iter().enumerate() {
        match moment.rule(at) {
            Ok(true) => {}
            Ok(false) => return Decision::Rejected(at),
            Err(failure) => return Decision::Unknown(format!("the rule {}", rule.name), failure),
        }
    }
    match moment.produced() {
        Ok(events) => Decision::Accepted(events),
        Err((event, failure)) => Decision::Unknown(format!("what makes {event}"), failure),
    }
}

impl<'a> Moment<'a> {
    /// Whether the command is accepted in the state of the life cycle.
    pub(in super::super) fn allowed(&self) -> bool {
        let (Some(from), Some(state)) = (&self.command.from, &self.state) else {
            return true;
        };
        state.lifecycle.as_ref().is_none_or(|lifecycle| from.contains(lifecycle))
    }

    /// What rules can name.
    pub(in super::super) fn scope(&self) -> Scope<'a> {
        let scope = Scope::new(&self.world.model)
            .record("command", &self.fields)
            .with("now", Value::Sample(Sample::Timestamp(self.now)));
        match &self.state {
            Some(state) => scope.record("self", &state.fields),
            None => scope,
        }
    }

    /// Whether a rule of the command holds.
    pub(in super::super) fn rule(&self, at: usize) -> Result<bool, Failure> {
        match self.command.require.get(at) {
            Some(rule) => holds(&rule.expression.tree, &mut self.scope()),
            None => Ok(true),
        }
    }

    /// The events that follow when no rule is in the way; a failure with the event that it concerns.
    pub(in super::super) fn produced(&self) -> Result<Vec<Occurrence>, (String, Failure)> {
        let mut events = Vec::new();
        for emission in &self.command.emits {
            let happens = match &emission.when {
                Some(when) => holds(&when.tree, &mut self.scope()),
                None => Ok(true),
            };
            let occurrence =
                happens.and_then(|happens| happens.then(|| self.occurrence(emission)).transpose());
            events.extend(occurrence.map_err(|failure| (emission.event.clone(), failure))?);
        }
        Ok(events)
    }

    fn occurrence(&self, emission: &Emission) -> Result<Occurrence, Failure> {
        let fields = emission.fields.iter().map(|(name, source)| {
            let sample = self.sourced(&emission.event, name, source)?;
            Ok((name.clone(), sample))
        });
        Ok(Occurrence { event: emission.event.clone(), fields: fields.collect::<Result<_, Failure>>()? })
    }

    fn sourced(&self, event_name: &str, name: &str, source: &Source) -> Result<Sample, Failure> {
        let missing = || Failure::unsupported(format!("the field {name}"));
        match source {
            Source::Command => field(&self.fields, name).cloned().ok_or_else(missing),
            Source::State => {
                self.state.as_ref().and_then(|state| field(&state.fields, name)).cloned().ok_or_else(missing)
            }
            Source::Now => Ok(Sample::Timestamp(self.now)),
            Source::With(expression) => {
                evaluate(&expression.tree, &mut self.scope())?.into_sample().ok_or_else(missing)
            }
            Source::Absent => {
                let field = event(self.aggregate, event_name)
                    .and_then(|it| it.fields.iter().find(|f| f.name == *name));
                field.and_then(|field| default_of(self.world, field)).ok_or_else(missing)
            }
        }
    }
}
