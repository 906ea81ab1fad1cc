//! Queries.

use freehold_model::QueryShape;
use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, wrong};

const LIST: &str = "ListShipments = { filter = \"status\", sort = \"booked_at\", roles = [\"viewer\"] }";

#[test]
fn a_query_names_columns_that_there_are() {
    assert_snapshot!(wrong(LIST, "ListShipments = { filter = \"state\", search = \"numbr\", sort = \"booked\", roles = [] }\nFindShipment = { by = \"id\", roles = [] }"), @r#"
    error: view `ShipmentSummary` has no field `state`
      --> models/shipping.toml:40:29
       |
    40 | ListShipments = { filter = "state", search = "numbr", sort = "booked", roles = [] }
       |                             ^^^^^
       |
       = help: there are `number`, `status`, `carrier` and `booked_at`

    error: view `ShipmentSummary` has no field `numbr`
      --> models/shipping.toml:40:47
       |
    40 | ListShipments = { filter = "state", search = "numbr", sort = "booked", roles = [] }
       |                                               ^^^^^
       |
       = help: did you mean `number`?

    error: view `ShipmentSummary` has no field `booked`
      --> models/shipping.toml:40:63
       |
    40 | ListShipments = { filter = "state", search = "numbr", sort = "booked", roles = [] }
       |                                                               ^^^^^^
       |
       = help: did you mean `booked_at`?

    error: view `ShipmentSummary` has no field `id`
      --> models/shipping.toml:41:24
       |
    41 | FindShipment = { by = "id", roles = [] }
       |                        ^^
       |
       = help: write `by = "key"`

    error: 4 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_column_must_suit_what_it_is_wanted_for() {
    let fields = "extra:Json? tags:Text[] price:Money?";
    assert_snapshot!(refused(&changed(&[
        (LIST, "ListShipments = { filter = \"extra status\", search = \"status number\", sort = \"tags price\", roles = [] }\nFindShipment = { by = \"extra\", roles = [] }"),
        ("fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp\"", &format!("fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp {fields}\"")),
        ("carrier:Carrier? booked_at:Timestamp\"", &format!("carrier:Carrier? booked_at:Timestamp {fields}\"")),
    ])), @r#"
    error: `extra` is Json and cannot be filtered by
      --> models/shipping.toml:40:29
       |
    40 | ListShipments = { filter = "extra status", search = "status number", sort = "tags price", roles = [] }
       |                             ^^^^^
       |
       = help: only what is one value can be filtered by

    error: `status` is Shipment.State and cannot be searched
      --> models/shipping.toml:40:54
       |
    40 | ListShipments = { filter = "extra status", search = "status number", sort = "tags price", roles = [] }
       |                                                      ^^^^^^
       |
       = help: only columns of text can be searched; use `filter` for the others

    error: `tags` is Text[] and cannot be sorted by
      --> models/shipping.toml:40:78
       |
    40 | ListShipments = { filter = "extra status", search = "status number", sort = "tags price", roles = [] }
       |                                                                              ^^^^
       |
       = help: only what is one value with an order can be sorted by

    error: `price` is Money and cannot be sorted by
      --> models/shipping.toml:40:83
       |
    40 | ListShipments = { filter = "extra status", search = "status number", sort = "tags price", roles = [] }
       |                                                                                   ^^^^^
       |
       = help: only what is one value with an order can be sorted by

    error: `extra` is Json and cannot be looked up by
      --> models/shipping.toml:41:24
       |
    41 | FindShipment = { by = "extra", roles = [] }
       |                        ^^^^^
       |
       = help: only what is one value can be looked up by

    error: 5 mistakes in models/shipping.toml
    "#);
}

#[test]
fn what_has_no_order_cannot_be_indexed() {
    let fields = "extra:Json? tags:Text[] price:Money?";
    assert_snapshot!(refused(&changed(&[
        ("fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp\"", &format!("fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp {fields}\"")),
        ("carrier:Carrier? booked_at:Timestamp\"", "carrier:Carrier? booked_at:Timestamp extra:Json? index tags:Text[] index price:Money? index\""),
    ])), @r#"
    error: `extra` is Json and cannot be indexed
      --> models/shipping.toml:36:110
       |
    36 | fields = "number:TrackingNumber index status:Shipment.State carrier:Carrier? booked_at:Timestamp extra:Json? index tags:Text[] index...
       |                                                                                                              ^^^^^
       |
       = help: only what is one value with an order can be indexed

    error: `tags` is Text[] and cannot be indexed
      --> models/shipping.toml:36:128
       |
    36 | ...er:Carrier? booked_at:Timestamp extra:Json? index tags:Text[] index price:Money? index"
       |                                                                  ^^^^^
       |
       = help: only what is one value with an order can be indexed

    error: `price` is Money and cannot be indexed
      --> models/shipping.toml:36:147
       |
    36 | ...at:Timestamp extra:Json? index tags:Text[] index price:Money? index"
       |                                                                  ^^^^^
       |
       = help: only what is one value with an order can be indexed

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_query_by_something_is_not_a_list() {
    assert_snapshot!(wrong("by = \"key\", ", "by = \"key\", sort = \"booked_at\", "), @r#"
    error: a query `by` something answers one row, so `sort` has no place in it
      --> models/shipping.toml:39:38
       |
    39 | GetShipment   = { by = "key", sort = "booked_at", roles = ["viewer"] }
       |                                      ^^^^^^^^^^^
       |
       = help: leave it out, or leave `by` out for a list

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong("by = \"key\", ", "by = \"\", "), @r#"
    error: `by` names no field
      --> models/shipping.toml:39:24
       |
    39 | GetShipment   = { by = "", roles = ["viewer"] }
       |                        ^^
       |
       = help: write `by = "key"`, or name the fields to look up by

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_empty_query_is_a_plain_list_that_nobody_may_ask() {
    let text = changed(&[(LIST, "ListShipments = {}")]);
    let model = accepted(&text);
    assert!(matches!(&model.views[0].queries[1].shape, QueryShape::List { filter, .. } if filter.is_empty()));
    assert_snapshot!(model.warnings, @r#"
    warning: nobody may ask `ListShipments`
      --> models/shipping.toml:40:1
       |
    40 | ListShipments = {}
       | ^^^^^^^^^^^^^
       |
       = help: say who may, as in `roles = ["viewer"]`; `roles = []` says that nobody is meant to

    warning: 1 warning in models/shipping.toml
    "#);
}

#[test]
fn a_list_is_not_filtered_by_what_every_list_takes() {
    let carried = "weight_kg:Decimal booked_at:Timestamp";
    assert_snapshot!(refused(&changed(&[
        ("fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp\"", &format!("fields = \"number:TrackingNumber {carried} limit:Int?\"")),
        ("carrier:Carrier? booked_at:Timestamp\"", "carrier:Carrier? booked_at:Timestamp limit:Int?\""),
        ("filter = \"status\"", "filter = \"status limit\""),
    ])), @r#"
    error: a list cannot be filtered by `limit`: every list takes that itself
      --> models/shipping.toml:40:36
       |
    40 | ListShipments = { filter = "status limit", sort = "booked_at", roles = ["viewer"] }
       |                                    ^^^^^
       |
       = help: call the column otherwise

    error: 1 mistake in models/shipping.toml
    "#);
}
