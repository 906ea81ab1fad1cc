//! `freehold projections`

use insta::assert_snapshot;

use super::service::Service;

/// Two views: one gets on, one does not.
pub(crate) const VIEWS: &str = r#"{"head":120,"projections":[
{"view":"shipping.ShipmentSummary","version":1,"position":118,"events_behind":2,"seconds_behind":0.1,
"events_per_second":50,"heartbeat_seconds_ago":0.2,"running":true,"healthy":true,"paused":false,"rows_parked":1,
"error":null,"partitions":[
{"partition":0,"position":118,"owner":"node-a","heartbeat_seconds_ago":0.2,"rows_parked":0},
{"partition":1,"position":119,"owner":null,"heartbeat_seconds_ago":12.04,"rows_parked":1}]},
{"view":"shipping.Lanes","version":3,"position":7,"events_behind":null,"seconds_behind":null,
"events_per_second":0,"heartbeat_seconds_ago":61.0,"running":false,"healthy":false,"paused":false,"rows_parked":0,
"error":"the disk is full","partitions":[]}]}"#;

/// One view that was paused, of a service that does not reach its log.
const PAUSED: &str = r#"{"head":null,"projections":[
{"view":"shipping.ShipmentSummary","version":1,"position":118,"events_behind":null,"seconds_behind":null,
"events_per_second":0,"heartbeat_seconds_ago":0.2,"running":true,"healthy":true,"paused":true,"rows_parked":0,
"error":null,"partitions":[{"partition":0,"position":118,"owner":"node-a","heartbeat_seconds_ago":0.2,"rows_parked":0}]}]}"#;

#[test]
fn a_list_has_a_line_for_each_view() {
    assert_snapshot!(Service::answering(&[(200, VIEWS)]).run(&["projections", "list"]), @r#"
    exit 0
    --- stdout
    VIEW                      VERSION  STATE                 POSITION  BEHIND  LAG    PARKED  LAST ERROR
    shipping.ShipmentSummary  1        running               118       2       0.1 s  1       -
    shipping.Lanes            3        stopped, not healthy  7         -       -      0       the disk is full

    The log ends at 120.
    --- stderr

    --- asked
    GET /admin/projections
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_service_without_views_says_so() {
    let none = r#"{"head":0,"projections":[]}"#;
    assert_snapshot!(Service::answering(&[(200, none)]).run(&["projections", "list"]), @r#"
    exit 0
    --- stdout
    The service has no views.

    The log ends at 0.
    --- stderr

    --- asked
    GET /admin/projections
      Bearer open-sesame-7
    "#);
}

#[test]
fn the_lag_has_a_line_for_each_partition_and_fails_if_a_view_is_not_healthy() {
    assert_snapshot!(Service::answering(&[(200, VIEWS)]).run(&["projections", "lag"]), @r#"
    exit 1
    --- stdout
    VIEW                      PARTITION  STATE                 POSITION  HEAD  BEHIND  LAG    HEARTBEAT   OWNER   RATE  PARKED  LAST ERROR
    shipping.ShipmentSummary  0          running               118       120   2       0.1 s  0.2 s ago   node-a  50/s  0       -
    shipping.ShipmentSummary  1          running               119       120   1       0.1 s  12.0 s ago  -       50/s  1       -
    shipping.Lanes            -          stopped, not healthy  7         120   113     -      61.0 s ago  -       0/s   0       the disk is full
    --- stderr
    error: not healthy: shipping.Lanes
    --- asked
    GET /admin/projections
      Bearer open-sesame-7
    "#);
}

#[test]
fn the_lag_of_one_view_is_judged_alone() {
    assert_snapshot!(
        Service::answering(&[(200, VIEWS)]).run(&["projections", "lag", "shipping.ShipmentSummary"]), @r#"
    exit 0
    --- stdout
    VIEW                      PARTITION  STATE    POSITION  HEAD  BEHIND  LAG    HEARTBEAT   OWNER   RATE  PARKED  LAST ERROR
    shipping.ShipmentSummary  0          running  118       120   2       0.1 s  0.2 s ago   node-a  50/s  0       -
    shipping.ShipmentSummary  1          running  119       120   1       0.1 s  12.0 s ago  -       50/s  1       -
    --- stderr

    --- asked
    GET /admin/projections
      Bearer open-sesame-7
    "#);
}

#[test]
fn the_lag_of_one_view_for_programs_has_that_view_only() {
    assert_snapshot!(
        Service::answering(&[(200, VIEWS)]).run(&["projections", "lag", "shipping.Lanes", "--json"]), @r#"
    exit 1
    --- stdout
    {"head":120,"projections":[{"view":"shipping.Lanes","version":3,"position":7,"events_behind":null,"seconds_behind":null,"events_per_second":0,"heartbeat_seconds_ago":61.0,"running":false,"healthy":false,"paused":false,"rows_parked":0,"error":"the disk is full","partitions":[]}]}
    --- stderr
    error: not healthy: shipping.Lanes
    --- asked
    GET /admin/projections
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_view_that_there_is_not_is_named() {
    assert_snapshot!(Service::answering(&[(200, VIEWS)]).run(&["projections", "lag", "shipping.Lane"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: there is no view `shipping.Lane`; `freehold projections list` shows those that there are
    --- asked
    GET /admin/projections
      Bearer open-sesame-7
    "#);
}

#[test]
fn what_is_not_known_is_a_dash() {
    assert_snapshot!(Service::answering(&[(200, PAUSED)]).run(&["projections", "lag"]), @r#"
    exit 0
    --- stdout
    VIEW                      PARTITION  STATE   POSITION  HEAD  BEHIND  LAG  HEARTBEAT  OWNER   RATE  PARKED  LAST ERROR
    shipping.ShipmentSummary  0          paused  118       -     -       -    0.2 s ago  node-a  0/s   0       -
    --- stderr

    --- asked
    GET /admin/projections
      Bearer open-sesame-7
    "#);
}

#[test]
fn programs_get_the_answer_as_it_is() {
    let said = Service::answering(&[(200, VIEWS)]).run(&["projections", "lag", "--json"]);
    assert!(said.starts_with(&format!("exit 1\n--- stdout\n{VIEWS}\n--- stderr\n")), "{said}");
}

#[test]
fn a_view_is_paused() {
    let answer = r#"{"view":"shipping.ShipmentSummary","paused":true}"#;
    assert_snapshot!(
        Service::answering(&[(200, answer)]).run(&["projections", "pause", "shipping.ShipmentSummary"]), @r#"
    exit 0
    --- stdout
    shipping.ShipmentSummary is paused.
    --- stderr

    --- asked
    POST /admin/projections/shipping.ShipmentSummary/pause
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_view_is_resumed() {
    let answer = r#"{"view":"shipping.ShipmentSummary","paused":false}"#;
    assert_snapshot!(
        Service::answering(&[(200, answer)]).run(&["projections", "resume", "shipping.ShipmentSummary"]), @r#"
    exit 0
    --- stdout
    shipping.ShipmentSummary goes on.
    --- stderr

    --- asked
    POST /admin/projections/shipping.ShipmentSummary/resume
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_name_stays_one_part_of_the_path() {
    let answer = r#"{"view":"a/b ?#ü","paused":true}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["projections", "pause", "a/b ?#ü", "--json"]), @r#"
    exit 0
    --- stdout
    {"view":"a/b ?#ü","paused":true}
    --- stderr

    --- asked
    POST /admin/projections/a%2Fb%20%3F%23%C3%BC/pause
      Bearer open-sesame-7
    "#);
}
