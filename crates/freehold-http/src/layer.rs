//! What surrounds every request: correlation, time limit, panics, the access log, and problems for all that fails.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use freehold_ports::IdSource;
use futures_util::FutureExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tracing::{Instrument, Span, info_span};

use crate::{
    api::Limits,
    correlation::{self, Correlation},
    problem::{self, Kind, Problem},
};

/// What the outermost layer works with.
#[derive(Clone)]
pub(crate) struct Outer {
    ids: Arc<dyn IdSource>,
    limit: Duration,
    places: Arc<Semaphore>,
}

impl Outer {
    pub(crate) fn new(ids: Arc<dyn IdSource>, limits: Limits) -> Self {
        let places = limits.concurrency.min(Semaphore::MAX_PERMITS);
        Self { ids, limit: limits.request, places: Arc::new(Semaphore::new(places)) }
    }

    /// One place for each request that may be under way.
    pub(crate) fn places(&self) -> Arc<Semaphore> {
        self.places.clone()
    }
}

/// A place among the requests that may be under way, until the last of its clones is dropped. An answer that goes on when
/// the request is done keeps one.
#[derive(Clone)]
pub(crate) struct Place {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Lets a request in if there is a place for it, and refuses it at once if there is none.
pub(crate) async fn admit(
    State(places): State<Arc<Semaphore>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Ok(permit) = places.try_acquire_owned() else {
        let detail = "As many requests are under way as the service takes on at once.";
        return Problem::new(Kind::Overloaded, detail).retry_after(1).into_response();
    };
    let place = Place { _permit: Arc::new(permit) };
    request.extensions_mut().insert(place.clone());
    let response = next.run(request).await;
    drop(place);
    response
}

/// The outermost layer.
pub(crate) async fn outer(State(outer): State<Outer>, mut request: Request, next: Next) -> Response {
    let correlation = Correlation::from_headers(request.headers(), &*outer.ids);
    request.extensions_mut().insert(correlation.clone());
    let span = span(&request, &correlation);
    let path = request.uri().path().to_owned();
    let started = Instant::now();
    let response = guarded(request, next, outer.limit).instrument(span.clone()).await;
    let response = finished(response, &path, &correlation);
    span.in_scope(|| log(response.status(), started.elapsed()));
    response
}

/// The path is logged as it was declared: what stands in its parameters may be about a person.
fn span(request: &Request, correlation: &Correlation) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    info_span!("request", method = %request.method(), route, correlation = %correlation.id())
}

fn log(status: StatusCode, took: Duration) {
    let (status, took) = (status.as_u16(), took.as_secs_f64() * 1000.0);
    if status >= 500 {
        tracing::warn!(status, milliseconds = took, "answered");
    } else {
        tracing::info!(status, milliseconds = took, "answered");
    }
}

/// The answer, or the problem of having taken too long or of a panic, whose message is for the log only.
async fn guarded(request: Request, next: Next, limit: Duration) -> Response {
    let answer = AssertUnwindSafe(tokio::time::timeout(limit, next.run(request))).catch_unwind().await;
    match answer {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::new(Kind::TimedOut, format!("It took longer than {limit:?}.")).into_response(),
        Err(panic) => Problem::internal(&message(&*panic)).into_response(),
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {}", text.unwrap_or_default())
}

/// Adds what every answer has, and to a problem what is known of the request.
fn finished(response: Response, path: &str, correlation: &Correlation) -> Response {
    let problem = response.extensions().get::<Problem>().cloned().or_else(|| unexplained(&response));
    let mut response = match problem {
        Some(problem) => explained(response, &problem, path, correlation),
        None => response,
    };
    let headers = response.headers_mut();
    headers.insert(correlation::HEADER, correlation.header());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The problem of an answer that failed without saying why in the form of a problem: those of the router itself.
fn unexplained(response: &Response) -> Option<Problem> {
    let status = response.status();
    let said = response.headers().get(header::CONTENT_TYPE);
    let is_json = said.is_some_and(|said| said == "application/json" || *said == problem::MEDIA_TYPE);
    let kind = match status {
        _ if is_json || !(status.is_client_error() || status.is_server_error()) => return None,
        StatusCode::NOT_FOUND => Kind::UnknownPath,
        StatusCode::METHOD_NOT_ALLOWED => Kind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        _ if status.is_client_error() => Kind::BadRequest,
        _ => Kind::Internal,
    };
    Some(Problem::new(kind, kind.about().meaning))
}

/// The same answer, its headers kept, with the whole problem in its body.
fn explained(response: Response, problem: &Problem, path: &str, correlation: &Correlation) -> Response {
    let (mut parts, _) = response.into_parts();
    let (told, body) = problem.respond(Some(path), Some(correlation.as_str())).into_parts();
    parts.status = told.status;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(told.headers);
    Response::from_parts(parts, Body::new(body))
}
