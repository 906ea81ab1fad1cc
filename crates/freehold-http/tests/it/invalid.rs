//! What is wrong with a command is said all at once, each with its place.

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::service::{Answer, Service, booking};

async fn book(body: serde_json::Value) -> Answer {
    Service::start().await.client().post("/shipments", body).await
}

async fn send(content_type: Option<&str>, body: &'static str) -> Answer {
    let request = Request::post("/shipments");
    let request =
        content_type.into_iter().fold(request, |request, value| request.header("content-type", value));
    Service::start().await.client().send(request, Body::from(body)).await
}

#[tokio::test]
async fn every_bound_that_is_broken_is_named() {
    let mut body = booking("AB123456789");
    body["weight_kg"] = json!("0");
    body["items"] = json!([{ "name": "lamp", "pieces": 1 }, { "name": "", "pieces": 1 }]);
    body["note"] = json!("x".repeat(21));
    let answer = book(body).await;
    answer.is_problem(422, "invalid");
    let mut places = answer.places();
    places.sort();
    assert_eq!(places, ["/items/1/name", "/note", "/weight_kg"]);
}

#[tokio::test]
async fn every_value_that_cannot_be_read_is_named() {
    let answer = book(json!({
        "tracking_number": "nonsense",
        "to": { "street": "", "city": "", "country": "XX" },
        "weight_kg": 12.5,
        "items": [{ "name": 1, "pieces": 1 }, { "name": "lamp", "pieces": "two" }, { "name": "lamp", "pieces": 1 }, {}],
        "express": "yes",
        "colour": "red",
    }))
    .await;
    answer.is_problem(422, "invalid");
    let mut errors = answer.errors();
    errors.sort();
    let expected = [
        (
            "/colour",
            "unknown field; expected one of `tracking_number`, `to`, `weight_kg`, `items`, `express`, `note`",
        ),
        ("/express", "invalid type: string \"yes\", expected a boolean"),
        ("/items/0/name", "invalid type: integer `1`, expected a string"),
        ("/items/1/pieces", "invalid type: string \"two\", expected a whole number"),
        ("/items/3/name", "this field is required"),
        ("/to/country", "expected the two upper-case letters of a country in ISO 3166-1, such as `DE`"),
        ("/tracking_number", "does not match pattern /^[A-Z]{2}[0-9]{9}$/"),
        ("/weight_kg", "a decimal number is written as a string, such as \"12.50\""),
    ];
    let expected: Vec<_> = expected.map(|(place, detail)| (place.to_owned(), detail.to_owned())).into();
    assert_eq!(errors, expected);
    assert_eq!(answer.body["detail"], "8 places are not valid; see `errors`");
}

#[tokio::test]
async fn what_a_composite_value_breaks_is_named_inside_it() {
    let mut body = booking("AB123456789");
    body["to"] = json!({ "street": "", "city": " Berlin", "country": "DE" });
    let answer = book(body).await;
    let expected =
        [("/to/street", "length is lower than 1"), ("/to", "the rule `IndentedCity` does not hold")];
    assert_eq!(answer.errors(), expected.map(|(place, detail)| (place.to_owned(), detail.to_owned())));
}

#[tokio::test]
async fn every_field_that_is_missing_is_named() {
    let answer = book(json!({ "to": { "city": "Berlin" } })).await;
    answer.is_problem(422, "invalid");
    assert_eq!(answer.places(), ["/to/street", "/to/country", "/tracking_number", "/weight_kg"]);
}

#[tokio::test]
async fn a_field_that_comes_twice_is_refused() {
    let answer = send(Some("application/json"), r#"{ "weight_kg": "1", "weight_kg": "2" }"#).await;
    answer.is_problem(422, "invalid");
    assert!(answer.text.contains("duplicate field `weight_kg`"), "{answer:#?}");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    book(json!([1, 2])).await.is_problem(422, "invalid");
    book(json!(null)).await.is_problem(422, "invalid");
    book(json!("text")).await.is_problem(422, "invalid");
}

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let answer = send(Some("application/json"), "{ \"tracking_number\": ").await;
    answer.is_problem(400, "malformed-json");
    assert!(answer.body["detail"].as_str().unwrap().contains("line 1 column"), "{answer:#?}");
    send(Some("application/json"), "{} {}").await.is_problem(400, "malformed-json");
    send(Some("application/json"), "\u{1}").await.is_problem(400, "malformed-json");
}

#[tokio::test]
async fn a_body_must_be_said_to_be_json() {
    send(None, "{}").await.is_problem(415, "unsupported-media-type");
    send(Some("text/plain"), "{}").await.is_problem(415, "unsupported-media-type");
    send(Some("application/x-www-form-urlencoded"), "a=b").await.is_problem(415, "unsupported-media-type");
    send(Some("application/JSON; charset=utf-8"), "{}").await.is_problem(422, "invalid");
}

#[tokio::test]
async fn an_empty_body_counts_as_one_without_fields() {
    let service = Service::start().await;
    let client = service.client();
    let id = client.book("AB123456789").await;
    let answer = client.send(Request::put(format!("/shipments/{id}/hold")), Body::empty()).await;
    assert_eq!(answer.status, 200, "{answer:#?}");
    assert_eq!(answer.body["version"], 1);
}

#[tokio::test]
async fn an_id_that_is_no_uuid_is_not_valid() {
    let service = Service::start().await;
    let answer = service.client().post("/shipments/7/dispatch", json!({ "carrier": "Dhl" })).await;
    answer.is_problem(422, "invalid");
    assert_eq!(answer.errors(), [("id".to_owned(), "expected a UUID".to_owned())]);
    assert_eq!(answer.body["errors"][0]["parameter"], "id");
}

#[tokio::test]
async fn a_word_that_is_none_of_an_enum_is_told_which_there_are() {
    let service = Service::start().await;
    let client = service.client();
    let id = client.book("AB123456789").await;
    let answer = client.post(&format!("/shipments/{id}/dispatch"), json!({ "carrier": "Fedex" })).await;
    assert_eq!(answer.errors(), [("/carrier".to_owned(), "expected one of Dhl, Ups".to_owned())]);
}
