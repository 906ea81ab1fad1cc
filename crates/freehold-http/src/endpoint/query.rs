//! Queries over HTTP.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use freehold_app::AskOptions;

use super::{Call, etag, headers};
use crate::{
    input::Parameters,
    problem::{Kind, Problem},
    route::{Answered, QueryCall, QueryOperation},
};

/// The parameter that says where a page begins.
const CURSOR: &str = "cursor";

pub(super) async fn answer(query: &QueryOperation, call: Call) -> Result<Response, Problem> {
    let Call { service, caller, path, request, .. } = call;
    let asked = request.uri().query().unwrap_or_default();
    let parameters = Parameters::new(path, asked);
    let options = AskOptions { at_least: headers::at_least(request.headers())? };
    let application = service.application.clone();
    let answered = (query.answer)(QueryCall { application, caller, parameters, options }).await?;
    let position = answered.position;
    let mut response = if query.one {
        one(answered, request.headers()).unwrap_or_else(Problem::into_response)
    } else {
        let next = answered.next.as_deref().map(|cursor| link(request.uri().path(), asked, cursor));
        page(&answered, next)
    };
    headers::tell_position(response.headers_mut(), position);
    Ok(response)
}

/// One row, or that the client has it already, or that there is none.
fn one(answered: Answered, headers: &HeaderMap) -> Result<Response, Problem> {
    let (Some(row), Some(version)) = (answered.rows.into_iter().next(), answered.version) else {
        return Err(Problem::new(Kind::NotFound, "There is nothing with this id."));
    };
    let mut response =
        if etag::is_known(headers, version) { StatusCode::NOT_MODIFIED.into_response() } else { json(row) };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag::of(version));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    Ok(response)
}

fn page(answered: &Answered, next: Option<String>) -> Response {
    let cursor = serde_json::Value::from(answered.next.clone());
    let mut response = json(format!("{{\"items\":[{}],\"next\":{cursor}}}", answered.rows.join(",")));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(Ok(next)) = next.map(HeaderValue::try_from) {
        headers.insert(header::LINK, next);
    }
    response
}

/// The same question from another place on.
fn link(path: &str, asked: &str, cursor: &str) -> String {
    let others = form_urlencoded::parse(asked.as_bytes()).filter(|(name, _)| name != CURSOR);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(others).append_pair(CURSOR, cursor);
    format!("<{path}?{}>; rel=\"next\"", query.finish())
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], Body::from(body)).into_response()
}
