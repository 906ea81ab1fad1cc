//! Where the fields of an emitted event take their values from.

use freehold_model::Source;
use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, wrong};

const DISPATCHED: &str = "fields = \"carrier:Carrier dispatched_at:Timestamp\"";

fn with_event(fields: &str) -> String {
    changed(&[(DISPATCHED, &format!("fields = \"carrier:Carrier dispatched_at:Timestamp {fields}\""))])
}

fn name(source: &Source) -> &'static str {
    match source {
        Source::Command => "command",
        Source::State => "state",
        Source::Now => "now",
        Source::With(_) => "with",
        Source::Absent => "absent",
    }
}

#[test]
fn a_field_comes_from_with_then_the_command_then_the_state_then_now() {
    let text = changed(&[
        (
            DISPATCHED,
            "fields = \"carrier:Carrier weight_kg:Decimal dispatched_at:Timestamp due_at:Timestamp note:Text? share:Decimal\"",
        ),
        ("fields  = \"carrier:Carrier\"", "fields  = \"carrier:Carrier due_at:Timestamp\""),
        (
            "emits   = \"ShipmentDispatched\"",
            "emits   = \"ShipmentDispatched\"\nwith = { share = \"self.weight_kg / dec!(2)\" }",
        ),
        (
            "fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp\"",
            "fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp hint:Text?\"",
        ),
    ]);
    let aggregate = accepted(&text).aggregates.remove(0);
    let sources = |command: usize| -> Vec<String> {
        let fields = &aggregate.commands[command].emits[0].fields;
        fields.iter().map(|(field, source)| format!("{field} {}", name(source))).collect()
    };
    assert_eq!(sources(0), ["number command", "weight_kg command", "booked_at now", "hint absent"]);
    assert_eq!(
        sources(1),
        [
            "carrier command",
            "weight_kg state",
            "dispatched_at now",
            "due_at command",
            "note state",
            "share with"
        ]
    );
}

#[test]
fn a_field_that_nothing_supplies_is_told_with_what_can() {
    assert_snapshot!(refused(&with_event("cost:Decimal note:Text")), @r#"
    error: nothing supplies `cost` and `note` of `ShipmentDispatched`
      --> models/shipping.toml:23:11
       |
    23 | emits   = "ShipmentDispatched"
       |           ^^^^^^^^^^^^^^^^^^^^
       |
       = help: give `DispatchShipment` a field `cost:Decimal`, or say `with = { cost = "…" }`, or make it optional in the event

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn before_the_first_event_there_is_no_state() {
    assert_snapshot!(wrong("fields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp\"", "fields = \"number:TrackingNumber weight_kg:Decimal cost:Money carrier:Carrier booked_at:Timestamp\""), @r#"
    error: nothing supplies `cost` and `carrier` of `ShipmentBooked`, and before the first event there is no state
      --> models/shipping.toml:16:11
       |
    16 | emits   = "ShipmentBooked"
       |           ^^^^^^^^^^^^^^^^
       |
       = help: give `BookShipment` a field `cost:Money`, or say `with = { cost = "…" }`, or make it optional in the event

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn types_agree_on_the_way() {
    assert_snapshot!(wrong("fields  = \"carrier:Carrier\"", "fields  = \"carrier:Text(1..9)\""), @r#"
    error: `carrier` is Text here and Carrier in `ShipmentDispatched`
      --> models/shipping.toml:21:20
       |
    21 | fields  = "carrier:Text(1..9)"
       |                    ^^^^^^^^^^
       |
       = help: use the same type, or say how one becomes the other: `with = { carrier = "…" }`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn what_may_be_missing_does_not_become_required() {
    assert_snapshot!(wrong("fields  = \"carrier:Carrier\"", "fields  = \"carrier:Carrier?\""), @r#"
    error: `carrier` is optional here and required in `ShipmentDispatched`
      --> models/shipping.toml:21:12
       |
    21 | fields  = "carrier:Carrier?"
       |            ^^^^^^^
       |
       = help: make it optional in the event, or say what stands in for it: `with = { carrier = "…" }`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn what_may_be_missing_in_the_state_does_not_become_required() {
    let delivered = "\n[aggregate.Shipment.command.DeliverShipment]\nfrom = [\"InTransit\"]\nemits = \"ShipmentDelivered\"\nroles = []\n\
                     [aggregate.Shipment.event.ShipmentDelivered]\nfields = \"carrier:Carrier dispatched_at:Timestamp delivered_at:Timestamp\"\n";
    assert_snapshot!(refused(&crate::support::with(delivered)), @r#"
    error: `DeliverShipment` takes `carrier` from the state, where it may be missing
      --> models/shipping.toml:48:11
       |
    48 | fields = "carrier:Carrier dispatched_at:Timestamp delivered_at:Timestamp"
       |           ^^^^^^^
       |
       = help: make it optional in the event, give the command a field `carrier`, or say `with = { carrier = "…" }`

    error: `DeliverShipment` takes `dispatched_at` from the state, where it may be missing
      --> models/shipping.toml:48:27
       |
    48 | fields = "carrier:Carrier dispatched_at:Timestamp delivered_at:Timestamp"
       |                           ^^^^^^^^^^^^^
       |
       = help: make it optional in the event, give the command a field `dispatched_at`, or say `with = { dispatched_at = "now" }`

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn with_names_fields_of_the_emitted_events() {
    assert_snapshot!(wrong("emits   = \"ShipmentDispatched\"", "emits   = \"ShipmentDispatched\"\nwith = { dispatchd_at = \"now\" }"), @r#"
    error: no event that `DispatchShipment` emits has a field `dispatchd_at`
      --> models/shipping.toml:24:10
       |
    24 | with = { dispatchd_at = "now" }
       |          ^^^^^^^^^^^^
       |
       = help: did you mean `dispatched_at`?

    error: 1 mistake in models/shipping.toml
    "#);
}
