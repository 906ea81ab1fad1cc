//! Queries: one row, pages of rows, and what is wrong with a question.

use serde_json::json;

use crate::service::{Answer, Client, ROLES, Service, booking};

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

/// Parcels of 1.5 to 6 kg, of which the heaviest is under way.
async fn freight() -> (Service, Client) {
    let service = Service::start().await;
    let client = service.client();
    for (number, weight) in [(1, "1.5"), (2, "3"), (3, "4.50"), (4, "6.0")] {
        let mut booking = booking(&format!("AB00000000{number}"));
        booking["weight_kg"] = json!(weight);
        let booked = client.post("/shipments", booking).await;
        if number == 4 {
            let id = booked.body["id"].as_str().unwrap();
            client.post(&format!("/shipments/{id}/dispatch"), json!({ "carrier": "Dhl" })).await;
        }
    }
    (service, client)
}

/// The last digits of the tracking numbers on a page.
fn digits(answer: &Answer) -> String {
    let items = answer.body["items"].as_array().unwrap_or_else(|| panic!("{answer:#?}"));
    items.iter().map(|item| item["tracking_number"].as_str().unwrap().chars().last().unwrap()).collect()
}

#[tokio::test]
async fn rows_are_asked_for_by_ranges_and_lists() {
    let (_service, client) = freight().await;
    for (asked, found) in [
        ("", "1234"),
        ("weight_kg.from=3", "234"),
        ("weight_kg.from=3&weight_kg.to=4.5", "23"),
        ("weight_kg.above=3.00", "34"),
        ("weight_kg.below=4.5", "12"),
        ("weight_kg.above=6", ""),
        ("status=Booked", "123"),
        ("status=Booked&status=InTransit", "1234"),
        ("status=InTransit&weight_kg.to=5", ""),
    ] {
        let page = client.get(&format!("/freight?{asked}")).await;
        assert_eq!(digits(&page), found, "{asked}");
        let total = json!({ "count": found.len(), "is_exact": true });
        assert_eq!(page.body["total"], total, "{asked}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_range_or_a_list_is_named_by_its_parameter() {
    let (_service, client) = freight().await;
    for (asked, place, said) in [
        ("weight_kg.from=much", "weight_kg.from", "a decimal number is written as a string"),
        ("weight_kg.from=1&weight_kg.from=2", "weight_kg.from", "this parameter may be given once"),
        (
            "weight_kg.until=1",
            "weight_kg.until",
            "unknown field; expected one of `from`, `to`, `above`, `below`",
        ),
        ("weight_kg=1", "weight_kg", "expected `from`, `to`, `above` or `below`, with a dot before it"),
        ("status=Lost", "status", "expected one of Booked, InTransit"),
        ("status=Booked&status=Lost", "status", "expected one of Booked, InTransit"),
        ("status.from=Booked", "status.from", "unknown field"),
        ("weight_kg.from.from=1", "weight_kg.from.from", "unknown field"),
        ("weight_kg.from=1&weight_kg=2", "weight_kg", "with a dot before it"),
        ("limit=1&limit.from=2", "limit.from", "unknown field"),
        ("colour.from=red", "colour.from", "unknown field"),
    ] {
        let answer = client.get(&format!("/freight?{asked}")).await;
        let errors = answer.is_problem(422, "invalid").errors();
        let [(parameter, detail)] = errors.as_slice() else { panic!("{asked}: {errors:?}") };
        assert_eq!(parameter, place, "{asked}");
        assert!(detail.contains(said), "{asked}: {detail}");
    }
    let all = client.get("/freight?weight_kg.from=a&weight_kg.to=b&status=Lost&limit=c").await;
    let mut places = all.is_problem(422, "invalid").places();
    places.sort();
    assert_eq!(places, ["limit", "status", "weight_kg.from", "weight_kg.to"]);
}

#[tokio::test]
async fn a_long_question_is_answered_in_time() {
    let (_service, client) = freight().await;
    let many = (0..10_000).map(|number| format!("n{number}")).collect::<Vec<_>>().join("&");
    let errors = client.get(&format!("/freight?{many}")).await.is_problem(422, "invalid").errors();
    assert_eq!(errors.len(), 50);
    let deep = "a.".repeat(30_000);
    client.get(&format!("/freight?{deep}=1")).await.is_problem(422, "invalid");
    let list = "status=Booked&".repeat(1_001);
    assert_eq!(client.get(&format!("/freight?{list}")).await.is_problem(422, "invalid").places(), ["status"]);
}

#[tokio::test]
async fn only_what_an_excerpt_has_is_told() {
    let (_service, client) = freight().await;
    let page = client.get("/freight?limit=1").await;
    let row = json!({ "tracking_number": "AB000000001", "carrier": null, "version": 1 });
    assert_eq!(page.body["items"], json!([row]));
    let next =
        page.header("link").and_then(|link| link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")).unwrap();
    assert_eq!(digits(&client.get(next).await), "2", "in an order that is not told");
}

#[tokio::test]
async fn pages_by_number_lead_to_one_another() {
    let (_service, client) = freight().await;
    let first = client.get("/freight/table?limit=3").await;
    assert_eq!(digits(&first), "123");
    let rest =
        |page: &Answer| (page.body["offset"].clone(), page.body["limit"].clone(), page.body["total"].clone());
    let total = json!({ "count": 4, "is_exact": true });
    assert_eq!(rest(&first), (json!(0), json!(3), total.clone()));
    assert_eq!(first.header("link"), Some("</freight/table?limit=3&offset=3>; rel=\"next\""));
    let last = client.get("/freight/table?limit=3&offset=3").await;
    assert_eq!((digits(&last), rest(&last)), ("4".to_owned(), (json!(3), json!(3), total)));
    assert_eq!(last.header("link"), None);
    let beyond = client.get("/freight/table?offset=9").await;
    assert_eq!((digits(&beyond).as_str(), beyond.header("link")), ("", None));
    let answer = client.get("/freight/table?offset=10001").await;
    assert_eq!(answer.is_problem(422, "invalid").places(), ["offset"]);
}
