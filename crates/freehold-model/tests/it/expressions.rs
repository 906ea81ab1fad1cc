//! Expressions.

use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, wrong};

fn said_of(expression: &str) -> String {
    wrong("self.weight_kg <= dec!(30)", expression)
}

#[test]
fn an_expression_sees_self_command_and_now() {
    for expression in [
        "self.state == ShipmentState::Booked && now > self.booked_at",
        "matches!(command.carrier, Carrier::Dhl | Carrier::Ups if self.weight_kg > dec!(1))",
        "[1, 2].iter().all(|n| *n > 0)",
        "match self.carrier { Some(carrier) => carrier == command.carrier, None => true }",
        "if let Some(carrier) = &self.carrier { *carrier == command.carrier } else { false }",
        "{ let limit = dec!(30); self.weight_kg <= limit }",
        "format!(\\\"{} {x}\\\", command.carrier, x = now).len() > 3 && vec![self.weight_kg; 2].len() == 2",
        "self.weight_kg.min(Decimal::ONE) == std::cmp::min(self.weight_kg, Decimal::ONE)",
    ] {
        accepted(&changed(&[("self.weight_kg <= dec!(30)", expression)]));
    }
}

#[test]
fn what_is_not_rust_is_told_where_it_stops() {
    assert_snapshot!(said_of("self.weight_kg <= "), @r#"
    error: this is not an expression of Rust: unexpected end of input, expected an expression
      --> models/shipping.toml:22:43
       |
    22 | require = { TooHeavy = "self.weight_kg <= " }
       |                                           ^

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said_of("self.weight_kg <=> dec!(30)"), @r#"
    error: this is not an expression of Rust: expected an expression
      --> models/shipping.toml:22:42
       |
    22 | require = { TooHeavy = "self.weight_kg <=> dec!(30)" }
       |                                          ^

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said_of("(self.weight_kg"), @r#"
    error: this is not an expression of Rust
      --> models/shipping.toml:22:24
       |
    22 | require = { TooHeavy = "(self.weight_kg" }
       |                        ^^^^^^^^^^^^^^^^^
       |
       = help: a string, a character or a bracket may be left open

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said_of(" "), @r#"
    error: the expression is empty
      --> models/shipping.toml:22:24
       |
    22 | require = { TooHeavy = " " }
       |                        ^^^

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_unknown_field_suggests_the_nearest() {
    assert_snapshot!(said_of("self.weigt_kg <= command.limit"), @r#"
    error: `self` has no field `weigt_kg`
      --> models/shipping.toml:22:30
       |
    22 | require = { TooHeavy = "self.weigt_kg <= command.limit" }
       |                              ^^^^^^^^
       |
       = help: did you mean `weight_kg`?

    error: `command` has no field `limit`
      --> models/shipping.toml:22:50
       |
    22 | require = { TooHeavy = "self.weigt_kg <= command.limit" }
       |                                                  ^^^^^
       |
       = help: there is only `carrier`

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn an_unknown_name_says_what_there_is() {
    assert_snapshot!(said_of("weight_kg <= limit && event.x && comand.carrier == helper()"), @r#"
    error: unknown name `weight_kg`
      --> models/shipping.toml:22:25
       |
    22 | require = { TooHeavy = "weight_kg <= limit && event.x && comand.carrier == helper()" }
       |                         ^^^^^^^^^
       |
       = help: write `self.weight_kg`

    error: unknown name `limit`
      --> models/shipping.toml:22:38
       |
    22 | require = { TooHeavy = "weight_kg <= limit && event.x && comand.carrier == helper()" }
       |                                      ^^^^^
       |
       = help: the expression sees `self`, `command` and `now`

    error: there is no `event` here
      --> models/shipping.toml:22:47
       |
    22 | require = { TooHeavy = "weight_kg <= limit && event.x && comand.carrier == helper()" }
       |                                               ^^^^^
       |
       = help: the event does not exist before the decision; `command` does

    error: unknown name `comand`
      --> models/shipping.toml:22:58
       |
    22 | require = { TooHeavy = "weight_kg <= limit && event.x && comand.carrier == helper()" }
       |                                                          ^^^^^^
       |
       = help: did you mean `command`?

    error: unknown name `helper`
      --> models/shipping.toml:22:76
       |
    22 | require = { TooHeavy = "weight_kg <= limit && event.x && comand.carrier == helper()" }
       |                                                                            ^^^^^^
       |
       = help: the expression sees `self`, `command` and `now`

    error: 5 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_creating_command_has_no_self() {
    assert_snapshot!(wrong("emits   = \"ShipmentBooked\"", "emits   = \"ShipmentBooked\"\nrequire = { Twice = \"self.weight_kg == command.weight_kg\" }"), @r#"
    error: there is no `self` here
      --> models/shipping.toml:17:22
       |
    17 | require = { Twice = "self.weight_kg == command.weight_kg" }
       |                      ^^^^
       |
       = help: a creating command begins the stream; there is no state before it

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_decision_does_not_panic() {
    assert_snapshot!(said_of("self.carrier.unwrap() == command.carrier && self.x().expect(\\\"y\\\") && todo!() && [1][0] == 1"), @r#"
    error: a decision must not panic
      --> models/shipping.toml:22:38
       |
    22 | require = { TooHeavy = "self.carrier.unwrap() == command.carrier && self.x().expect(\"y\") && todo!() && [1][0] == 1" }
       |                                      ^^^^^^
       |
       = help: take the other case up, as with `unwrap_or` or `is_some_and`

    error: a decision must not panic
      --> models/shipping.toml:22:78
       |
    22 | require = { TooHeavy = "self.carrier.unwrap() == command.carrier && self.x().expect(\"y\") && todo!() && [1][0] == 1" }
       |                                                                              ^^^^^^
       |
       = help: take the other case up, as with `unwrap_or` or `is_some_and`

    error: a decision must not panic
      --> models/shipping.toml:22:95
       |
    22 | require = { TooHeavy = "self.carrier.unwrap() == command.carrier && self.x().expect(\"y\") && todo!() && [1][0] == 1" }
       |                                                                                               ^^^^
       |
       = help: take the other case up, as with `unwrap_or` or `is_some_and`

    error: an index may lie outside, and a decision must not panic
      --> models/shipping.toml:22:110
       |
    22 | require = { TooHeavy = "self.carrier.unwrap() == command.carrier && self.x().expect(\"y\") && todo!() && [1][0] == 1" }
       |                                                                                                              ^
       |
       = help: write `.get(…)`

    error: 4 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_decision_does_nothing_but_decide() {
    assert_snapshot!(said_of("{ return true }"), @r#"
    error: an expression cannot `return`
      --> models/shipping.toml:22:27
       |
    22 | require = { TooHeavy = "{ return true }" }
       |                           ^^^^^^^^^^^
       |
       = help: it becomes a part of a function that decides

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(said_of("self.check()? && self.later().await && unsafe { true }"), @r#"
    error: an expression cannot leave with `?`
      --> models/shipping.toml:22:25
       |
    22 | require = { TooHeavy = "self.check()? && self.later().await && unsafe { true }" }
       |                         ^^^^^^^^^^^^^
       |
       = help: take the other case up, as with `match`

    error: a decision does not wait
      --> models/shipping.toml:22:42
       |
    22 | require = { TooHeavy = "self.check()? && self.later().await && unsafe { true }" }
       |                                          ^^^^^^^^^^^^^^^^^^
       |
       = help: what it needs comes in with the command

    error: an expression cannot be `unsafe`
      --> models/shipping.toml:22:64
       |
    22 | require = { TooHeavy = "self.check()? && self.later().await && unsafe { true }" }
       |                                                                ^^^^^^^^^^^^^^^

    error: 3 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(said_of("{ self.weight_kg += dec!(1); command.carrier = Carrier::Dhl; true }"), @r#"
    error: an expression cannot assign
      --> models/shipping.toml:22:27
       |
    22 | require = { TooHeavy = "{ self.weight_kg += dec!(1); command.carrier = Carrier::Dhl; true }" }
       |                           ^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: say the new value: `self.count + 1`, not `self.count += 1`

    error: an expression cannot assign
      --> models/shipping.toml:22:54
       |
    22 | require = { TooHeavy = "{ self.weight_kg += dec!(1); command.carrier = Carrier::Dhl; true }" }
       |                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: the event's `set` says what changes

    error: 2 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(said_of("std::fs::read(\\\"x\\\").is_ok() && println!(\\\"x\\\") && jiff::Timestamp::now() > now && Uuid::new_v4().is_nil()"), @r#"
    error: a decision does not ask the world
      --> models/shipping.toml:22:25
       |
    22 | require = { TooHeavy = "std::fs::read(\"x\").is_ok() && println!(\"x\") && jiff::Timestamp::now() > now && Uuid::new_v4().is_nil()" }
       |                         ^^^^^^^^^^^^^
       |
       = help: what it needs comes in with the command

    error: an expression cannot call the macro `println!`
      --> models/shipping.toml:22:57
       |
    22 | require = { TooHeavy = "std::fs::read(\"x\").is_ok() && println!(\"x\") && jiff::Timestamp::now() > now && Uuid::new_v4().is_nil()" }
       |                                                         ^^^^^^^
       |
       = help: there are `dec!`, `matches!`, `format!` and `vec!`

    error: a decision reads no clock
      --> models/shipping.toml:22:76
       |
    22 | require = { TooHeavy = "std::fs::read(\"x\").is_ok() && println!(\"x\") && jiff::Timestamp::now() > now && Uuid::new_v4().is_nil()" }
       |                                                                            ^^^^^^^^^^^^^^^^^^^^
       |
       = help: the moment of decision is `now`

    error: a decision makes no ids
      --> models/shipping.toml:22:108
       |
    22 | require = { TooHeavy = "std::fs::read(\"x\").is_ok() && println!(\"x\") && jiff::Timestamp::now() > now && Uuid::new_v4().is_nil()" }
       |                                                                                                            ^^^^^^^^^^^^
       |
       = help: an id comes in with the command

    error: 4 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(said_of("loop {}"), @r#"
    error: a decision must come to an end
      --> models/shipping.toml:22:25
       |
    22 | require = { TooHeavy = "loop {}" }
       |                         ^^^^^^^
       |
       = help: use an iterator, or `for`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn there_are_no_floating_point_numbers() {
    assert_snapshot!(said_of("self.weight_kg <= 30.5"), @r#"
    error: there are no floating point numbers
      --> models/shipping.toml:22:43
       |
    22 | require = { TooHeavy = "self.weight_kg <= 30.5" }
       |                                           ^^^^
       |
       = help: write a decimal, as in `dec!(0.5)`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn arguments_of_macros_are_read_too() {
    assert_snapshot!(said_of("format!(\\\"{}\\\", self.nme) == vec![x.unwrap()].join() && matches!(comand.x, _)"), @r#"
    error: `self` has no field `nme`
      --> models/shipping.toml:22:46
       |
    22 | require = { TooHeavy = "format!(\"{}\", self.nme) == vec![x.unwrap()].join() && matches!(comand.x, _)" }
       |                                              ^^^
       |
       = help: there are `number`, `weight_kg`, `booked_at`, `carrier`, `dispatched_at` and `state`

    error: unknown name `x`
      --> models/shipping.toml:22:59
       |
    22 | require = { TooHeavy = "format!(\"{}\", self.nme) == vec![x.unwrap()].join() && matches!(comand.x, _)" }
       |                                                           ^
       |
       = help: the expression sees `self`, `command` and `now`

    error: a decision must not panic
      --> models/shipping.toml:22:61
       |
    22 | require = { TooHeavy = "format!(\"{}\", self.nme) == vec![x.unwrap()].join() && matches!(comand.x, _)" }
       |                                                             ^^^^^^
       |
       = help: take the other case up, as with `unwrap_or` or `is_some_and`

    error: unknown name `comand`
      --> models/shipping.toml:22:90
       |
    22 | require = { TooHeavy = "format!(\"{}\", self.nme) == vec![x.unwrap()].join() && matches!(comand.x, _)" }
       |                                                                                          ^^^^^^
       |
       = help: did you mean `command`?

    error: 4 mistakes in models/shipping.toml
    "#);
}

#[test]
fn an_expression_has_a_length_that_a_reader_can_take() {
    assert_snapshot!(said_of(&format!("{}true", "!".repeat(60))), @r#"
    error: the expression is too long, or nested too deep
      --> models/shipping.toml:22:24
       |
    22 | require = { TooHeavy = "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!true" }
       |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: give the domain a function and call it here

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn every_expression_of_a_command_is_read() {
    assert_snapshot!(refused(&changed(&[(
        "emits   = \"ShipmentDispatched\"",
        "emits   = [{ event = \"ShipmentDispatched\", when = \"self.a\" }]\nwith = { dispatched_at = \"self.b\" }",
    )])), @r#"
    error: `self` has no field `a`
      --> models/shipping.toml:23:57
       |
    23 | emits   = [{ event = "ShipmentDispatched", when = "self.a" }]
       |                                                         ^
       |
       = help: there are `number`, `weight_kg`, `booked_at`, `carrier`, `dispatched_at` and `state`

    error: `self` has no field `b`
      --> models/shipping.toml:24:32
       |
    24 | with = { dispatched_at = "self.b" }
       |                                ^
       |
       = help: there are `number`, `weight_kg`, `booked_at`, `carrier`, `dispatched_at` and `state`

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn an_event_sets_fields_of_the_state() {
    assert_snapshot!(wrong(
        "fields = \"carrier:Carrier dispatched_at:Timestamp\"",
        "fields = \"carrier:Carrier dispatched_at:Timestamp\"\nset = { weight = \"self.weight_kg\", state = \"1\", weight_kg = \"event.weight + now\" }"
    ), @r#"
    error: the state of `Shipment` has no field `weight`
      --> models/shipping.toml:33:9
       |
    33 | set = { weight = "self.weight_kg", state = "1", weight_kg = "event.weight + now" }
       |         ^^^^^^
       |
       = help: add it, as in `state = "weight:Int=0"`

    error: the life-cycle state is not set
      --> models/shipping.toml:33:36
       |
    33 | set = { weight = "self.weight_kg", state = "1", weight_kg = "event.weight + now" }
       |                                    ^^^^^
       |
       = help: say `to = "…"` on the event

    error: `event` has no field `weight`
      --> models/shipping.toml:33:68
       |
    33 | set = { weight = "self.weight_kg", state = "1", weight_kg = "event.weight + now" }
       |                                                                    ^^^^^^
       |
       = help: there are `carrier` and `dispatched_at`

    error: there is no `now` here
      --> models/shipping.toml:33:77
       |
    33 | set = { weight = "self.weight_kg", state = "1", weight_kg = "event.weight + now" }
       |                                                                             ^^^
       |
       = help: an event carries its own moments, so that history always reads the same

    error: 4 mistakes in models/shipping.toml
    "#);
}

#[test]
fn an_event_that_begins_the_stream_sees_no_state() {
    assert_snapshot!(wrong(
        "booked_at:Timestamp\"\n\n[aggregate.Shipment.event.ShipmentDispatched]",
        "booked_at:Timestamp\"\nset = { weight_kg = \"self.weight_kg + event.weight_kg\" }\n\n[aggregate.Shipment.event.ShipmentDispatched]"
    ), @r#"
    error: there is no `self` here
      --> models/shipping.toml:29:22
       |
    29 | set = { weight_kg = "self.weight_kg + event.weight_kg" }
       |                      ^^^^
       |
       = help: this event begins the stream; there is no state before it

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_path_begins_with_a_type_or_the_standard_library() {
    accepted(&changed(&[(
        "self.weight_kg <= dec!(30)",
        "now.to_zoned(jiff::tz::TimeZone::UTC).date() > Date::constant(2026, 1, 1) && i64::MAX > std::cmp::max(1, 2)",
    )]));
    assert_snapshot!(said_of("chrono::Utc::today() > now"), @r#"
    error: a context knows no crate `chrono`
      --> models/shipping.toml:22:25
       |
    22 | require = { TooHeavy = "chrono::Utc::today() > now" }
       |                         ^^^^^^
       |
       = help: there are `std` and, for days and moments, `jiff`

    error: 1 mistake in models/shipping.toml
    "#);
}
