//! The forms that names take, and those that are taken.

use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, with, wrong};

#[test]
fn names_in_other_forms_are_understood() {
    let text = changed(&[
        ("context = \"shipping\"", "context = \"Shipping\""),
        ("[value.TrackingNumber]", "[value.tracking-number]"),
        ("[\"Booked\", \"InTransit\"]", "[\"booked\", \"in transit\"]"),
        ("to     = \"InTransit\"", "to     = \"in_transit\""),
        (
            "[aggregate.Shipment.command.DispatchShipment]",
            "[aggregate.Shipment.command.\"dispatch shipment\"]",
        ),
        ("emits   = \"ShipmentDispatched\"", "emits   = [\"shipment dispatched\"]"),
        ("filter = \"status\"", "filter = \"Status\""),
        ("fields  = \"carrier:Carrier\"", "fields  = \"Carrier:carrier\""),
    ]);
    let model = accepted(&text);
    assert_eq!(model.context, "shipping");
    assert_eq!(model.values[0].name, "TrackingNumber");
    assert_eq!(model.aggregates[0].states, ["Booked", "InTransit"]);
    assert_eq!(model.aggregates[0].commands[1].name, "DispatchShipment");
    assert_eq!(model.aggregates[0].commands[1].emits[0].event, "ShipmentDispatched");
    assert_eq!(model.aggregates[0].commands[1].fields[0].name, "carrier");
}

#[test]
fn a_name_is_made_of_letters_and_digits() {
    assert_snapshot!(refused(&with("[value.\"Größe\"]\ntype = \"Int\"\n[value.\"2nd\"]\ntype = \"Int\"\n")), @r#"
    error: `Größe` cannot be the name of the value
      --> models/shipping.toml:42:8
       |
    42 | [value."Größe"]
       |        ^^^^^^^
       |
       = help: a name is made of ASCII letters and digits and starts with a letter, as in `OrderItem`

    error: `2nd` cannot be the name of the value
      --> models/shipping.toml:44:8
       |
    44 | [value."2nd"]
       |        ^^^^^
       |
       = help: a name is made of ASCII letters and digits and starts with a letter, as in `OrderItem`

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_context_is_not_called_like_a_crate_or_a_keyword() {
    assert_snapshot!(wrong("context = \"shipping\"", "context = \"tokio\""), @r#"
    error: the context cannot be called `tokio`: a crate or a module of the service has that name
     --> models/shipping.toml:1:11
      |
    1 | context = "tokio"
      |           ^^^^^^^
      |
      = help: choose a name of the domain, such as `tokio_context`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong("context = \"shipping\"", "context = \"move\""), @r#"
    error: the context cannot be called `move`: it is a keyword of Rust
     --> models/shipping.toml:1:11
      |
    1 | context = "move"
      |           ^^^^^^
      |
      = help: choose a name of the domain, such as `move_context`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_type_is_not_called_like_what_generated_code_imports() {
    assert_snapshot!(refused(&with("[value.Event]\ntype = \"Text\"\n[value.string]\ntype = \"Text\"\n")), @r#"
    error: the value cannot be called `Event`: generated code needs that name
      --> models/shipping.toml:42:8
       |
    42 | [value.Event]
       |        ^^^^^
       |
       = help: choose a name of the domain, such as `ShippingEvent`

    error: the value cannot be called `String`: generated code needs that name
      --> models/shipping.toml:44:8
       |
    44 | [value.string]
       |        ^^^^^^
       |
       = help: choose a name of the domain, such as `ShippingString`

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_type_is_not_called_like_a_keyword() {
    assert_snapshot!(refused(&with("[value.Match]\ntype = \"Text\"\n")), @r#"
    error: the value cannot be called `Match`: its module would be called `match`, a keyword of Rust
      --> models/shipping.toml:42:8
       |
    42 | [value.Match]
       |        ^^^^^
       |
       = help: choose a name of the domain, such as `ShippingMatch`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_field_is_not_called_like_a_keyword() {
    assert_snapshot!(wrong("fields  = \"carrier:Carrier\"", "fields  = \"carrier:Carrier type:Text? async:Bool? loop:Int?\""), @r#"
    error: `type` is a keyword of Rust and cannot be the name of a field
      --> models/shipping.toml:21:28
       |
    21 | fields  = "carrier:Carrier type:Text? async:Bool? loop:Int?"
       |                            ^^^^
       |
       = help: call it `kind`

    error: `async` is a keyword of Rust and cannot be the name of a field
      --> models/shipping.toml:21:39
       |
    21 | fields  = "carrier:Carrier type:Text? async:Bool? loop:Int?"
       |                                       ^^^^^
       |
       = help: call it `is_async`

    error: `loop` is a keyword of Rust and cannot be the name of a field
      --> models/shipping.toml:21:51
       |
    21 | fields  = "carrier:Carrier type:Text? async:Bool? loop:Int?"
       |                                                   ^^^^
       |
       = help: call it `loop_value`

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn the_id_is_there_anyway() {
    assert_snapshot!(wrong("fields  = \"carrier:Carrier\"", "fields  = \"carrier:Carrier id:Uuid\""), @r#"
    error: the field cannot be called `id`: the id is there anyway
      --> models/shipping.toml:21:28
       |
    21 | fields  = "carrier:Carrier id:Uuid"
       |                            ^^
       |
       = help: leave it out; for an id of something else say whose, as in `customer:Customer`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_view_does_not_take_a_column_that_is_there_anyway() {
    assert_snapshot!(wrong("number:TrackingNumber index", "id:Uuid tenant_id:Text? version:Int? number:TrackingNumber"), @r#"
    error: the field cannot be called `id`: the id is there anyway
      --> models/shipping.toml:36:11
       |
    36 | fields = "id:Uuid tenant_id:Text? version:Int? number:TrackingNumber status:Shipment.State carrier:Carrier? booked_at:Timestamp"
       |           ^^
       |
       = help: leave it out; for an id of something else say whose, as in `customer:Customer`

    error: the field cannot be called `tenant_id`: every table of a view may have that column
      --> models/shipping.toml:36:19
       |
    36 | fields = "id:Uuid tenant_id:Text? version:Int? number:TrackingNumber status:Shipment.State carrier:Carrier? booked_at:Timestamp"
       |                   ^^^^^^^^^
       |
       = help: say what it is of, as in `document_tenant_id`

    error: the field cannot be called `version`: every table of a view may have that column
      --> models/shipping.toml:36:35
       |
    36 | fields = "id:Uuid tenant_id:Text? version:Int? number:TrackingNumber status:Shipment.State carrier:Carrier? booked_at:Timestamp"
       |                                   ^^^^^^^
       |
       = help: say what it is of, as in `document_version`

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn two_things_do_not_share_a_name() {
    assert_snapshot!(refused(&with(
        "[value.Carrier]\ntype = \"Text\"\n[view.Shipment]\nof = \"Shipment\"\nfields = \"booked_at:Timestamp\"\n\
         [view.Shipment.query]\nBookShipment = { by = \"key\", roles = [] }\n"
    )), @r#"
    error: there is already an enum `Carrier`
      --> models/shipping.toml:42:8
       |
    42 | [value.Carrier]
       |        ^^^^^^^
       |
       = help: enums, values, aggregates, commands, events, views and queries share one space of names

    error: there is already an aggregate `Shipment`
      --> models/shipping.toml:44:7
       |
    44 | [view.Shipment]
       |       ^^^^^^^^
       |
       = help: enums, values, aggregates, commands, events, views and queries share one space of names

    error: there is already a command `BookShipment`
      --> models/shipping.toml:48:1
       |
    48 | BookShipment = { by = "key", roles = [] }
       | ^^^^^^^^^^^^
       |
       = help: enums, values, aggregates, commands, events, views and queries share one space of names

    error: `BookShipment` and `GetShipment` would both be reached at `GET /shipments/{id}`
      --> models/shipping.toml:48:1
       |
    48 | BookShipment = { by = "key", roles = [] }
       | ^^^^^^^^^^^^
       |
       = help: give one of them another place with `route = "…"`

    error: 4 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_name_is_not_one_that_generated_code_makes() {
    assert_snapshot!(refused(&with(
        "[value.ShipmentId]\ntype = \"Uuid\"\n[value.ShipmentState]\ntype = \"Text\"\n[value.Size]\nfields = \"length:Int\"\n\
         [value.SizeFields]\ntype = \"Int\"\n"
    )), @r#"
    error: the value cannot be called `ShipmentId`: that is what the ids of `Shipment` are called
      --> models/shipping.toml:42:8
       |
    42 | [value.ShipmentId]
       |        ^^^^^^^^^^
       |
       = help: choose another name

    error: the value cannot be called `ShipmentState`: that is what the states of `Shipment` are called
      --> models/shipping.toml:44:8
       |
    44 | [value.ShipmentState]
       |        ^^^^^^^^^^^^^
       |
       = help: choose another name

    error: the value cannot be called `SizeFields`: that is what the fields of `Size` are called
      --> models/shipping.toml:48:8
       |
    48 | [value.SizeFields]
       |        ^^^^^^^^^^
       |
       = help: choose another name

    error: 3 mistakes in models/shipping.toml
    "#);
}

#[test]
fn two_views_do_not_share_a_table() {
    assert_snapshot!(refused(&with(
        "[view.ShipmentSummaries]\nof = \"Shipment\"\nfields = \"booked_at:Timestamp\"\n"
    )), @r#"
    error: the rows of `ShipmentSummaries` would lie in the table `shipment_summaries` of `ShipmentSummary`
      --> models/shipping.toml:42:7
       |
    42 | [view.ShipmentSummaries]
       |       ^^^^^^^^^^^^^^^^^
       |
       = help: choose another name

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_rename_names_what_is_gone() {
    assert_snapshot!(wrong(
        "[aggregate.Shipment.event.ShipmentDispatched]",
        "[aggregate.Shipment.event.ShipmentDispatched]\nwas = \"ShipmentBooked\""
    ), @r#"
    error: `was` names `ShipmentBooked`, and that event is still there
      --> models/shipping.toml:31:7
       |
    31 | was = "ShipmentBooked"
       |       ^^^^^^^^^^^^^^^^
       |
       = help: `was` says what this was called before; leave it out if it was not renamed

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_rename_and_a_description_are_kept() {
    let text = changed(&[(
        "[aggregate.Shipment.event.ShipmentDispatched]",
        "[aggregate.Shipment.event.ShipmentDispatched]\nwas = \"shipment sent\"\ndescription = \"It is on its way.\"",
    )]);
    let event = accepted(&text).aggregates.remove(0).events.remove(1);
    assert_eq!(event.was.as_deref(), Some("ShipmentSent"));
    assert_eq!(event.description, "It is on its way.");
}

#[test]
fn nothing_stands_twice_in_a_list() {
    assert_snapshot!(wrong("[\"Dhl\", \"Ups\"]", "[\"Dhl\", \"Ups\", \"dhl\"]"), @r#"
    error: `Dhl` is named twice
     --> models/shipping.toml:4:26
      |
    4 | Carrier = ["Dhl", "Ups", "dhl"]
      |                          ^^^^^
      |
      = help: leave one of them out

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong("states = [\"Booked\", \"InTransit\"]", "states = [\"Booked\", \"InTransit\", \"Booked\"]"), @r#"
    error: `Booked` is named twice
      --> models/shipping.toml:11:34
       |
    11 | states = ["Booked", "InTransit", "Booked"]
       |                                  ^^^^^^^^
       |
       = help: leave one of them out

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_id_of_another_context_is_not_called_like_something_else() {
    let text = changed(&[
        ("context = \"shipping\"", "context = \"shipping\"\nuses = [\"crm\", \"billing\"]"),
        (
            "fields  = \"carrier:Carrier\"",
            "fields  = \"carrier:Carrier a:crm.Customer? b:billing.Customer? c:crm.Shipment? d:crm.Account? e:crm.Account?\"",
        ),
    ]) + "[value.AccountId]\ntype = \"Uuid\"\n";
    assert_snapshot!(refused(&text), @r#"
    error: the id of `billing.Customer` would be called `CustomerId`, and that is what the ids of `crm.Customer` are called
      --> models/shipping.toml:22:46
       |
    22 | fields  = "carrier:Carrier a:crm.Customer? b:billing.Customer? c:crm.Shipment? d:crm.Account? e:crm.Account?"
       |                                              ^^^^^^^^^^^^^^^^
       |
       = help: keep it as a `Uuid`, or rename the other

    error: the id of `crm.Account` would be called `AccountId`, and that is a value of this file
      --> models/shipping.toml:22:82
       |
    22 | fields  = "carrier:Carrier a:crm.Customer? b:billing.Customer? c:crm.Shipment? d:crm.Account? e:crm.Account?"
       |                                                                                  ^^^^^^^^^^^
       |
       = help: keep it as a `Uuid`, or rename the other

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_field_of_an_event_does_not_hide_what_expressions_begin_with() {
    let said = refused(&changed(&[(
        "carrier:Carrier dispatched_at:Timestamp",
        "carrier:Carrier row:Int? dispatched_at:Timestamp",
    )]));
    assert_snapshot!(said, @r#"
    error: the field cannot be called `row`: expressions have that word for something else
      --> models/shipping.toml:32:27
       |
    32 | fields = "carrier:Carrier row:Int? dispatched_at:Timestamp"
       |                           ^^^
       |
       = help: say what it is of, as in `other_row`

    error: 1 mistake in models/shipping.toml
    "#);
}
