//! What operations are answered with.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schemas::{ACCEPTED, PROBLEM, Schemas, reference};
use crate::{
    problem::Kind,
    route::{CommandOperation, QueryOperation},
};

/// What any operation may be answered with.
const ANY: &[Kind] = &[
    Kind::BadRequest,
    Kind::Unauthenticated,
    Kind::NoTenant,
    Kind::Forbidden,
    Kind::Invalid,
    Kind::Internal,
    Kind::Unavailable,
    Kind::Overloaded,
    Kind::TimedOut,
];
/// What any command may be answered with beside that.
const COMMAND: &[Kind] = &[
    Kind::MalformedJson,
    Kind::InvalidHeader,
    Kind::Taken,
    Kind::Conflict,
    Kind::TooLarge,
    Kind::UnsupportedMediaType,
    Kind::IdempotencyKeyReused,
    Kind::ReadModel,
    Kind::Full,
];

/// The headers of answers.
pub(super) fn headers() -> Value {
    json!({
        "ETag": {
            "description": "The version, in quotes: for `If-Match` and `If-None-Match`.",
            "schema": { "type": "string" },
        },
        "Location": {
            "description": "Where what was created is found.",
            "schema": { "type": "string", "format": "uri-reference" },
        },
        "IdempotentReplayed": {
            "description": "`true` if the command had been carried out before, under the same `Idempotency-Key`.",
            "schema": { "type": "string", "const": "true" },
        },
        "Link": {
            "description": "The next page, if there is one: `<..>; rel=\"next\"`.",
            "schema": { "type": "string" },
        },
    })
}

pub(super) fn of_command(command: &CommandOperation, schemas: &mut Schemas) -> Value {
    schemas.uses_accepted();
    let mut headers = json!({ "ETag": header("ETag"), "Idempotent-Replayed": header("IdempotentReplayed") });
    let (status, description, own) = if command.creates {
        headers["Location"] = header("Location");
        ("201", "It is created.", &[Kind::Exists][..])
    } else {
        ("200", "It is done.", &[Kind::NotFound, Kind::VersionMismatch][..])
    };
    let mut responses = problems(&[ANY, COMMAND, own].concat());
    responses.insert(status.to_owned(), json!({
        "description": description,
        "headers": headers,
        "content": { "application/json": { "schema": reference(ACCEPTED) } },
    }));
    Value::Object(responses)
}

pub(super) fn of_query(query: &QueryOperation, schemas: &mut Schemas) -> Value {
    let row = schemas.row(query.row);
    if query.one {
        let mut responses = problems(&[ANY, &[Kind::NotFound]].concat());
        responses.insert("200".to_owned(), json!({
            "description": "The row.",
            "headers": { "ETag": header("ETag") },
            "content": { "application/json": { "schema": row } },
        }));
        responses.insert("304".to_owned(), json!({ "description": "What `If-None-Match` names is what there is." }));
        return Value::Object(responses);
    }
    let page = json!({
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": { "type": "array", "items": row },
            "next": { "type": ["string", "null"], "description": "The `cursor` of the next page; null on the last." },
        },
    });
    let mut responses = problems(ANY);
    responses.insert("200".to_owned(), json!({
        "description": "A page of rows.",
        "headers": { "Link": header("Link") },
        "content": { "application/json": { "schema": page } },
    }));
    Value::Object(responses)
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// By status, the problems of these kinds.
fn problems(kinds: &[Kind]) -> Map<String, Value> {
    let mut by_status: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for kind in kinds {
        let about = kind.about();
        let link = format!("[{}](/problems/{})", about.title, about.name);
        by_status.entry(about.status.as_str().to_owned()).or_default().push(link);
    }
    let response = |links: Vec<String>| json!({
        "description": links.join(", "),
        "content": { "application/problem+json": { "schema": reference(PROBLEM) } },
    });
    by_status.into_iter().map(|(status, links)| (status, response(links))).collect()
}
