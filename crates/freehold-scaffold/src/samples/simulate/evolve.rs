//! Folds an event into the state of an aggregate.

use super::super::case::Occurrence;
use super::super::generate::default_of;
use super::super::interpret::{Failure, Scope, evaluate};
use super::super::sample::{Fields, Sample, field};
use super::super::world::{World, event};
use freehold_model::{Aggregate, Event};
use std::rc::Rc;

/// The name under which rules read the life-cycle state.
const LIFECYCLE: &str = "state";

/// The state of a stream that exists. It is cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct State {
    /// Its fields, and the life-cycle state as `state`.
    pub(in super::super) fields: Rc<Fields>,
    /// The life-cycle state, of an aggregate that has one.
    pub(in super::super) lifecycle: Option<String>,
}

/// The state after an event; `None` before is a stream that does not exist yet.
pub(in super::super) fn evolve(
    world: &World,
    aggregate: &Aggregate,
    before: Option<&State>,
    occurrence: &Occurrence,
) -> Result<State, Failure> {
    let Some(event) = event(aggregate, &occurrence.event) else {
        return Err(Failure::unsupported(format!("the event {}", occurrence.event)));
    };
    let mut fields = before.map_or_else(|| initial(world, aggregate), |state| (*state.fields).clone());
    if before.is_none() {
        carry(&mut fields, event, occurrence, |_| true);
    }
    set(world, event, &mut fields, occurrence)?;
    if before.is_some() {
        carry(&mut fields, event, occurrence, |name| event.set.iter().all(|(set, _)| set != name));
    }
    let lifecycle = event.to.clone().or_else(|| before.and_then(|state| state.lifecycle.clone()));
    Ok(finished(aggregate, fields, lifecycle))
}

fn initial(world: &World, aggregate: &Aggregate) -> Fields {
    let start = |field| default_of(world, field).unwrap_or(Sample::Null);
    aggregate.state.iter().map(|it| (it.field.name.clone(), start(&it.field))).collect()
}

/// Takes over the fields that the event carries under the names of the state.
fn carry(fields: &mut Fields, event: &Event, occurrence: &Occurrence, wanted: impl Fn(&str) -> bool) {
    for carried in event.fields.iter().filter(|it| wanted(&it.name)) {
        if let Some(sample) = field(&occurrence.fields, &carried.name) {
            put(fields, &carried.name, sample.clone());
        }
    }
}

/// Each `set` reads what was there before all of them.
fn set(world: &World, event: &Event, fields: &mut Fields, occurrence: &Occurrence) -> Result<(), Failure> {
    if event.set.is_empty() {
        return Ok(());
    }
    let carried = Rc::new(occurrence.fields.clone());
    let myself = Rc::new(fields.clone());
    for (name, expression) in &event.set {
        let mut scope = Scope::new(&world.model).record("self", &myself).record("event", &carried);
        let value = evaluate(&expression.tree, &mut scope)?;
        let sample = value.into_sample().ok_or_else(|| Failure::unsupported(format!("what sets {name}")))?;
        put(fields, name, sample);
    }
    Ok(())
}

fn put(fields: &mut Fields, name: &str, sample: Sample) {
    if let Some((_, old)) = fields.iter_mut().find(|(known, _)| known == name) {
        *old = sample;
    }
}

fn finished(aggregate: &Aggregate, mut fields: Fields, lifecycle: Option<String>) -> State {
    if let Some(variant) = lifecycle.clone() {
        let state = Sample::State { aggregate: aggregate.name.clone(), variant };
        if field(&fields, LIFECYCLE).is_some() {
            put(&mut fields, LIFECYCLE, state);
        } else {
            fields.push((LIFECYCLE.to_owned(), state));
        }
    }
    State { fields: Rc::new(fields), lifecycle }
}
