//! Personal data and secrets.

use insta::assert_snapshot;

use crate::support::{accepted, changed, refused};

#[test]
fn a_mark_holds_for_every_field_of_that_name() {
    let text = changed(&[(
        "fields  = \"number:TrackingNumber weight_kg:Decimal(>0)\"",
        "fields  = \"number:TrackingNumber personal weight_kg:Decimal(>0) secret\"",
    )]);
    let model = accepted(&text);
    let aggregate = &model.aggregates[0];
    let marks = |field: &freehold_model::Field| (field.personal, field.secret);
    assert_eq!(marks(&aggregate.commands[0].fields[0]), (true, false));
    assert_eq!(marks(&aggregate.events[0].fields[0]), (true, false));
    assert_eq!(marks(&aggregate.events[0].fields[1]), (false, true));
    assert_eq!(marks(&aggregate.state[1].field), (false, true));
    assert_eq!(marks(&model.views[0].fields[0]), (true, false));
}

#[test]
fn a_secret_never_leaves_the_write_side() {
    assert_snapshot!(refused(&changed(&[
        ("fields  = \"number:TrackingNumber weight_kg:Decimal(>0)\"", "fields  = \"number:TrackingNumber secret weight_kg:Decimal(>0)\""),
        ("to     = \"Booked\"", "to     = \"Booked\"\npublished = true"),
    ])), @r#"
    error: `number` is a secret, and `ShipmentBooked` is published
      --> models/shipping.toml:29:11
       |
    29 | fields = "number:TrackingNumber weight_kg:Decimal booked_at:Timestamp"
       |           ^^^^^^
       |
       = help: a secret never leaves the write side; leave the field out of the event

    error: `number` is a secret
      --> models/shipping.toml:37:11
       |
    37 | fields = "number:TrackingNumber index status:Shipment.State carrier:Carrier? booked_at:Timestamp"
       |           ^^^^^^
       |
       = help: a secret never leaves the write side; leave the field out of the view

    error: 2 mistakes in models/shipping.toml
    "#);
}
