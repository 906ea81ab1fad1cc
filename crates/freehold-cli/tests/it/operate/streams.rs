//! `freehold streams`

use insta::assert_snapshot;

use super::{events::event, service::Service};

const STREAMS: &str = r#"{"streams":[
{"tenant":"acme","stream":"shipping.Shipment/0198","position":1,"began_at":"2026-03-01T10:00:00Z"}],"next":1}"#;

#[test]
fn a_list_has_a_line_for_each_stream() {
    let service = Service::answering(&[(200, STREAMS)]);
    assert_snapshot!(service.run(&["streams", "list", "--tenant", "acme & co", "--aggregate", "shipping.Shipment"]), @r#"
    exit 0
    --- stdout
    STREAM                  TENANT  BEGAN AT              POSITION
    shipping.Shipment/0198  acme    2026-03-01T10:00:00Z  1

    There are more: `--after 1` goes on.
    --- stderr

    --- asked
    GET /admin/streams?tenant=acme%20%26%20co&aggregate=shipping.Shipment
      Bearer open-sesame-7
    "#);
}

#[test]
fn programs_get_the_answer_as_it_is() {
    let said = Service::answering(&[(200, STREAMS)]).run(&["streams", "list", "--tenant", "acme", "--json"]);
    assert!(said.starts_with(&format!("exit 0\n--- stdout\n{STREAMS}\n--- stderr\n")), "{said}");
}

#[test]
fn a_stream_is_shown_by_its_events() {
    let history = format!(r#"{{"events":[{},{}]}}"#, event(1, "null"), event(4, "null"));
    let service = Service::answering(&[(200, &history)]);
    assert_snapshot!(service.run(&["streams", "show", "shipping.Shipment/0198", "--tenant", "acme", "--after-version", "0"]), @r#"
    exit 0
    --- stdout
    POSITION  TIME                  TENANT  STREAM                  VERSION  EVENT  ACTOR
    1         2026-03-01T10:00:01Z  acme    shipping.Shipment/0198  1        Step1  anna
    4         2026-03-01T10:00:04Z  acme    shipping.Shipment/0198  4        Step4  anna

    Read up to version 4: `--after-version 4` goes on.
    --- stderr

    --- asked
    GET /admin/streams/shipping.Shipment/0198?tenant=acme&after_version=0
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_stream_has_an_aggregate_and_an_id() {
    assert_snapshot!(Service::answering(&[]).run(&["streams", "show", "0198", "--tenant", "acme"]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: `0198` is not the name of a stream; one is `shipping.Shipment/0198a1b2-0000-7000-8000-000000000001`
    --- asked
    "#);
}

#[test]
fn a_tenant_has_to_be_named() {
    let said = Service::answering(&[]).run(&["streams", "list"]);
    assert!(said.starts_with("exit 2"), "{said}");
}
