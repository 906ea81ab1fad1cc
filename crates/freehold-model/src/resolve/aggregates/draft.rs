//! What is known of an aggregate before its expressions are read: fields, state, and which events begin it.

use crate::fields::{self, FieldAt, Fields, Owner, Types};
use crate::model::Type;
use crate::raw::{RawAggregate, RawCommand, RawEvent, RawFields};
use crate::resolve::aggregates::state::StateDraft;
use crate::resolve::aggregates::{begins, marks, state};

/// An aggregate whose fields are resolved.
pub(in crate::resolve) struct AggregateDraft<'a> {
    pub(in crate::resolve) raw: &'a RawAggregate,
    pub(in crate::resolve) commands: Vec<CommandDraft<'a>>,
    pub(in crate::resolve) events: Vec<EventDraft<'a>>,
    pub(in crate::resolve) state: StateDraft,
    /// The events that begin a stream; `None` when that cannot be told, which has been reported.
    pub(in crate::resolve) beginning: Option<Vec<String>>,
    /// Whether every emission of every command could be read and names an event.
    pub(in crate::resolve) emissions_known: bool,
}

/// A command whose fields are resolved.
pub(in crate::resolve) struct CommandDraft<'a> {
    pub(in crate::resolve) raw: &'a RawCommand,
    pub(in crate::resolve) fields: Fields,
}

/// An event whose fields are resolved.
pub(in crate::resolve) struct EventDraft<'a> {
    pub(in crate::resolve) raw: &'a RawEvent,
    pub(in crate::resolve) fields: Fields,
}

impl CommandDraft<'_> {
    pub(in crate::resolve) fn name(&self) -> &str {
        &self.raw.named.name.value
    }
}

impl EventDraft<'_> {
    pub(in crate::resolve) fn name(&self) -> &str {
        &self.raw.named.name.value
    }
}

impl<'a> AggregateDraft<'a> {
    pub(in crate::resolve) fn name(&self) -> &str {
        &self.raw.named.name.value
    }

    pub(in crate::resolve) fn event(&self, name: &str) -> Option<&EventDraft<'a>> {
        self.events.iter().find(|event| event.name() == name)
    }

    pub(in crate::resolve) fn begins(&self, event: &EventDraft<'_>) -> bool {
        let names = self.beginning.as_deref().unwrap_or_default();
        names.iter().any(|name| name == event.name())
    }

    /// Whether the state has a field from elsewhere than this very event, so that the event can take it from there.
    ///
    /// Where the state may lack a moment, the first event of the file that carries it is the one that it is the moment
    /// of; the others repeat it.
    pub(in crate::resolve) fn has_for(&self, event: &EventDraft<'_>, field: &FieldAt) -> bool {
        let name = field.name();
        let mut carriers = self.events.iter().filter(|other| other.fields.get(name).is_some());
        let may_lack = self.state.get(name).is_some_and(|kept| kept.field.optional);
        if may_lack && matches!(field.field.ty, Type::Timestamp) {
            return carriers.next().is_some_and(|first| first.name() != event.name());
        }
        self.state.is_declared(name) || carriers.any(|other| other.name() != event.name())
    }

    pub(in crate::resolve) fn is_emitted(&self, event: &EventDraft<'_>) -> bool {
        self.commands.iter().flat_map(|command| &command.raw.emits).any(|it| it.event.value == event.name())
    }

    pub(in crate::resolve) fn states(&self) -> Vec<String> {
        self.raw.states.iter().map(|state| state.value.clone()).collect()
    }
}

/// Resolves the fields of an aggregate.
pub(in crate::resolve) fn draft<'a>(types: &Types<'_>, raw: &'a RawAggregate) -> AggregateDraft<'a> {
    let read = |raw: &RawFields, owner: Owner| fields::read(raw, owner, types);
    let mut commands: Vec<CommandDraft<'a>> = Vec::new();
    for raw in &raw.commands {
        commands.push(CommandDraft { fields: read(&raw.fields, Owner::Command), raw });
    }
    let mut events: Vec<EventDraft<'a>> = Vec::new();
    for raw in &raw.events {
        events.push(EventDraft { fields: read(&raw.fields, Owner::Event), raw });
    }
    let mut own = read(&raw.state, Owner::State);
    marks::spread(&mut commands, &mut events, &mut own);
    let emissions_known = emissions_known(raw, &events);
    let beginning = begins::beginning(types.report, raw, &events);
    let state = state::union(types.report, raw, &events, own, beginning.as_deref());
    AggregateDraft { raw, commands, events, state, beginning, emissions_known }
}

fn emissions_known(raw: &RawAggregate, events: &[EventDraft<'_>]) -> bool {
    let known = |name: &str| events.iter().any(|event| event.name() == name);
    !raw.named.broken
        && raw.commands.iter().all(|command| {
            !command.emits_broken && command.emits.iter().all(|emission| known(&emission.event.value))
        })
}
