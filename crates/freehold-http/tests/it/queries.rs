//! Queries: one row, pages of rows, and what is wrong with a question.

use serde_json::json;

use crate::service::{ROLES, Service, booking};

#[tokio::test]
async fn a_query_for_one_row_answers_it_with_its_version() {
    let service = Service::start().await;
    let client = service.client();
    let id = client.book("AB123456789").await;
    let answer = client.get(&format!("/shipments/{id}")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text,
        format!(
            r#"{{"id":"{id}","tracking_number":"AB123456789","status":"Booked","carrier":null,"to":{{"street":"Hauptstr. 1","city":"Berlin","country":"DE"}},"weight_kg":"12.50","items":[],"version":1}}"#
        )
    );
    assert_eq!(answer.header("etag"), Some("\"1\""));
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    assert_eq!(answer.header("vary"), Some("authorization"));
}

#[tokio::test]
async fn a_row_that_the_client_has_is_not_sent_again() {
    let service = Service::start().await;
    let client = service.client();
    let path = format!("/shipments/{}", client.book("AB123456789").await);
    for known in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
        let answer = client.get_with(&path, "if-none-match", known).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (304, ""), "{known}");
        assert_eq!(answer.header("etag"), Some("\"1\""));
    }
    for other in ["\"2\"", "nonsense", "1", "\"\""] {
        assert_eq!(client.get_with(&path, "if-none-match", other).await.status, 200, "{other}");
    }
}

#[tokio::test]
async fn a_row_that_is_not_there_is_not_found() {
    let service = Service::start().await;
    let client = service.client();
    let nothing = "/shipments/01890a5d-ac96-774b-bcce-b302099a8057";
    let answer = client.get(nothing).await;
    assert_eq!(answer.is_problem(404, "not-found").body["instance"], nothing);
}

#[tokio::test]
async fn what_belongs_to_another_tenant_is_not_there() {
    let service = Service::start().await;
    let id = service.client().book("AB123456789").await;
    let stranger = service.client_of("globex", ROLES);
    stranger.get(&format!("/shipments/{id}")).await.is_problem(404, "not-found");
    let answer = stranger.post(&format!("/shipments/{id}/dispatch"), json!({ "carrier": "Dhl" })).await;
    answer.is_problem(404, "not-found");
    assert_eq!(stranger.get("/shipments").await.body, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn pages_follow_one_another() {
    let service = Service::start().await;
    let client = service.client();
    for number in ["AB000000001", "AB000000002", "AB000000003"] {
        client.book(number).await;
    }
    let first = client.get("/shipments?sort=-tracking_number&limit=2&status=Booked").await;
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let numbers = |answer: &crate::service::Answer| -> Vec<String> {
        let items = answer.body["items"].as_array().unwrap();
        items.iter().map(|item| item["tracking_number"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(numbers(&first), ["AB000000003", "AB000000002"]);
    assert_eq!(first.body["items"][0]["version"], 1);
    let cursor = first.body["next"].as_str().unwrap();
    let link = first.header("link").unwrap();
    let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap();
    assert_eq!(next, format!("/shipments?sort=-tracking_number&limit=2&status=Booked&cursor={cursor}"));

    let last = client.get(next).await;
    assert_eq!(numbers(&last), ["AB000000001"]);
    assert_eq!((&last.body["next"], last.header("link")), (&json!(null), None));
}

#[tokio::test]
async fn every_parameter_that_cannot_be_read_is_named() {
    let service = Service::start().await;
    let answer = service.client().get("/shipments?status=Lost&limit=many&colour=red&search=a&search=b").await;
    answer.is_problem(422, "invalid");
    let mut errors = answer.errors();
    errors.sort();
    let expected = [
        ("colour", "unknown field; expected one of `status`, `search`, `sort`, `limit`, `cursor`"),
        ("limit", "expected a whole number"),
        ("search", "this parameter may be given once"),
        ("status", "expected one of Booked, InTransit"),
    ];
    assert_eq!(errors, expected.map(|(place, detail)| (place.to_owned(), detail.to_owned())));
    assert_eq!(answer.body["errors"][0].get("pointer"), None);
}

#[tokio::test]
async fn what_a_query_refuses_is_named_by_its_parameter() {
    let service = Service::start().await;
    let answer = service.client().get("/shipments?sort=weight_kg&limit=0&cursor=abc").await;
    answer.is_problem(422, "invalid");
    let mut places = answer.places();
    places.sort();
    assert_eq!(places, ["cursor", "limit", "sort"]);
}

#[tokio::test]
async fn an_id_in_the_path_of_a_query_must_be_one_and_comes_once() {
    let service = Service::start().await;
    let client = service.client();
    assert_eq!(client.get("/shipments/7").await.is_problem(422, "invalid").places(), ["id"]);
    let id = client.book("AB123456789").await;
    assert_eq!(
        client.get(&format!("/shipments/{id}?id={id}")).await.is_problem(422, "invalid").places(),
        ["id"]
    );
}

#[tokio::test]
async fn parameters_are_decoded_once() {
    let service = Service::start().await;
    let (client, name) = (service.client_of("acme", &["operator"]), "50%25 off+tax & more/less");
    let offered = client.post("/plans", json!({ "name": name })).await;
    assert_eq!(offered.status, 201);
    let answer = client.get("/plans/named/50%2525%20off+tax%20&%20more%2Fless").await;
    assert_eq!(answer.body["items"][0]["name"], name, "{answer:#?}");
}

#[tokio::test]
async fn a_path_that_is_not_utf_8_is_a_bad_request() {
    let service = Service::start().await;
    service.client().get("/plans/named/%ff").await.is_problem(400, "bad-request");
}

#[tokio::test]
async fn who_sends_the_position_of_a_command_reads_what_it_has_written() {
    let service = Service::start().await;
    let client = service.client();
    for number in 1..=20 {
        let booked = client.post("/shipments", booking(&format!("AB1234567{number:02}"))).await;
        let position = booked.header("log-position").unwrap().to_owned();
        assert_eq!(booked.body["position"].to_string(), position);
        let path = format!("/shipments/{}", booked.body["id"].as_str().unwrap());
        let row = client.get_with(&path, "log-position", &position).await;
        assert_eq!((row.status.as_u16(), row.header("log-position")), (200, Some(&*position)));
        let page = client.get_with("/shipments?limit=100", "log-position", &position).await;
        assert_eq!(page.body["items"].as_array().unwrap().len(), number);
        assert_eq!(page.header("log-position"), Some(&*position));
    }
}

#[tokio::test]
async fn a_position_that_the_log_does_not_have_is_refused() {
    let service = Service::start().await;
    let client = service.client();
    client.book("AB123456789").await;
    let answer = client.get_with("/shipments", "log-position", "2").await;
    let said = "`Log-Position` asks for 2, and the log ends at 1.";
    assert_eq!(answer.is_problem(400, "invalid-header").body["detail"], said);
}

#[tokio::test]
async fn a_position_that_is_none_is_refused() {
    let service = Service::start().await;
    let client = service.client();
    for wrong in ["", "-1", "+1", "one", "1,2", "99999999999999999999"] {
        let answer = client.get_with("/shipments", "log-position", wrong).await;
        answer.is_problem(400, "invalid-header");
    }
}
