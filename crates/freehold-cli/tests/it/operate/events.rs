//! `freehold events`

use insta::assert_snapshot;

use super::service::Service;

/// An event at this position, caused by what stands there as JSON.
pub(crate) fn event(position: u64, causation: &str) -> String {
    format!(
        r#"{{"position":{position},"tenant":"acme","stream":"shipping.Shipment/0198","version":{position},"event":"Step{position}","event_version":1,"id":"e-{position}","time":"2026-03-01T10:00:0{position}Z","actor":"anna","correlation":"c-1","causation":{causation},"command":"k-1","payload":{{"weight":"12.50","at":1.0}}}}"#
    )
}

fn page(events: &[String], read_to: u64) -> String {
    format!(r#"{{"events":[{}],"read_to":{read_to}}}"#, events.join(","))
}

const REFUSED: &str =
    r#"{"type":"/problems/unavailable","title":"unavailable","detail":"the node stops","status":503}"#;

#[test]
fn a_list_has_a_line_for_each_event() {
    let service = Service::answering(&[(200, &page(&[event(1, "null"), event(2, "null")], 2))]);
    assert_snapshot!(
        service.run(&[
            "events", "list", "--tenant", "acme", "--kind", "shipping.Shipment/Step1", "--stream",
            "shipping.Shipment/0198", "--after", "0", "--limit", "2",
        ]), @r#"
    exit 0
    --- stdout
    POSITION  TIME                  TENANT  STREAM                  VERSION  EVENT  ACTOR
    1         2026-03-01T10:00:01Z  acme    shipping.Shipment/0198  1        Step1  anna
    2         2026-03-01T10:00:02Z  acme    shipping.Shipment/0198  2        Step2  anna

    Read up to position 2: `--after 2` goes on.
    --- stderr

    --- asked
    GET /admin/events?tenant=acme&kind=shipping.Shipment%2FStep1&stream=shipping.Shipment%2F0198&after=0&limit=2
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_list_may_be_empty() {
    assert_snapshot!(Service::answering(&[(200, &page(&[], 120))]).run(&["events", "list"]), @r#"
    exit 0
    --- stdout
    There are no such events.

    Read up to position 120: `--after 120` goes on.
    --- stderr

    --- asked
    GET /admin/events
      Bearer open-sesame-7
    "#);
}

#[test]
fn an_event_is_shown_with_its_payload() {
    let service = Service::answering(&[(200, &page(&[event(7, "\"e-6\"")], 7))]);
    assert_snapshot!(service.run(&["events", "show", "7"]), @r#"
    exit 0
    --- stdout
    position     7
    event        Step7, version 1
    tenant       acme
    stream       shipping.Shipment/0198 at version 7
    time         2026-03-01T10:00:07Z
    actor        anna
    id           e-7
    correlation  c-1
    causation    e-6
    command      k-1

    {
      "weight": "12.50",
      "at": 1.0
    }
    --- stderr

    --- asked
    GET /admin/events?after=6&limit=1
      Bearer open-sesame-7
    "#);
}

#[test]
fn the_event_after_the_one_that_is_not_there_is_not_shown() {
    let service = Service::answering(&[(200, &page(&[event(8, "null")], 8))]);
    assert_snapshot!(service.run(&["events", "show", "7"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: there is no event at position 7
    --- asked
    GET /admin/events?after=6&limit=1
      Bearer open-sesame-7
    "#);
}

#[test]
fn tail_prints_the_newest_and_follows_until_the_service_ends() {
    let (last, none, more) =
        (page(&[event(1, "null")], 4), page(&[], 6), page(&[event(7, "null"), event(8, "null")], 8));
    let service = Service::answering(&[(200, &last), (200, &none), (200, &more), (503, REFUSED)]);
    assert_snapshot!(service.run(&["events", "tail", "--tenant", "acme"]), @r#"
    exit 1
    --- stdout
    1  2026-03-01T10:00:01Z  acme  shipping.Shipment/0198  v1  Step1  by anna
    7  2026-03-01T10:00:07Z  acme  shipping.Shipment/0198  v7  Step7  by anna
    8  2026-03-01T10:00:08Z  acme  shipping.Shipment/0198  v8  Step8  by anna
    --- stderr
    error: unavailable: the node stops
    --- asked
    GET /admin/events?tenant=acme&last=10
      Bearer open-sesame-7
    GET /admin/events?tenant=acme&after=4&wait=30
      Bearer open-sesame-7
    GET /admin/events?tenant=acme&after=6&wait=30
      Bearer open-sesame-7
    GET /admin/events?tenant=acme&after=8&wait=30
      Bearer open-sesame-7
    "#);
}

#[test]
fn tail_for_programs_is_an_event_a_line_as_it_is() {
    let service =
        Service::answering(&[(200, &page(&[event(1, "null"), event(2, "null")], 2)), (503, REFUSED)]);
    let said = service.run(&["events", "tail", "--after", "0", "--json"]);
    let lines = format!("exit 1\n--- stdout\n{}\n{}\n--- stderr\n", event(1, "null"), event(2, "null"));
    assert!(said.starts_with(&lines), "{said}");
    assert!(said.contains("GET /admin/events?after=0&wait=30"), "{said}");
}

#[test]
fn a_trace_is_a_tree_of_causes_over_all_pages() {
    let first = page(&[event(1, "null"), event(2, "\"e-1\""), event(3, "\"e-1\""), event(4, "\"e-2\"")], 4);
    // The cause of one is not there, and one claims to have caused itself.
    let second = page(&[event(5, "\"elsewhere\""), event(6, "\"e-3\""), event(7, "\"e-7\"")], 90);
    let service = Service::answering(&[
        (200, &page(&[], 120)),
        (200, &first),
        (200, &page(&[], 60)),
        (200, &second),
        (200, &page(&[], 120)),
    ]);
    assert_snapshot!(service.run(&["events", "trace", "c-1"]), @r#"
    exit 0
    --- stdout
    Step1  at 1  shipping.Shipment/0198  v1  2026-03-01T10:00:01Z  by anna
    ├─ Step2  at 2  shipping.Shipment/0198  v2  2026-03-01T10:00:02Z  by anna
    │  └─ Step4  at 4  shipping.Shipment/0198  v4  2026-03-01T10:00:04Z  by anna
    └─ Step3  at 3  shipping.Shipment/0198  v3  2026-03-01T10:00:03Z  by anna
       └─ Step6  at 6  shipping.Shipment/0198  v6  2026-03-01T10:00:06Z  by anna
    Step5  at 5  shipping.Shipment/0198  v5  2026-03-01T10:00:05Z  by anna
    Step7  at 7  shipping.Shipment/0198  v7  2026-03-01T10:00:07Z  by anna
    --- stderr

    --- asked
    GET /admin/events?last=1
      Bearer open-sesame-7
    GET /admin/events?correlation=c-1&after=0
      Bearer open-sesame-7
    GET /admin/events?correlation=c-1&after=4
      Bearer open-sesame-7
    GET /admin/events?correlation=c-1&after=60
      Bearer open-sesame-7
    GET /admin/events?correlation=c-1&after=90
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_trace_for_programs_is_one_answer() {
    let service = Service::answering(&[
        (200, &page(&[], 8)),
        (200, &page(&[event(1, "null")], 1)),
        (200, &page(&[], 9)),
    ]);
    assert_snapshot!(service.run(&["events", "trace", "c-1", "--json"]), @r#"
    exit 0
    --- stdout
    {"events":[{"position":1,"tenant":"acme","stream":"shipping.Shipment/0198","version":1,"event":"Step1","event_version":1,"id":"e-1","time":"2026-03-01T10:00:01Z","actor":"anna","correlation":"c-1","causation":null,"command":"k-1","payload":{"weight":"12.50","at":1.0}}],"read_to":9}
    --- stderr

    --- asked
    GET /admin/events?last=1
      Bearer open-sesame-7
    GET /admin/events?correlation=c-1&after=0
      Bearer open-sesame-7
    GET /admin/events?correlation=c-1&after=1
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_trace_may_be_empty() {
    let none = page(&[], 120);
    let service = Service::answering(&[(200, &none), (200, &none)]);
    assert_snapshot!(service.run(&["events", "trace", "c 2"]), @r#"
    exit 0
    --- stdout
    There are no events of this correlation.
    --- stderr

    --- asked
    GET /admin/events?last=1
      Bearer open-sesame-7
    GET /admin/events?correlation=c%202&after=0
      Bearer open-sesame-7
    "#);
}
