//! The state of an aggregate: what its events carry, and what `state` adds.

use crate::fields::{FieldAt, Fields, spelled};
use crate::mistakes::Report;
use crate::model::{Bounds, DecimalBounds, StateField, Type};
use crate::raw::RawAggregate;
use crate::resolve::aggregates::EventDraft;

/// The fields of a state.
pub(in crate::resolve) struct StateDraft {
    list: Vec<StateFieldAt>,
    /// Whether all of them could be read.
    pub(in crate::resolve) complete: bool,
}

struct StateFieldAt {
    at: FieldAt,
    /// Whether `state` names it.
    declared: bool,
    /// The event that it was first seen in.
    event: Option<String>,
}

impl StateDraft {
    pub(in crate::resolve) fn get(&self, name: &str) -> Option<&FieldAt> {
        self.list.iter().map(|it| &it.at).find(|field| field.name() == name)
    }

    pub(in crate::resolve) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.list.iter().map(|it| it.at.name())
    }

    pub(super) fn fields(&self) -> Vec<StateField> {
        self.list
            .iter()
            .map(|it| StateField { field: it.at.field.clone(), own: it.declared && it.event.is_none() })
            .collect()
    }

    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.list.iter().any(|it| it.declared && it.at.name() == name)
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut StateFieldAt> {
        self.list.iter_mut().find(|it| it.at.name() == name)
    }
}

/// Unites the fields of the events and those of `state`.
///
/// `beginning` are the events that begin a stream; while they are unknown no field is called optional for lack of one.
pub(super) fn union(
    report: &Report,
    raw: &RawAggregate,
    events: &[EventDraft<'_>],
    own: Fields,
    beginning: Option<&[String]>,
) -> StateDraft {
    let complete = own.complete && events.iter().all(|event| event.fields.complete);
    let mut state = StateDraft { list: Vec::new(), complete };
    for event in events {
        for field in &event.fields.list {
            reserved(report, raw, field);
            carry(report, &mut state, event, field);
        }
    }
    for it in &mut state.list {
        it.at.field.optional = is_optional(events, beginning, &it.at);
    }
    for field in own.list {
        reserved(report, raw, &field);
        add(report, &mut state, field);
    }
    state
}

/// A list starts empty, so it is only optional where an event says so.
fn is_optional(events: &[EventDraft<'_>], beginning: Option<&[String]>, field: &FieldAt) -> bool {
    if field.field.list {
        let mut carried = events.iter().filter_map(|event| event.fields.get(field.name()));
        return carried.any(|field| field.field.optional);
    }
    field.field.default.is_none() && !begins_with(events, beginning, field.name())
}

/// Whether every event that begins a stream carries a field without fail.
fn begins_with(events: &[EventDraft<'_>], beginning: Option<&[String]>, name: &str) -> bool {
    let Some(beginning) = beginning else { return true };
    let mut beginners = events.iter().filter(|event| beginning.iter().any(|it| it == event.name()));
    beginners.all(|event| match event.fields.get(name) {
        Some(field) => !field.field.optional,
        None => !event.fields.complete,
    })
}

/// Where there are states, generated code keeps the state of the life cycle in a field of that name.
fn reserved(report: &Report, raw: &RawAggregate, field: &FieldAt) {
    if field.name() == "state" && !raw.states.is_empty() {
        report
            .mistake(field.name_at, "the field cannot be called `state`: the life-cycle state is")
            .help("say what it is the state of, as in `payment_state`");
    }
}

fn carry(report: &Report, state: &mut StateDraft, event: &EventDraft<'_>, field: &FieldAt) {
    let Some(known) = state.get_mut(field.name()) else {
        let mut at = field.clone();
        at.field.ty = unbounded(&at.field.ty);
        state.list.push(StateFieldAt { at, declared: false, event: Some(event.name().to_owned()) });
        return;
    };
    if !known.at.agrees_with(field) {
        let (here, there) = (spelled(&field.field), spelled(&known.at.field));
        let other = known.event.as_deref().unwrap_or_default();
        report
            .mistake(field.type_at, format!("`{}` is {here} here and {there} in `{other}`", field.name()))
            .help("the state has one field of that name; use the same type or another name");
        return;
    }
    known.at.field.default = known.at.field.default.take().or_else(|| field.field.default.clone());
    known.at.field.unique |= field.field.unique;
    if !known.at.known {
        known.at.known = field.known;
        known.at.field.ty = unbounded(&field.field.ty);
    }
}

/// Adds a field of `state`, or takes over what it says of a field that events carry.
fn add(report: &Report, state: &mut StateDraft, field: FieldAt) {
    let complete = state.complete;
    let name = field.field.name.clone();
    let Some(known) = state.get_mut(&name) else {
        if !field.may_be_left_out() && complete && field.known {
            report
                .mistake(field.name_at, format!("nothing gives `{name}` its first value"))
                .help(format!("give it a default, as in `{name}:Int=0`, or make it optional"));
        }
        let mut at = field;
        at.field.ty = unbounded(&at.field.ty);
        state.list.push(StateFieldAt { at, declared: true, event: None });
        return;
    };
    if !known.at.agrees_with(&field) {
        let other = known.event.as_deref().unwrap_or_default();
        let (here, there) = (spelled(&field.field), spelled(&known.at.field));
        report
            .mistake(field.type_at, format!("`{name}` is {here} here and {there} in `{other}`"))
            .help("leave it out of `state`: the event carries it already");
        return;
    }
    if known.at.field.optional && !field.may_be_left_out() {
        report
            .mistake(field.name_at, format!("`{name}` is required here, but a stream can begin without it"))
            .help("give it a default, or make it optional");
    }
    let has_default = field.field.default.is_some();
    known.declared = true;
    known.at.field.optional = field.field.optional || (known.at.field.optional && !has_default);
    known.at.field.default = field.field.default.or_else(|| known.at.field.default.take());
    known.at.field.unique |= field.field.unique;
    known.at.attributes.extend(field.attributes);
}

/// Bounds hold for what comes in; what is in the state came in before.
fn unbounded(ty: &Type) -> Type {
    match ty {
        Type::Text(_) => Type::Text(Bounds::default()),
        Type::Int(_) => Type::Int(Bounds::default()),
        Type::Decimal(_) => Type::Decimal(DecimalBounds::default()),
        other => other.clone(),
    }
}
