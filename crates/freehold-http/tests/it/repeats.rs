//! What makes sending a command twice safe: keys, and versions.

use serde_json::json;

use crate::service::{ROLES, Service, booking, token};

const KEY: &str = "idempotency-key";

#[tokio::test]
async fn a_command_under_the_same_key_is_carried_out_once() {
    let service = Service::start().await;
    let client = service.client();
    let first = client.post_with("/shipments", booking("AB123456789"), &[(KEY, "4711")]).await;
    let again = client.post_with("/shipments", booking("AB123456789"), &[(KEY, "\"4711\"")]).await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, None));
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(first.header("etag"), again.header("etag"));
    assert_eq!(client.get("/shipments").await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_command_of_one_sender_of_one_tenant() {
    let service = Service::start().await;
    let client = service.client();
    let path = format!("/shipments/{}/dispatch", client.book("AB123456789").await);
    let dhl = json!({ "carrier": "Dhl" });
    assert_eq!(client.post_with(&path, dhl.clone(), &[(KEY, "k")]).await.status, 200);
    let other = client.post_with(&path, json!({ "carrier": "Ups" }), &[(KEY, "k")]).await;
    other.is_problem(422, "idempotency-key-reused");
    assert_eq!(client.post_with(&path, dhl, &[(KEY, "k")]).await.header("idempotent-replayed"), Some("true"));

    let stranger = service.client_of("globex", ROLES);
    let booked = stranger.post_with("/shipments", booking("AB123456789"), &[(KEY, "k")]).await;
    assert_eq!((booked.status.as_u16(), booked.header("idempotent-replayed")), (201, None));
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let service = Service::start().await;
    let client = service.client();
    let long = "k".repeat(256);
    for key in ["", "two words", "\"open", "\"in\"side\"", "\"\"", "\"\\n\"", &long] {
        let answer = client.post_with("/shipments", booking("AB123456789"), &[(KEY, key)]).await;
        answer.is_problem(400, "invalid-header");
    }
    let two = [(KEY, "a"), (KEY, "b")];
    client.post_with("/shipments", booking("AB123456789"), &two).await.is_problem(400, "invalid-header");
    for key in ["k", "\"two words\"", "\"a \\\"quoted\\\" \\\\ key\"", &"k".repeat(255)] {
        let answer = client.post_with("/shipments", json!({}), &[(KEY, key)]).await;
        answer.is_problem(422, "invalid");
    }
}

#[tokio::test]
async fn a_command_is_carried_out_only_at_the_version_that_was_seen() {
    let service = Service::start().await;
    let client = service.client();
    let path = format!("/shipments/{}/dispatch", client.book("AB123456789").await);
    let dispatch = json!({ "carrier": "Dhl" });
    let stale = client.post_with(&path, dispatch.clone(), &[("if-match", "\"7\"")]).await;
    assert_eq!(stale.is_problem(412, "version-mismatch").body["version"], 1);
    let done = client.post_with(&path, dispatch, &[("if-match", "\"1\"")]).await;
    assert_eq!((done.status.as_u16(), done.header("etag")), (200, Some("\"2\"")));
    assert_eq!(done.body["version"], 2);
    assert_eq!(done.header("location"), None);
}

#[tokio::test]
async fn any_version_that_exists_will_do_for_a_star() {
    let service = Service::start().await;
    let client = service.client();
    let path = format!("/shipments/{}/dispatch", client.book("AB123456789").await);
    let star = [("if-match", "*")];
    assert_eq!(client.post_with(&path, json!({ "carrier": "Dhl" }), &star).await.status, 200);
    let nothing = "/shipments/01890a5d-ac96-774b-bcce-b302099a8057/dispatch";
    client.post_with(nothing, json!({ "carrier": "Dhl" }), &star).await.is_problem(404, "not-found");
}

#[tokio::test]
async fn a_version_that_cannot_be_read_is_refused() {
    let service = Service::start().await;
    let client = service.client();
    let path = format!("/shipments/{}/dispatch", client.book("AB123456789").await);
    for tag in ["3", "W/\"1\"", "\"x\"", "\"1\", \"2\"", "\"-1\"", "\"+1\"", "", "\"99999999999999999999\""] {
        let answer = client.post_with(&path, json!({ "carrier": "Dhl" }), &[("if-match", tag)]).await;
        answer.is_problem(400, "invalid-header");
    }
}

#[tokio::test]
async fn two_senders_with_one_key_do_not_meet() {
    let service = Service::start().await;
    let other = service.bearer(&token(Some("acme"), ROLES));
    let client = service.client();
    let first = client.post_with("/shipments", booking("AB123456789"), &[(KEY, "k")]).await;
    // The same subject has another token, and the key still counts.
    let again = other.post_with("/shipments", booking("AB123456789"), &[(KEY, "k")]).await;
    assert_eq!(first.body["id"], again.body["id"]);
}
