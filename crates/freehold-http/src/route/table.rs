//! The table of all routes, checked: nothing that gets past here can make the router panic.

use std::{collections::HashMap, sync::Arc};

use axum::http::Method;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{Group, Mistake, Operation, QueryOperation, Route, RouteError, Routes, Tag, Template};

/// Paths that the service answers itself, each with everything below it.
const OWN: &[&str] = &["docs", "health", "openapi.json", "problems"];

/// All routes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) endpoints: Vec<Arc<Endpoint>>,
    pub(crate) tags: Vec<Tag>,
}

/// A route that has been checked.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Its operation id in the description of the API.
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) template: Template,
    pub(crate) operation: Operation,
    pub(crate) tag: Option<String>,
    pub(crate) platform: bool,
    /// For a creating command, where what it creates is found.
    pub(crate) location: Option<Template>,
}

/// Checks the routes and puts them into a table, or names all mistakes.
pub(crate) fn table(routes: Routes) -> Result<Table, RouteError> {
    let mut table = Table::default();
    let mut mistakes = Vec::new();
    for group in routes.into_groups() {
        if let Some(tag) = &group.tag
            && !table.tags.iter().any(|known| known.name == tag.name)
        {
            table.tags.push(tag.clone());
        }
        for route in &group.routes {
            match endpoint(&group, route) {
                Ok(endpoint) => table.endpoints.push(Arc::new(endpoint)),
                Err(found) => mistakes.extend(found),
            }
        }
    }
    mistakes.extend(clashes(&table.endpoints));
    if mistakes.is_empty() { Ok(with_ids(table)) } else { Err(RouteError { mistakes }) }
}

impl Endpoint {
    /// The context that the operation belongs to: what stands before the dot in the name of its aggregate or view.
    pub(crate) fn context(&self) -> &'static str {
        let full = match &self.operation {
            Operation::Command(command) => command.aggregate,
            Operation::Query(query) => query.view,
        };
        full.split_once('.').map_or(full, |(context, _)| context)
    }
}

fn endpoint(group: &Group, route: &Route) -> Result<Endpoint, Vec<Mistake>> {
    let operation = route.operation.name();
    let template = Template::parse(&group.prefix, &route.at.path).map_err(|problem| {
        let path = format!("{}{}", group.prefix, route.at.path);
        vec![Mistake::Path { operation, path, problem }]
    })?;
    let mistakes = mistakes(&template, route);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let location = match &route.operation {
        Operation::Command(command) if command.creates => location(group),
        _ => None,
    };
    Ok(Endpoint {
        id: operation.to_owned(),
        method: route.at.method.clone(),
        template,
        operation: route.operation.clone(),
        tag: group.tag.as_ref().map(|tag| tag.name.clone()),
        platform: group.platform,
        location,
    })
}

/// Where what a command of the group creates is found: at its query for one row by its id, or below its prefix.
fn location(group: &Group) -> Option<Template> {
    let one = group.routes.iter().find_map(|route| {
        let template = Template::parse(&group.prefix, &route.at.path).ok()?;
        let one = matches!(&route.operation, Operation::Query(query) if query.shape.is_one());
        (one && template.parameters().eq(["id"])).then_some(template)
    });
    one.or_else(|| Template::parse(&group.prefix, "/{id}").ok())
}

fn mistakes(template: &Template, route: &Route) -> Vec<Mistake> {
    let operation = route.operation.name();
    let path = || template.to_string();
    let mut mistakes = Vec::new();
    let first = template.shape();
    let first = first.split('/').nth(1).unwrap_or_default();
    if first.is_empty() || OWN.contains(&first) {
        mistakes.push(Mistake::Reserved { operation, path: path() });
    }
    let has_id = template.parameters().any(|name| name == "id");
    match &route.operation {
        Operation::Command(command) => {
            if route.at.method == Method::GET {
                mistakes.push(Mistake::Method {
                    operation,
                    path: path(),
                    problem: "a command changes something, which GET may not",
                });
            }
            if command.creates && has_id {
                mistakes.push(Mistake::IdOfNothing { operation, path: path() });
            }
            if !command.creates && !has_id {
                mistakes.push(Mistake::MissingId { operation, path: path() });
            }
            mistakes.extend(unknown(template, operation, &["id".to_owned()]));
        }
        Operation::Query(query) => {
            if route.at.method != Method::GET {
                mistakes.push(Mistake::Method {
                    operation,
                    path: path(),
                    problem: "a query is asked with GET",
                });
            }
            mistakes.extend(unknown(template, operation, &fields(query)));
        }
    }
    mistakes
}

fn unknown(template: &Template, operation: &'static str, known: &[String]) -> Vec<Mistake> {
    let unknown = template.parameters().filter(|name| !known.iter().any(|known| known == name));
    let mistake = |name: &str| Mistake::UnknownParameter {
        operation,
        path: template.to_string(),
        parameter: name.to_owned(),
        known: known.join(", "),
    };
    unknown.map(mistake).collect()
}

/// The names of the fields of a query.
fn fields(query: &QueryOperation) -> Vec<String> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = (query.schema)(&mut settings.into_generator());
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.map_or_else(Vec::new, |properties| properties.keys().cloned().collect())
}

fn clashes(endpoints: &[Arc<Endpoint>]) -> Vec<Mistake> {
    let mut places: HashMap<(Method, String), &Endpoint> = HashMap::new();
    let mut operations: HashMap<(&str, &str), &Endpoint> = HashMap::new();
    let mut mistakes = Vec::new();
    for endpoint in endpoints {
        let (operation, path) = (endpoint.operation.name(), endpoint.template.to_string());
        if let Some(first) = operations.insert((endpoint.context(), operation), endpoint) {
            let first = first.template.to_string();
            mistakes.push(Mistake::Twice { operation, first, second: path });
        } else if let Some(first) =
            places.insert((endpoint.method.clone(), endpoint.template.shape()), endpoint)
        {
            let (first, method) = (first.operation.name(), endpoint.method.to_string());
            mistakes.push(Mistake::Clash { method, path, first, second: operation });
        }
    }
    mistakes
}

/// Two contexts may use one name; where they do, the name of the context tells them apart.
fn with_ids(mut table: Table) -> Table {
    let mut uses: HashMap<String, usize> = HashMap::new();
    for endpoint in &table.endpoints {
        *uses.entry(endpoint.id.clone()).or_default() += 1;
    }
    for endpoint in &mut table.endpoints {
        if uses[&endpoint.id] > 1 {
            let id = format!("{}_{}", endpoint.context(), endpoint.id);
            Arc::make_mut(endpoint).id = id;
        }
    }
    table
}
