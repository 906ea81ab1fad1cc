//! Where an event's fields take their values from when a command emits it.

use crate::expressions::{self, Scope};
use crate::fields::{FieldAt, spelled};
use crate::mistakes::Report;
use crate::model::{Expression, Source, Type};
use crate::nearest::{did_you_mean, listed};
use crate::resolve::aggregates::draft::CommandDraft;
use crate::resolve::aggregates::{AggregateDraft, EventDraft};
use crate::source::Word;

/// The entries of `with`; an expression that is wrong has been reported and is `None`.
pub(super) struct With(Vec<(String, Option<Expression>)>);

/// Reads `with`, and reports entries that no emitted event has a field for.
pub(super) fn with(
    report: &Report,
    draft: &AggregateDraft<'_>,
    command: &CommandDraft<'_>,
    scope: &Scope,
) -> With {
    let emits = &command.raw.emits;
    let events: Vec<&EventDraft<'_>> = emits.iter().filter_map(|it| draft.event(&it.event.value)).collect();
    let known = !command.raw.emits_broken && events.len() == emits.len();
    let mut entries = Vec::new();
    for (field, text) in &command.raw.with {
        let complete = events.iter().all(|event| event.fields.complete);
        if known && complete && events.iter().all(|event| event.fields.get(&field.value).is_none()) {
            let names: Vec<&str> = events.iter().flat_map(|event| event.fields.names()).collect();
            report
                .mistake(
                    field.span,
                    format!("no event that `{}` emits has a field `{}`", command.name(), field.value),
                )
                .help(did_you_mean(&field.value, names.iter().copied()));
        }
        entries.push((field.value.clone(), expressions::parse(report, text, scope)));
    }
    With(entries)
}

/// One source for each field of an event; reports fields that nothing supplies.
pub(super) fn of_event(
    report: &Report,
    draft: &AggregateDraft<'_>,
    command: &CommandDraft<'_>,
    word: &Word,
    event: &EventDraft<'_>,
    with: &With,
) -> Vec<(String, Source)> {
    let emission = Emitted { report, draft, command, event, with };
    let mut sources = Vec::new();
    let mut missing = Vec::new();
    for field in &event.fields.list {
        match emission.source(field) {
            Found::Source(source) => sources.push((field.name().to_owned(), source)),
            Found::Reported => {}
            Found::Nothing => missing.push(field),
        }
    }
    emission.missing(word, &missing);
    sources
}

struct Emitted<'a> {
    report: &'a Report,
    draft: &'a AggregateDraft<'a>,
    command: &'a CommandDraft<'a>,
    event: &'a EventDraft<'a>,
    with: &'a With,
}

#[expect(clippy::large_enum_variant, reason = "it lives for one call")]
enum Found {
    Source(Source),
    Reported,
    Nothing,
}

impl Emitted<'_> {
    fn source(&self, field: &FieldAt) -> Found {
        let name = field.name();
        if let Some((_, expression)) = self.with.0.iter().find(|(with, _)| with == name) {
            return expression.clone().map_or(Found::Reported, |it| Found::Source(Source::With(it)));
        }
        if let Some(carried) = self.command.fields.get(name) {
            return self.by_command(field, carried);
        }
        if !self.command.fields.complete || !field.known {
            return Found::Reported;
        }
        let kept = self.draft.state.get(name).filter(|_| !self.command.raw.creates);
        if let Some(kept) = kept.filter(|_| self.draft.has_for(self.event, field)) {
            return self.by_state(field, kept);
        }
        if matches!(field.field.ty, Type::Timestamp) && !field.field.list && field.known {
            return Found::Source(Source::Now);
        }
        if kept.is_some() && field.may_be_left_out() {
            return Found::Source(Source::State);
        }
        if field.may_be_left_out() { Found::Source(Source::Absent) } else { Found::Nothing }
    }

    fn by_command(&self, field: &FieldAt, carried: &FieldAt) -> Found {
        let (name, event) = (field.name(), self.event.name());
        if !carried.agrees_with(field) {
            let (here, there) = (spelled(&carried.field), spelled(&field.field));
            self.report
                .mistake(carried.type_at, format!("`{name}` is {here} here and {there} in `{event}`"))
                .help(format!(
                    "use the same type, or say how one becomes the other: `with = {{ {name} = \"…\" }}`"
                ));
            return Found::Reported;
        }
        if carried.field.optional && !field.field.optional {
            self.report
                .mistake(carried.name_at, format!("`{name}` is optional here and required in `{event}`"))
                .help(format!(
                    "make it optional in the event, or say what stands in for it: `with = {{ {name} = \"…\" }}`"
                ));
            return Found::Reported;
        }
        Found::Source(Source::Command)
    }

    fn by_state(&self, field: &FieldAt, kept: &FieldAt) -> Found {
        let name = field.name();
        if kept.field.optional && !field.field.optional {
            let instead = if matches!(field.field.ty, Type::Timestamp) { "now" } else { "…" };
            self.report
                .mistake(
                    field.name_at,
                    format!("`{}` takes `{name}` from the state, where it may be missing", self.command.name()),
                )
                .help(format!(
                    "make it optional in the event, give the command a field `{name}`, or say `with = {{ {name} = \"{instead}\" }}`"
                ));
            return Found::Reported;
        }
        Found::Source(Source::State)
    }

    fn missing(&self, word: &Word, fields: &[&FieldAt]) {
        let [first, ..] = fields else { return };
        let names: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name())).collect();
        let (command, event) = (self.command.name(), self.event.name());
        let list = listed(&names);
        let state =
            if self.command.raw.creates { ", and before the first event there is no state" } else { "" };
        let field = format!("{}:{}", first.name(), spelled(&first.field));
        self.report.mistake(word.span, format!("nothing supplies {list} of `{event}`{state}")).help(format!(
            "give `{command}` a field `{field}`, or say `with = {{ {} = \"…\" }}`, or make it optional in the event",
            first.name()
        ));
    }
}
