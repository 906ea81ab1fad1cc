//! Where commands and queries are reached.

use insta::assert_snapshot;

use crate::support::{RIGHT, accepted, changed, refused, with, wrong};

fn routes(text: &str) -> String {
    let model = accepted(text);
    let commands = model.aggregates.iter().flat_map(|it| &it.commands).map(|it| (&it.route, &it.name));
    let queries = model.views.iter().flat_map(|it| &it.queries).map(|it| (&it.route, &it.name));
    let lines: Vec<String> = commands
        .chain(queries)
        .map(|(route, name)| format!("{name}: {} {}", route.method, route.path))
        .collect();
    lines.join("\n")
}

#[test]
fn the_house_rule_gives_every_route() {
    let more = "[aggregate.BrokerAccount.command.LinkBrokerAccount]\ncreates = true\nemits = \"Linked\"\nroles = []\n\
        [aggregate.BrokerAccount.command.ImportOldBrokerAccount]\ncreates = true\nemits = \"Linked\"\nroles = []\n\
        [aggregate.BrokerAccount.command.MarkBrokerAccountDeleted]\nemits = \"Hidden\"\nroles = []\n\
        [aggregate.BrokerAccount.command.Forget]\nemits = \"Hidden\"\nroles = []\n\
        [aggregate.BrokerAccount.event.Linked]\n[aggregate.BrokerAccount.event.Hidden]\n\
        [view.ShipmentAudit]\nof = \"Shipment\"\nfields = \"booked_at:Timestamp\"\n\
        [view.ShipmentAudit.query]\nGetAudit = { by = \"key\", roles = [] }\nListAudits = { roles = [] }\n\
        [view.CarrierDay]\nof = \"Shipment\"\nkey = \"carrier dispatched_at\"\nfields = \"carrier:Carrier dispatched_at:Timestamp\"\n\
        [view.CarrierDay.query]\nGetDay = { by = \"key\", roles = [] }\nFindDay = { by = \"dispatched_at\", roles = [] }\nListDays = { roles = [] }\n";
    assert_snapshot!(routes(&with(more)), @r#"
    BookShipment: POST /shipments
    DispatchShipment: POST /shipments/{id}/dispatch
    LinkBrokerAccount: POST /broker-accounts
    ImportOldBrokerAccount: POST /broker-accounts/import-old
    MarkBrokerAccountDeleted: POST /broker-accounts/{id}/mark-deleted
    Forget: POST /broker-accounts/{id}/forget
    GetShipment: GET /shipments/{id}
    ListShipments: GET /shipments
    GetAudit: GET /shipment-audits/{id}
    ListAudits: GET /shipment-audits
    GetDay: GET /carrier-days/{carrier}/{dispatched_at}
    FindDay: GET /carrier-days/by-dispatched-at
    ListDays: GET /carrier-days
    "#);
}

#[test]
fn a_route_that_is_given_goes_before_the_rule() {
    let text = changed(&[
        ("from    = [\"Booked\"]", "from    = [\"Booked\"]\nroute = \"PUT /shipments/{id}/carrier\""),
        ("by = \"key\", ", "by = \"key\", route = \"GET /parcels/{id}\", "),
    ]);
    assert_snapshot!(routes(&text), @r#"
    BookShipment: POST /shipments
    DispatchShipment: PUT /shipments/{id}/carrier
    GetShipment: GET /parcels/{id}
    ListShipments: GET /shipments
    "#);
    assert!(routes(RIGHT).contains("POST /shipments/{id}/dispatch"));
}

#[test]
fn a_route_that_is_given_must_fit() {
    let said = |route: &str| {
        wrong("from    = [\"Booked\"]", &format!("from    = [\"Booked\"]\nroute = \"{route}\""))
    };
    assert_snapshot!(said("/shipments/{id}"), @r#"
    error: a route is a method and a path
      --> models/shipping.toml:21:9
       |
    21 | route = "/shipments/{id}"
       |         ^^^^^^^^^^^^^^^^^
       |
       = help: write it as in `PUT /shipments/{id}/carrier`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said("FETCH /shipments/{id}"), @r#"
    error: there is no method `FETCH`
      --> models/shipping.toml:21:10
       |
    21 | route = "FETCH /shipments/{id}"
       |          ^^^^^
       |
       = help: there are `GET`, `POST`, `PUT`, `PATCH` and `DELETE`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said("GET /shipments/{id}"), @r#"
    error: a command is not reached by `GET`
      --> models/shipping.toml:21:10
       |
    21 | route = "GET /shipments/{id}"
       |          ^^^
       |
       = help: a command changes something: use `POST`, `PUT`, `PATCH` or `DELETE`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said("PUT shipments/{id}"), @r#"
    error: a path starts with `/`
      --> models/shipping.toml:21:14
       |
    21 | route = "PUT shipments/{id}"
       |              ^^^^^^^^^^^^^^
       |
       = help: write `/shipments/{id}`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said("PUT /shipments/carrier"), @r#"
    error: the path does not take `{id}`
      --> models/shipping.toml:21:14
       |
    21 | route = "PUT /shipments/carrier"
       |              ^^^^^^^^^^^^^^^^^^
       |
       = help: as in `/shipments/carrier/{id}`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said("PUT /shipments/{nr}"), @r#"
    error: nothing here is called `{nr}`
      --> models/shipping.toml:21:14
       |
    21 | route = "PUT /shipments/{nr}"
       |              ^^^^^^^^^^^^^^^
       |
       = help: there is only `id`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said("PUT /admin/{id}"), @r#"
    error: the service keeps `/admin` for itself
      --> models/shipping.toml:21:14
       |
    21 | route = "PUT /admin/{id}"
       |              ^^^^^^^^^^^
       |
       = help: choose another path

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said("PUT /Shipments//{id}/"), @r#"
    error: `Shipments` cannot be a segment of a path
      --> models/shipping.toml:21:14
       |
    21 | route = "PUT /Shipments//{id}/"
       |              ^^^^^^^^^^^^^^^^^
       |
       = help: a segment is made of lower-case letters, digits, `-`, `_` and `.`, or is one `{name}`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_route_that_is_given_must_fit_what_it_is_for() {
    assert_snapshot!(wrong("by = \"key\", ", "by = \"key\", route = \"POST /parcels/{id}\", "), @r#"
    error: a query is reached by `GET`
      --> models/shipping.toml:39:40
       |
    39 | GetShipment   = { by = "key", route = "POST /parcels/{id}", roles = ["viewer"] }
       |                                        ^^^^

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong("creates = true", "creates = true\nroute = \"POST /shipments/{id}\""), @r#"
    error: nothing here is called `{id}`
      --> models/shipping.toml:15:15
       |
    15 | route = "POST /shipments/{id}"
       |               ^^^^^^^^^^^^^^^
       |
       = help: this path takes nothing; what is asked for stands in the body or after `?`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn two_are_not_reached_at_the_same_place() {
    assert_snapshot!(refused(&changed(&[(
        "ListShipments =",
        "AllShipments = { roles = [] }\nListShipments =",
    )])), @r#"
    error: `ListShipments` and `AllShipments` would both be reached at `GET /shipments`
      --> models/shipping.toml:41:1
       |
    41 | ListShipments = { filter = "status", sort = "booked_at", roles = ["viewer"] }
       | ^^^^^^^^^^^^^
       |
       = help: give one of them another place with `route = "…"`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn the_rule_does_not_lead_to_what_the_service_keeps() {
    assert_snapshot!(refused(&with(
        "[aggregate.Doc.command.WriteDoc]\ncreates = true\nemits = \"DocWritten\"\nroles = []\n[aggregate.Doc.event.DocWritten]\n"
    )), @r#"
    error: `WriteDoc` would be reached at `/docs`, and the service keeps `/docs`
      --> models/shipping.toml:42:24
       |
    42 | [aggregate.Doc.command.WriteDoc]
       |                        ^^^^^^^^
       |
       = help: give it another place with `route = "…"`

    error: 1 mistake in models/shipping.toml
    "#);
}
