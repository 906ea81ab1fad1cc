//! Changes of a list as server-sent events.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{HeaderMap, Request},
};
use freehold::http::Limits;
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::service::{Client, Service, Setup};

/// Events as they come.
struct Events {
    body: BodyDataStream,
    text: String,
    headers: HeaderMap,
}

impl Events {
    async fn of(client: &Client, path: &str, last: Option<&str>) -> Self {
        let request = Request::get(path).header("authorization", client.authorization.as_deref().unwrap());
        let request = request.header("accept", "text/event-stream");
        let request = last.into_iter().fold(request, |request, last| request.header("last-event-id", last));
        let request = request.body(Body::empty()).unwrap();
        let response = client.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        assert_eq!(response.status(), 200);
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "text/event-stream");
        Self { headers, body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next block, without the empty line behind it; nothing if there is none.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let piece = self.body.next().await?.expect("it goes on");
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// The id, the name and the content of the next event.
    async fn event(&mut self) -> (String, String, Value) {
        let block = self.next().await.expect("there is another");
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_default().to_owned()
        };
        (field("id"), field("event"), serde_json::from_str(&field("data")).unwrap_or_default())
    }
}

async fn dispatch(client: &Client, id: &str) {
    client.post(&format!("/shipments/{id}/dispatch"), json!({ "carrier": "Dhl" })).await;
}

#[tokio::test]
async fn what_happens_to_a_list_is_told_from_a_position_on() {
    let service = Service::start().await;
    let client = service.client();
    client.book("AB000000001").await;
    let list = client.get("/freight").await;
    let second = client.book("AB000000002").await;
    let mut events = Events::of(&client, "/freight", list.header("log-position")).await;
    assert_eq!(events.headers["log-position"], "1");
    assert_eq!(events.headers["cache-control"], "no-store");
    assert_eq!(events.event().await, ("1".into(), String::new(), Value::Null), "where it begins");
    let row = json!({ "tracking_number": "AB000000002", "carrier": null, "version": 1 });
    assert_eq!(events.event().await, ("2".into(), "row".into(), row));
    assert!(events.next().now_or_never().is_none(), "nothing more has happened");
    dispatch(&client, &second).await;
    let row = json!({ "tracking_number": "AB000000002", "carrier": "Dhl", "version": 2 });
    assert_eq!(events.event().await, ("3".into(), "row".into(), row));
}

#[tokio::test]
async fn what_leaves_the_list_is_told_by_its_key() {
    let service = Service::start().await;
    let client = service.client();
    let mut events = Events::of(&client, "/freight?status=Booked", None).await;
    events.event().await;
    let id = client.book("AB000000001").await;
    assert_eq!(events.event().await.1, "row");
    dispatch(&client, &id).await;
    assert_eq!(events.event().await, ("2".into(), "gone".into(), json!({ "id": id })));
}

#[tokio::test]
async fn who_was_cut_off_goes_on_behind_the_last_event() {
    let service = Service::start().await;
    let client = service.client();
    let mut events = Events::of(&client, "/freight", None).await;
    for number in 1..=3 {
        client.book(&format!("AB00000000{number}")).await;
    }
    let (_, (last, ..)) = (events.event().await, events.event().await);
    drop(events);
    let mut events = Events::of(&client, "/freight", Some(&last)).await;
    events.event().await;
    for number in last.parse::<u64>().unwrap() + 1..=3 {
        let (id, _, row) = events.event().await;
        assert_eq!(
            (id, row["tracking_number"].as_str()),
            (number.to_string(), Some(&*format!("AB00000000{number}")))
        );
    }
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_told() {
    let service = Service::start().await;
    let (client, stranger) = (service.client(), service.client_of("globex", &["dispatcher"]));
    let mut events = Events::of(&stranger, "/freight", Some("0")).await;
    events.event().await;
    client.book("AB000000001").await;
    stranger.book("AB000000002").await;
    assert_eq!(events.event().await.2["tracking_number"], "AB000000002");
}

#[tokio::test]
async fn what_stands_in_the_way_is_a_problem() {
    let service = Service::start().await;
    let client = service.client();
    let ask = |path, last: &'static str| {
        let request = Request::get(path).header("accept", "text/event-stream").header("last-event-id", last);
        client.send(request, Body::empty())
    };
    for wrong in ["-1", "one", "", "7"] {
        ask("/freight", wrong).await.is_problem(400, "invalid-header");
    }
    let answer = ask("/freight?sort=weight_kg&limit=5&colour=red", "0").await;
    assert_eq!(answer.is_problem(422, "invalid").places(), ["colour"]);
    let mut places = ask("/freight?sort=weight_kg&limit=5", "0").await.is_problem(422, "invalid").places();
    places.sort();
    assert_eq!(places, ["limit", "sort"]);
    let other = ask("/shipments", "0").await;
    assert_eq!(other.header("content-type"), Some("application/json"), "it does not declare that");
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_shows_that_it_lives() {
    let service = Service::start().await;
    let mut events = Events::of(&service.client(), "/freight", None).await;
    events.event().await;
    for _ in 0..3 {
        assert_eq!(events.next().await.unwrap(), ":");
    }
}

#[tokio::test(start_paused = true)]
async fn events_end_when_the_token_does() {
    let service = Service::start().await;
    let mut events = Events::of(&service.client(), "/freight", None).await;
    let begun = tokio::time::Instant::now();
    while events.next().await.is_some() {}
    assert_eq!(begun.elapsed().as_secs(), 3_600 + 30, "with what clocks may be apart");
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_gives_up_their_place() {
    let limits = Limits { concurrency: 1, request: Duration::from_secs(3), ..Limits::default() };
    let service = Service::with(Setup { limits, ..Setup::default() }).await;
    let client = service.client();
    let events = Events::of(&client, "/freight", None).await;
    client.get("/freight").await.is_problem(503, "overloaded");
    // One comment waits to be taken, and the next finds no room.
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(client.get("/freight").await.status, 200);
    drop(events);
}

#[tokio::test]
async fn events_end_when_the_host_stops() {
    let service = Service::start().await;
    let mut events = Events::of(&service.client(), "/freight", None).await;
    events.event().await;
    service.host.stop().await;
    assert_eq!(events.next().await, None);
}
