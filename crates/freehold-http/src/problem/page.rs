//! The pages that the `type` of a problem leads to.

use std::{fmt::Write, sync::Arc};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{Catalogue, Kind, Problem, catalogue::Entry};
use crate::html::{Page, code, escaped};

/// The list of all problems.
pub(crate) async fn index(catalogue: Arc<Catalogue>, request: Request) -> Response {
    if wants_json(request.headers()) {
        return json(&catalogue.iter().collect::<Vec<_>>());
    }
    let mut rows = String::new();
    for entry in catalogue.iter() {
        let Entry { r#type, title, status, .. } = entry;
        let _ = write!(
            rows,
            "<tr><td>{status}</td><td><a href=\"{}\">{}</a></td><td><code>{}</code></td></tr>",
            escaped(r#type),
            escaped(title),
            escaped(r#type),
        );
    }
    let body = format!(
        "<p>Every error of this service is a problem of <a href=\"https://www.rfc-editor.org/rfc/rfc9457\">RFC 9457</a>. \
         Its <code>type</code> is one of these.</p>\
         <table><thead><tr><th>Status</th><th>Problem</th><th>Type</th></tr></thead><tbody>{rows}</tbody></table>"
    );
    Page { title: "Problems", body: &body }.into_response()
}

/// One problem.
pub(crate) async fn one(catalogue: Arc<Catalogue>, request: Request) -> Response {
    let Some(entry) = catalogue.get(request.uri().path()) else {
        return Problem::new(Kind::UnknownPath, "No problem has this type.").into_response();
    };
    if wants_json(request.headers()) {
        return json(entry);
    }
    Page { title: &entry.title, body: &body(entry) }.into_response()
}

fn body(entry: &Entry) -> String {
    let commands = entry.commands.iter().map(|command| format!("<li><code>{}</code></li>", escaped(command)));
    let commands: String = commands.collect();
    let commands = match commands.as_str() {
        "" => String::new(),
        items => format!("<h2>Commands that it can answer</h2><ul>{items}</ul>"),
    };
    format!(
        "<p class=\"status\">Status {}, type <code>{}</code></p>\
         <h2>What it means</h2><p>{}</p><h2>What to do</h2><p>{}</p>{commands}\
         <p><a href=\"/problems\">All problems</a></p>",
        entry.status,
        escaped(&entry.r#type),
        code(&entry.meaning),
        code(&entry.remedy),
    )
}

/// JSON for those who ask for it and not for HTML.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("json") && !accept.contains("text/html")
}

fn json(value: &impl serde::Serialize) -> Response {
    let body = serde_json::to_string(value).unwrap_or_default();
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
