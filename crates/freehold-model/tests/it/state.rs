//! The state of an aggregate, and what is unique in it.

use freehold_model::Literal;
use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, with, wrong};

const AGGREGATE: &str = "states = [\"Booked\", \"InTransit\"]";

fn with_aggregate(more: &str) -> String {
    changed(&[(AGGREGATE, &format!("{AGGREGATE}\n{more}"))])
}

#[test]
fn the_state_is_what_the_events_carry() {
    let aggregate = accepted(&with_aggregate("state = \"attempts:Int=0 note:Text?\"")).aggregates.remove(0);
    let state: Vec<_> =
        aggregate.state.iter().map(|it| (it.field.name.as_str(), it.field.optional, it.own)).collect();
    assert_eq!(
        state,
        [
            ("number", false, false),
            ("weight_kg", false, false),
            ("booked_at", false, false),
            ("carrier", true, false),
            ("dispatched_at", true, false),
            ("attempts", false, true),
            ("note", true, true),
        ]
    );
}

#[test]
fn a_default_makes_a_field_of_an_event_required() {
    let aggregate = accepted(&with_aggregate("state = \"carrier:Carrier='Dhl'\"")).aggregates.remove(0);
    let carrier = aggregate.state.iter().find(|it| it.field.name == "carrier").unwrap();
    assert_eq!(carrier.field.default, Some(Literal::Text("Dhl".to_owned())));
    assert!(!carrier.field.optional && !carrier.own);
}

#[test]
fn events_agree_on_the_type_of_a_field() {
    assert_snapshot!(wrong("\"carrier:Carrier dispatched_at:Timestamp\"", "\"carrier:Carrier weight_kg:Int dispatched_at:Timestamp\""), @r#"
    error: `weight_kg` is Int here and Decimal in `ShipmentBooked`
      --> models/shipping.toml:32:37
       |
    32 | fields = "carrier:Carrier weight_kg:Int dispatched_at:Timestamp"
       |                                     ^^^
       |
       = help: the state has one field of that name; use the same type or another name

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn what_no_event_carries_needs_a_first_value() {
    assert_snapshot!(refused(&with_aggregate("state = \"attempts:Int\"")), @r#"
    error: nothing gives `attempts` its first value
      --> models/shipping.toml:12:10
       |
    12 | state = "attempts:Int"
       |          ^^^^^^^^
       |
       = help: give it a default, as in `attempts:Int=0`, or make it optional

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_state_agrees_with_the_events() {
    assert_snapshot!(refused(&with_aggregate("state = \"weight_kg:Text=''\"")), @r#"
    error: `weight_kg` is Text here and Decimal in `ShipmentBooked`
      --> models/shipping.toml:12:20
       |
    12 | state = "weight_kg:Text=''"
       |                    ^^^^^^^
       |
       = help: leave it out of `state`: the event carries it already

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(refused(&with_aggregate("state = \"carrier:Carrier\"")), @r#"
    error: `carrier` is required here, but a stream can begin without it
      --> models/shipping.toml:12:10
       |
    12 | state = "carrier:Carrier"
       |          ^^^^^^^
       |
       = help: give it a default, or make it optional

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn the_state_of_the_life_cycle_has_its_name_for_itself() {
    assert_snapshot!(wrong("booked_at:Timestamp\"\n\n[aggregate.Shipment.event.ShipmentDispatched]", "booked_at:Timestamp state:Text?\"\n\n[aggregate.Shipment.event.ShipmentDispatched]"), @r#"
    error: the field cannot be called `state`: the life-cycle state is
      --> models/shipping.toml:28:71
       |
    28 | fields = "number:TrackingNumber weight_kg:Decimal booked_at:Timestamp state:Text?"
       |                                                                       ^^^^^
       |
       = help: say what it is the state of, as in `payment_state`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn what_is_unique_is_in_the_state() {
    assert_snapshot!(refused(&with_aggregate("unique = [[\"numbr\"], [], [\"carrier\", \"carrier\"]]")), @r#"
    error: the state of `Shipment` has no field `numbr`
      --> models/shipping.toml:12:12
       |
    12 | unique = [["numbr"], [], ["carrier", "carrier"]]
       |            ^^^^^^^
       |
       = help: did you mean `number`?

    error: a set of unique fields is empty
      --> models/shipping.toml:12:22
       |
    12 | unique = [["numbr"], [], ["carrier", "carrier"]]
       |                      ^^
       |
       = help: name a field, or leave the set out

    error: `carrier` is named twice
      --> models/shipping.toml:12:38
       |
    12 | unique = [["numbr"], [], ["carrier", "carrier"]]
       |                                      ^^^^^^^^^
       |
       = help: leave one of them out

    error: 3 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(wrong("fields  = \"carrier:Carrier\"", "fields  = \"carrier:Carrier label:Text? unique\""), @r#"
    error: `label` is unique, but no event carries it
      --> models/shipping.toml:21:40
       |
    21 | fields  = "carrier:Carrier label:Text? unique"
       |                                        ^^^^^^
       |
       = help: what must be unique must be known: let an event carry it

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn lists_and_json_are_not_unique() {
    assert_snapshot!(refused(&with(
        "[aggregate.Note.command.WriteNote]\ncreates = true\nfields = \"tags:Text[] unique\"\nemits = \"NoteWritten\"\nroles = []\n\
         [aggregate.Note.event.NoteWritten]\nfields = \"tags:Text[] extra:Json? unique\"\n"
    )), @r#"
    error: `tags` is Text[] and cannot be unique
      --> models/shipping.toml:44:23
       |
    44 | fields = "tags:Text[] unique"
       |                       ^^^^^^
       |
       = help: only what is one value can be compared

    error: `extra` is Json and cannot be unique
      --> models/shipping.toml:48:35
       |
    48 | fields = "tags:Text[] extra:Json? unique"
       |                                   ^^^^^^
       |
       = help: only what is one value can be compared

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn marks_and_sets_meet() {
    let text = changed(&[
        (AGGREGATE, &format!("{AGGREGATE}\nunique = [[\"number\"], [\"carrier\", \"number\"]]")),
        (
            "fields  = \"number:TrackingNumber weight_kg:Decimal(>0)\"",
            "fields  = \"number:TrackingNumber unique weight_kg:Decimal(>0)\"",
        ),
        ("fields  = \"carrier:Carrier\"", "fields  = \"carrier:Carrier unique personal\""),
    ]);
    let sets = accepted(&text).aggregates.remove(0).unique;
    let sets: Vec<_> = sets.iter().map(|set| (set.fields.join(" "), set.sensitive)).collect();
    assert_eq!(
        sets,
        [("number".to_owned(), false), ("carrier number".to_owned(), true), ("carrier".to_owned(), true)]
    );
}
