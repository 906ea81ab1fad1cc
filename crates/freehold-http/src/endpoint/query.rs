//! Queries over HTTP.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use freehold_app::AskOptions;

use super::{
    Call, accept, etag,
    events::{self, Until},
    flow::Terms,
    headers, lines, page,
};
use crate::{
    input::Parameters,
    problem::{Kind, Problem},
    route::{Answered, QueryCall, QueryOperation},
};

pub(super) async fn answer(query: &QueryOperation, call: Call) -> Result<Response, Problem> {
    let Call { service, caller, path, request, place, expires_in, .. } = call;
    let asked = request.uri().query().unwrap_or_default();
    let parameters = Parameters::new(path, asked);
    let options = AskOptions { at_least: headers::at_least(request.headers())? };
    let application = service.application.clone();
    let terms = Terms { stall_limit: service.stall_limit, place };
    let call = QueryCall { application, caller, parameters, options };
    if query.changes && accept::is_asked_for(request.headers(), accept::EVENTS) {
        let followed = (query.follow)(call, events::after(request.headers())?).await?;
        return Ok(events::answer(followed, Until { expires_in, stopping: service.stopping.clone() }, terms));
    }
    if !query.shape.is_one() && accept::is_asked_for(request.headers(), accept::LINES) {
        return Ok(lines::answer((query.stream)(call).await?, terms));
    }
    let answered = (query.answer)(call).await?;
    let position = answered.position;
    let mut response = if query.shape.is_one() {
        one(answered, request.headers()).unwrap_or_else(Problem::into_response)
    } else {
        page::answer(query.shape, &answered, request.uri().path(), asked)
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

pub(super) fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], Body::from(body)).into_response()
}
