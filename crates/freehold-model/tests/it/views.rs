//! Views: what they are of, their keys and when they are brought up to date.

use freehold_model::{Sync, ViewKey};
use insta::assert_snapshot;

use crate::support::{accepted, changed, refused, with, wrong};

const OF: &str = "of     = [\"Shipment\"]";

fn with_view(more: &str) -> String {
    changed(&[(OF, &format!("{OF}\n{more}"))])
}

/// A view that counts by carrier.
fn loads(more: &str) -> String {
    with(&format!("[view.CarrierLoad]\nof = \"Shipment\"\n{more}\n"))
}

#[test]
fn a_view_is_of_aggregates_that_there_are() {
    assert_snapshot!(wrong(OF, "of     = [\"Shipmnt\"]"), @r#"
    error: there is no aggregate `Shipmnt`
      --> models/shipping.toml:35:11
       |
    35 | of     = ["Shipmnt"]
       |           ^^^^^^^^^
       |
       = help: did you mean `Shipment`?

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong(OF, "of     = [\"crm.Customer\"]"), @r#"
    error: there is no aggregate `crm.Customer`
      --> models/shipping.toml:35:11
       |
    35 | of     = ["crm.Customer"]
       |           ^^^^^^^^^^^^^^
       |
       = help: a view folds the events of aggregates of its own context

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong(&format!("{OF}\n"), ""), @r#"
    error: view `ShipmentSummary` does not say what it is a view of
      --> models/shipping.toml:34:7
       |
    34 | [view.ShipmentSummary]
       |       ^^^^^^^^^^^^^^^
       |
       = help: name the aggregates whose events it folds, as in `of = ["Shipment"]`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_view_has_fields() {
    assert_snapshot!(refused(&loads("key = \"carrier\"")), @r#"
    error: view `CarrierLoad` has no fields
      --> models/shipping.toml:42:7
       |
    42 | [view.CarrierLoad]
       |       ^^^^^^^^^^^
       |
       = help: name its columns, as in `fields = "booked_at:Timestamp"`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_view_of_several_aggregates_has_a_key() {
    let depot = "\n[aggregate.Depot.command.OpenDepot]\ncreates = true\nemits = \"DepotOpened\"\nroles = []\n[aggregate.Depot.event.DepotOpened]\n";
    assert_snapshot!(refused(&(changed(&[(OF, "of     = [\"Shipment\", \"Depot\"]")]) + depot)), @r#"
    error: view `ShipmentSummary` is of several aggregates and has no key
      --> models/shipping.toml:34:7
       |
    34 | [view.ShipmentSummary]
       |       ^^^^^^^^^^^^^^^
       |
       = help: name the fields that tell its rows apart and that events of each carry, as in `key = "customer"`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_key_is_made_of_single_values_that_events_carry() {
    assert_snapshot!(refused(&loads("key = \"carier\"\nfields = \"carrier:Carrier n:Int=0\"\nset = { ShipmentDispatched = { n = \"row.n + 1\" } }")), @r#"
    error: the view has no field `carier`
      --> models/shipping.toml:44:8
       |
    44 | key = "carier"
       |        ^^^^^^
       |
       = help: did you mean `carrier`?

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(refused(&loads("key = \"carrier\"\nfields = \"carrier:Carrier? n:Int=0\"\nset = { ShipmentDispatched = { n = \"row.n + 1\" } }")), @r#"
    error: `carrier` is optional and cannot be a key
      --> models/shipping.toml:44:8
       |
    44 | key = "carrier"
       |        ^^^^^^^
       |
       = help: leave out the `?`; an event that has none in it leaves the view alone

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(refused(&loads("key = \"who\"\nfields = \"who:Text n:Int=0\"\nset = { ShipmentDispatched = { n = \"row.n + 1\" } }")), @r#"
    error: no event carries `who`
      --> models/shipping.toml:44:8
       |
    44 | key = "who"
       |        ^^^
       |
       = help: there are `number`, `weight_kg`, `booked_at`, `carrier` and `dispatched_at`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(refused(&loads("key = \"status\"\nfields = \"status:Shipment.State n:Int=0\"")), @r#"
    error: `status` is Shipment.State and cannot be a key
      --> models/shipping.toml:44:8
       |
    44 | key = "status"
       |        ^^^^^^
       |
       = help: a key is made of single values that can be compared

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(refused(&loads("key = [\"carrier\", \"number\"]\nfields = \"carrier:Carrier number:TrackingNumber\"")), @r#"
    error: no event carries all fields of the key
      --> models/shipping.toml:44:8
       |
    44 | key = ["carrier", "number"]
       |        ^^^^^^^^^

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong(OF, &format!("{OF}\nkey = \"id\"")), @r#"
    error: the view has no field `id`
      --> models/shipping.toml:36:8
       |
    36 | key = "id"
       |        ^^
       |
       = help: leave `key` out: the rows are keyed by their stream then, and have its id

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_key_may_have_several_fields() {
    let model = accepted(&loads(
        "key = \"number booked_at\"\nfields = \"number:TrackingNumber booked_at:Timestamp\"",
    ));
    let view = &model.views[1];
    assert_eq!(view.key, ViewKey::Fields(vec!["number".to_owned(), "booked_at".to_owned()]));
    assert_eq!(view.on.len(), 1, "only one event carries both");
    assert!(view.on[0].begins && view.on[0].assigns.is_empty());
}

#[test]
fn an_event_that_shares_only_the_key_leaves_the_view_alone() {
    let model = accepted(&loads(
        "key = \"carrier\"\nfields = \"carrier:Carrier n:Int=0\"\nset = { ShipmentDispatched = { n = \"row.n + 1\" } }",
    ));
    let events: Vec<_> = model.views[1].on.iter().map(|on| on.event.as_str()).collect();
    assert_eq!(events, ["ShipmentDispatched"]);
}

#[test]
fn a_set_for_an_event_that_never_has_the_key_is_refused() {
    assert_snapshot!(refused(&loads("key = \"carrier\"\nfields = \"carrier:Carrier n:Int=0\"\nset = { ShipmentBooked = { n = \"row.n + 1\" } }")), @r#"
    error: `ShipmentBooked` carries no `carrier`, so it never finds a row
      --> models/shipping.toml:46:9
       |
    46 | set = { ShipmentBooked = { n = "row.n + 1" } }
       |         ^^^^^^^^^^^^^^
       |
       = help: let the event carry `carrier`, or leave it out here

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_set_names_events_and_fields_that_there_are() {
    assert_snapshot!(refused(&with_view("set = { ShipmentBoked = { number = \"event.number\" }, ShipmentBooked = { nmber = \"1\", number = \"event.nr\", booked_at = \"row.x\", carrier = \"self.x\" } }")), @r#"
    error: no aggregate that `ShipmentSummary` is of has an event `ShipmentBoked`
      --> models/shipping.toml:36:9
       |
    36 | set = { ShipmentBoked = { number = "event.number" }, ShipmentBooked = { nmber = "1", number = "event.nr", booked_at = "row.x", carri...
       |         ^^^^^^^^^^^^^
       |
       = help: did you mean `ShipmentBooked`?

    error: the view has no field `nmber`
      --> models/shipping.toml:36:73
       |
    36 | set = { ShipmentBoked = { number = "event.number" }, ShipmentBooked = { nmber = "1", number = "event.nr", booked_at = "row.x", carri...
       |                                                                         ^^^^^
       |
       = help: did you mean `number`?

    error: `event` has no field `nr`
      --> models/shipping.toml:36:102
       |
    36 | set = { ShipmentBoked = { number = "event.number" }, ShipmentBooked = { nmber = "1", number = "event.nr", booked_at = "row.x", carri...
       |                                                                                                      ^^
       |
       = help: there are `number`, `weight_kg` and `booked_at`

    error: `row` has no field `x`
      --> models/shipping.toml:36:124
       |
    36 | set = { ShipmentBoked = { number = "event.number" }, ShipmentBooked = { nmber = "1", number = "event.nr", booked_at = "row.x", carri...
       |                                                                                                                            ^
       |
       = help: there are `number`, `status`, `carrier` and `booked_at`

    error: there is no `self` here
      --> models/shipping.toml:36:139
       |
    36 | ...r = "1", number = "event.nr", booked_at = "row.x", carrier = "self.x" } }
       |                                                                  ^^^^
       |
       = help: a view sees `row`, as it is before the event, and `event`

    error: 5 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(refused(&loads("key = \"carrier\"\nfields = \"carrier:Carrier n:Int=0\"\nset = { ShipmentDispatched = { n = \"row.n + 1\", carrier = \"event.carrier\" } }")), @r#"
    error: `carrier` is the key of the row and does not change
      --> models/shipping.toml:46:49
       |
    46 | set = { ShipmentDispatched = { n = "row.n + 1", carrier = "event.carrier" } }
       |                                                 ^^^^^^^
       |
       = help: leave it out: the row is found by it

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_state_follows_an_aggregate_of_the_view() {
    let depot = "\n[aggregate.Depot]\nstates = [\"Open\"]\n[aggregate.Depot.command.OpenDepot]\ncreates = true\nemits = \"DepotOpened\"\nroles = []\n[aggregate.Depot.event.DepotOpened]\nto = \"Open\"\n";
    assert_snapshot!(refused(&(changed(&[("status:Shipment.State", "status:Depot.State")]) + depot)), @r#"
    error: `ShipmentSummary` is not a view of `Depot`
      --> models/shipping.toml:36:46
       |
    36 | fields = "number:TrackingNumber index status:Depot.State carrier:Carrier? booked_at:Timestamp"
       |                                              ^^^^^^^^^^^
       |
       = help: add `Depot` to `of`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(wrong("status:Shipment.State", "status:Shipmet.State"), @r#"
    error: there is no aggregate `Shipmet`
      --> models/shipping.toml:36:46
       |
    36 | fields = "number:TrackingNumber index status:Shipmet.State carrier:Carrier? booked_at:Timestamp"
       |                                              ^^^^^^^^^^^^^
       |
       = help: did you mean `Shipment`?

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn only_a_view_by_stream_is_synchronous_event_by_event() {
    assert_snapshot!(refused(&loads("key = \"carrier\"\nsync = [\"ShipmentDispatched\"]\nfields = \"carrier:Carrier n:Int=0\"\nset = { ShipmentDispatched = { n = \"row.n + 1\" } }")), @r#"
    error: only a view that is keyed by its stream is synchronous event by event
      --> models/shipping.toml:45:8
       |
    45 | sync = ["ShipmentDispatched"]
       |        ^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `sync = true` for all events, or leave it out

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn sync_names_events_that_there_are() {
    assert_snapshot!(refused(&with_view("sync = [\"ShipmentBoked\", \"ShipmentBooked\"]")), @r#"
    error: no aggregate that `ShipmentSummary` is of has an event `ShipmentBoked`
      --> models/shipping.toml:36:9
       |
    36 | sync = ["ShipmentBoked", "ShipmentBooked"]
       |         ^^^^^^^^^^^^^^^
       |
       = help: did you mean `ShipmentBooked`?

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(refused(&with_view("sync = 3")), @r#"
    error: `sync` of view `ShipmentSummary` must be `true`, `false` or an array of events, not a whole number
      --> models/shipping.toml:36:8
       |
    36 | sync = 3
       |        ^

    error: 1 mistake in models/shipping.toml
    "#);
    let text =
        changed(&[(OF, &format!("{OF}\nsync = \"ShipmentBooked\"\npriority = -3\ntimeout = \"500ms\""))]);
    let view = accepted(&text).views.remove(0);
    assert_eq!(view.sync, Sync::Events(vec!["ShipmentBooked".to_owned()]));
    assert_eq!((view.priority, view.timeout_ms), (-3, 500));
}

#[test]
fn a_time_out_is_short() {
    assert_snapshot!(refused(&with_view("sync = true\ntimeout = \"6s\"\npriority = 99999999999")), @r#"
    error: `6s` is too long: a view has at most 5 seconds
      --> models/shipping.toml:37:11
       |
    37 | timeout = "6s"
       |           ^^^^
       |
       = help: what runs before a command returns must be short, as in `timeout = "500ms"`

    error: this priority is out of reach
      --> models/shipping.toml:38:12
       |
    38 | priority = 99999999999
       |            ^^^^^^^^^^^
       |
       = help: use small numbers: the highest goes first, 0 is usual

    error: 2 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(refused(&with_view("sync = true\ntimeout = \"fast\"")), @r#"
    error: `fast` is not a length of time
      --> models/shipping.toml:37:11
       |
    37 | timeout = "fast"
       |           ^^^^^^
       |
       = help: what runs before a command returns must be short, as in `timeout = "500ms"`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_snapshot!(refused(&with_view("sync = true\ntimeout = \"0s\"")), @r#"
    error: `0s` leaves no time
      --> models/shipping.toml:37:11
       |
    37 | timeout = "0s"
       |           ^^^^
       |
       = help: what runs before a command returns must be short, as in `timeout = "500ms"`

    error: 1 mistake in models/shipping.toml
    "#);
    assert_eq!(accepted(crate::support::RIGHT).views[0].timeout_ms, 2_000);
}

#[test]
fn settings_without_effect_are_warned_of() {
    assert_snapshot!(accepted(&with_view("timeout = \"1s\"\npriority = 1")).warnings, @r#"
    warning: `timeout` has no effect: workers apply the events of `ShipmentSummary`
      --> models/shipping.toml:36:11
       |
    36 | timeout = "1s"
       |           ^^^^
       |
       = help: say `sync`, or leave it out

    warning: `priority` has no effect: workers apply the events of `ShipmentSummary`
      --> models/shipping.toml:37:12
       |
    37 | priority = 1
       |            ^
       |
       = help: say `sync`, or leave it out

    warning: 2 warnings in models/shipping.toml
    "#);
}

#[test]
fn an_event_that_deletes_is_known_and_sets_nothing() {
    assert_snapshot!(refused(&with_view("deletes = [\"ShipmentPurged\", \"ShipmentBooked\"]")), @r#"
    error: no aggregate that `ShipmentSummary` is of has an event `ShipmentPurged`
      --> models/shipping.toml:36:12
       |
    36 | deletes = ["ShipmentPurged", "ShipmentBooked"]
       |            ^^^^^^^^^^^^^^^^
       |
       = help: did you mean `ShipmentBooked`?

    error: `ShipmentBooked` begins the row and cannot delete it
      --> models/shipping.toml:36:30
       |
    36 | deletes = ["ShipmentPurged", "ShipmentBooked"]
       |                              ^^^^^^^^^^^^^^^^
       |
       = help: name the event that ends it

    error: 2 mistakes in models/shipping.toml
    "#);
    assert_snapshot!(refused(&with_view("deletes = \"ShipmentDispatched\"\nset = { ShipmentDispatched = { carrier = \"None\" } }")), @r#"
    error: `ShipmentDispatched` deletes the row, so there is nothing to set
      --> models/shipping.toml:37:9
       |
    37 | set = { ShipmentDispatched = { carrier = "None" } }
       |         ^^^^^^^^^^^^^^^^^^
       |
       = help: leave it out of `set` or of `deletes`

    error: 1 mistake in models/shipping.toml
    "#);
}
