//! The admin interface: what those who operate a service see of it and do to it over HTTP. It is there only if somebody is
//! named who may use it.

mod dead_letters;
mod events;
mod operators;
mod projections;
mod rebuilds;

pub use operators::{OperatorRole, Operators};

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::Method,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use freehold_app::{Application, OperationError, Operations};
use freehold_ports::StoreError;
use serde::Serialize;

use crate::problem::{Kind, Problem};
use operators::Operator;

/// The most bytes of a body.
const BODY: usize = 16 << 10;

/// Its routes; none, if nobody may use them.
pub(crate) fn routes(application: &Application, operators: Operators) -> Router {
    if operators.are_nobody() {
        return Router::new();
    }
    let routes = Router::new()
        .route("/projections", get(projections::list))
        .route("/projections/{view}/pause", post(projections::pause))
        .route("/projections/{view}/resume", post(projections::resume))
        .route("/projections/{view}/rebuild", post(rebuilds::begin).delete(rebuilds::end))
        .route("/projections/{view}/rebuild/take-over", post(rebuilds::take_over))
        .route("/projections/{view}/rebuild/roll-back", post(rebuilds::roll_back))
        .route("/projections/{view}/rebuild/pause", post(rebuilds::pause))
        .route("/projections/{view}/rebuild/resume", post(rebuilds::resume))
        .route("/rebuilds", get(rebuilds::list))
        .route("/nodes", get(projections::nodes))
        .route("/dead-letters", get(dead_letters::list))
        .route("/dead-letters/retry", post(dead_letters::retry_all))
        .route("/dead-letters/{number}", get(dead_letters::show))
        .route("/dead-letters/{number}/retry", post(dead_letters::retry))
        .route("/dead-letters/{number}/skip", post(dead_letters::skip))
        .route("/events", get(events::list))
        .route("/streams", get(events::streams))
        .route("/streams/{aggregate}/{id}", get(events::stream))
        .route("/audit", get(events::audit))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn_with_state(Arc::new(operators), admit))
        .with_state(application.operations());
    Router::new().nest("/admin", routes)
}

/// Lets in who sends a token that is known, to change something only whose role that is.
async fn admit(State(operators): State<Arc<Operators>>, mut request: Request, next: Next) -> Response {
    let Some(operator) = operators.who_sends(request.headers()) else {
        let detail =
            "The admin interface takes a token that is named under `http.admin` in the configuration.";
        return Problem::new(Kind::Unauthenticated, detail).into_response();
    };
    if request.method() != Method::GET && operator.role != OperatorRole::Operator {
        let detail = format!("`{}` may look, and change nothing.", operator.name);
        return Problem::new(Kind::Forbidden, detail).into_response();
    }
    request.extensions_mut().insert(operator);
    next.run(request).await
}

/// What is answered, or why it is not.
type Answer = Result<Response, Problem>;

fn json(body: &impl Serialize) -> Answer {
    let body = serde_json::to_string(body).map_err(|error| Problem::internal(&error.to_string()))?;
    let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
    Ok((headers, body).into_response())
}

fn failed(error: OperationError) -> Problem {
    match error {
        OperationError::Store(error) => unavailable(&error),
        refused @ (OperationError::NoRebuild(_)
        | OperationError::Reaction(_)
        | OperationError::Refused(_)
        | OperationError::AnotherVersion { .. }) => Problem::new(Kind::NoRebuild, format!("{refused}.")),
        unknown => Problem::new(Kind::NotFound, format!("{unknown}.")),
    }
}

fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(%error, "an operation failed");
    Problem::new(Kind::Unavailable, error.to_string())
}

fn wrong(what: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::BadRequest, format!("{what}."))
}

type Ops = State<Operations>;
type Who = axum::Extension<Operator>;
