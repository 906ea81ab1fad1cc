//! What operations are answered with.

use std::collections::BTreeMap;

use freehold_domain::{Shape, Total};
use serde_json::{Map, Value, json};

use super::schemas::{ACCEPTED, PROBLEM, Schemas, reference};
use crate::{
    endpoint::{EVENTS, LINES},
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

/// What there is to say of the events of a list.
const EVENTS_SENT: &str = "What happens to the rows, as server-sent events, from `Last-Event-ID` on or from now: `row` with a row \
                           as it is, `gone` with the key of one that is not in the list.";

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
    if query.shape.is_one() { of_one(&row, schemas) } else { of_page(query, &row, schemas) }
}

fn of_one(row: &Value, schemas: &mut Schemas) -> Value {
    let mut responses = problems(&[ANY, QUERY, &[Kind::NotFound]].concat(), schemas);
    let headers = json!({ "ETag": header("ETag"), "Log-Position": header("LogPosition") });
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "The row.",
            "headers": headers,
            "content": { "application/json": { "schema": row } },
        }),
    );
    responses.insert(
        "304".to_owned(),
        json!({ "description": "What `If-None-Match` names is what there is.", "headers": headers }),
    );
    Value::Object(responses)
}

fn of_page(query: &QueryOperation, row: &Value, schemas: &mut Schemas) -> Value {
    let mut responses = problems(&[ANY, QUERY].concat(), schemas);
    let mut content = json!({
        "application/json": { "schema": page(query.shape, row) },
        LINES: { "schema": row },
    });
    if query.changes {
        content[EVENTS] = json!({ "schema": { "type": "string", "description": EVENTS_SENT } });
    }
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "A page of rows, or all of them, one a line. A body that ends early is broken off: it never ends \
                            as if it were whole.",
            "headers": { "Link": header("Link"), "Log-Position": header("LogPosition") },
            "content": content,
        }),
    );
    Value::Object(responses)
}

fn page(shape: Shape, row: &Value) -> Value {
    let mut properties = json!({ "items": { "type": "array", "items": row } });
    let mut members = vec!["items"];
    let mut member = |name: &'static str, schema: Value| {
        properties[name] = schema;
        members.push(name);
    };
    if shape == Shape::OffsetPage {
        member(
            "offset",
            json!({ "type": "integer", "minimum": 0, "description": "How many rows lie before these." }),
        );
        member(
            "limit",
            json!({ "type": "integer", "minimum": 1, "description": "How many rows a page has at most." }),
        );
    } else {
        let next = "The `cursor` of the next page; null on the last.";
        member("next", json!({ "type": ["string", "null"], "description": next }));
    }
    if shape.is_counted() {
        member("total", total());
    }
    json!({ "type": "object", "required": members, "properties": properties })
}

fn total() -> Value {
    let count = format!("How many rows match, whatever the page; counting ends at {}.", Total::BOUND);
    json!({
        "type": "object",
        "required": ["count", "is_exact"],
        "properties": {
            "count": { "type": "integer", "minimum": 0, "maximum": Total::BOUND, "description": count },
            "is_exact": { "type": "boolean", "description": "Whether there are no more than that." },
        },
    })
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
