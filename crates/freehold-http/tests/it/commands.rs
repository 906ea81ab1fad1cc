//! Commands that are carried out, and what they are answered with.

use serde_json::json;

use crate::service::{Service, booking};

#[tokio::test]
async fn a_creating_command_answers_201_with_the_place_of_what_it_created() {
    let service = Service::start().await;
    let answer = service.client().post("/shipments", booking("AB123456789")).await;
    assert_eq!(answer.status, 201, "{answer:#?}");
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.body, json!({ "id": id, "version": 1, "position": 1 }));
    assert_eq!(answer.header("location"), Some(format!("/shipments/{id}").as_str()));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("idempotent-replayed"), None);
}
