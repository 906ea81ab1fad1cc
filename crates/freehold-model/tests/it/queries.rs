//! Queries.

use freehold_model::{Paging, QueryShape};
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
    assert!(matches!(&model.views[0].queries[1].shape, QueryShape::List(list) if list.filter.is_empty()));
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

#[test]
fn a_list_says_what_it_takes_and_tells() {
    let text = changed(&[(
        LIST,
        "ListShipments = { filter = \"carrier\", one_of = \"status\", range = \"booked_at\", columns = \"number status\", page = \"offset\", changes = true, roles = [] }",
    )]);
    let QueryShape::List(list) = accepted(&text).views[0].queries[1].shape.clone() else {
        panic!("it is a list")
    };
    assert_eq!((list.filter, list.one_of), (vec!["carrier".to_owned()], vec!["status".to_owned()]));
    assert_eq!((list.range, list.columns.len()), (vec!["booked_at".to_owned()], 2));
    assert_eq!((list.paging, list.changes), (Paging::Offset, true));
    let counted = |words| {
        let list = format!("ListShipments = {{ {words}, roles = [] }}");
        let QueryShape::List(list) = accepted(&changed(&[(LIST, &list)])).views[0].queries[1].shape.clone()
        else {
            panic!("it is a list")
        };
        list.paging
    };
    assert_eq!(counted("total = true"), Paging::Counted);
    assert_eq!(counted("page = \"cursor\", total = false"), Paging::Cursor);
}

#[test]
fn a_list_takes_nothing_that_does_not_fit_together() {
    assert_snapshot!(wrong(LIST, "ListShipments = { filter = \"status\", range = \"status offset\", columns = \"nmber\", page = \"ofset\", roles = [] }\nFindShipment = { by = \"key\", total = true, page = \"offset\", roles = [] }\nCountShipments = { page = \"offset\", total = false, roles = [] }"), @r#"
    error: `status` is named twice
      --> models/shipping.toml:40:47
       |
    40 | ListShipments = { filter = "status", range = "status offset", columns = "nmber", page = "ofset", roles = [] }
       |                                               ^^^^^^
       |
       = help: leave one of them out

    error: view `ShipmentSummary` has no field `offset`
      --> models/shipping.toml:40:54
       |
    40 | ListShipments = { filter = "status", range = "status offset", columns = "nmber", page = "ofset", roles = [] }
       |                                                      ^^^^^^
       |
       = help: there are `number`, `status`, `carrier` and `booked_at`

    error: view `ShipmentSummary` has no field `nmber`
      --> models/shipping.toml:40:74
       |
    40 | ListShipments = { filter = "status", range = "status offset", columns = "nmber", page = "ofset", roles = [] }
       |                                                                          ^^^^^
       |
       = help: did you mean `number`?

    error: there are no pages by `ofset`
      --> models/shipping.toml:40:89
       |
    40 | ListShipments = { filter = "status", range = "status offset", columns = "nmber", page = "ofset", roles = [] }
       |                                                                                         ^^^^^^^
       |
       = help: did you mean `offset`?

    error: `FindShipment` and `GetShipment` would both be reached at `GET /shipments/{id}`
      --> models/shipping.toml:41:1
       |
    41 | FindShipment = { by = "key", total = true, page = "offset", roles = [] }
       | ^^^^^^^^^^^^
       |
       = help: give one of them another place with `route = "…"`

    error: a query `by` something answers one row, so `total` has no place in it
      --> models/shipping.toml:41:30
       |
    41 | FindShipment = { by = "key", total = true, page = "offset", roles = [] }
       |                              ^^^^^
       |
       = help: leave it out, or leave `by` out for a list

    error: a query `by` something answers one row, so `page` has no place in it
      --> models/shipping.toml:41:51
       |
    41 | FindShipment = { by = "key", total = true, page = "offset", roles = [] }
       |                                                   ^^^^^^^^
       |
       = help: leave it out, or leave `by` out for a list

    error: `CountShipments` and `ListShipments` would both be reached at `GET /shipments`
      --> models/shipping.toml:42:1
       |
    42 | CountShipments = { page = "offset", total = false, roles = [] }
       | ^^^^^^^^^^^^^^
       |
       = help: give one of them another place with `route = "…"`

    error: a page by number always says how many rows there are
      --> models/shipping.toml:42:37
       |
    42 | CountShipments = { page = "offset", total = false, roles = [] }
       |                                     ^^^^^
       |
       = help: leave `total` out, or come from page to page by a cursor

    error: 9 mistakes in models/shipping.toml
    "#);
}

#[test]
fn what_a_list_tells_has_a_name_that_nothing_else_has() {
    assert_snapshot!(refused(&changed(&[
        (LIST, "ListShipments = { columns = \"number\", roles = [] }\nListShipmentsItem = { roles = [] }"),
    ])), @r#"
    error: the query cannot be called `ListShipmentsItem`: that is what the items of `ListShipments` are called
      --> models/shipping.toml:41:1
       |
    41 | ListShipmentsItem = { roles = [] }
       | ^^^^^^^^^^^^^^^^^
       |
       = help: choose another name

    error: `ListShipmentsItem` and `ListShipments` would both be reached at `GET /shipments`
      --> models/shipping.toml:41:1
       |
    41 | ListShipmentsItem = { roles = [] }
       | ^^^^^^^^^^^^^^^^^
       |
       = help: give one of them another place with `route = "…"`

    error: 2 mistakes in models/shipping.toml
    "#);
}
