//! The verbs of `freehold projections` that are about rebuilds.

use insta::assert_snapshot;

use super::service::Service;

/// One in each stage.
const REBUILDS: &str = r#"{"rebuilds":[
{"view":"shipping.Carriers","version":3,"stage":"taken-over","automatic":true,"began_at":"2026-03-01T08:00:00Z",
"position":90,"head":120,"events_per_second":0,"seconds_left":null,"rows_parked":0,"paused":false,
"comparison":{"rows":12,"added":0,"gone":0,"changed":0,"samples":[]}},
{"view":"shipping.Lanes","version":2,"stage":"filling","automatic":true,"began_at":"2026-03-01T09:00:00Z",
"position":20,"head":120,"events_per_second":5,"seconds_left":20.0,"rows_parked":1,"paused":false,"comparison":null},
{"view":"shipping.Ports","version":2,"stage":"filling","automatic":false,"began_at":"2026-03-01T09:00:00Z",
"position":0,"head":120,"events_per_second":0,"seconds_left":null,"rows_parked":0,"paused":true,"comparison":null},
{"view":"shipping.ShipmentSummary","version":2,"stage":"waiting","automatic":false,"began_at":"2026-03-01T09:00:00Z",
"position":119,"head":120,"events_per_second":1,"seconds_left":1.0,"rows_parked":0,"paused":false,
"comparison":{"rows":40,"added":1,"gone":2,"changed":0,"samples":[
{"tenant":"acme","key":"[\"0198a1b2\"]","kind":"added"},{"tenant":"acme","key":"[\"0198a1b3\"]","kind":"gone"}]}},
{"view":"shipping.Weights","version":2,"stage":"rolled-back","automatic":true,"began_at":"2026-03-01T07:00:00Z",
"position":70,"head":120,"events_per_second":0,"seconds_left":null,"rows_parked":0,"paused":false,
"comparison":{"rows":4,"added":0,"gone":0,"changed":4,"samples":[]}}]}"#;

const NONE: &str = r#"{"rebuilds":[]}"#;
const VIEW: &str = "shipping.ShipmentSummary";

fn compare(view: &str) -> String {
    Service::answering(&[(200, REBUILDS)]).run(&["projections", "compare", view])
}

#[test]
fn a_list_has_a_line_for_each_rebuild() {
    assert_snapshot!(Service::answering(&[(200, REBUILDS)]).run(&["projections", "rebuilds"]), @r#"
    exit 0
    --- stdout
    VIEW                      VERSION  STAGE        POSITION  RATE  LEFT  DIFFERS         PARKED  STATE
    shipping.Carriers         3        taken-over   90/120    0/s   -     same            0       serves; can be rolled back
    shipping.Lanes            2        filling      20/120    5/s   20 s  -               1       takes over by itself
    shipping.Ports            2        filling      0/120     0/s   -     -               0       paused
    shipping.ShipmentSummary  2        waiting      119/120   1/s   1 s   +1 -2 ~0 of 40  0       waits for `take-over`
    shipping.Weights          2        rolled-back  70/120    0/s   -     +0 -0 ~4 of 4   0       kept until `end`
    --- stderr

    --- asked
    GET /admin/rebuilds
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_service_without_rebuilds_says_so() {
    assert_snapshot!(Service::answering(&[(200, NONE)]).run(&["projections", "rebuilds"]), @r#"
    exit 0
    --- stdout
    No view is being rebuilt, and none can be rolled back.
    --- stderr

    --- asked
    GET /admin/rebuilds
      Bearer open-sesame-7
    "#);
}

#[test]
fn programs_get_the_list_as_it_is() {
    let said = Service::answering(&[(200, REBUILDS)]).run(&["projections", "rebuilds", "--json"]);
    assert!(said.starts_with(&format!("exit 0\n--- stdout\n{REBUILDS}\n--- stderr\n")), "{said}");
}

#[test]
fn the_list_is_drawn_again_until_the_service_refuses() {
    let refused = r#"{"title":"Not authenticated","detail":"the token is not known","status":401}"#;
    let service = Service::answering(&[(200, NONE), (200, NONE), (401, refused)]);
    assert_snapshot!(service.run(&["projections", "rebuilds", "--watch"]), @r#"
    exit 1
    --- stdout
    No view is being rebuilt, and none can be rolled back.

    No view is being rebuilt, and none can be rolled back.
    --- stderr
    error: Not authenticated: the token is not known
    --- asked
    GET /admin/rebuilds
      Bearer open-sesame-7
    GET /admin/rebuilds
      Bearer open-sesame-7
    GET /admin/rebuilds
      Bearer open-sesame-7
    "#);
}

#[test]
fn watching_is_for_people() {
    let said = Service::answering(&[]).run(&["projections", "rebuilds", "--watch", "--json"]);
    assert!(said.starts_with("exit 2"), "{said}");
}

#[test]
fn a_comparison_counts_what_differs_and_shows_some_of_it() {
    assert_snapshot!(compare(VIEW), @r#"
    exit 0
    --- stdout
    view     shipping.ShipmentSummary, version 2
    stage    waiting, begun at 2026-03-01T09:00:00Z
    rows     40
    added    1
    gone     2
    changed  0

    DIFFERS  TENANT  KEY
    added    acme    ["0198a1b2"]
    gone     acme    ["0198a1b3"]

    These are 2 of 3 rows that differ.
    --- stderr

    --- asked
    GET /admin/rebuilds
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_comparison_without_a_difference_says_so() {
    assert_snapshot!(compare("shipping.Carriers"), @r#"
    exit 0
    --- stdout
    view     shipping.Carriers, version 3
    stage    taken-over, begun at 2026-03-01T08:00:00Z
    rows     12
    added    0
    gone     0
    changed  0

    No row differs.
    --- stderr

    --- asked
    GET /admin/rebuilds
      Bearer open-sesame-7
    "#);
}

#[test]
fn what_is_not_compared_yet_says_when_it_will_be() {
    assert_snapshot!(compare("shipping.Lanes"), @r#"
    exit 0
    --- stdout
    view   shipping.Lanes, version 2
    stage  filling, begun at 2026-03-01T09:00:00Z

    It is compared with the view when it has taken in nearly all of the log.
    --- stderr

    --- asked
    GET /admin/rebuilds
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_rebuild_that_there_is_not_is_named() {
    assert_snapshot!(compare("shipping.Lane"), @r#"
    exit 1
    --- stdout

    --- stderr
    error: there is no rebuild of `shipping.Lane`; `freehold projections rebuilds` shows those that there are
    --- asked
    GET /admin/rebuilds
      Bearer open-sesame-7
    "#);
}

#[test]
fn programs_get_the_one_rebuild_that_they_ask_for() {
    assert_snapshot!(
        Service::answering(&[(200, REBUILDS)]).run(&["projections", "compare", VIEW, "--json"]), @r#"
    exit 0
    --- stdout
    {"view":"shipping.ShipmentSummary","version":2,"stage":"waiting","automatic":false,"began_at":"2026-03-01T09:00:00Z","position":119,"head":120,"events_per_second":1,"seconds_left":1.0,"rows_parked":0,"paused":false,"comparison":{"rows":40,"added":1,"gone":2,"changed":0,"samples":[{"tenant":"acme","key":"[\"0198a1b2\"]","kind":"added"},{"tenant":"acme","key":"[\"0198a1b3\"]","kind":"gone"}]}}
    --- stderr

    --- asked
    GET /admin/rebuilds
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_rebuild_takes_over_by_itself() {
    let answer = r#"{"view":"shipping.ShipmentSummary","automatic":true}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["projections", "rebuild", VIEW]), @r#"
    exit 0
    --- stdout
    shipping.ShipmentSummary is rebuilt, and takes over once it is there.
    --- stderr

    --- asked
    POST /admin/projections/shipping.ShipmentSummary/rebuild
      Bearer open-sesame-7
      {"automatic":true}
    "#);
}

#[test]
fn a_rebuild_is_told_to_wait() {
    let answer = r#"{"view":"shipping.ShipmentSummary","automatic":false}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["projections", "rebuild", VIEW, "--hold"]), @r#"
    exit 0
    --- stdout
    shipping.ShipmentSummary is rebuilt, and waits for `freehold projections take-over` once it is there.
    --- stderr

    --- asked
    POST /admin/projections/shipping.ShipmentSummary/rebuild
      Bearer open-sesame-7
      {"automatic":false}
    "#);
}

#[test]
fn one_that_waits_is_told_to_take_over() {
    let answer = r#"{"view":"shipping.ShipmentSummary","automatic":true}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["projections", "take-over", VIEW]), @r#"
    exit 0
    --- stdout
    The rebuild of shipping.ShipmentSummary takes over once it is there.
    --- stderr

    --- asked
    POST /admin/projections/shipping.ShipmentSummary/rebuild/take-over
      Bearer open-sesame-7
    "#);
}

#[test]
fn what_was_before_is_put_back() {
    let answer = r#"{"view":"shipping.ShipmentSummary","rolled_back":true}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["projections", "roll-back", VIEW]), @r#"
    exit 0
    --- stdout
    shipping.ShipmentSummary is again what it was before its rebuild took over.
    --- stderr

    --- asked
    POST /admin/projections/shipping.ShipmentSummary/rebuild/roll-back
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_rebuild_is_ended() {
    let answer = r#"{"view":"shipping.ShipmentSummary","ended":true}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["projections", "end", VIEW]), @r#"
    exit 0
    --- stdout
    The rebuild of shipping.ShipmentSummary is ended, and nothing is kept beside the view.
    --- stderr

    --- asked
    DELETE /admin/projections/shipping.ShipmentSummary/rebuild
      Bearer open-sesame-7
    "#);
}

#[test]
fn what_cannot_be_done_to_a_rebuild_is_told_as_the_service_has_it() {
    let refused = r#"{"type":"/problems/conflict","title":"Changed at the same time","status":409,
        "detail":"there is no rebuild of `shipping.ShipmentSummary` that this can be done to."}"#;
    assert_snapshot!(Service::answering(&[(409, refused)]).run(&["projections", "roll-back", VIEW]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: Changed at the same time: there is no rebuild of `shipping.ShipmentSummary` that this can be done to.
    --- asked
    POST /admin/projections/shipping.ShipmentSummary/rebuild/roll-back
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_rebuild_is_paused() {
    let answer = r#"{"view":"shipping.ShipmentSummary","paused":true}"#;
    assert_snapshot!(
        Service::answering(&[(200, answer)]).run(&["projections", "pause", VIEW, "--rebuild"]), @r#"
    exit 0
    --- stdout
    The rebuild of shipping.ShipmentSummary is paused.
    --- stderr

    --- asked
    POST /admin/projections/shipping.ShipmentSummary/rebuild/pause
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_rebuild_is_resumed() {
    let answer = r#"{"view":"shipping.ShipmentSummary","paused":false}"#;
    assert_snapshot!(
        Service::answering(&[(200, answer)]).run(&["projections", "resume", VIEW, "--rebuild"]), @r#"
    exit 0
    --- stdout
    The rebuild of shipping.ShipmentSummary goes on.
    --- stderr

    --- asked
    POST /admin/projections/shipping.ShipmentSummary/rebuild/resume
      Bearer open-sesame-7
    "#);
}
