//! What the expressions of an aggregate see.

use crate::expressions::{Root, Scope};
use crate::fields::Fields;
use crate::resolve::aggregates::AggregateDraft;
use crate::resolve::aggregates::draft::{CommandDraft, EventDraft};

/// `self`, `command` and `now`; no `self` while the stream does not exist.
pub(super) fn command(draft: &AggregateDraft<'_>, command: &CommandDraft<'_>) -> Scope {
    let mut roots = Vec::new();
    if !command.raw.creates {
        roots.push(state(draft));
    }
    roots.push(fields("command", &command.fields));
    roots.push(Root::any("now"));
    Scope::new(roots)
        .without("self", "a creating command begins the stream; there is no state before it")
        .without("event", "the event does not exist before the decision; `command` does")
}

/// `self` and `event`; no `self` for an event that begins the stream.
pub(super) fn event(draft: &AggregateDraft<'_>, event: &EventDraft<'_>) -> Scope {
    let mut roots = Vec::new();
    if !draft.begins(event) {
        roots.push(state(draft));
    }
    roots.push(fields("event", &event.fields));
    Scope::new(roots)
        .without("self", "this event begins the stream; there is no state before it")
        .without("now", "an event carries its own moments, so that history always reads the same")
        .without("command", "what the state needs of the command must be in the event")
}

fn state(draft: &AggregateDraft<'_>) -> Root {
    if !draft.state.complete {
        return Root::any("self");
    }
    let life_cycle = (!draft.raw.states.is_empty()).then_some("state");
    Root::with("self", draft.state.names().chain(life_cycle))
}

/// A root with the fields of something, as far as they are known.
pub(in crate::resolve) fn fields(name: &str, fields: &Fields) -> Root {
    if fields.complete { Root::with(name, fields.names()) } else { Root::any(name) }
}
