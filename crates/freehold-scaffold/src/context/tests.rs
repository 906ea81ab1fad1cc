//! The tests of a context: decisions by given, when, then, and what each value refuses.

use freehold_model::{Aggregate, Command, Event, Field, Type, ValueShape};
use serde::Serialize;

use super::{Source, events::has_wrong_state, literals::Literals};
use crate::{
    names,
    plan::File,
    samples::{Case, CommandCases, Fields, Occurrence, Reason, Refused, RefusedCommand, Sample},
};

/// A case that no test could be made for, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap(pub String);

#[derive(Serialize)]
struct AggregateTests {
    aggregate: String,
    with_article: String,
    tests: Vec<TestData>,
    snapshots: Option<SnapshotTest>,
    histories: Vec<(String, String)>,
}

/// The test that a state from a snapshot is the state from the events.
#[derive(Serialize)]
struct SnapshotTest {
    name: String,
    given: String,
}

#[derive(Serialize)]
struct TestData {
    name: String,
    given: String,
    when: String,
    then: String,
}

#[derive(Serialize)]
struct ValueTests {
    tests: Vec<ValueTest>,
}

#[derive(Serialize)]
struct ValueTest {
    name: String,
    accepted: String,
    refused: Vec<(String, String)>,
}

#[derive(Serialize)]
struct SamplesData {
    functions: Vec<(String, String, String)>,
}

#[derive(Serialize)]
struct MainData {
    description: String,
    aggregates: Vec<String>,
    has_http: bool,
    has_values: bool,
    has_samples: bool,
}

impl Source<'_> {
    /// The test files, and the cases that no test could be made for.
    pub(super) fn tests(&self) -> (Vec<File>, Vec<Gap>) {
        let literals = Literals::of(self);
        let mut gaps = Vec::new();
        let mut files = Vec::new();
        for aggregate in &self.model.aggregates {
            files.push(self.aggregate_tests(aggregate, &literals, &mut gaps));
        }
        let values = self.value_tests(&literals);
        let has_values = !values.tests.is_empty();
        if has_values {
            files.push(self.test_file("values", "test_values", values));
        }
        let http = self.http_tests(&mut gaps);
        let has_http = http.is_some();
        files.extend(http);
        let functions = literals.functions();
        let has_samples = !functions.is_empty();
        if has_samples {
            files.push(self.test_file("samples", "test_samples", SamplesData { functions }));
        }
        let main = MainData {
            description: Self::describe(&self.model.description, || {
                format!("{}.", names::title(&self.model.context))
            }),
            aggregates: self.model.aggregates.iter().map(|it| names::snake(&it.name)).collect(),
            has_http,
            has_values,
            has_samples,
        };
        files.push(self.test_file("main", "test_main", main));
        (files, gaps)
    }

    pub(super) fn test_file(&self, name: &str, template: &str, data: impl Serialize) -> File {
        self.file(format!("tests/it/{name}.rs"), template, data)
    }

    fn aggregate_tests(
        &self,
        aggregate: &Aggregate,
        literals: &Literals<'_, '_>,
        gaps: &mut Vec<Gap>,
    ) -> File {
        let mut writer = Writer { source: self, aggregate, literals, histories: Vec::new() };
        let mut tests = Vec::new();
        let cases = self.samples.cases(&aggregate.name);
        for cases in &cases {
            gaps.extend(cases.skipped.iter().map(|skipped| gap(&cases.command, skipped)));
            tests.extend(writer.command(cases));
        }
        let snapshots = writer.snapshots(&cases);
        let histories =
            writer.histories.into_iter().map(|(name, _, expression)| (name, expression)).collect();
        let data = AggregateTests {
            aggregate: aggregate.name.clone(),
            with_article: names::with_article(&aggregate.name),
            tests,
            snapshots,
            histories,
        };
        self.test_file(&names::snake(&aggregate.name), "test_aggregate", data)
    }

    fn value_tests(&self, literals: &Literals<'_, '_>) -> ValueTests {
        let tests = self.model.values.iter().filter_map(|value| {
            let accepted = self.samples.value(&value.name, 1)?;
            let refused = self.samples.refused_values(&value.name);
            let refused = refused.iter().filter(|refused| is_own(value, refused)).filter_map(|refused| {
                Some((broken(refused), constructed(&value.name, &refused.sample, literals)?))
            });
            Some(ValueTest {
                name: names::snake(&value.name),
                accepted: constructed(&value.name, &accepted, literals)?,
                refused: refused.collect(),
            })
        });
        ValueTests { tests: tests.collect() }
    }
}

fn gap(command: &str, skipped: &crate::samples::Skipped) -> Gap {
    let what = skipped
        .rejection
        .as_ref()
        .map_or("being accepted".to_owned(), |name| format!("the rejection `{name}`"));
    Gap(format!("`{command}`: no test of {what}, since {}", skipped.reason))
}

/// Whether it is this value that refuses, and not one within it, which has tests of its own, or a type that cannot be
/// built wrong.
fn is_own(value: &freehold_model::Value, refused: &Refused) -> bool {
    let within =
        |field: &Field| refused.path.first() == Some(&field.name) && matches!(field.ty, Type::Value(_));
    match &value.shape {
        ValueShape::Composite { fields } => refused.reason != Reason::Malformed && !fields.iter().any(within),
        ValueShape::Newtype { .. } => refused.reason != Reason::Malformed,
    }
}

/// How a refusal is told from others: by its rule, or by the path of what is wrong.
fn broken(refused: &Refused) -> String {
    match &refused.reason {
        Reason::Rule(rule) if refused.path.is_empty() => format!(".breaks({rule:?})"),
        _ => format!(".concerns({:?})", refused.path.join(".")),
    }
}

/// The call of the constructor of a value, unless the mistake cannot be written in Rust at all.
fn constructed(value: &str, sample: &Sample, literals: &Literals<'_, '_>) -> Option<String> {
    match sample {
        Sample::Newtype { inner, .. } => Some(literals.newtype_call(value, inner)),
        Sample::Composite { fields, .. } => {
            Some(format!("{value}::new({})", literals.composite_fields(value, fields)))
        }
        _ => None,
    }
}

/// Writes the tests of one aggregate.
struct Writer<'s, 'm> {
    source: &'s Source<'m>,
    aggregate: &'s Aggregate,
    literals: &'s Literals<'s, 'm>,
    /// The events of histories that have a function: its name, the event, and the expression.
    histories: Vec<(String, Occurrence, String)>,
}

impl Writer<'_, '_> {
    fn command(&mut self, cases: &CommandCases) -> Vec<TestData> {
        let Some(command) = self.aggregate.commands.iter().find(|command| command.name == cases.command)
        else {
            return Vec::new();
        };
        let name = names::snake(&command.name);
        let mut tests = Vec::new();
        if let Some(case) = &cases.accepted {
            let events: Vec<_> = case.produced.iter().map(|it| self.occurrence(it)).collect();
            let then = if events.is_empty() {
                "then_nothing()".into()
            } else {
                format!("then([{}])", events.join(", "))
            };
            tests.push(self.test(format!("{name}_is_accepted"), command, case, then));
        }
        for (rejection, case) in
            cases.rejections.iter().filter_map(|(name, case)| Some((name, case.as_ref()?)))
        {
            let then = format!("then_rejected({}Rejection::{rejection})", self.aggregate.name);
            tests.push(self.test(
                format!("{name}_is_rejected_as_{}", names::snake(rejection)),
                command,
                case,
                then,
            ));
        }
        if has_wrong_state(self.aggregate)
            && let Some(from) = &command.from
        {
            for wrong in &cases.wrong_state {
                let test = format!("{name}_is_rejected_when_{}", names::snake(&wrong.state));
                tests.push(self.test(test, command, &wrong.case, self.wrong_state(&wrong.state, from)));
            }
        }
        for refused in self.source.samples.refused_commands(&self.aggregate.name, &command.name) {
            tests.extend(self.invalid(&name, command, &refused, cases));
        }
        tests
    }

    fn wrong_state(&self, state: &str, from: &[String]) -> String {
        let name = &self.aggregate.name;
        let allowed: Vec<_> = from.iter().map(|state| format!("{name}State::{state}")).collect();
        format!(
            "then_rejected({name}Rejection::WrongState {{ state: {name}State::{state}, allowed: &[{}] }})",
            allowed.join(", ")
        )
    }

    /// A command whose field breaks its bounds. What the types alone refuse is a matter of the HTTP tests.
    fn invalid(
        &mut self,
        name: &str,
        command: &Command,
        refused: &RefusedCommand,
        cases: &CommandCases,
    ) -> Option<TestData> {
        let by_bounds = matches!(
            refused.reason,
            Reason::TooShort | Reason::TooLong | Reason::BelowMin | Reason::AboveMax
        );
        let [field] = refused.path.as_slice() else { return None };
        let bounded = command.fields.iter().any(|it| it.name == *field && !matches!(it.ty, Type::Value(_)));
        let list = command.fields.iter().any(|it| it.name == *field && it.list);
        if !by_bounds || !bounded || list {
            return None;
        }
        let reason = names::snake(&format!("{:?}", refused.reason));
        let history = cases.accepted.as_ref().map_or_else(Vec::new, |case| case.history.clone());
        let case = Case { history, command: refused.fields.clone(), produced: Vec::new() };
        let then = format!("then_invalid({field:?})");
        Some(self.test(format!("{name}_is_refused_with_{field}_{reason}"), command, &case, then))
    }

    fn test(&mut self, name: String, command: &Command, case: &Case, then: String) -> TestData {
        let given: Vec<_> = case.history.iter().map(|occurrence| self.history(occurrence)).collect();
        TestData { name, given: given.join(", "), when: self.written(command, &case.command), then }
    }

    /// A test over the longest history that was found.
    fn snapshots(&mut self, cases: &[CommandCases]) -> Option<SnapshotTest> {
        self.aggregate.snapshot_every?;
        let accepted = cases.iter().filter_map(|cases| cases.accepted.as_ref());
        let accepted = accepted.map(|case| case.history.iter().chain(&case.produced).collect::<Vec<_>>());
        let others = cases.iter().flat_map(|cases| &cases.wrong_state);
        let others = others.map(|wrong| wrong.case.history.iter().collect());
        let longest = accepted.chain(others).max_by_key(Vec::len)?;
        let given: Vec<_> = longest.into_iter().map(|occurrence| self.history(occurrence)).collect();
        let name = format!("{}_from_a_snapshot_is_as_from_its_events", names::snake(&self.aggregate.name));
        (!given.is_empty()).then(|| SnapshotTest { name, given: given.join(", ") })
    }

    fn written(&self, command: &Command, fields: &Fields) -> String {
        format!("{} {{ {} }}", command.name, self.literals.fields(&command.fields, fields))
    }

    /// An event of a history, as a call of its function: `shipment_booked()`.
    fn history(&mut self, occurrence: &Occurrence) -> String {
        if let Some((name, ..)) = self.histories.iter().find(|(_, known, _)| known == occurrence) {
            return format!("{name}()");
        }
        let count = self.histories.iter().filter(|(_, known, _)| known.event == occurrence.event).count();
        let base = names::snake(&occurrence.event);
        let name = if count == 0 { base } else { format!("{base}_{}", count + 1) };
        let expression = self.occurrence(occurrence);
        self.histories.push((name.clone(), occurrence.clone(), expression));
        format!("{name}()")
    }

    fn occurrence(&self, occurrence: &Occurrence) -> String {
        let path = format!("{}Event::{}", self.aggregate.name, occurrence.event);
        let event: Option<&Event> = self.aggregate.events.iter().find(|event| event.name == occurrence.event);
        let fields =
            event.map(|event| self.literals.fields(&event.fields, &occurrence.fields)).unwrap_or_default();
        if fields.is_empty() { path } else { format!("{path} {{ {fields} }}") }
    }
}
