//! What operations are answered with.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schemas::{ACCEPTED, PROBLEM, Schemas, reference};
use crate::{
    problem::{About, Kind},
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
    Kind::Closed,
    Kind::TooLarge,
    Kind::UnsupportedMediaType,
    Kind::IdempotencyKeyReused,
    Kind::ReadModel,
    Kind::Full,
];

/// What any query may be answered with beside that.
const QUERY: &[Kind] = &[Kind::InvalidHeader, Kind::Behind];

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
        "LogPosition": {
            "description": "Of a command: where its last event lies in the log. Of a query: the rows have taken in the log up to \
                            here, at least. Sent with a query it asks for that.",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "Link": {
            "description": "The next page, if there is one: `<..>; rel=\"next\"`.",
            "schema": { "type": "string" },
        },
    })
}

pub(super) fn of_command(command: &CommandOperation, schemas: &mut Schemas) -> Value {
    schemas.uses_accepted();
    let mut headers = json!({
        "ETag": header("ETag"),
        "Idempotent-Replayed": header("IdempotentReplayed"),
        "Log-Position": header("LogPosition"),
    });
    let (status, description, own) = if command.creates {
        headers["Location"] = header("Location");
        ("201", "It is created.", &[Kind::Exists][..])
    } else {
        ("200", "It is done.", &[Kind::NotFound, Kind::VersionMismatch][..])
    };
    let mut responses = problems(&[ANY, COMMAND, own].concat(), schemas);
    responses.insert(
        status.to_owned(),
        json!({
            "description": description,
            "headers": headers,
            "content": { "application/json": { "schema": reference(ACCEPTED) } },
        }),
    );
    Value::Object(responses)
}

pub(super) fn of_query(query: &QueryOperation, schemas: &mut Schemas) -> Value {
    let row = schemas.row(query.row);
    if query.one {
        let mut responses = problems(&[ANY, QUERY, &[Kind::NotFound]].concat(), schemas);
        responses.insert(
            "200".to_owned(),
            json!({
                "description": "The row.",
                "headers": { "ETag": header("ETag"), "Log-Position": header("LogPosition") },
                "content": { "application/json": { "schema": row } },
            }),
        );
        responses.insert(
            "304".to_owned(),
            json!({
                "description": "What `If-None-Match` names is what there is.",
                "headers": { "ETag": header("ETag"), "Log-Position": header("LogPosition") },
            }),
        );
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
    let mut responses = problems(&[ANY, QUERY].concat(), schemas);
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "A page of rows.",
            "headers": { "Link": header("Link"), "Log-Position": header("LogPosition") },
            "content": { "application/json": { "schema": page } },
        }),
    );
    Value::Object(responses)
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// By status, references to what there is to say of these problems.
fn problems(kinds: &[Kind], schemas: &mut Schemas) -> Map<String, Value> {
    let mut by_status: BTreeMap<String, Vec<About>> = BTreeMap::new();
    for about in kinds.iter().map(|kind| kind.about()) {
        by_status.entry(about.status.as_str().to_owned()).or_default().push(about);
    }
    let response = |(status, problems): (String, Vec<About>)| {
        let name =
            schemas.response(problems.iter().map(|about| about.name).collect::<Vec<_>>().join("."), || {
                let links =
                    problems.iter().map(|about| format!("[{}](/problems/{})", about.title, about.name));
                json!({
                    "description": links.collect::<Vec<_>>().join(", "),
                    "content": { "application/problem+json": { "schema": reference(PROBLEM) } },
                })
            });
        (status, json!({ "$ref": format!("#/components/responses/{name}") }))
    };
    by_status.into_iter().map(response).collect()
}
