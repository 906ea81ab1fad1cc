//! `freehold deadletters`

use insta::assert_snapshot;

use super::service::Service;

const LETTER: &str = r#"{"number":17,"view":"shipping.ShipmentSummary","version":1,"partition":0,"tenant":"acme",
"key":"[\"0198\"]","position":42,"stream":"shipping.Shipment/0198","event":"ShipmentBooked","correlation":"c-1",
"error":"no lane for\n\u001b[2J\u009b31mBER","attempts":5,"waiting":3,"parked_at":"2026-03-01T10:00:00Z",
"tried_at":"2026-03-01T10:05:00Z","next_attempt_at":null,"payload":{"lane":"BER\u0007","weight":"12.50"}}"#;

#[test]
fn a_list_has_a_line_for_each_letter_and_no_control_characters() {
    let page = format!(r#"{{"dead_letters":[{LETTER}],"next":17}}"#);
    let service = Service::answering(&[(200, &page)]);
    let said = service.run(&["deadletters", "list", "--view", "shipping.ShipmentSummary", "--limit", "1"]);
    assert!(!said.contains(|letter: char| letter.is_control() && letter != '\n'), "{said:?}");
    assert_snapshot!(said, @r#"
    exit 0
    --- stdout
    NUMBER  VIEW                      TENANT  KEY       POSITION  EVENT           ATTEMPTS  WAITING  PARKED AT             NEXT ATTEMPT  ERROR
    17      shipping.ShipmentSummary  acme    ["0198"]  42        ShipmentBooked  5         3        2026-03-01T10:00:00Z  -             no lane for [2J31mBER

    There are more: `--after 17` goes on.
    --- stderr

    --- asked
    GET /admin/dead-letters?view=shipping.ShipmentSummary&limit=1
      Bearer open-sesame-7
    "#);
}

#[test]
fn no_letters_are_good_news() {
    let page = r#"{"dead_letters":[],"next":null}"#;
    assert_snapshot!(Service::answering(&[(200, page)]).run(&["deadletters", "list", "--after", "17"]), @r#"
    exit 0
    --- stdout
    There are no dead letters.
    --- stderr

    --- asked
    GET /admin/dead-letters?after=17
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_letter_is_shown_with_its_event() {
    let said = Service::answering(&[(200, LETTER)]).run(&["deadletters", "show", "17"]);
    assert!(!said.contains(|letter: char| letter.is_control() && letter != '\n'), "{said:?}");
    assert_snapshot!(said, @r#"
    exit 0
    --- stdout
    letter        17
    view          shipping.ShipmentSummary, version 1, partition 0
    tenant        acme
    key           ["0198"]
    event         ShipmentBooked at position 42
    stream        shipping.Shipment/0198
    correlation   c-1
    error         no lane for [2J31mBER
    attempts      5
    waiting       3
    parked at     2026-03-01T10:00:00Z
    tried at      2026-03-01T10:05:00Z
    next attempt  -

    {
      "lane": "BER\u0007",
      "weight": "12.50"
    }
    --- stderr

    --- asked
    GET /admin/dead-letters/17
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_letter_that_is_retried_is_done() {
    let answer = r#"{"number":17,"outcome":"done","error":null}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["deadletters", "retry", "17"]), @r#"
    exit 0
    --- stdout
    The event of letter 17 is taken in.
    --- stderr

    --- asked
    POST /admin/dead-letters/17/retry
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_letter_that_fails_again_fails_the_command() {
    let answer = r#"{"number":17,"outcome":"failed","error":"no lane\u001b[2J"}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["deadletters", "retry", "17"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: letter 17 failed again: no lane[2J
    --- asked
    POST /admin/dead-letters/17/retry
      Bearer open-sesame-7
    "#);
    let said = Service::answering(&[(200, answer)]).run(&["deadletters", "retry", "17", "--json"]);
    assert!(
        said.starts_with(&format!("exit 1\n--- stdout\n{answer}\n--- stderr\nerror: letter 17")),
        "{said}"
    );
}

#[test]
fn a_letter_that_is_gone_is_nobodys_fault() {
    let answer = r#"{"number":17,"outcome":"gone","error":null}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["deadletters", "retry", "17"]), @r#"
    exit 0
    --- stdout
    Letter 17 is gone: it was settled meanwhile.
    --- stderr

    --- asked
    POST /admin/dead-letters/17/retry
      Bearer open-sesame-7
    "#);
}

#[test]
fn all_letters_are_retried() {
    let answer = r#"{"done":3,"failed":0,"gone":1}"#;
    assert_snapshot!(Service::answering(&[(200, answer)]).run(&["deadletters", "retry", "--all"]), @r#"
    exit 0
    --- stdout
    3 taken in, 0 failed again, 1 gone meanwhile.
    --- stderr

    --- asked
    POST /admin/dead-letters/retry
      Bearer open-sesame-7
      {"view":null,"error":null}
    "#);
}

#[test]
fn letters_are_retried_by_view_and_error_and_some_fail() {
    let answer = r#"{"done":3,"failed":2,"gone":0}"#;
    let service = Service::answering(&[(200, answer)]);
    assert_snapshot!(service.run(&["deadletters", "retry", "--all", "--view", "shipping.Lanes", "--error", "no lane"]), @r#"
    exit 1
    --- stdout
    3 taken in, 2 failed again, 0 gone meanwhile.
    --- stderr
    error: 2 of them failed again; `freehold deadletters list` says why
    --- asked
    POST /admin/dead-letters/retry
      Bearer open-sesame-7
      {"view":"shipping.Lanes","error":"no lane"}
    "#);
}

#[test]
fn all_has_to_be_said() {
    assert_snapshot!(Service::answering(&[]).run(&["deadletters", "retry", "--view", "shipping.Lanes"]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: the following required arguments were not provided:
      --all

    Usage: freehold deadletters retry --all --view <VIEW> --url <URL> --token <TOKEN> [NUMBER]

    For more information, try '--help'.
    --- asked
    "#);
    let said = Service::answering(&[]).run(&["deadletters", "retry"]);
    assert!(said.starts_with("exit 2"), "{said}");
    let said = Service::answering(&[]).run(&["deadletters", "retry", "17", "--all"]);
    assert!(said.starts_with("exit 2"), "{said}");
}

#[test]
fn a_skip_names_the_event_that_the_letter_has() {
    let answer = r#"{"number":17,"outcome":"done","error":null}"#;
    let service = Service::answering(&[(200, LETTER), (200, answer)]);
    assert_snapshot!(service.run(&["deadletters", "skip", "17", "--reason", "ticket \"311\""]), @r#"
    exit 0
    --- stdout
    The event of letter 17 is skipped.
    --- stderr

    --- asked
    GET /admin/dead-letters/17
      Bearer open-sesame-7
    POST /admin/dead-letters/17/skip
      Bearer open-sesame-7
      {"reason":"ticket \"311\"","position":42}
    "#);
}

#[test]
fn what_fails_behind_a_skipped_event_is_told_as_such() {
    let answer = r#"{"number":17,"outcome":"failed","error":"the view panicked"}"#;
    let service = Service::answering(&[(200, LETTER), (200, answer)]);
    assert_snapshot!(service.run(&["deadletters", "skip", "17", "--reason", "old"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: the event of letter 17 is skipped, but a later one that waits failed: the view panicked
    --- asked
    GET /admin/dead-letters/17
      Bearer open-sesame-7
    POST /admin/dead-letters/17/skip
      Bearer open-sesame-7
      {"reason":"old","position":42}
    "#);
}

#[test]
fn nothing_is_skipped_where_there_is_no_letter() {
    let problem =
        r#"{"type":"/problems/not-found","title":"not found","detail":"there is no letter 17","status":404}"#;
    assert_snapshot!(Service::answering(&[(404, problem)]).run(&["deadletters", "skip", "17", "--reason", "old"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: not found: there is no letter 17
    --- asked
    GET /admin/dead-letters/17
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_skip_needs_a_reason() {
    for arguments in [&["deadletters", "skip", "17"][..], &["deadletters", "skip", "17", "--reason", ""]] {
        let said = Service::answering(&[]).run(arguments);
        assert!(said.starts_with("exit 2"), "{said}");
    }
}
