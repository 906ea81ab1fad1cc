//! All rows that answer a query, line by line.

use std::{net::Ipv4Addr, time::Duration};

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode},
    response::Response,
};
use freehold::{
    app::{Builder, Host, QueryRequest, QueryService},
    http::{Limits, Server, bind},
    ports::StoreError,
};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

use crate::service::{Client, ROLES, Service, Setup, server, token};

/// More than are read at once.
const SHIPMENTS: usize = 700;

async fn filled(setup: Setup) -> (Service, Client) {
    let service = Service::with(setup).await;
    let client = service.client();
    fill(&client).await;
    (service, client)
}

async fn fill(client: &Client) {
    for number in 0..SHIPMENTS {
        client.book(&format!("AB{number:09}")).await;
    }
}

/// The answer as it comes, of which nothing is read yet.
async fn ask(client: &Client, path: &str, accept: &str) -> Response {
    let request = Request::get(path).header("authorization", client.authorization.as_deref().unwrap());
    let request = request.header("accept", accept).body(Body::empty()).unwrap();
    client.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
}

fn lines(response: Response) -> BodyDataStream {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    response.into_body().into_data_stream()
}

/// What was read until the end, and whether that was one.
async fn whole(mut lines: BodyDataStream) -> (Vec<Value>, bool) {
    let mut text = String::new();
    while let Some(piece) = lines.next().await {
        let Ok(piece) = piece else { return (rows(&text), false) };
        text.push_str(std::str::from_utf8(&piece).unwrap());
    }
    assert!(text.is_empty() || text.ends_with('\n'));
    (rows(&text), true)
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn all_rows_are_answered_one_a_line() {
    let (_service, client) = filled(Setup::default()).await;
    let response = ask(&client, "/freight", "application/x-ndjson").await;
    assert_eq!(response.headers()["log-position"], SHIPMENTS.to_string().as_str());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let (rows, is_whole) = whole(lines(response)).await;
    assert!(is_whole);
    let mut numbers: Vec<_> = rows.iter().map(|row| row["tracking_number"].as_str().unwrap()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((numbers.len(), rows.len()), (SHIPMENTS, SHIPMENTS));
    assert_eq!(rows[0]["version"], 1);
    assert_eq!(rows[0].get("status"), None, "it is an excerpt");
}

#[tokio::test]
async fn lines_are_answered_to_those_who_name_them() {
    let service = Service::start().await;
    let client = service.client();
    client.book("AB123456789").await;
    for accept in
        ["application/json, application/x-ndjson;q=0.5", "Application/X-NDJSON", "*/*, application/x-ndjson"]
    {
        let (rows, is_whole) = whole(lines(ask(&client, "/shipments", accept).await)).await;
        assert_eq!((rows.len(), is_whole), (1, true), "{accept}");
    }
    for accept in ["*/*", "application/*", "application/x-ndjson;q=0", "application/json", "text/html"] {
        let response = ask(&client, "/shipments", accept).await;
        assert_eq!(response.headers()["content-type"], "application/json", "{accept}");
    }
    let none = ask(&client, "/shipments?status=InTransit", "application/x-ndjson").await;
    assert_eq!(whole(lines(none)).await, (vec![], true));
}

#[tokio::test]
async fn what_is_wrong_with_the_question_is_a_problem() {
    let service = Service::start().await;
    let client = service.client();
    let ask = |path| client.get_with(path, "accept", "application/x-ndjson");
    assert_eq!(ask("/freight?limit=5").await.is_problem(422, "invalid").places(), ["limit"]);
    assert_eq!(ask("/freight/table?offset=5").await.is_problem(422, "invalid").places(), ["offset"]);
    assert_eq!(ask("/freight?sort=colour").await.is_problem(422, "invalid").places(), ["sort"]);
    let id = client.book("AB123456789").await;
    let one = ask(&format!("/shipments/{id}")).await;
    assert_eq!(one.header("content-type"), Some("application/json"), "one row is no list");
    service
        .client_of("acme", &[])
        .get_with("/freight", "accept", "application/x-ndjson")
        .await
        .is_problem(403, "forbidden");
}

/// A database that fails behind the first page.
fn failing(inner: QueryService) -> QueryService {
    BoxCloneSyncService::new(service_fn(move |request: QueryRequest| {
        let inner = inner.clone();
        async move {
            if request.selection.after.is_some() {
                return Err(StoreError::Unavailable { reason: "gone".into() }.into());
            }
            inner.oneshot(request).await
        }
    }))
}

#[tokio::test]
async fn rows_that_cannot_all_be_read_are_broken_off() {
    let (_service, client) =
        filled(Setup { host: |host| host.query_layer(failing), ..Setup::default() }).await;
    let (rows, is_whole) = whole(lines(ask(&client, "/freight", "application/x-ndjson").await)).await;
    assert_eq!((rows.len(), is_whole), (500, false));
}

#[tokio::test]
async fn a_connection_shows_whether_all_rows_came() {
    let broken: fn(Builder) -> Builder = |host| host.query_layer(failing);
    for (host, is_whole) in [(broken, false), (|host| host, true)] {
        let (server, _host) = filled_server(host).await;
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(server.serve(listener, std::future::pending()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /freight HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\naccept: application/x-ndjson\r\n\
             authorization: Bearer {}\r\n\r\n",
            token(Some("acme"), ROLES),
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        // A connection that is broken off may end in an error instead of an end.
        let _ = stream.read_to_string(&mut text).await;
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        assert_eq!(text.ends_with("\r\n0\r\n\r\n"), is_whole, "the last chunk is the sign of the end");
        serving.abort();
    }
}

async fn filled_server(host: fn(Builder) -> Builder) -> (Server, Host) {
    let (server, host) = server(Setup { host, ..Setup::default() }).await;
    let authorization = Some(format!("Bearer {}", token(Some("acme"), ROLES)));
    fill(&Client { router: server.router(), authorization }).await;
    (server, host)
}

#[tokio::test(start_paused = true)]
async fn rows_that_nobody_takes_are_broken_off_and_give_up_their_place() {
    let limits = Limits { concurrency: 1, request: Duration::from_secs(3), ..Limits::default() };
    let (_service, client) = filled(Setup { limits, ..Setup::default() }).await;
    let mut lines = lines(ask(&client, "/freight", "application/x-ndjson").await);
    let first = lines.next().await.unwrap().unwrap();
    assert!(first.len() < SHIPMENTS * 40, "there is more to come");
    client.get("/freight").await.is_problem(503, "overloaded");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(client.get("/freight").await.status, 200);
    let rest: Result<Vec<_>, _> = lines.try_collect().await;
    assert!(rest.is_err(), "an end would be taken for the whole");
}

#[tokio::test]
async fn whoever_goes_gives_up_their_place() {
    let limits = Limits { concurrency: 1, ..Limits::default() };
    let (_service, client) = filled(Setup { limits, ..Setup::default() }).await;
    let lines = lines(ask(&client, "/freight", "application/x-ndjson").await);
    client.get("/freight").await.is_problem(503, "overloaded");
    drop(lines);
    while client.get("/freight").await.status == 503 {
        tokio::task::yield_now().await;
    }
    let whole = json!({ "count": SHIPMENTS, "is_exact": true });
    assert_eq!(client.get("/freight").await.body["total"], whole);
}
