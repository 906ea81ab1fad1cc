//! Whether the service runs, and whether it can do its work.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use freehold_app::{Application, Health, PartitionStatus, ProjectionHealth, ProjectionStatus};
use serde::Serialize;

/// What is told of a service to anybody who asks. Errors of a view are told without what its events hold.
#[derive(Serialize)]
struct Ready<'h> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    views: Vec<View<'h>>,
}

#[derive(Serialize)]
struct View<'h> {
    view: &'h str,
    position: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    events_behind: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_behind: Option<f64>,
    events_per_second: u64,
    heartbeat_seconds_ago: f64,
    running: bool,
    paused: bool,
    rows_parked: u64,
    error: Option<&'h str>,
    partitions: Vec<Partition<'h>>,
}

#[derive(Serialize)]
struct Partition<'h> {
    partition: u32,
    position: u64,
    owner: Option<&'h str>,
    heartbeat_seconds_ago: f64,
    rows_parked: u64,
}

/// That it runs.
pub(crate) async fn live() -> Response {
    json(StatusCode::OK, r#"{"status":"live"}"#.to_owned())
}

/// Whether its log can be read and every view gets on.
pub(crate) async fn ready(application: Application) -> Response {
    let health = application.health().await;
    let (status, word) = if health.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        tracing::warn!(head = ?health.head, "not ready");
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    json(status, body(word, &health))
}

fn body(status: &'static str, health: &Health) -> String {
    let head = health.head.as_ref().ok().map(|head| head.0);
    let error = health.head.is_err().then_some("the log cannot be read");
    let views = health.projections.iter().map(View::of).collect();
    serde_json::to_string(&Ready { status, head, error, views }).unwrap_or_default()
}

impl<'h> View<'h> {
    fn of(ProjectionHealth { status, lag }: &'h ProjectionHealth) -> Self {
        let ProjectionStatus { view, position, error, running, heartbeat, rate, parked, paused, .. } = status;
        Self {
            view,
            position: position.0,
            events_behind: lag.map(|lag| lag.events),
            seconds_behind: lag.map(|lag| seconds(lag.time)),
            events_per_second: *rate,
            heartbeat_seconds_ago: seconds(*heartbeat),
            running: *running,
            paused: *paused,
            rows_parked: *parked,
            error: error.as_deref(),
            partitions: status.partitions.iter().map(Partition::of).collect(),
        }
    }
}

impl<'h> Partition<'h> {
    fn of(partition: &'h PartitionStatus) -> Self {
        let PartitionStatus { number, position, owner, heartbeat, parked } = partition;
        Self {
            partition: *number,
            position: position.0,
            owner: owner.as_deref(),
            heartbeat_seconds_ago: seconds(*heartbeat),
            rows_parked: *parked,
        }
    }
}

/// To the millisecond.
fn seconds(time: Duration) -> f64 {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}

fn json(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}
