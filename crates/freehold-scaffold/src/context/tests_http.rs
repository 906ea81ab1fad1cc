//! The tests of a context from the outside: over HTTP, on SQLite, as several tenants.

use freehold_model::{Aggregate, Field, Query, QueryShape, Tenancy, View, ViewKey};
use serde::Serialize;
use serde_json::Value;

use super::{Gap, Source, views::key_fields};
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
    expected: Option<String>,
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
    pub(super) fn http_tests(&self, gaps: &mut Vec<Gap>) -> File {
        let model = self.model;
        let views = model.views.iter().filter(|view| !view.queries.is_empty());
        let views = views.filter_map(|view| {
            let test = self.view_test(view);
            if test.is_none() {
                gaps.push(Gap(format!("`{}`: no test over HTTP, since no commands were found that lead to a row", view.name)));
            }
            test
        });
        let data = HttpTests {
            context: names::snake(&model.context),
            roles: roles(model),
            tenants: model.tenancy == Tenancy::Required,
            views: views.collect(),
            refusals: model.aggregates.iter().filter_map(|aggregate| self.refusal_test(aggregate)).collect(),
            races: model.aggregates.iter().flat_map(|aggregate| self.race_tests(aggregate)).collect(),
        };
        self.test_file("http", "test_http", data)
    }

    /// A view is shown by the shortest way that leads to a row of it.
    fn view_test(&self, view: &View) -> Option<ViewTest> {
        let (aggregate, drive, row) = self.shortest(view)?;
        let asks: Vec<_> = view.queries.iter().filter_map(|query| ask(view, query, &row)).collect();
        let by_id = asks.iter().find(|ask| ask.uses_id && ask.path.ends_with("/{id}")).map(|ask| ask.path.clone());
        let lists = asks.iter().filter(|ask| ask.page && ask.parameters.is_empty()).map(|ask| ask.path.clone());
        Some(ViewTest {
            name: names::snake(&view.name),
            title: names::words(&view.name),
            drive: format!("drive_{}", names::snake(&view.name)),
            steps: drive.steps.iter().filter_map(|step| step_data(aggregate, step)).collect(),
            lists: lists.collect(),
            by_id,
            asks,
        })
    }

    fn shortest(&self, view: &View) -> Option<(&Aggregate, Drive, Fields)> {
        let id = Sample::Null;
        let aggregates = view.of.iter().filter_map(|of| self.model.aggregates.iter().find(|it| it.name == *of));
        let mut found: Vec<_> = aggregates
            .flat_map(|aggregate| aggregate.commands.iter().map(move |command| (aggregate, command)))
            .filter_map(|(aggregate, command)| {
                let drive = self.samples.drive(&aggregate.name, &command.name, 1)?;
                let row = self.samples.rows(&view.name, &aggregate.name, &id, &drive.events)?.pop()?;
                Some((aggregate, drive, row))
            })
            .collect();
        found.sort_by_key(|(_, drive, _)| drive.steps.len());
        found.into_iter().next()
    }

    /// The first creating command of an aggregate: without a role, and with something wrong in it.
    fn refusal_test(&self, aggregate: &Aggregate) -> Option<RefusalTest> {
        let step = self.samples.creating(&aggregate.name, 1)?;
        let refused = self.samples.refused_commands(&aggregate.name, &step.command).into_iter().next();
        let invalid = refused.map(|refused| (json(&refused.fields), format!("/{}", refused.path.join("/"))));
        Some(RefusalTest { name: names::snake(&step.command), step: step_data(aggregate, &step)?, invalid })
    }

    fn race_tests(&self, aggregate: &Aggregate) -> Vec<RaceTest> {
        let tests = aggregate.unique.iter().filter_map(|set| {
            let pair = self.samples.unique(&aggregate.name, &set.fields)?;
            Some(RaceTest {
                name: format!("{}_{}", names::snake(&aggregate.name), set.fields.join("_and_")),
                first: step_data(aggregate, &pair.first)?,
                rival: step_data(aggregate, &pair.rival)?,
                // Another one in every respect, so that no other set of unique fields is in the way.
                bystander: step_data(aggregate, &self.samples.creating(&aggregate.name, 3)?)?,
            })
        });
        tests.collect()
    }
}

fn step_data(aggregate: &Aggregate, step: &Step) -> Option<StepData> {
    let command = aggregate.commands.iter().find(|command| command.name == step.command)?;
    Some(StepData {
        method: command.route.method.clone(),
        path: command.route.path.clone(),
        body: json(&step.fields),
    })
}

fn json(fields: &Fields) -> String {
    Value::Object(object(fields)).to_string()
}

/// A query that the row answers.
fn ask(view: &View, query: &Query, row: &Fields) -> Option<Ask> {
    let expected = Some(json(&visible(view, row)));
    match &query.shape {
        QueryShape::ByKey if view.key == ViewKey::Stream => Some(Ask {
            path: query.route.path.clone(),
            uses_id: true,
            parameters: Vec::new(),
            page: false,
            expected,
        }),
        QueryShape::ByKey => {
            let mut path = query.route.path.clone();
            for name in key_fields(view) {
                path = path.replace(&format!("{{{name}}}"), &encoded(&text(field(row, &name)?)?));
            }
            Some(Ask { path, uses_id: false, parameters: Vec::new(), page: false, expected })
        }
        QueryShape::ByFields(fields) => {
            let parameters = fields.iter().map(|name| Some((name.clone(), text(field(row, name)?)?)));
            let parameters = parameters.collect::<Option<_>>()?;
            Some(Ask { path: query.route.path.clone(), uses_id: false, parameters, page: false, expected })
        }
        QueryShape::List { filter, .. } => {
            let parameters = filter.iter().filter_map(|name| Some((name.clone(), text(field(row, name)?)?)));
            let parameters = parameters.collect();
            Some(Ask { path: query.route.path.clone(), uses_id: false, parameters, page: true, expected })
        }
    }
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
