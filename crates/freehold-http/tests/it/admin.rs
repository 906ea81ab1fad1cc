//! The admin interface: who is let in, what they see, and what they do.

use axum::http::Method;
use freehold::{
    http::{AdminSettings, AdminSettingsError, OperatorRole, Operators},
    prelude::*,
};
use serde_json::{Value as Json, json};

use crate::{
    service::{Answer, Client, Service, Setup},
    shipping::ShipmentEvent,
};

const OPERATOR: &str = "operator-operator-operator";
const VIEWER: &str = "viewer-viewer-viewer-viewer";

fn operators() -> Operators {
    let operators = Operators::nobody().and("anna", OperatorRole::Operator, OPERATOR).unwrap();
    operators.and("bert", OperatorRole::Viewer, VIEWER).unwrap()
}

/// A service with a view that cannot take in that a shipment was dispatched, unless it is called `free`.
async fn started() -> Service {
    let setup = Setup {
        operators: operators(),
        host: |host| host.context(Context::new("stubborn").view::<Stubborn>()).node_name("node-a"),
        ..Setup::default()
    };
    Service::with(setup).await
}

fn operator(service: &Service) -> Client {
    service.bearer(OPERATOR)
}

/// Counts what happens to a shipment, but for its dispatch.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "stubborn.Stubborn", table = "stubborn")]
struct Stubborn {
    #[row(key)]
    id: crate::shipping::ShipmentId,
    count: i64,
}

impl View for Stubborn {
    type Event = ShipmentEvent;

    fn key(event: &Recorded<ShipmentEvent>) -> Option<crate::shipping::ShipmentId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<ShipmentEvent>) -> Option<Self> {
        assert!(!matches!(event.event, ShipmentEvent::ShipmentDispatched { .. }), "no");
        let count = row.map_or(0, |row| row.count) + 1;
        Some(Self { id: event.stream_id(), count })
    }
}

async fn dispatched(service: &Service) -> String {
    let client = service.client();
    let id = client.book("AB123456789").await;
    let answer = client.post(&format!("/shipments/{id}/dispatch"), json!({ "carrier": "Dhl" })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    service.application.caught_up().await.unwrap();
    id
}

async fn letters(service: &Service) -> Vec<Json> {
    let answer = operator(service).get("/admin/dead-letters").await;
    answer.body["dead_letters"].as_array().unwrap().clone()
}

async fn audit(service: &Service) -> Vec<(String, String, String)> {
    let answer = operator(service).get("/admin/audit").await;
    let entries = answer.body["entries"].as_array().unwrap();
    let text = |entry: &Json, name: &str| entry[name].as_str().unwrap().to_owned();
    entries.iter().map(|entry| (text(entry, "actor"), text(entry, "action"), text(entry, "detail"))).collect()
}

#[tokio::test]
async fn without_anybody_named_there_is_no_interface() {
    let service = Service::start().await;
    for path in ["/admin/projections", "/admin/events", "/admin"] {
        operator(&service).get(path).await.is_problem(404, "unknown-path");
        service.client().get(path).await.is_problem(404, "unknown-path");
    }
}

#[tokio::test]
async fn nobody_else_is_let_in_and_a_viewer_changes_nothing() {
    let service = started().await;
    let requests =
        ["/admin/projections", "/admin/dead-letters", "/admin/nodes", "/admin/events", "/admin/audit"];
    for path in requests {
        for stranger in [service.nobody(), service.client(), service.bearer("viewer"), service.bearer("")] {
            stranger.get(path).await.is_problem(401, "unauthenticated");
        }
        assert_eq!(service.bearer(VIEWER).get(path).await.status, 200);
    }
    let pause = "/admin/projections/shipping.CarrierLoad/pause";
    service.client().post(pause, Json::Null).await.is_problem(401, "unauthenticated");
    let refused = service.bearer(VIEWER).post(pause, Json::Null).await;
    assert!(refused.is_problem(403, "forbidden").body["detail"].as_str().unwrap().contains("bert"));
    assert_eq!(audit(&service).await, []);
}

#[tokio::test]
async fn views_are_shown_and_rest_and_go_on() {
    let service = started().await;
    service.client().book("AB123456789").await;
    service.application.caught_up().await.unwrap();
    let answer = operator(&service).get("/admin/projections").await;
    assert_eq!((&answer.body["head"], answer.header("cache-control")), (&json!(1), Some("no-store")));
    let view = &answer.body["projections"][0];
    assert_eq!(
        (&view["view"], &view["healthy"], &view["events_behind"]),
        (&json!("shipping.CarrierLoad"), &json!(true), &json!(0))
    );
    assert_eq!(view["partitions"][3]["owner"], "node-a");

    let paused = operator(&service).post("/admin/projections/shipping.CarrierLoad/pause", Json::Null).await;
    assert_eq!(paused.body, json!({ "view": "shipping.CarrierLoad", "paused": true }));
    let answer = operator(&service).get("/admin/projections").await;
    assert_eq!(answer.body["projections"][0]["paused"], true);
    operator(&service).post("/admin/projections/shipping.CarrierLoad/resume", Json::Null).await;
    let answer = operator(&service).get("/admin/projections").await;
    assert_eq!(answer.body["projections"][0]["paused"], false);
    let unknown = operator(&service).post("/admin/projections/shipping.None/pause", Json::Null).await;
    assert!(unknown.is_problem(404, "not-found").body["detail"].as_str().unwrap().contains("shipping.None"));
    let entry = |action: &str| ("anna".to_owned(), action.to_owned(), String::new());
    assert_eq!(audit(&service).await, [entry("pause"), entry("resume")]);
}

#[tokio::test(start_paused = true)]
async fn dead_letters_are_shown_and_tried_again_and_skipped() {
    let service = started().await;
    let id = dispatched(&service).await;
    let [letter] = letters(&service).await.try_into().unwrap();
    assert_eq!(
        (&letter["view"], &letter["event"], &letter["position"], &letter["waiting"]),
        (&json!("stubborn.Stubborn"), &json!("ShipmentDispatched"), &json!(2), &json!(1))
    );
    assert_eq!((&letter["tenant"], &letter["key"]), (&json!("acme"), &json!(format!("[\"{id}\"]"))));
    let number = letter["number"].as_u64().unwrap();
    let path = |verb: &str| format!("/admin/dead-letters/{number}{verb}");
    let shown = operator(&service).get(&path("")).await;
    assert_eq!(shown.body["payload"]["carrier"], "Dhl");

    let retried = operator(&service).post(&path("/retry"), Json::Null).await;
    assert_eq!(retried.body, json!({ "number": number, "outcome": "failed", "error": "the view panicked" }));
    let all = operator(&service).post("/admin/dead-letters/retry", json!({ "error": "panicked" })).await;
    assert_eq!(all.body, json!({ "done": 0, "failed": 1, "gone": 0 }));
    let none = operator(&service).post("/admin/dead-letters/retry", json!({ "error": "another" })).await;
    assert_eq!(none.body, json!({ "done": 0, "failed": 0, "gone": 0 }));

    let elsewhere = json!({ "reason": "it has to be", "position": 7 });
    let gone = operator(&service).post(&path("/skip"), elsewhere).await;
    assert_eq!((&gone.body["outcome"], letters(&service).await.len()), (&json!("gone"), 1));
    for wrong in [json!({ "position": 2 }), json!({ "reason": " ", "position": 2 }), json!([])] {
        operator(&service).post(&path("/skip"), wrong).await.is_problem(400, "bad-request");
    }
    let skipped =
        operator(&service).post(&path("/skip"), json!({ "reason": "test data", "position": 2 })).await;
    assert_eq!((&skipped.body["outcome"], letters(&service).await.len()), (&json!("done"), 0));
    operator(&service).post(&path("/retry"), Json::Null).await.is_problem(404, "not-found");
    operator(&service).get("/admin/dead-letters/first").await.is_problem(400, "bad-request");
    let last = audit(&service).await.pop().unwrap();
    assert_eq!((&*last.0, &*last.1, &*last.2), ("anna", "skip", "the event at position 2: test data"));
}

#[tokio::test]
async fn events_and_streams_are_shown_over_all_tenants() {
    let service = started().await;
    let id = dispatched(&service).await;
    service.client_of("globex", crate::service::ROLES).book("CD123456789").await;
    let get = async |path: &str| operator(&service).get(path).await;
    let found = |answer: &Answer| {
        let events = answer.body["events"].as_array().unwrap();
        events.iter().map(|event| event["position"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let all = get("/admin/events").await;
    assert_eq!((found(&all), &all.body["read_to"]), (vec![1, 2, 3], &json!(3)));
    let event = &all.body["events"][1];
    assert_eq!(
        (&event["event"], &event["version"], &event["payload"]["carrier"]),
        (&json!("ShipmentDispatched"), &json!(2), &json!("Dhl"))
    );
    assert_eq!(found(&get("/admin/events?after=1&limit=1").await), [2]);
    assert_eq!(found(&get("/admin/events?last=2").await), [2, 3]);
    assert_eq!(found(&get("/admin/events?tenant=globex").await), [3]);
    assert_eq!(found(&get("/admin/events?kind=shipping.Shipment/ShipmentBooked").await), [1, 3]);
    assert_eq!(found(&get(&format!("/admin/events?stream=shipping.Shipment/{id}")).await), [1, 2]);
    let correlation = event["correlation"].as_str().unwrap();
    assert_eq!(found(&get(&format!("/admin/events?correlation={correlation}")).await), [2]);

    let streams = get("/admin/streams?tenant=acme&aggregate=shipping.Shipment").await;
    assert_eq!(streams.body["streams"][0]["stream"], format!("shipping.Shipment/{id}"));
    assert_eq!((streams.body["streams"].as_array().unwrap().len(), &streams.body["next"]), (1, &Json::Null));
    let stream = get(&format!("/admin/streams/shipping.Shipment/{id}?tenant=acme&after_version=1")).await;
    assert_eq!(found(&stream), [2]);
    for wrong in ["?limit=many", "?kind=Shipment", "?stream=shipping.Shipment", "?tenant=a b", "?colour=red"]
    {
        let answer = get(&format!("/admin/events{}", wrong.replace(' ', "%20"))).await;
        answer.is_problem(400, "bad-request");
    }
}

#[tokio::test]
async fn who_follows_the_log_is_woken_by_what_comes() {
    let service = started().await;
    let (tail, client) = (operator(&service), service.client());
    let waiting = tokio::spawn(async move { tail.get("/admin/events?after=0&wait=20").await });
    tokio::task::yield_now().await;
    client.book("AB123456789").await;
    assert_eq!(waiting.await.unwrap().body["events"][0]["position"], 1);
}

#[tokio::test]
async fn nodes_are_shown_with_what_they_do() {
    let service = started().await;
    let answer = operator(&service).get("/admin/nodes").await;
    let node = &answer.body["nodes"][0];
    assert_eq!((&node["name"], &node["roles"]), (&json!("node-a"), &json!(["relay", "server", "worker"])));
    assert_eq!(node["views"], json!(["shipping.CarrierLoad", "stubborn.Stubborn"]));
}

#[test]
fn tokens_that_can_be_guessed_or_taken_for_another_are_refused() {
    let load = |admin: Json| {
        let settings = json!({ "authentication": { "mode": "development" }, "admin": admin });
        let settings: freehold::http::Settings = serde_json::from_value(settings).unwrap();
        settings.operators()
    };
    let one = |name: &str, token: &str| json!({ "name": name, "role": "viewer", "token": token });
    assert!(load(json!([one("anna", OPERATOR), one("bert", VIEWER)])).is_ok());
    let error = load(json!([one("anna", "short")])).unwrap_err();
    assert!(matches!(&error, AdminSettingsError::Short(name) if name == "anna"), "{error}");
    let twice = load(json!([one("anna", OPERATOR), one("bert", OPERATOR)])).unwrap_err();
    assert!(matches!(&twice, AdminSettingsError::Twice(name) if name == "bert"), "{twice}");
    let without = load(json!([{ "name": "anna", "role": "operator" }])).unwrap_err();
    assert!(without.to_string().contains("takes one of `token` and `token_file`"), "{without}");
    let unknown = serde_json::from_value::<AdminSettings>(json!({ "name": "anna", "role": "boss" }));
    assert!(unknown.unwrap_err().to_string().contains("`viewer` or `operator`"));
    assert!(!format!("{:?}", operators()).contains(OPERATOR));
}

#[tokio::test(start_paused = true)]
async fn views_are_rebuilt_and_held_and_put_back() {
    let service = started().await;
    dispatched(&service).await;
    let rebuild = "/admin/projections/stubborn.Stubborn/rebuild";
    let stage = async || {
        let answer = operator(&service).get("/admin/rebuilds").await;
        answer.body["rebuilds"][0].clone()
    };
    let held = operator(&service).post(rebuild, json!({ "automatic": false })).await;
    assert_eq!(held.body, json!({ "view": "stubborn.Stubborn", "automatic": false }));
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let waiting = stage().await;
    assert_eq!(
        (&waiting["stage"], &waiting["rows_parked"], &waiting["seconds_left"]),
        (&json!("waiting"), &json!(1), &Json::Null)
    );
    assert_eq!(
        waiting["comparison"],
        json!({ "rows": 1, "added": 0, "gone": 0, "changed": 0, "samples": [] })
    );
    // What waits in it can be tried again like any other.
    let of_it = letters(&service).await.pop().unwrap();
    assert_eq!(of_it["view"], "stubborn.Stubborn__rebuild");
    let retry = format!("/admin/dead-letters/{}/retry", of_it["number"]);
    assert_eq!(operator(&service).post(&retry, Json::Null).await.body["outcome"], "failed");

    let early = operator(&service).post(&format!("{rebuild}/roll-back"), Json::Null).await;
    early.is_problem(409, "no-rebuild");
    for (verb, expected) in [("take-over", "taken-over"), ("roll-back", "rolled-back")] {
        assert_eq!(operator(&service).post(&format!("{rebuild}/{verb}"), Json::Null).await.status, 200);
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        assert_eq!(stage().await["stage"], expected);
    }
    assert_eq!(operator(&service).method(Method::DELETE, rebuild).await.status, 200);
    operator(&service).method(Method::DELETE, rebuild).await.is_problem(409, "no-rebuild");
    // Without a body it takes over by itself.
    let bare = operator(&service).method(Method::POST, rebuild).await;
    assert_eq!(bare.body["automatic"], true);
    assert_eq!(letters(&service).await.len(), 1);
}
