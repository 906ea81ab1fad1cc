//! The tests of a context from the outside: over HTTP, on SQLite, as several tenants.

use freehold_model::{Aggregate, Command, Field, Query, QueryShape, Tenancy, View, ViewKey};
use serde::Serialize;
use serde_json::Value;

use super::{Gap, Source, queries::told, views::key_fields};
use crate::{
    names,
    plan::File,
    samples::{Drive, Fields, Sample, Step, field, object},
    service::roles,
};

#[derive(Serialize)]
struct HttpTests {
    context: String,
    roles: Vec<String>,
    tenants: bool,
    views: Vec<ViewTest>,
    refusals: Vec<RefusalTest>,
    races: Vec<RaceTest>,
    /// The bodies of commands: the name of each one's function, and the JSON.
    bodies: Vec<(String, String)>,
}

#[derive(Serialize)]
struct ViewTest {
    name: String,
    title: String,
    /// The function that brings about what the view shows.
    drive: String,
    steps: Vec<StepData>,
    asks: Vec<Ask>,
    /// What another tenant sees nothing of, by id and as lists.
    by_id: Option<String>,
    lists: Vec<String>,
    /// What is visible of the row.
    expected: String,
}

#[derive(Clone, Serialize)]
struct StepData {
    method: String,
    path: String,
    body: String,
}

#[derive(Serialize)]
struct Ask {
    path: String,
    uses_id: bool,
    parameters: Vec<(String, String)>,
    page: bool,
    /// What is told of the row, if that is not all that is visible of it.
    told: Option<String>,
}

#[derive(Serialize)]
struct RefusalTest {
    name: String,
    step: StepData,
    invalid: Option<(String, String)>,
}

#[derive(Serialize)]
struct RaceTest {
    name: String,
    first: StepData,
    rival: StepData,
    bystander: StepData,
}

impl Source<'_> {
    pub(super) fn http_tests(&self, gaps: &mut Vec<Gap>) -> Option<File> {
        let model = self.model;
        let mut bodies = Bodies::default();
        let views = model.views.iter().filter(|view| !view.queries.is_empty());
        let views = views.filter_map(|view| {
            let test = self.view_test(view, &mut bodies);
            if test.is_none() {
                gaps.push(Gap(format!(
                    "`{}`: no test over HTTP, since nobody may ask, or no commands that somebody may send were found to lead to a row",
                    view.name
                )));
            }
            test
        });
        let views: Vec<_> = views.collect();
        let refusals: Vec<_> =
            model.aggregates.iter().filter_map(|it| self.refusal_test(it, &mut bodies)).collect();
        let races: Vec<_> = model.aggregates.iter().flat_map(|it| self.race_tests(it, &mut bodies)).collect();
        let data = HttpTests {
            context: names::snake(&model.context),
            roles: roles(model),
            tenants: model.tenancy == Tenancy::Required,
            views,
            refusals,
            races,
            bodies: bodies.0.into_iter().map(|(name, body)| (name, block(&body, 4))).collect(),
        };
        let any = !data.views.is_empty() || !data.refusals.is_empty() || !data.races.is_empty();
        any.then(|| self.test_file("http", "test_http", data))
    }

    /// A view is shown by the shortest way that leads to a row of it.
    fn view_test(&self, view: &View, bodies: &mut Bodies) -> Option<ViewTest> {
        let (aggregate, drive, row) = self.shortest(view)?;
        // A query that names no role is for nobody, and so it is for no test.
        let queries = view.queries.iter().filter(|query| !query.roles.is_empty());
        let asks: Vec<_> = queries
            .filter_map(|query| {
                ask(view, query, &row).map(|ask| Ask { told: excerpt(view, query, &row), ..ask })
            })
            .collect();
        if asks.is_empty() {
            return None;
        }
        let by_id =
            asks.iter().find(|ask| ask.uses_id && ask.path.ends_with("/{id}")).map(|ask| ask.path.clone());
        let lists =
            asks.iter().filter(|ask| ask.page && ask.parameters.is_empty()).map(|ask| ask.path.clone());
        Some(ViewTest {
            name: names::snake(&view.name),
            title: names::words(&view.name),
            drive: format!("drive_{}", names::snake(&view.name)),
            steps: drive.steps.iter().filter_map(|step| bodies.step(aggregate, step)).collect(),
            lists: lists.collect(),
            by_id,
            asks,
            expected: block(&json(&visible(view, &row)), 4),
        })
    }

    fn shortest(&self, view: &View) -> Option<(&Aggregate, Drive, Fields)> {
        let id = Sample::Null;
        let aggregates =
            view.of.iter().filter_map(|of| self.model.aggregates.iter().find(|it| it.name == *of));
        let mut found: Vec<_> = aggregates
            .flat_map(|aggregate| aggregate.commands.iter().map(move |command| (aggregate, command)))
            .filter_map(|(aggregate, command)| {
                let may_be_sent = |step: &Step| {
                    aggregate.commands.iter().any(|it| it.name == step.command && !it.roles.is_empty())
                };
                let drive = self.samples.drive(&aggregate.name, &command.name, 1)?;
                let row = self.samples.rows(&view.name, &aggregate.name, &id, &drive.events)?.pop()?;
                drive.steps.iter().all(may_be_sent).then_some((aggregate, drive, row))
            })
            .collect();
        found.sort_by_key(|(_, drive, _)| drive.steps.len());
        found.into_iter().next()
    }

    /// The first creating command of an aggregate: without a role, and with something wrong in it.
    fn refusal_test(&self, aggregate: &Aggregate, bodies: &mut Bodies) -> Option<RefusalTest> {
        let step = self.samples.creating(&aggregate.name, 1)?;
        let refused = self.samples.refused_commands(&aggregate.name, &step.command).into_iter().next();
        let step_data = bodies.step(aggregate, &step)?;
        let invalid = refused.map(|refused| {
            let body =
                bodies.named(&format!("invalid_{}", names::snake(&step.command)), json(&refused.fields));
            (body, format!("/{}", refused.path.join("/")))
        });
        Some(RefusalTest { name: names::snake(&step.command), step: step_data, invalid })
    }

    fn race_tests(&self, aggregate: &Aggregate, bodies: &mut Bodies) -> Vec<RaceTest> {
        let tests = aggregate.unique.iter().filter_map(|set| {
            let pair = self.samples.unique(&aggregate.name, &set.fields)?;
            Some(RaceTest {
                name: format!("{}_{}", names::snake(&aggregate.name), set.fields.join("_and_")),
                first: bodies.step(aggregate, &pair.first)?,
                rival: bodies.step(aggregate, &pair.rival)?,
                // Another one in every respect, so that no other set of unique fields is in the way.
                bystander: bodies.step(aggregate, &self.samples.creating(&aggregate.name, 3)?)?,
            })
        });
        tests.collect()
    }
}

/// The bodies that tests send, each with the name of the function that makes it.
#[derive(Default)]
struct Bodies(Vec<(String, Value)>);

impl Bodies {
    /// A step, with the call of the function that makes its body.
    fn step(&mut self, aggregate: &Aggregate, step: &Step) -> Option<StepData> {
        let named = |command: &&Command| command.name == step.command && !command.roles.is_empty();
        let command = aggregate.commands.iter().find(named)?;
        let body = self.named(&names::snake(&step.command), json(&step.fields));
        Some(StepData { method: command.route.method.clone(), path: command.route.path.clone(), body })
    }

    /// The call of the function that makes a body: `book_shipment()`, `book_shipment_2()`.
    fn named(&mut self, base: &str, body: Value) -> String {
        if let Some((name, _)) = self.0.iter().find(|(name, known)| *known == body && name.starts_with(base))
        {
            return format!("{name}()");
        }
        let numbered = |count: usize| if count == 1 { base.to_owned() } else { format!("{base}_{count}") };
        let name =
            (1..=self.0.len() + 1).map(numbered).find(|name| self.0.iter().all(|(known, _)| known != name));
        let name = name.unwrap_or_default();
        self.0.push((name.clone(), body));
        format!("{name}()")
    }
}

fn json(fields: &Fields) -> Value {
    Value::Object(object(fields))
}

/// JSON over several lines, the first of which stands behind so many spaces.
fn block(value: &Value, indent: usize) -> String {
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    // A value of JSON has a form in JSON.
    let _ = value.serialize(&mut serializer);
    String::from_utf8_lossy(&text).replace('\n', &format!("\n{}", " ".repeat(indent)))
}

/// A query that the row answers.
fn ask(view: &View, query: &Query, row: &Fields) -> Option<Ask> {
    match &query.shape {
        QueryShape::ByKey if view.key == ViewKey::Stream => Some(Ask {
            path: query.route.path.clone(),
            uses_id: true,
            parameters: Vec::new(),
            page: false,
            told: None,
        }),
        QueryShape::ByKey => {
            let mut path = query.route.path.clone();
            for name in key_fields(view) {
                path = path.replace(&format!("{{{name}}}"), &encoded(&text(field(row, &name)?)?));
            }
            Some(Ask { path, uses_id: false, parameters: Vec::new(), page: false, told: None })
        }
        QueryShape::ByFields(fields) => {
            let parameters = fields.iter().map(|name| Some((name.clone(), text(field(row, name)?)?)));
            let parameters = parameters.collect::<Option<_>>()?;
            Some(Ask { path: query.route.path.clone(), uses_id: false, parameters, page: false, told: None })
        }
        QueryShape::List(list) => {
            let value = |name: &String| text(field(row, name)?);
            let equal =
                list.filter.iter().chain(&list.one_of).filter_map(|name| Some((name.clone(), value(name)?)));
            let within =
                list.range.iter().filter_map(|name| Some((name, value(name)?))).flat_map(|(name, value)| {
                    ["from", "to"].map(|end| (format!("{name}.{end}"), value.clone()))
                });
            let parameters = equal.chain(within).collect();
            Some(Ask { path: query.route.path.clone(), uses_id: false, parameters, page: true, told: None })
        }
    }
}

/// What a list tells of the row, if that is not all that is visible of it.
fn excerpt(view: &View, query: &Query, row: &Fields) -> Option<String> {
    let names = told(view, query)?;
    let told: Fields = visible(view, row).into_iter().filter(|(name, _)| names.contains(name)).collect();
    Some(block(&json(&told), 4))
}

/// What can be foretold of a row: not its id.
fn visible(view: &View, row: &Fields) -> Fields {
    let declared = |name: &str| view.fields.iter().any(|field: &Field| field.name == name);
    row.iter().filter(|(name, _)| declared(name)).cloned().collect()
}

/// A sample as it stands in a URL, before encoding.
fn text(sample: &Sample) -> Option<String> {
    match sample.to_json() {
        Value::String(text) => Some(text),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A segment of a path.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
