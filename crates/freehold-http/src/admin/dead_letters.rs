//! Dead letters: shown, tried again, and skipped.

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
};
use freehold_app::{Operations, Retried};
use freehold_domain::Position;
use freehold_ports::{DeadLetter, DeadLetterQuery, EventQuery, Scope, TakenUp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Answer, Ops, Who,
    events::{Parameters, payload, stream_name},
    failed, json as answer, unavailable, wrong,
};
use crate::problem::Problem;

/// How many letters a page has at most.
const PAGE: u32 = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    view: Option<String>,
    #[serde(default)]
    after: u64,
    limit: Option<u32>,
}

pub(super) async fn list(State(operations): Ops, asked: Result<Query<Asked>, QueryRejection>) -> Answer {
    let Asked { view, after, limit } = asked.parameters()?;
    let limit = limit.unwrap_or(100).clamp(1, PAGE);
    let query = DeadLetterQuery { view, after, due: false, limit };
    let letters = operations.dead_letters(&query).await.map_err(|error| unavailable(&error))?;
    let next = letters.last().filter(|_| letters.len() == limit as usize).map(|letter| letter.number);
    let letters: Vec<Value> = letters.iter().map(letter).collect();
    answer(&json!({ "dead_letters": letters, "next": next }))
}

pub(super) async fn show(State(operations): Ops, number: Result<Path<u64>, PathRejection>) -> Answer {
    let found = operations.dead_letter(number_in(number)?).await.map_err(failed)?;
    let mut shown = letter(&found);
    shown["payload"] = payload_of(&operations, &found).await?;
    answer(&shown)
}

/// What the event holds at which the letter stands.
async fn payload_of(operations: &Operations, letter: &DeadLetter) -> Result<Value, Problem> {
    let (scope, from) = (Scope::Tenant(letter.tenant.clone()), Position(letter.position.0 - 1));
    let read = operations.events(&scope, &EventQuery::all(), (from, 1), Duration::ZERO).await;
    let event = read.map_err(|error| unavailable(&error))?.events.pop();
    Ok(event.map_or(Value::Null, |event| payload(&event.event.payload)))
}

pub(super) async fn retry(
    State(operations): Ops,
    Extension(who): Who,
    number: Result<Path<u64>, PathRejection>,
) -> Answer {
    let number = number_in(number)?;
    let taken_up = operations.retry(&who.name, number).await.map_err(failed)?;
    answer(&outcome(number, taken_up))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    reason: String,
    position: u64,
}

pub(super) async fn skip(
    State(operations): Ops,
    Extension(who): Who,
    number: Result<Path<u64>, PathRejection>,
    body: Result<Json<Skip>, JsonRejection>,
) -> Answer {
    let number = number_in(number)?;
    let Json(Skip { reason, position }) = body.map_err(|error| wrong(error.body_text()))?;
    if reason.trim().is_empty() {
        return Err(wrong("`reason` says why the event is left out for good, and is empty"));
    }
    let at = (number, Position(position));
    let taken_up = operations.skip(&who.name, at, reason.trim()).await.map_err(failed)?;
    answer(&outcome(number, taken_up))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetryAll {
    #[serde(default)]
    view: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

pub(super) async fn retry_all(
    State(operations): Ops,
    Extension(who): Who,
    body: Result<Json<RetryAll>, JsonRejection>,
) -> Answer {
    let Json(RetryAll { view, error }) = body.map_err(|error| wrong(error.body_text()))?;
    let retried = operations.retry_all(&who.name, view.as_deref(), error.as_deref()).await.map_err(failed)?;
    let Retried { done, failed, gone } = retried;
    answer(&json!({ "done": done, "failed": failed, "gone": gone }))
}

fn number_in(number: Result<Path<u64>, PathRejection>) -> Result<u64, Problem> {
    number.map(|Path(number)| number).map_err(|_| wrong("the number of a dead letter is a whole number"))
}

fn outcome(number: u64, taken_up: TakenUp) -> Value {
    let (outcome, error) = match taken_up {
        TakenUp::Done | TakenUp::More => ("done", None),
        TakenUp::Failed(error) => ("failed", Some(error)),
        TakenUp::Gone => ("gone", None),
    };
    json!({ "number": number, "outcome": outcome, "error": error })
}

fn letter(letter: &DeadLetter) -> Value {
    json!({
        "number": letter.number,
        "view": letter.view,
        "version": letter.version,
        "partition": letter.partition,
        "tenant": letter.tenant,
        "key": letter.key,
        "position": letter.position.0,
        "stream": stream_name(&letter.stream),
        "event": letter.name,
        "correlation": letter.correlation,
        "error": letter.error,
        "attempts": letter.attempts,
        "waiting": letter.waiting,
        "parked_at": letter.parked,
        "tried_at": letter.tried,
        "next_attempt_at": letter.next,
    })
}
