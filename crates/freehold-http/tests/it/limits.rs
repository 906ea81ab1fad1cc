//! What the service takes on, and what it refuses.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{Method, Request},
};
use freehold::{
    app::{CommandRequest, CommandService},
    http::Limits,
};
use futures_util::stream;
use serde_json::json;
use tower::{service_fn, util::BoxCloneSyncService};

use crate::service::{Service, Setup, booking};

/// A bus that never answers.
fn silent(_: CommandService) -> CommandService {
    BoxCloneSyncService::new(service_fn(|_: CommandRequest| std::future::pending()))
}

async fn with(limits: Limits) -> Service {
    Service::with(Setup { limits, host: |host| host.command_layer(silent), ..Setup::default() }).await
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let service =
        Service::with(Setup { limits: Limits { body: 64, ..Limits::default() }, ..Setup::default() }).await;
    let answer = service.client().post("/shipments", json!({ "note": "x".repeat(64) })).await;
    assert_eq!(answer.is_problem(413, "too-large").body["detail"], "A body has at most 64 bytes.");
    service.client().post("/shipments", json!({})).await.is_problem(422, "invalid");
}

#[tokio::test]
async fn a_body_that_does_not_say_how_large_it_is_is_refused_as_well() {
    let service = Service::start().await;
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 4096])));
    let request = Request::post("/shipments").header("content-type", "application/json");
    let answer = service.client().send(request, Body::from_stream(endless)).await;
    answer.is_problem(413, "too-large");
}

#[tokio::test]
async fn a_body_that_says_that_it_is_too_large_is_not_read() {
    let service = Service::start().await;
    let never =
        stream::poll_fn(|_| -> std::task::Poll<Option<std::io::Result<Bytes>>> { panic!("it was read") });
    let request = Request::post("/shipments").header("content-type", "application/json");
    let answer =
        service.client().send(request.header("content-length", 1 << 21), Body::from_stream(never)).await;
    answer.is_problem(413, "too-large");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_bad_request() {
    let service = Service::start().await;
    let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))]);
    let request = Request::post("/shipments").header("content-type", "application/json");
    service.client().send(request, Body::from_stream(broken)).await.is_problem(400, "bad-request");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_given_up() {
    let service = with(Limits { request: Duration::from_secs(3), ..Limits::default() }).await;
    let answer = service.client().post("/shipments", booking("AB123456789")).await;
    assert_eq!(answer.is_problem(504, "timed-out").body["detail"], "It took longer than 3s.");
}

#[tokio::test]
async fn no_more_requests_than_there_are_places_are_taken_on() {
    let service = with(Limits { concurrency: 2, ..Limits::default() }).await;
    let client = service.client();
    let mut waiting: Vec<_> =
        (0..2).map(|_| Box::pin(client.post("/shipments", booking("AB123456789")))).collect();
    for request in &mut waiting {
        assert!(futures_util::poll!(request).is_pending());
    }
    let answer = client.get("/shipments").await;
    assert_eq!(answer.is_problem(503, "overloaded").header("retry-after"), Some("1"));
    assert_eq!(client.get("/health/live").await.status, 200);
    waiting.pop();
    assert_eq!(client.get("/shipments").await.status, 200);
}

#[tokio::test]
async fn an_unknown_path_and_an_unknown_method_are_problems() {
    let service = Service::start().await;
    let client = service.client();
    for path in ["/nowhere", "/shipments/", "/shipments/a/b/c", "/docs/nothing", "/problems/a/b/c"] {
        client.get(path).await.is_problem(404, "unknown-path");
    }
    let answer = client.method(Method::DELETE, "/shipments").await;
    let mut allowed: Vec<_> =
        answer.is_problem(405, "method-not-allowed").header("allow").unwrap().split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    client.method(Method::GET, "/shipments/1/dispatch").await.is_problem(405, "method-not-allowed");
    client.method(Method::POST, "/health/live").await.is_problem(405, "method-not-allowed");
    client
        .method(Method::from_bytes(b"BREW").unwrap(), "/shipments")
        .await
        .is_problem(405, "method-not-allowed");
    assert_eq!(client.method(Method::HEAD, "/shipments").await.status, 200);
}
