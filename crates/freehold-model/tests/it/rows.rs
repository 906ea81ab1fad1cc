//! What a row has from its first event on.

use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, with, wrong};

#[test]
fn a_field_that_nothing_sets_is_refused() {
    assert_snapshot!(wrong("booked_at:Timestamp\"\n\n[view.ShipmentSummary.query]", "booked_at:Timestamp bookd_at:Timestamp? size:Int=0\"\n\n[view.ShipmentSummary.query]"), @r#"
    error: no event sets `bookd_at`
      --> models/shipping.toml:36:98
       |
    36 | fields = "number:TrackingNumber index status:Shipment.State carrier:Carrier? booked_at:Timestamp bookd_at:Timestamp? size:Int=0"
       |                                                                                                  ^^^^^^^^
       |
       = help: did you mean `booked_at`?

    error: no event sets `size`
      --> models/shipping.toml:36:118
       |
    36 | fields = "number:TrackingNumber index status:Shipment.State carrier:Carrier? booked_at:Timestamp bookd_at:Timestamp? size:Int=0"
       |                                                                                                                      ^^^^
       |
       = help: name it like the field of an event, say it in `set`, or leave it out

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_required_field_comes_with_the_first_event() {
    assert_snapshot!(wrong("carrier:Carrier? booked_at:Timestamp\"", "carrier:Carrier booked_at:Timestamp\""), @r#"
    error: `carrier` is required, but `ShipmentBooked` can come first and does not bring it
      --> models/shipping.toml:36:61
       |
    36 | fields = "number:TrackingNumber index status:Shipment.State carrier:Carrier booked_at:Timestamp"
       |                                                             ^^^^^^^
       |
       = help: make it optional, give it a default, or say it in `set` of that event

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_required_field_comes_with_every_event_that_can_come_first() {
    let shipping = include_str!("../../../../models/shipping.toml");
    assert_snapshot!(refused(&shipping.replace("dispatched:Int=0", "dispatched:Int")), @r#"
    error: `dispatched` is required, but `ShipmentDelivered` can come first and does not bring it
      --> models/shipping.toml:95:32
       |
    95 | fields      = "carrier:Carrier dispatched:Int delivered:Int=0"
       |                                ^^^^^^^^^^
       |
       = help: make it optional, give it a default, or say it in `set` of that event

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_event_without_the_key_sets_nothing() {
    assert_snapshot!(refused(&with(
        "[view.CarrierLoad]\nof = \"Shipment\"\nkey = \"carrier\"\nfields = \"carrier:Carrier number:TrackingNumber at:Timestamp\"\nset = { ShipmentDispatched = { at = \"event.dispatched_at\" } }\n"
    )), @r#"
    error: no event sets `number`
      --> models/shipping.toml:45:27
       |
    45 | fields = "carrier:Carrier number:TrackingNumber at:Timestamp"
       |                           ^^^^^^
       |
       = help: `ShipmentBooked` carries it, but not the whole key; let it carry `carrier`, too

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn types_agree_with_the_events() {
    assert_snapshot!(wrong("number:TrackingNumber index", "number:Text index"), @r#"
    error: `number` is Text here and TrackingNumber in `ShipmentBooked`
      --> models/shipping.toml:36:18
       |
    36 | fields = "number:Text index status:Shipment.State carrier:Carrier? booked_at:Timestamp"
       |                  ^^^^
       |
       = help: use the same type or another name

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn what_may_be_missing_does_not_become_required() {
    assert_snapshot!(refused(&changed(&[
        ("fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp\"", "fields = \"number:TrackingNumber? weight_kg:Decimal booked_at:Timestamp\""),
    ])), @r#"
    error: `number` is required here and optional in `ShipmentBooked`
      --> models/shipping.toml:36:11
       |
    36 | fields = "number:TrackingNumber index status:Shipment.State carrier:Carrier? booked_at:Timestamp"
       |           ^^^^^^
       |
       = help: make it optional, or say what stands in for it: `set = { ShipmentBooked = { number = "…" } }`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_set_may_stand_in_for_what_an_event_lacks() {
    let text = changed(&[(
        "carrier:Carrier? booked_at:Timestamp\"",
        "carrier:Carrier booked_at:Timestamp\"\nset = { ShipmentBooked = { carrier = \"Carrier::Dhl\" } }",
    )]);
    accepted(&text);
}
