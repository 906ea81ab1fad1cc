//! Keys that do not exist, and values of the wrong kind.

use insta::assert_snapshot;

use crate::support::{refused, with, wrong};

#[test]
fn an_unknown_key_suggests_the_nearest() {
    assert_snapshot!(wrong("creates = true", "create = true"), @r#"
    error: command `BookShipment` has no key `create`
      --> models/shipping.toml:14:1
       |
    14 | create = true
       | ^^^^^^
       |
       = help: did you mean `creates`?

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_unknown_section_is_an_unknown_key() {
    assert_snapshot!(refused(&with("[agregate.Box]\n")), @r#"
    error: the model has no key `agregate`
      --> models/shipping.toml:42:2
       |
    42 | [agregate.Box]
       |  ^^^^^^^^
       |
       = help: did you mean `aggregate`?

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn an_unknown_key_without_a_near_one_is_shown_what_there_is() {
    assert_snapshot!(wrong("by = \"key\"", "by = \"key\", cache = true"), @r#"
    error: query `GetShipment` has no key `cache`
      --> models/shipping.toml:39:31
       |
    39 | GetShipment   = { by = "key", cache = true, roles = ["viewer"] }
       |                               ^^^^^
       |
       = help: there are `description`, `was`, `by`, `filter`, `one_of`, `range`, `search`, `sort`, `columns`, `page`, `total`, `changes`, `roles` and `route`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_value_of_the_wrong_kind_says_which_kind_it_must_be() {
    assert_snapshot!(refused(
        "context = 5\ndescription = []\n[aggregate]\nBox = 1\n[aggregate.Shipment]\nsnapshot_every = \"a\"\nunique = [\"a\"]\n\
         [aggregate.Shipment.command.BookShipment]\ncreates = \"yes\"\nfrom = 1\nfields = true\nemits = 7\nroles = [1]\n"
    ), @r#"
    error: `context` of the model must be a string, not a whole number
     --> models/shipping.toml:1:11
      |
    1 | context = 5
      |           ^

    error: `description` of the model must be a string, not an array
     --> models/shipping.toml:2:15
      |
    2 | description = []
      |               ^^

    error: the aggregate cannot be called `Box`: generated code needs that name
     --> models/shipping.toml:4:1
      |
    4 | Box = 1
      | ^^^
      |
      = help: choose a name of the domain, such as `MyBox`

    error: aggregate `Box` must be a table, not a whole number
     --> models/shipping.toml:4:7
      |
    4 | Box = 1
      |       ^

    error: `snapshot_every` of aggregate `Shipment` must be a whole number, not a string
     --> models/shipping.toml:6:18
      |
    6 | snapshot_every = "a"
      |                  ^^^

    error: `unique` of aggregate `Shipment` must be an array of sets of fields, as in `[["number"], ["user", "broker"]]`, not a string
     --> models/shipping.toml:7:11
      |
    7 | unique = ["a"]
      |           ^^^

    error: `creates` of command `BookShipment` must be `true` or `false`, not a string
     --> models/shipping.toml:9:11
      |
    9 | creates = "yes"
      |           ^^^^^

    error: `from` of command `BookShipment` must be a string or an array of strings, not a whole number
      --> models/shipping.toml:10:8
       |
    10 | from = 1
       |        ^

    error: `fields` of command `BookShipment` must be a string, not a truth value
      --> models/shipping.toml:11:10
       |
    11 | fields = true
       |          ^^^^

    error: `emits` of command `BookShipment` must be a string, not a whole number
      --> models/shipping.toml:12:9
       |
    12 | emits = 7
       |         ^

    error: each element of `roles` of command `BookShipment` must be a string, not a whole number
      --> models/shipping.toml:13:10
       |
    13 | roles = [1]
       |          ^

    error: 11 mistakes in models/shipping.toml
    "#);
}

#[test]
fn an_emission_is_an_event_or_a_table() {
    assert_snapshot!(wrong("emits   = \"ShipmentDispatched\"", "emits   = [{ evnt = \"ShipmentDispatched\" }, 3]"), @r#"
    error: an element of `emits` of command `DispatchShipment` has no key `evnt`
      --> models/shipping.toml:23:14
       |
    23 | emits   = [{ evnt = "ShipmentDispatched" }, 3]
       |              ^^^^
       |
       = help: did you mean `event`?

    error: each element of `emits` of command `DispatchShipment` must be a string, not a whole number
      --> models/shipping.toml:23:45
       |
    23 | emits   = [{ evnt = "ShipmentDispatched" }, 3]
       |                                             ^

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn entities_and_processes_are_refused_with_one_sentence_each() {
    assert_snapshot!(refused(&with(
        "[entity.Customer]\nfields = \"name:Text\"\n[entity.Contact]\nfields = \"name:Text\"\n\
         [process.Delivery]\nkey = \"Shipment\"\n[aggregate.Shipment.event.Odd]\nretired = true\nfields = \"customer:Customer\"\n"
    )), @r#"
    error: entities are not generated yet; leave the `[entity.*]` sections out
      --> models/shipping.toml:42:2
       |
    42 | [entity.Customer]
       |  ^^^^^^
       |
       = help: model each as an aggregate with commands that create, change and remove it

    error: processes are not generated yet; leave the `[process.*]` sections out
      --> models/shipping.toml:46:2
       |
    46 | [process.Delivery]
       |  ^^^^^^^
       |
       = help: write the process by hand, against the ports of the generated context

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_tenancy_is_required_or_none() {
    assert_snapshot!(wrong("context = \"shipping\"", "context = \"shipping\"\ntenancy = \"requird\""), @r#"
    error: there is no tenancy `requird`
     --> models/shipping.toml:2:11
      |
    2 | tenancy = "requird"
      |           ^^^^^^^^^
      |
      = help: did you mean `required`?

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_context_does_not_use_itself() {
    assert_snapshot!(wrong("context = \"shipping\"", "context = \"shipping\"\nuses = [\"crm\", \"shipping\", \"crm\"]"), @r#"
    error: a context does not use itself
     --> models/shipping.toml:2:16
      |
    2 | uses = ["crm", "shipping", "crm"]
      |                ^^^^^^^^^^
      |
      = help: leave it out

    error: `crm` is named twice
     --> models/shipping.toml:2:28
      |
    2 | uses = ["crm", "shipping", "crm"]
      |                            ^^^^^
      |
      = help: leave one of them out

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn snapshots_are_taken_every_so_many_events() {
    assert_snapshot!(wrong("states = [\"Booked\", \"InTransit\"]", "states = [\"Booked\", \"InTransit\"]\nsnapshot_every = 0"), @r#"
    error: a snapshot cannot be taken every 0 events
      --> models/shipping.toml:12:18
       |
    12 | snapshot_every = 0
       |                  ^
       |
       = help: say how many events lie between two snapshots, as in `snapshot_every = 100`

    error: 1 mistake in models/shipping.toml
    "#);
}

#[test]
fn a_role_is_one_word() {
    assert_snapshot!(wrong("GetShipment   = { by = \"key\", roles = [\"viewer\"] }", "GetShipment   = { by = \"key\", roles = [\"night shift\", \"\"] }"), @r#"
    error: `night shift` cannot be a role
      --> models/shipping.toml:39:40
       |
    39 | GetShipment   = { by = "key", roles = ["night shift", ""] }
       |                                        ^^^^^^^^^^^^^
       |
       = help: a role is one word, as in `dispatcher`

    error: `` cannot be a role
      --> models/shipping.toml:39:55
       |
    39 | GetShipment   = { by = "key", roles = ["night shift", ""] }
       |                                                       ^^
       |
       = help: a role is one word, as in `dispatcher`

    error: 2 mistakes in models/shipping.toml
    "#);
}

#[test]
fn a_mistyped_key_is_not_missing_as_well() {
    assert_snapshot!(refused(
        "contxt = \"shipping\"\n[enum.Size]\nvariant = [\"Big\"]\n[value.Weight]\ntyp = \"Int\"\n[aggregate.Crate]\nstate = \"x:Int=0\"\n\
         [aggregate.Parcel.command.PackParcel]\ncreate = true\nfield = \"weight:Weight\"\nemit = \"ParcelPacked\"\nrole = []\n\
         [aggregate.Parcel.event.ParcelPacked]\nfields = \"weight:Weight\"\n[view.ParcelList]\nfor = \"Parcel\"\nfeilds = \"weight:Weight\"\n\
         [view.ParcelList.query]\nListParcels = { sort = \"weight\" }\n"
    ), @r#"
    error: the model has no key `contxt`
     --> models/shipping.toml:1:1
      |
    1 | contxt = "shipping"
      | ^^^^^^
      |
      = help: did you mean `context`?

    error: enum `Size` has no key `variant`
     --> models/shipping.toml:3:1
      |
    3 | variant = ["Big"]
      | ^^^^^^^
      |
      = help: did you mean `variants`?

    error: value `Weight` has no key `typ`
     --> models/shipping.toml:5:1
      |
    5 | typ = "Int"
      | ^^^
      |
      = help: did you mean `type`?

    error: the aggregate cannot be called `Crate`: its module would be called `crate`, a keyword of Rust
     --> models/shipping.toml:6:12
      |
    6 | [aggregate.Crate]
      |            ^^^^^
      |
      = help: choose a name of the domain, such as `MyCrate`

    error: no command creates a `Crate`
     --> models/shipping.toml:6:12
      |
    6 | [aggregate.Crate]
      |            ^^^^^
      |
      = help: say `creates = true` on the command that addresses a new stream

    error: command `PackParcel` has no key `create`
     --> models/shipping.toml:9:1
      |
    9 | create = true
      | ^^^^^^
      |
      = help: did you mean `creates`?

    error: command `PackParcel` has no key `field`
      --> models/shipping.toml:10:1
       |
    10 | field = "weight:Weight"
       | ^^^^^
       |
       = help: did you mean `fields`?

    error: command `PackParcel` has no key `emit`
      --> models/shipping.toml:11:1
       |
    11 | emit = "ParcelPacked"
       | ^^^^
       |
       = help: did you mean `emits`?

    error: command `PackParcel` has no key `role`
      --> models/shipping.toml:12:1
       |
    12 | role = []
       | ^^^^
       |
       = help: did you mean `roles`?

    error: view `ParcelList` does not say what it is a view of
      --> models/shipping.toml:15:7
       |
    15 | [view.ParcelList]
       |       ^^^^^^^^^^
       |
       = help: name the aggregates whose events it folds, as in `of = ["Shipment"]`

    error: view `ParcelList` has no key `for`
      --> models/shipping.toml:16:1
       |
    16 | for = "Parcel"
       | ^^^
       |
       = help: there are `of`, `description`, `was`, `key`, `fields`, `set`, `sync`, `priority`, `timeout`, `deletes` and `query`

    error: view `ParcelList` has no key `feilds`
      --> models/shipping.toml:17:1
       |
    17 | feilds = "weight:Weight"
       | ^^^^^^
       |
       = help: did you mean `fields`?

    warning: nobody may ask `ListParcels`
      --> models/shipping.toml:19:1
       |
    19 | ListParcels = { sort = "weight" }
       | ^^^^^^^^^^^
       |
       = help: say who may, as in `roles = ["viewer"]`; `roles = []` says that nobody is meant to

    error: 12 mistakes and 1 warning in models/shipping.toml
    "#);
}
