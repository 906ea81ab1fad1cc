//! The commands, events and rejections of an aggregate, as declarations.

use freehold_model::{Aggregate, Command, Event};
use serde::Serialize;

use super::{Source, fields::FieldData};
use crate::{names, plan::File};

#[derive(Serialize)]
struct CommandsData {
    aggregate: String,
    with_article: String,
    commands: Vec<CommandData>,
    defaults: Vec<(String, String, String)>,
}

#[derive(Serialize)]
struct CommandData {
    doc: String,
    name: String,
    stable_name: Option<String>,
    addressed: &'static str,
    roles: Vec<String>,
    fields: Vec<FieldData>,
    redacted: bool,
}

#[derive(Serialize)]
struct EventsData {
    aggregate: String,
    with_article: String,
    events: Vec<EventData>,
    redacted: bool,
}

#[derive(Serialize)]
struct EventData {
    doc: Option<String>,
    name: String,
    attributes: Vec<String>,
    fields: Vec<FieldData>,
}

#[derive(Serialize)]
struct RejectionsData {
    aggregate: String,
    with_article: String,
    wrong_state: bool,
    rejections: Vec<(String, String)>,
}

impl Source<'_> {
    pub(super) fn commands(&self, aggregate: &Aggregate) -> File {
        let commands: Vec<_> = aggregate.commands.iter().map(|command| self.command(command)).collect();
        let defaults = commands.iter().flat_map(|command| &command.fields).filter_map(|field| {
            let default = field.default.as_ref()?;
            Some((default.function.clone()?, field.ty.clone(), default.expression.clone()))
        });
        let data = CommandsData {
            aggregate: aggregate.name.clone(),
            with_article: names::with_article(&aggregate.name),
            defaults: defaults.collect(),
            commands,
        };
        self.file(beside(aggregate, "commands"), "commands", data)
    }

    fn command(&self, command: &Command) -> CommandData {
        let fields = self.fields(&command.fields, &command.name);
        CommandData {
            doc: Self::describe(&command.description, || format!("{}.", names::sentence(&command.name))),
            name: command.name.clone(),
            stable_name: command.was.clone(),
            addressed: if command.creates { "creates" } else { "on" },
            roles: command.roles.clone(),
            redacted: fields.iter().any(|field| field.mark.is_some()),
            fields,
        }
    }

    pub(super) fn events(&self, aggregate: &Aggregate) -> File {
        let events: Vec<_> = aggregate.events.iter().map(|event| self.event(event)).collect();
        let data = EventsData {
            aggregate: aggregate.name.clone(),
            with_article: names::with_article(&aggregate.name),
            redacted: events.iter().flat_map(|event| &event.fields).any(|field| field.mark.is_some()),
            events,
        };
        self.file(beside(aggregate, "events"), "events", data)
    }

    /// Bounds hold for what enters by a command; an event is a fact, whatever bounds there were when it was recorded.
    fn event(&self, event: &Event) -> EventData {
        let was = event.was.iter().map(|was| format!("was = {was:?}"));
        let flags = [(event.published, "published"), (event.retired, "retired")];
        let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, flag)| flag.to_owned());
        let doc =
            (!event.description.trim().is_empty()).then(|| Self::describe(&event.description, String::new));
        EventData {
            doc,
            name: event.name.clone(),
            attributes: was.chain(flags).collect(),
            fields: self.fields(&event.fields, &event.name),
        }
    }

    pub(super) fn rejections(&self, aggregate: &Aggregate) -> File {
        let rules = aggregate.commands.iter().flat_map(|command| &command.require);
        let mut rejections: Vec<(String, String)> = Vec::new();
        for rule in rules {
            if !rejections.iter().any(|(name, _)| *name == rule.name) {
                rejections.push((rule.name.clone(), names::words(&rule.name)));
            }
        }
        let data = RejectionsData {
            aggregate: aggregate.name.clone(),
            with_article: names::with_article(&aggregate.name),
            wrong_state: has_wrong_state(aggregate),
            rejections,
        };
        self.file(beside(aggregate, "rejections"), "rejections", data)
    }
}

/// The path of a module of an aggregate.
fn beside(aggregate: &Aggregate, module: &str) -> String {
    format!("src/domain/{}/{module}.rs", names::snake(&aggregate.name))
}

/// Whether a command of this aggregate can come in the wrong state.
pub(super) fn has_wrong_state(aggregate: &Aggregate) -> bool {
    !aggregate.states.is_empty() && aggregate.commands.iter().any(|command| command.from.is_some())
}
