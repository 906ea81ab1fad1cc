//! Samples: values, the expressions of rules, the cases of commands, and the ways that commands take.

mod cases;
mod drives;
mod expressions;
mod refusals;
mod values;

use freehold_model::Model;
use freehold_scaffold::samples::{Case, CommandCases, Occurrence, Sample, Samples, field};

/// The model in a text that is one.
fn model(text: &str) -> Model {
    freehold_model::read("models/test.toml", text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn shipping() -> Model {
    model(include_str!("../../../../../models/shipping.toml"))
}

fn broker_account() -> Model {
    model(include_str!("../../../../../models/broker_account.toml"))
}

/// Dates, money, options, lists, nested composites, patterns, counters, and a rule that nobody can evaluate.
fn loans() -> Model {
    model(include_str!("loans.toml"))
}

/// Rules over sums and counts, some of which nothing can break.
fn orders() -> Model {
    model(include_str!("orders.toml"))
}

fn cases_of(model: &Model, aggregate: &str, command: &str) -> CommandCases {
    let cases = Samples::of(model).cases(aggregate);
    cases.into_iter().find(|it| it.command == command).unwrap_or_else(|| panic!("no cases of {command}"))
}

fn rejected<'a>(cases: &'a CommandCases, rejection: &str) -> &'a Case {
    let found = cases.rejections.iter().find(|(name, _)| name == rejection);
    found
        .and_then(|(_, case)| case.as_ref())
        .unwrap_or_else(|| panic!("no case of {rejection}: {:?}", cases.skipped))
}

fn get<'a>(fields: &'a [(String, Sample)], name: &str) -> &'a Sample {
    field(fields, name).unwrap_or_else(|| panic!("no field {name} in {fields:?}"))
}

fn names(events: &[Occurrence]) -> Vec<&str> {
    events.iter().map(|it| it.event.as_str()).collect()
}
