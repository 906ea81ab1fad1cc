//! Resolves aggregates in two steps: a draft that views can look at, then the rest.

mod begins;
mod draft;
mod lifecycle;
mod marks;
pub(super) mod scopes;
mod sources;
mod state;
mod unique;

pub(super) use draft::{AggregateDraft, EventDraft, draft};

use crate::expressions::{self, Scope};
use crate::fields::Types;
use crate::mistakes::Report;
use crate::model::{Aggregate, Command, Emission, Event, Expression, Route, Rule};
use crate::nearest::did_you_mean;
use crate::raw::{RawEmission, RawModel};
use crate::resolve::aggregates::draft::CommandDraft;
use crate::resolve::values::rules;
use crate::source::{Text, Word};

/// Resolves what a draft leaves open.
pub(super) fn finish(types: &Types<'_>, raw: &RawModel, draft: &AggregateDraft<'_>) -> Aggregate {
    let report = types.report;
    emitted_events(report, raw, draft);
    lifecycle::check(report, draft);
    marks::check(report, draft);
    Aggregate {
        name: draft.name().to_owned(),
        description: draft.raw.named.description.clone(),
        was: draft.raw.named.was_name(),
        states: draft.states(),
        final_states: lifecycle::final_states(draft),
        unique: unique::sets(report, draft),
        snapshot_every: snapshot_every(report, draft),
        state: draft.state.fields(),
        commands: draft.commands.iter().map(|command| finish_command(report, draft, command)).collect(),
        events: draft.events.iter().map(|event| finish_event(report, draft, event)).collect(),
    }
}

fn snapshot_every(report: &Report, draft: &AggregateDraft<'_>) -> Option<u32> {
    let (every, at) = draft.raw.snapshot_every?;
    let valid = u32::try_from(every).ok().filter(|every| *every > 0);
    if valid.is_none() {
        report
            .mistake(at, format!("a snapshot cannot be taken every {every} events"))
            .help("say how many events lie between two snapshots, as in `snapshot_every = 100`");
    }
    valid
}

fn finish_command(report: &Report, draft: &AggregateDraft<'_>, command: &CommandDraft<'_>) -> Command {
    let raw = command.raw;
    let scope = scopes::command(draft, command);
    if !raw.roles.said {
        report
            .warning(raw.named.name.span, format!("nobody may send `{}`", command.name()))
            .help("say who may, as in `roles = [\"dispatcher\"]`; `roles = []` says that nobody is meant to");
    }
    Command {
        name: command.name().to_owned(),
        description: raw.named.description.clone(),
        was: raw.named.was_name(),
        creates: raw.creates,
        from: lifecycle::from(command),
        require: command_rules(report, command, &scope),
        emits: emissions(report, draft, command, &scope),
        fields: command.fields.clone().into_fields(),
        roles: raw.roles.list.clone(),
        route: Route { method: String::new(), path: String::new() },
    }
}

fn command_rules(report: &Report, command: &CommandDraft<'_>, scope: &Scope) -> Vec<Rule> {
    for (name, _) in command.raw.require.iter().filter(|(name, _)| name.value == "WrongState") {
        report
            .mistake(name.span, "the rejection cannot be called `WrongState`: there is one of that name")
            .help("`from` rejects with it already; choose another name");
    }
    rules(report, &command.raw.require, scope)
}

fn emissions(
    report: &Report,
    draft: &AggregateDraft<'_>,
    command: &CommandDraft<'_>,
    scope: &Scope,
) -> Vec<Emission> {
    let with = sources::with(report, draft, command, scope);
    let emission = |raw: &RawEmission| {
        let event = draft.event(&raw.event.value)?;
        Some(Emission {
            event: event.name().to_owned(),
            when: raw.when.as_ref().and_then(|when| expressions::parse(report, when, scope)),
            fields: sources::of_event(report, draft, command, &raw.event, event, &with),
        })
    };
    command.raw.emits.iter().filter_map(emission).collect()
}

fn finish_event(report: &Report, draft: &AggregateDraft<'_>, event: &EventDraft<'_>) -> Event {
    let raw = event.raw;
    Event {
        name: event.name().to_owned(),
        description: raw.named.description.clone(),
        was: raw.named.was_name(),
        to: raw.to.as_ref().map(|to| to.value.clone()),
        published: raw.published,
        retired: raw.retired,
        creates: draft.begins(event),
        fields: event.fields.clone().into_fields(),
        set: sets(report, draft, event),
    }
}

fn sets(report: &Report, draft: &AggregateDraft<'_>, event: &EventDraft<'_>) -> Vec<(String, Expression)> {
    let scope = scopes::event(draft, event);
    let set = |(field, text): &(Word, Text)| {
        state_field(report, draft, field)?;
        Some((field.value.clone(), expressions::parse(report, text, &scope)?))
    };
    event.raw.set.iter().filter_map(set).collect()
}

/// Reports a `set` for what is no field of the state.
fn state_field(report: &Report, draft: &AggregateDraft<'_>, field: &Word) -> Option<()> {
    if draft.state.get(&field.value).is_some() {
        return Some(());
    }
    if field.value == "state" && !draft.raw.states.is_empty() {
        report.mistake(field.span, "the life-cycle state is not set").help("say `to = \"…\"` on the event");
    } else if draft.state.complete {
        report
            .mistake(field.span, format!("the state of `{}` has no field `{}`", draft.name(), field.value))
            .help(format!("add it, as in `state = \"{}:Int=0\"`", field.value));
    }
    None
}

/// Reports emissions of events that do not exist, and events that nothing emits.
fn emitted_events(report: &Report, raw: &RawModel, draft: &AggregateDraft<'_>) {
    let emissions =
        draft.commands.iter().flat_map(|command| command.raw.emits.iter().map(move |it| (command, it)));
    for (command, emission) in emissions {
        match draft.event(&emission.event.value) {
            None => unknown_event(report, raw, draft, &emission.event),
            Some(event) if event.raw.retired => report
                .mistake(emission.event.span, format!("`{}` is retired: it can only be read", event.name()))
                .help(format!("emit another event from `{}`, or take `retired` away", command.name())),
            Some(_) => {}
        }
    }
    if !draft.emissions_known {
        return;
    }
    for event in draft.events.iter().filter(|event| !event.raw.retired && !draft.is_emitted(event)) {
        report
            .mistake(event.raw.named.name.span, format!("no command emits `{}`", event.name()))
            .help("name it in the `emits` of a command, or say `retired = true` if it is only read");
    }
}

fn unknown_event(report: &Report, raw: &RawModel, draft: &AggregateDraft<'_>, word: &Word) {
    let owner = raw
        .aggregates
        .iter()
        .find(|aggregate| aggregate.events.iter().any(|event| event.named.name.value == word.value));
    let name = draft.name();
    if let Some(owner) = owner {
        let message = format!("`{}` is an event of `{}`", word.value, owner.named.name.value);
        report.mistake(word.span, message).help(format!("a command of `{name}` emits events of `{name}`"));
        return;
    }
    report
        .mistake(word.span, format!("`{name}` has no event `{}`", word.value))
        .help(did_you_mean(&word.value, draft.events.iter().map(EventDraft::name)));
}
