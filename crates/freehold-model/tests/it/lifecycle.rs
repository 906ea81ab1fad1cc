//! The life cycle: states, what creates, what is emitted.

use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, with, wrong};

#[test]
fn an_unknown_state_suggests_the_nearest() {
    assert_snapshot!(wrong("from    = [\"Booked\"]", "from    = [\"Boked\"]"), @r#"
    error: `Shipment` has no state `Boked`
      --> models/shipping.toml:20:12
       |
    20 | from    = ["Boked"]
       |            ^^^^^^^
       |
       = help: did you mean `Booked`?

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong("to     = \"InTransit\"", "to     = \"Transit\""), @r#"
    error: `Shipment` has no state `Transit`
      --> models/shipping.toml:31:10
       |
    31 | to     = "Transit"
       |          ^^^^^^^^^
       |
       = help: did you mean `InTransit`?

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_life_cycle_needs_states() {
    assert_snapshot!(refused(&changed(&[
        ("states = [\"Booked\", \"InTransit\"]\n", ""),
        ("status:Shipment.State ", ""),
        ("filter = \"status\", ", ""),
    ])), @r#"
    error: `Shipment` has no states
      --> models/shipping.toml:19:12
       |
    19 | from    = ["Booked"]
       |            ^^^^^^^^
       |
       = help: name them in the aggregate, as in `states = ["Booked"]`

    error: `Shipment` has no states
      --> models/shipping.toml:26:10
       |
    26 | to     = "Booked"
       |          ^^^^^^^^
       |
       = help: name them in the aggregate, as in `states = ["Booked"]`

    error: `Shipment` has no states
      --> models/shipping.toml:30:10
       |
    30 | to     = "InTransit"
       |          ^^^^^^^^^^^
       |
       = help: name them in the aggregate, as in `states = ["InTransit"]`

    error: 3 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(wrong("states = [\"Booked\", \"InTransit\"]", "states = []"), @r#"
    error: `states` names no state
      --> models/shipping.toml:11:10
       |
    11 | states = []
       |          ^^
       |
       = help: name at least one, or leave `states` out for an aggregate without a life cycle

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_creating_command_starts_from_nothing() {
    assert_snapshot!(wrong("creates = true", "creates = true\nfrom = [\"Booked\"]"), @r#"
    error: `BookShipment` creates, so there is no state that it starts from
      --> models/shipping.toml:15:8
       |
    15 | from = ["Booked"]
       |        ^^^^^^^^^^
       |
       = help: leave `from` out, or `creates`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_command_is_accepted_somewhere() {
    assert_snapshot!(wrong("from    = [\"Booked\"]", "from    = []"), @r#"
    error: `DispatchShipment` is accepted in no state
      --> models/shipping.toml:20:11
       |
    20 | from    = []
       |           ^^
       |
       = help: name the states, or leave `from` out for a command that is accepted in every state

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_event_that_begins_leads_to_a_state() {
    assert_snapshot!(wrong("to     = \"Booked\"\n", ""), @r#"
    error: `ShipmentBooked` begins a stream and leads to no state
      --> models/shipping.toml:26:27
       |
    26 | [aggregate.Shipment.event.ShipmentBooked]
       |                           ^^^^^^^^^^^^^^
       |
       = help: say the first state: `to = "Booked"`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn something_creates() {
    assert_snapshot!(wrong("creates = true\n", ""), @r#"
    error: no command creates a `Shipment`
      --> models/shipping.toml:10:12
       |
    10 | [aggregate.Shipment]
       |            ^^^^^^^^
       |
       = help: say `creates = true` on the command that addresses a new stream

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn something_leads_to_every_state() {
    assert_snapshot!(wrong("[\"Booked\", \"InTransit\"]", "[\"Booked\", \"InTransit\", \"Lost\"]"), @r#"
    error: no event leads to the state `Lost`
      --> models/shipping.toml:11:34
       |
    11 | states = ["Booked", "InTransit", "Lost"]
       |                                  ^^^^^^
       |
       = help: say `to` on the event that does, or leave the state out

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_state_behind_itself_is_never_reached() {
    assert_snapshot!(wrong("from    = [\"Booked\"]", "from    = [\"InTransit\"]"), @r#"
    error: no stream can get to the state `InTransit`
      --> models/shipping.toml:11:21
       |
    11 | states = ["Booked", "InTransit"]
       |                     ^^^^^^^^^^^
       |
       = help: the commands that lead there start from states that cannot be reached

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_unknown_event_suggests_the_nearest() {
    assert_snapshot!(wrong("emits   = \"ShipmentDispatched\"", "emits   = \"ShipmentDispached\""), @r#"
    error: `Shipment` has no event `ShipmentDispached`
      --> models/shipping.toml:23:11
       |
    23 | emits   = "ShipmentDispached"
       |           ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `ShipmentDispatched`?

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_command_emits_events_of_its_own_aggregate() {
    assert_snapshot!(refused(&with(
        "[aggregate.Depot.command.OpenDepot]\ncreates = true\nemits = \"ShipmentBooked\"\nroles = []\n"
    )), @r#"
    error: `ShipmentBooked` is an event of `Shipment`
      --> models/shipping.toml:44:9
       |
    44 | emits = "ShipmentBooked"
       |         ^^^^^^^^^^^^^^^^
       |
       = help: a command of `Depot` emits events of `Depot`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_command_emits_something() {
    assert_snapshot!(wrong("emits   = \"ShipmentDispatched\"\n", ""), @r#"
    error: command `DispatchShipment` emits no event
      --> models/shipping.toml:19:29
       |
    19 | [aggregate.Shipment.command.DispatchShipment]
       |                             ^^^^^^^^^^^^^^^^
       |
       = help: say what it makes happen, as in `emits = "ShipmentBooked"`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong("emits   = \"ShipmentDispatched\"\n", "emits = []\n"), @r#"
    error: `emits` of command `DispatchShipment` names no event
      --> models/shipping.toml:23:9
       |
    23 | emits = []
       |         ^^

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_event_that_nothing_emits_is_retired() {
    let event = "[aggregate.Shipment.event.ShipmentLost]\nto = \"Booked\"\n";
    assert_snapshot!(refused(&with(event)), @r#"
    error: no command emits `ShipmentLost`
      --> models/shipping.toml:42:27
       |
    42 | [aggregate.Shipment.event.ShipmentLost]
       |                           ^^^^^^^^^^^^
       |
       = help: name it in the `emits` of a command, or say `retired = true` if it is only read

    error: 1 mistake in models/shipping.toml
    "#);
    accepted(&with(&format!("{event}retired = true\n")));
}

#[test]
fn a_retired_event_is_not_written_any_more() {
    assert_snapshot!(wrong("to     = \"InTransit\"", "to     = \"InTransit\"\nretired = true"), @r#"
    error: `ShipmentDispatched` is retired: it can only be read
      --> models/shipping.toml:23:11
       |
    23 | emits   = "ShipmentDispatched"
       |           ^^^^^^^^^^^^^^^^^^^^
       |
       = help: emit another event from `DispatchShipment`, or take `retired` away

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_retired_event_may_say_that_it_began_streams() {
    let text = with(
        "[aggregate.Shipment.event.ShipmentImported]\nto = \"Booked\"\nretired = true\ncreates = true\nfields = \"number:TrackingNumber booked_at:Timestamp\"\n",
    );
    let aggregate = accepted(&text).aggregates.remove(0);
    assert!(aggregate.events[2].creates);
    let weight = aggregate.state.iter().find(|it| it.field.name == "weight_kg").unwrap();
    assert!(weight.field.optional, "not every stream began with it");
    assert_snapshot!(wrong("to     = \"Booked\"", "to     = \"Booked\"\ncreates = true"), @r#"
    error: whether an event begins a stream follows from the commands
      --> models/shipping.toml:28:1
       |
    28 | creates = true
       | ^^^^^^^
       |
       = help: leave it out; only a retired event, which no command emits, says it itself

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_creating_command_always_emits() {
    assert_snapshot!(wrong("emits   = \"ShipmentBooked\"", "emits   = [{ event = \"ShipmentBooked\", when = \"command.weight_kg > dec!(1)\" }]"), @r#"
    error: `BookShipment` may emit nothing, but a creating command always begins a stream
      --> models/shipping.toml:13:29
       |
    13 | [aggregate.Shipment.command.BookShipment]
       |                             ^^^^^^^^^^^^
       |
       = help: emit one event without `when`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_event_that_begins_does_not_go_on() {
    assert_snapshot!(wrong("emits   = \"ShipmentDispatched\"", "emits   = [\"ShipmentDispatched\", \"ShipmentBooked\"]\nwith = { number = \"self.number\", weight_kg = \"self.weight_kg\" }"), @r#"
    error: `ShipmentBooked` begins a stream, and here the stream exists
      --> models/shipping.toml:23:34
       |
    23 | emits   = ["ShipmentDispatched", "ShipmentBooked"]
       |                                  ^^^^^^^^^^^^^^^^
       |
       = help: emit another event here, so that each says one thing

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn everything_up_to_the_first_event_without_condition_begins() {
    let text = changed(&[(
        "emits   = \"ShipmentBooked\"",
        "emits   = [{ event = \"ShipmentNoted\", when = \"command.weight_kg > dec!(9)\" }, \"ShipmentBooked\", \"ShipmentChecked\"]",
    )]) + "\n[aggregate.Shipment.event.ShipmentNoted]\nto = \"Booked\"\nfields = \"number:TrackingNumber weight_kg:Decimal booked_at:Timestamp\"\n\
           [aggregate.Shipment.event.ShipmentChecked]\n";
    let aggregate = accepted(&text).aggregates.remove(0);
    let begins: Vec<_> =
        aggregate.events.iter().filter(|event| event.creates).map(|event| event.name.as_str()).collect();
    assert_eq!(begins, ["ShipmentBooked", "ShipmentNoted"]);
}

#[test]
fn states_that_no_command_starts_from_are_final() {
    assert_eq!(accepted(crate::support::RIGHT).aggregates[0].final_states, ["InTransit"]);
    let everywhere = changed(&[("from    = [\"Booked\"]\n", "")]);
    assert!(accepted(&everywhere).aggregates[0].final_states.is_empty());
}

#[test]
fn a_command_without_roles_is_a_warning() {
    let text = changed(&[(
        "emits   = \"ShipmentDispatched\"\nroles   = [\"dispatcher\"]",
        "emits   = \"ShipmentDispatched\"",
    )]);
    assert_snapshot!(accepted(&text).warnings.render(false), @r#"
    warning: nobody may send `DispatchShipment`
      --> models/shipping.toml:19:29
       |
    19 | [aggregate.Shipment.command.DispatchShipment]
       |                             ^^^^^^^^^^^^^^^^
       |
       = help: say who may, as in `roles = ["dispatcher"]`; `roles = []` says that nobody is meant to

    warning: 1 warning in models/shipping.toml
    "#);
}
