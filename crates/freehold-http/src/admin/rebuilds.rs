//! Rebuilds: begun, followed, held, and put into their place or back.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};
use freehold_app::RebuildStatus;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Ops, Who, failed, json as answer, unavailable, wrong};

pub(super) async fn list(State(operations): Ops) -> Answer {
    let rebuilds = operations.rebuilds().await.map_err(|error| unavailable(&error))?;
    let rebuilds: Vec<Value> = rebuilds.iter().map(shown).collect();
    answer(&json!({ "rebuilds": rebuilds }))
}

fn shown(status: &RebuildStatus) -> Value {
    json!({
        "view": status.rebuild.view,
        "version": status.rebuild.version,
        "stage": status.rebuild.stage.name(),
        "automatic": status.rebuild.automatic,
        "began_at": status.rebuild.began,
        "position": status.position.0,
        "head": status.end.0,
        "events_per_second": status.rate,
        "seconds_left": status.left.map(|left| left.as_secs_f64()),
        "rows_parked": status.parked,
        "paused": status.paused,
        "comparison": status.rebuild.comparison,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    /// Whether it takes over by itself.
    #[serde(default = "yes")]
    automatic: bool,
}

fn yes() -> bool {
    true
}

pub(super) async fn begin(
    State(operations): Ops,
    Extension(who): Who,
    Path(view): Path<String>,
    body: Result<Option<Json<Begin>>, JsonRejection>,
) -> Answer {
    let body = body.map_err(|error| wrong(error.body_text()))?;
    let automatic = body.is_none_or(|Json(Begin { automatic })| automatic);
    operations.rebuild(&who.name, &view, automatic).await.map_err(failed)?;
    answer(&json!({ "view": view, "automatic": automatic }))
}

pub(super) async fn end(State(operations): Ops, Extension(who): Who, Path(view): Path<String>) -> Answer {
    operations.end_rebuild(&who.name, &view).await.map_err(failed)?;
    answer(&json!({ "view": view, "ended": true }))
}

pub(super) async fn take_over(
    State(operations): Ops,
    Extension(who): Who,
    Path(view): Path<String>,
) -> Answer {
    operations.take_over(&who.name, &view).await.map_err(failed)?;
    answer(&json!({ "view": view, "automatic": true }))
}

pub(super) async fn roll_back(
    State(operations): Ops,
    Extension(who): Who,
    Path(view): Path<String>,
) -> Answer {
    operations.roll_back(&who.name, &view).await.map_err(failed)?;
    answer(&json!({ "view": view, "rolled_back": true }))
}

pub(super) async fn pause(operations: Ops, who: Who, view: Path<String>) -> Answer {
    set_paused(operations, who, view, true).await
}

pub(super) async fn resume(operations: Ops, who: Who, view: Path<String>) -> Answer {
    set_paused(operations, who, view, false).await
}

async fn set_paused(
    State(operations): Ops,
    Extension(who): Who,
    Path(view): Path<String>,
    paused: bool,
) -> Answer {
    operations.pause_rebuild(&who.name, &view, paused).await.map_err(failed)?;
    answer(&json!({ "view": view, "paused": paused }))
}
