//! Every way in which a command or a query can end, and the problem that answers for it.

use std::{fmt, time::Duration};

use freehold::{
    CommandId,
    app::{CommandRequest, CommandService, DispatchError, QueryError, QueryRequest, QueryService},
    ports::{Conflict, InlineError, StoreError},
    prelude::*,
};
use serde_json::json;
use tower::{service_fn, util::BoxCloneSyncService};

use crate::service::{Answer, Service, Setup, booking};

/// What no client may be told.
const INTERNALS: &str = "/var/lib/secret.db";

#[derive(Debug)]
struct Internals;

impl fmt::Display for Internals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(INTERNALS)
    }
}

impl std::error::Error for Internals {}

/// A bus that ends every command in the same way.
macro_rules! ending {
    ($error:expr) => {{
        fn end(_: CommandService) -> CommandService {
            BoxCloneSyncService::new(service_fn(|_: CommandRequest| async { Err($error) }))
        }
        let setup = Setup { host: |host| host.command_layer(end), ..Setup::default() };
        Service::with(setup).await.client().post("/shipments", booking("AB123456789")).await
    }};
}

/// The same for queries.
macro_rules! ending_query {
    ($error:expr) => {{
        fn end(_: QueryService) -> QueryService {
            BoxCloneSyncService::new(service_fn(|_: QueryRequest| async { Err($error) }))
        }
        let setup = Setup { host: |host| host.query_layer(end), ..Setup::default() };
        Service::with(setup).await.client().get("/shipments").await
    }};
}

#[track_caller]
fn tells_nothing(answer: &Answer) {
    assert!(!answer.text.contains(INTERNALS), "{answer:#?}");
}

#[tokio::test]
async fn a_rejection_of_the_domain_keeps_its_name() {
    let service = Service::start().await;
    let client = service.client();
    let path = format!("/shipments/{}/dispatch", client.book("AB123456789").await);
    assert_eq!(client.post(&path, json!({ "carrier": "Dhl" })).await.status, 200);
    let answer = client.post(&path, json!({ "carrier": "Dhl" })).await;
    answer.is_problem(422, "shipping/wrong-state");
    assert_eq!(answer.body["rejection"], "WrongState");
    assert_eq!(
        (&answer.body["title"], &answer.body["detail"]),
        (&json!("Wrong state"), &json!("it is InTransit"))
    );
    assert_eq!(answer.body["instance"], path);

    let mut heavy = booking("AB000000001");
    heavy["weight_kg"] = json!("30.01");
    let heavy = client.post("/shipments", heavy).await.body["id"].as_str().unwrap().to_owned();
    let answer = client.post(&format!("/shipments/{heavy}/dispatch"), json!({ "carrier": "Dhl" })).await;
    answer.is_problem(422, "shipping/too-heavy");
}

#[tokio::test]
async fn what_is_taken_is_a_conflict_that_names_the_fields() {
    let service = Service::start().await;
    let client = service.client();
    client.book("AB123456789").await;
    let answer = client.post("/shipments", booking("AB123456789")).await;
    answer.is_problem(409, "taken");
    assert_eq!(answer.body["detail"], "Another Shipment has this tracking_number already.");
}

#[tokio::test]
async fn what_is_not_there_or_there_already_is_said() {
    let service = Service::start().await;
    let nothing = "/shipments/01890a5d-ac96-774b-bcce-b302099a8057/dispatch";
    service.client().post(nothing, json!({ "carrier": "Dhl" })).await.is_problem(404, "not-found");
    ending!(DispatchError::NotFound { aggregate: "shipping.Shipment" }).is_problem(404, "not-found");
    ending!(DispatchError::Exists { aggregate: "shipping.Shipment" }).is_problem(409, "exists");
}

#[tokio::test]
async fn what_may_work_later_says_when() {
    let answers = [
        (
            ending!(DispatchError::Conflict(Conflict::Version { expected: Version(1), actual: Version(2) })),
            409,
            "conflict",
        ),
        (
            ending!(DispatchError::Inline {
                view: "v",
                error: InlineError::TimedOut(Duration::from_secs(2))
            }),
            503,
            "read-model",
        ),
        (
            ending!(DispatchError::Inline { view: "v", error: InlineError::Failed(INTERNALS.into()) }),
            503,
            "read-model",
        ),
        (
            ending!(DispatchError::Store(StoreError::Unavailable { reason: INTERNALS.into() })),
            503,
            "unavailable",
        ),
        (
            ending_query!(QueryError::Store(StoreError::Unavailable { reason: INTERNALS.into() })),
            503,
            "unavailable",
        ),
        (
            ending_query!(QueryError::Behind {
                view: "v",
                position: Position(1),
                asked: Position(2),
                reason: INTERNALS.into(),
            }),
            503,
            "behind",
        ),
    ];
    for (answer, status, name) in answers {
        tells_nothing(answer.is_problem(status, name));
        assert_eq!(answer.header("retry-after"), Some("1"), "{name}");
    }
}

#[tokio::test]
async fn what_was_closed_for_good_is_a_conflict_that_waiting_does_not_help() {
    let answer = ending!(DispatchError::Conflict(Conflict::Archived { at: Version(3) }));
    answer.is_problem(409, "closed");
    assert_eq!(answer.body["detail"], "The stream was closed at version 3.");
    assert_eq!(answer.header("retry-after"), None);
}

#[tokio::test]
async fn what_took_too_long_is_a_time_out() {
    ending!(DispatchError::TimedOut(Duration::from_secs(10))).is_problem(504, "timed-out");
    ending_query!(QueryError::TimedOut(Duration::from_secs(10))).is_problem(504, "timed-out");
}

#[tokio::test]
async fn a_store_without_room_is_told() {
    tells_nothing(
        ending!(DispatchError::Store(StoreError::Full { reason: INTERNALS.into() })).is_problem(507, "full"),
    );
}

#[tokio::test]
async fn what_is_wrong_inside_is_not_told() {
    let answers = [
        ending!(DispatchError::Fault(INTERNALS.into())),
        ending!(DispatchError::Store(StoreError::Corrupt { reason: INTERNALS.into() })),
        ending!(DispatchError::Store(StoreError::Other(Box::new(Internals)))),
        ending_query!(QueryError::Store(StoreError::Corrupt { reason: INTERNALS.into() })),
        ending_query!(QueryError::Store(StoreError::Other(Box::new(Internals)))),
    ];
    for answer in answers {
        tells_nothing(answer.is_problem(500, "internal"));
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_the_service_goes_on() {
    fn end(_: CommandService) -> CommandService {
        BoxCloneSyncService::new(service_fn(|_: CommandRequest| async { panic!("{INTERNALS}") }))
    }
    let service = Service::with(Setup { host: |host| host.command_layer(end), ..Setup::default() }).await;
    let client = service.client();
    tells_nothing(client.post("/shipments", booking("AB123456789")).await.is_problem(500, "internal"));
    assert_eq!(client.get("/shipments").await.status, 200);
}

#[tokio::test]
async fn what_a_bus_forbids_or_finds_invalid_is_said_like_what_the_route_does() {
    let answer = ending!(DispatchError::Forbidden { command: "BookShipment", allowed: &[] });
    assert_eq!(answer.is_problem(403, "forbidden").body.get("roles"), None);
    let invalid = ending!(DispatchError::Invalid(Invalid::because(Violation::at("items[0].a/b", "no"))));
    invalid.is_problem(422, "invalid");
    let reused = ending!(DispatchError::CommandIdReused(CommandId(Uuid::nil())));
    reused.is_problem(422, "idempotency-key-reused");
    let forbidden = ending_query!(QueryError::Forbidden { query: "ListShipments", allowed: &["boss"] });
    assert_eq!(forbidden.is_problem(403, "forbidden").body["roles"], json!(["boss"]));
}
