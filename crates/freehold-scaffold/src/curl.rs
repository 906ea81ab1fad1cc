//! Requests that show a new service at work, as lines for a shell.

use freehold_model::{Model, QueryShape};
use serde::Serialize;

use crate::{
    names,
    samples::{Samples, Step, object},
};

/// A request with what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// What it does, as a comment says it.
    pub does: String,
    /// `POST`
    pub method: String,
    /// The path, with `{id}` where the id of what the first example created belongs.
    pub path: String,
    /// The body, as JSON.
    pub body: Option<String>,
    /// With a key, pasting the line twice does it once.
    pub key: Option<String>,
    /// The key of the first example, which the id follows from.
    pub creation_key: String,
    /// The stable name of the aggregate, which the id follows from too.
    pub aggregate: String,
}

/// Up to three: create, go on, list.
pub(crate) fn examples(model: &Model) -> Vec<Example> {
    let samples = Samples::of(model);
    let Some(aggregate) = model.aggregates.first() else { return Vec::new() };
    let stable_name = format!("{}.{}", model.context, aggregate.was.as_ref().unwrap_or(&aggregate.name));
    let commands = aggregate.commands.iter().filter(|command| !command.creates);
    let longest = commands
        .filter_map(|command| samples.drive(&aggregate.name, &command.name, 1))
        .find(|drive| drive.steps.len() == 2);
    let steps = longest
        .map_or_else(|| samples.creating(&aggregate.name, 1).into_iter().collect(), |drive| drive.steps);
    let key = |step: &Step| format!("first-{}", names::kebab(&step.command));
    let creation_key = steps.first().map(key).unwrap_or_default();
    let request = |step: &Step| {
        let command = aggregate.commands.iter().find(|command| command.name == step.command)?;
        Some(Example {
            does: names::sentence(&command.name),
            method: command.route.method.clone(),
            path: command.route.path.clone(),
            body: Some(serde_json::Value::Object(object(&step.fields)).to_string()),
            key: Some(key(step)),
            creation_key: creation_key.clone(),
            aggregate: stable_name.clone(),
        })
    };
    let mut examples: Vec<_> = steps.iter().filter_map(request).collect();
    let queries = model.views.iter().flat_map(|view| &view.queries);
    let list = queries.clone().find(|query| matches!(query.shape, QueryShape::List(_)));
    let by_key = || queries.clone().find(|query| query.route.path.ends_with("/{id}"));
    examples.extend(list.or_else(by_key).map(|query| Example {
        does: names::sentence(&query.name),
        method: query.route.method.clone(),
        path: query.route.path.clone(),
        body: None,
        key: None,
        creation_key: creation_key.clone(),
        aggregate: stable_name.clone(),
    }));
    examples
}
