//! The description of the API.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::service::{Service, Setup, server};

async fn document() -> Value {
    let (server, _host) = server(Setup::default()).await;
    server.openapi().clone()
}

/// Calls the function for every value within.
fn walk<'v>(value: &'v Value, see: &mut impl FnMut(&'v Value)) {
    see(value);
    match value {
        Value::Object(fields) => fields.values().for_each(|value| walk(value, see)),
        Value::Array(values) => values.iter().for_each(|value| walk(value, see)),
        _ => {}
    }
}

fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = paths
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(m, o)| (path, m, o)));
    methods.collect()
}

#[tokio::test]
async fn it_is_served_without_a_token() {
    let service = Service::start().await;
    let answer = service.nobody().get("/openapi.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.body, document().await);
    assert_eq!(answer.body["openapi"], "3.1.0");
    assert_eq!(
        answer.body["info"],
        json!({ "title": "Logistics <test>", "version": "1.2.3", "description": "Parcels." })
    );
}

#[tokio::test]
async fn the_same_routes_give_the_same_text() {
    assert_eq!(document().await.to_string(), document().await.to_string());
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_everything_is_referred_to() {
    let document = document().await;
    let mut references = BTreeSet::new();
    walk(&document, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            references.insert(reference);
        }
    });
    for reference in &references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for part in ["schemas", "parameters", "headers", "responses"] {
        for name in document["components"][part].as_object().unwrap().keys() {
            let reference = format!("#/components/{part}/{name}");
            let by_parameter = ["Cursor", "Sort"].contains(&name.as_str());
            assert!(by_parameter || references.contains(reference.as_str()), "nothing refers to {reference}");
        }
    }
}

#[tokio::test]
async fn every_route_is_an_operation_with_an_id_of_its_own() {
    let document = document().await;
    let operations = operations(&document);
    let ids: BTreeSet<_> =
        operations.iter().map(|(.., operation)| operation["operationId"].as_str().unwrap()).collect();
    let expected = [
        "BookShipment",
        "DispatchShipment",
        "FindFreight",
        "FreightTable",
        "GetShipment",
        "HoldShipment",
        "ListShipments",
        "OfferPlan",
        "PlansNamed",
    ];
    assert_eq!(ids, expected.into());
    assert_eq!(operations.len(), expected.len());
}

#[tokio::test]
async fn every_parameter_of_a_path_is_described() {
    let document = document().await;
    for (path, _, operation) in operations(&document) {
        let in_path: BTreeSet<_> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().unwrap();
        let described: BTreeSet<_> =
            parameters.iter().filter(|p| p["in"] == "path").map(|p| p["name"].as_str().unwrap()).collect();
        assert_eq!(in_path, described, "{path}");
        assert!(parameters.iter().all(|p| p["in"] != "path" || p["required"] == true), "{path}");
    }
}

#[tokio::test]
async fn a_command_is_described_with_its_words_roles_and_rejections() {
    let document = document().await;
    let book = &document["paths"]["/shipments"]["post"];
    assert_eq!(book["summary"], "Take a parcel on");
    let description = book["description"].as_str().unwrap();
    assert!(
        description.starts_with("It is weighed before.\n\nFor the roles: `dispatcher`."),
        "{description}"
    );
    assert!(description.contains("[`TooHeavy`](/problems/shipping/too-heavy)"), "{description}");
    assert_eq!(book["x-roles"], json!(["dispatcher"]));
    assert_eq!(book["x-rejections"], json!(["WrongState", "TooHeavy"]));
    assert_eq!(book["tags"], json!(["Shipments"]));
    assert_eq!(document["tags"], json!([{ "name": "Shipments", "description": "One parcel on its way." }]));
    assert_eq!(book["requestBody"]["required"], true);
    assert_eq!(document["paths"]["/shipments/{id}/hold"]["put"]["requestBody"]["required"], false);
    let headers: Vec<_> = book["parameters"].as_array().unwrap().iter().map(|p| &p["$ref"]).collect();
    assert_eq!(headers, ["#/components/parameters/IdempotencyKey"]);
    let dispatch = &document["paths"]["/shipments/{id}/dispatch"]["post"]["parameters"];
    assert_eq!(
        dispatch[0],
        json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } })
    );
    assert_eq!(dispatch[2]["$ref"], "#/components/parameters/IfMatch");
}

#[tokio::test]
async fn a_field_with_a_default_need_not_be_sent_and_a_decimal_is_text() {
    let document = document().await;
    let book = &document["components"]["schemas"]["BookShipment"];
    assert_eq!(book["required"], json!(["tracking_number", "to", "weight_kg"]));
    let weight = &book["properties"]["weight_kg"];
    assert_eq!((&weight["type"], &weight["pattern"]), (&json!("string"), &json!(r"^-?\d+(\.\d+)?$")));
    assert_eq!(book["properties"]["express"], json!({ "type": "boolean", "default": false }));
    assert_eq!(document["components"]["schemas"]["Address"]["properties"]["city"]["maxLength"], 100);
}

#[tokio::test]
async fn a_row_has_a_version_and_all_its_fields() {
    let document = document().await;
    let row = &document["components"]["schemas"]["ShipmentSummary"];
    let required =
        json!(["id", "tracking_number", "status", "carrier", "to", "weight_kg", "items", "version"]);
    assert_eq!(row["required"], required);
    assert_eq!(row["properties"]["version"]["type"], "integer");
    assert_eq!(row["properties"]["weight_kg"]["type"], "string");
}

#[tokio::test]
async fn a_query_is_described_by_its_fields() {
    let document = document().await;
    let list = document["paths"]["/shipments"]["get"]["parameters"].as_array().unwrap();
    let position = json!({ "$ref": "#/components/parameters/LogPosition" });
    let names: Vec<_> = list.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
    assert_eq!(names, ["status", "search", "sort", "limit", "cursor"]);
    assert_eq!(list[5], position);
    let status = &list[0];
    assert_eq!(status["schema"], json!({ "$ref": "#/components/schemas/ShipmentState" }));
    assert_eq!(
        (&status["description"], &status["required"]),
        (&json!("Only those in this state."), &json!(false))
    );
    assert_eq!(list[3]["schema"]["type"], "integer");
    let named = &document["paths"]["/plans/named/{name}"]["get"]["parameters"];
    assert_eq!(
        named,
        &json!([{ "name": "name", "in": "path", "required": true, "schema": { "type": "string" } }, position])
    );
}

#[tokio::test]
async fn every_operation_says_what_can_go_wrong() {
    let document = document().await;
    for (path, method, operation) in operations(&document) {
        for status in ["400", "401", "403", "422", "500", "503", "504"] {
            let reference = operation["responses"][status]["$ref"]
                .as_str()
                .unwrap_or_else(|| panic!("{path} {method} {status}"));
            let response = document.pointer(&reference[1..]).unwrap();
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/ProblemDetails");
        }
    }
    assert_eq!(document["security"], json!([{ "bearer": [] }]));
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}

#[tokio::test]
async fn what_is_read_and_what_is_written_of_one_type_may_differ() {
    let document = document().await;
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["ItemInput"]["required"], json!(["name"]));
    assert_eq!(schemas["Item"]["required"], json!(["name", "pieces", "price", "discount"]));
    assert_eq!(schemas["ItemInput"]["properties"]["discount"]["type"], json!(["string", "null"]));
    let read = &schemas["BookShipment"]["properties"]["items"]["items"]["$ref"];
    let written = &schemas["ShipmentSummary"]["properties"]["items"]["items"]["$ref"];
    assert_eq!(
        (read, written),
        (&json!("#/components/schemas/ItemInput"), &json!("#/components/schemas/Item"))
    );
    // What is the same both ways has one schema.
    assert_eq!((schemas.get("AddressInput"), schemas.get("MoneyInput")), (None, None));
    assert_eq!(schemas["Money"]["properties"]["amount"]["type"], "string");
    assert_eq!(schemas["Currency"]["enum"][0], "AED");
}

#[tokio::test]
async fn nothing_of_rust_is_in_its_words() {
    let text = document().await.to_string();
    for trace in ["::", "[`Address`]", "serde", "```"] {
        assert!(!text.contains(trace), "{trace}");
    }
}

#[tokio::test]
async fn the_ends_of_a_range_and_the_values_of_a_list_are_parameters() {
    let document = document().await;
    let find = &document["paths"]["/freight"]["get"];
    let parameter = |name: &str| {
        let parameters = find["parameters"].as_array().unwrap();
        parameters.iter().find(|parameter| parameter["name"] == name).cloned().unwrap_or_default()
    };
    for end in ["from", "to", "above", "below"] {
        let parameter = parameter(&format!("weight_kg.{end}"));
        assert_eq!((&parameter["in"], &parameter["required"]), (&json!("query"), &json!(false)), "{end}");
        assert_eq!(parameter["schema"]["type"], "string", "{parameter}");
    }
    assert_eq!(parameter("weight_kg.from")["description"], "At least this.");
    assert_eq!(parameter("weight_kg"), Value::Null);
    let status = parameter("status");
    assert_eq!(status["schema"]["type"], "array", "{status}");
    assert_eq!(status["description"], "Only those in one of these states.");
}

#[tokio::test]
async fn pages_are_described_by_what_they_tell() {
    let document = document().await;
    let content = |path: &str| document["paths"][path]["get"]["responses"]["200"]["content"].clone();
    let required = |path: &str| content(path)["application/json"]["schema"]["required"].clone();
    assert_eq!(required("/shipments"), json!(["items", "next"]));
    assert_eq!(required("/freight"), json!(["items", "next", "total"]));
    assert_eq!(required("/freight/table"), json!(["items", "offset", "limit", "total"]));
    let item = json!({ "$ref": "#/components/schemas/FreightItem" });
    assert_eq!(content("/freight")["application/json"]["schema"]["properties"]["items"]["items"], item);
    assert_eq!(content("/freight")["application/x-ndjson"]["schema"], item);
    assert_eq!(content("/shipments/{id}").get("application/x-ndjson"), None, "one row is no list");
}
