//! `freehold audit`

use insta::assert_snapshot;

use super::service::Service;

const TRAIL: &str = r#"{"entries":[
{"number":1,"time":"2026-03-01T10:00:00Z","actor":"anna","action":"pause","target":"shipping.X","detail":"..."},
{"number":2,"time":"2026-03-01T10:01:00Z","actor":"ben","action":"resume","target":"shipping.X","detail":null}],"next":2}"#;

#[test]
fn the_trail_has_a_line_for_each_thing_done() {
    assert_snapshot!(Service::answering(&[(200, TRAIL)]).run(&["audit", "--limit", "2"]), @r#"
    exit 0
    --- stdout
    NUMBER  TIME                  ACTOR  ACTION  TARGET      DETAIL
    1       2026-03-01T10:00:00Z  anna   pause   shipping.X  ...
    2       2026-03-01T10:01:00Z  ben    resume  shipping.X  -

    There are more: `--after 2` goes on.
    --- stderr

    --- asked
    GET /admin/audit?limit=2
      Bearer open-sesame-7
    "#);
}

#[test]
fn programs_get_the_answer_as_it_is() {
    let said = Service::answering(&[(200, TRAIL)]).run(&["audit", "--after", "2", "--json"]);
    assert!(said.starts_with(&format!("exit 0\n--- stdout\n{TRAIL}\n--- stderr\n")), "{said}");
}
