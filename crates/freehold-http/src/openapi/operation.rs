//! One operation of the description.

use heck::ToSnakeCase;
use serde_json::{Value, json};

use super::{parameters, responses, schemas::Schemas};
use crate::{
    problem::rejection_type,
    route::{CommandOperation, Endpoint, Operation, QueryOperation, Template},
};

/// Describes the operation of an endpoint; its path is that of the template.
pub(super) fn describe(endpoint: &Endpoint, path: &Template, schemas: &mut Schemas) -> Value {
    let mut operation = match &endpoint.operation {
        Operation::Command(command) => self::command(command, endpoint, path, schemas),
        Operation::Query(query) => self::query(query, endpoint, path, schemas),
    };
    operation["operationId"] = json!(endpoint.id);
    operation["x-roles"] = json!(endpoint.operation.roles());
    operation["tags"] = json!([endpoint.tag.clone().unwrap_or_else(|| words(endpoint.context()))]);
    operation
}

fn command(command: &CommandOperation, endpoint: &Endpoint, path: &Template, schemas: &mut Schemas) -> Value {
    let schema = schemas.input(command.schema);
    let (about, example) = (schemas.input_text(&schema, "description"), schemas.input_example(&schema));
    let mut content = json!({ "schema": schema });
    if let Some(example) = example {
        content["example"] = example;
    }
    let mut operation = text(endpoint, about, &rejections(command, endpoint));
    operation["parameters"] = parameters::of_command(command, path);
    operation["requestBody"] =
        json!({ "required": schemas.needs_fields(&schema), "content": { "application/json": content } });
    operation["responses"] = responses::of_command(command, schemas);
    operation["x-rejections"] = json!(command.rejections);
    operation
}

fn query(query: &QueryOperation, endpoint: &Endpoint, path: &Template, schemas: &mut Schemas) -> Value {
    let fields = schemas.input(query.schema);
    let about = fields["description"].as_str().map(str::to_owned);
    let mut operation = text(endpoint, about, "");
    operation["parameters"] = parameters::of_query(query, &fields, &endpoint.template, path);
    operation["responses"] = responses::of_query(query, schemas);
    operation
}

/// The summary is the first line of what is written at the type; without any, its name in words.
fn text(endpoint: &Endpoint, about: Option<String>, more: &str) -> Value {
    let about = about.unwrap_or_else(|| words(endpoint.operation.name()));
    let (summary, rest) = about.split_once('\n').unwrap_or((&about, ""));
    let roles = endpoint.operation.roles();
    let who = if roles.is_empty() { "nobody".to_owned() } else { code_list(roles) };
    let parts = [rest.trim(), &format!("For the roles: {who}."), more];
    let description = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    json!({ "summary": summary.trim_end_matches('.'), "description": description })
}

fn rejections(command: &CommandOperation, endpoint: &Endpoint) -> String {
    let link = |name: &&str| format!("[`{name}`]({})", rejection_type(endpoint.context(), name));
    let links: Vec<_> = command.rejections.iter().map(link).collect();
    if links.is_empty() { String::new() } else { format!("The domain may refuse it: {}.", links.join(", ")) }
}

fn code_list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// `BookShipment` is `Book shipment`.
fn words(name: &str) -> String {
    let words = name.to_snake_case().replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
