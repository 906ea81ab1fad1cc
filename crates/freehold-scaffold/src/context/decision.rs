//! The decisions of an aggregate: what must hold, and what then happens.

use std::collections::HashMap;

use freehold_model::{Aggregate, Command, Emission, Event, Expression, Source as FieldSource};
use serde::Serialize;

use super::Source;
use crate::expressions::{Access, Root, fields, fit};
use crate::rust;

/// One decision.
#[derive(Serialize)]
pub(super) struct DecisionData {
    command: String,
    creates: bool,
    command_name: &'static str,
    now_name: &'static str,
    statements: Vec<String>,
    result: String,
}

impl Source<'_> {
    pub(super) fn decision(&self, aggregate: &Aggregate, command: &Command) -> DecisionData {
        let statements = Self::requirements(aggregate, command);
        let result = self.result(aggregate, command);
        let text = format!("{}\n{result}", statements.join("\n"));
        let mentions =
            |name: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
        DecisionData {
            command: command.name.clone(),
            creates: command.creates,
            command_name: if mentions("command") { "command" } else { "_command" },
            now_name: if mentions("now") { "now" } else { "_now" },
            statements,
            result,
        }
    }

    fn requirements(aggregate: &Aggregate, command: &Command) -> Vec<String> {
        let states = command.from.iter().filter(|_| !aggregate.states.is_empty()).map(|from| {
            let states: Vec<_> =
                from.iter().map(|state| format!("{}State::{state}", aggregate.name)).collect();
            format!("self.must_be(&[{}])?;", states.join(", "))
        });
        let roots = Self::decision_roots(aggregate, command);
        let rules = command.require.iter().map(|rule| {
            format!("ensure({}, {}Rejection::{})?;", fit(&rule.expression, &roots), aggregate.name, rule.name)
        });
        states.chain(rules).collect()
    }

    fn decision_roots(aggregate: &Aggregate, command: &Command) -> Vec<Root> {
        let mut of_state = Self::copies(aggregate.state.iter().map(|state| &state.field));
        of_state.insert("state".into(), true);
        vec![
            Root { name: "self", access: Access::Place("self"), copies: of_state },
            Root { name: "command", access: Access::Place("command"), copies: Self::copies(&command.fields) },
        ]
    }

    /// `Ok(event.into())`, or the chain of what happens under which condition.
    fn result(&self, aggregate: &Aggregate, command: &Command) -> String {
        let uses = uses(command);
        let roots = Self::decision_roots(aggregate, command);
        let mut emissions = command.emits.iter().filter_map(|emission| {
            let event = aggregate.events.iter().find(|event| event.name == emission.event)?;
            Some((emission, self.occurrence(aggregate, command, emission, event, &uses)))
        });
        if let [emission] = command.emits.as_slice()
            && emission.when.is_none()
            && let Some((_, event)) = emissions.next()
        {
            return format!("Ok({event}.into())");
        }
        let chain = emissions.map(|(emission, event)| match &emission.when {
            None => format!(".and({event})"),
            Some(when) => format!(".and_when({}, || {event})", fit(when, &roots)),
        });
        format!("Ok(Events::none(){})", chain.collect::<String>())
    }

    /// The event with all of its fields.
    fn occurrence(
        &self,
        aggregate: &Aggregate,
        command: &Command,
        emission: &Emission,
        event: &Event,
        uses: &HashMap<String, usize>,
    ) -> String {
        let path = format!("{}Event::{}", aggregate.name, event.name);
        let roots = Self::decision_roots(aggregate, command);
        let values = emission.fields.iter().filter_map(|(name, source)| {
            let to = event.fields.iter().find(|field| field.name == *name)?;
            let value = match source {
                FieldSource::Command => {
                    let from = command.fields.iter().find(|field| field.name == *name)?;
                    let moved = rust::is_copy(from) || uses.get(name) == Some(&1);
                    let value =
                        if moved { format!("command.{name}") } else { format!("command.{name}.clone()") };
                    Self::converted(value, from, to)
                }
                FieldSource::State => {
                    let from = &aggregate.state.iter().find(|state| state.field.name == *name)?.field;
                    let copy = rust::is_copy(from);
                    let value = if copy { format!("self.{name}") } else { format!("self.{name}.clone()") };
                    Self::converted(value, from, to)
                }
                FieldSource::Now if to.optional => "Some(now)".to_owned(),
                FieldSource::Now => "now".to_owned(),
                FieldSource::With(expression) => fit(expression, &roots),
                FieldSource::Absent => self.types.default_of(to),
            };
            Some(if value == *name { value } else { format!("{name}: {value}") })
        });
        let values: Vec<_> = values.collect();
        if values.is_empty() { path } else { format!("{path} {{ {} }}", values.join(", ")) }
    }
}

/// How often what a command makes happen needs each of its fields.
fn uses(command: &Command) -> HashMap<String, usize> {
    let mut uses = HashMap::new();
    let mut count = |name: &str| *uses.entry(name.to_owned()).or_insert(0) += 1;
    for emission in &command.emits {
        let mut mentioned =
            |expression: &Expression| fields(expression, "command").for_each(|name| count(&name));
        emission.when.iter().for_each(&mut mentioned);
        for (name, source) in &emission.fields {
            match source {
                FieldSource::Command => count(name),
                FieldSource::With(expression) => fields(expression, "command").for_each(|name| count(&name)),
                _ => {}
            }
        }
    }
    uses
}
