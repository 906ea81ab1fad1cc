//! Whether the service runs, and whether it can do its work.

use freehold::{Cell, CellError, CellKind, ColumnDef, Schema, prelude::*};
use serde_json::json;

use crate::{
    service::{Client, Service, Setup},
    shipping::{ShipmentEvent, ShipmentId},
};

#[tokio::test]
async fn it_lives_for_as_long_as_it_answers() {
    let service = Service::start().await;
    let answer = service.nobody().get("/health/live").await;
    assert_eq!((answer.status.as_u16(), answer.body), (200, json!({ "status": "live" })));
}

#[tokio::test]
async fn it_is_ready_when_the_log_can_be_read_and_every_view_gets_on() {
    let service = Service::start().await;
    service.client().book("AB123456789").await;
    service.application.caught_up().await.unwrap();
    let answer = service.nobody().get("/health/ready").await;
    assert_eq!(answer.status, 200);
    let mut body = answer.body.clone();
    let view = &mut body["views"][0];
    let mut heartbeats = vec![view["heartbeat_seconds_ago"].take()];
    for partition in view["partitions"].as_array_mut().unwrap() {
        heartbeats.push(partition["heartbeat_seconds_ago"].take());
    }
    assert!(heartbeats.iter().all(|beat| (0.0..10.0).contains(&beat.as_f64().unwrap())), "{heartbeats:?}");
    let partitions = [0, 1, 2, 3].map(|partition| {
        json!({
            "partition": partition, "position": 1, "owner": "node", "heartbeat_seconds_ago": null, "rows_parked": 0,
        })
    });
    let view = json!({
        "view": "shipping.CarrierLoad", "position": 1, "running": true, "error": null,
        "events_behind": 0, "seconds_behind": 0.0, "events_per_second": 0, "heartbeat_seconds_ago": null,
        "paused": false, "rows_parked": 0, "partitions": partitions,
    });
    assert_eq!(body, json!({ "status": "ready", "head": 1, "views": [view] }));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// A row that can be written and not read.
#[derive(Clone)]
struct Unreadable(ShipmentId);

impl Row for Unreadable {
    type Key = ShipmentId;
    const SCHEMA: &'static Schema = &Schema {
        view: "shipping.Unreadable",
        version: 1,
        table: "unreadable",
        columns: &[ColumnDef { name: "id", kind: CellKind::Uuid, nullable: false }],
        key: &[0],
    };

    fn key_of(&self) -> ShipmentId {
        self.0
    }

    fn to_cells(&self) -> Vec<Cell> {
        vec![Cell::Uuid(self.0.as_uuid())]
    }

    fn from_cells(_: Vec<Cell>) -> Result<Self, CellError> {
        Err(CellError::new("it is of another shape"))
    }
}

impl View for Unreadable {
    type Event = ShipmentEvent;

    fn key(event: &Recorded<ShipmentEvent>) -> Option<ShipmentId> {
        Some(event.stream_id())
    }

    fn evolve(_: Option<Self>, event: &Recorded<ShipmentEvent>) -> Option<Self> {
        Some(Self(event.stream_id()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_taken_in_is_counted_and_leaves_it_ready() {
    let broken =
        Setup { host: |host| host.context(Context::new("broken").view::<Unreadable>()), ..Setup::default() };
    let service = Service::with(broken).await;
    let client = service.client();
    let path = format!("/shipments/{}/dispatch", client.book("AB123456789").await);
    service.application.caught_up().await.unwrap();
    client.post(&path, json!({ "carrier": "Dhl" })).await;
    service.application.caught_up().await.unwrap();

    let answer = service.nobody().get("/health/ready").await;
    assert_eq!(answer.status, 200);
    let view = &answer.body["views"][1];
    assert_eq!((&view["view"], &view["position"]), (&json!("shipping.Unreadable"), &json!(2)));
    assert_eq!((&view["rows_parked"], &view["error"]), (&json!(1), &json!(null)), "{view}");
    assert_eq!(answer.body["views"][0]["rows_parked"], 0);
}

#[tokio::test]
async fn it_is_not_ready_when_the_worker_of_a_view_does_not_run() {
    let service = Service::start().await;
    service.client().book("AB123456789").await;
    service.application.caught_up().await.unwrap();
    let (router, Service { host, .. }) = (service.router.clone(), service);
    host.stop().await;
    let nobody = Client { router, authorization: None };
    let answer = nobody.get("/health/ready").await;
    assert_eq!((answer.status.as_u16(), &answer.body["status"]), (503, &json!("unavailable")));
    let view = &answer.body["views"][0];
    assert_eq!((&view["view"], &view["running"]), (&json!("shipping.CarrierLoad"), &json!(false)));
    assert_eq!(nobody.get("/health/live").await.status, 200);
}
