//! Where nothing can be asked, or the service refuses: a clear sentence, and never the token.

use insta::assert_snapshot;

use super::service::{Service, TOKEN};
use crate::terminal::{Terminal, said};

#[test]
fn without_a_token_nothing_is_asked() {
    let terminal = Terminal::new();
    assert_snapshot!(terminal.run(&["nodes", "list"]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: there is no token; give one as `FREEHOLD_TOKEN` or with `--token TOKEN`. Tokens come from `[[http.admin]]` in the service's config.toml
    "#);
    assert_eq!(terminal.run(&["nodes", "list", "--token", ""]), terminal.run(&["nodes", "list"]));
}

#[test]
fn a_token_that_cannot_be_one_is_not_printed() {
    let said = Terminal::new().run(&["nodes", "list", "--token", &format!("{TOKEN} {TOKEN}")]);
    assert!(!said.contains(TOKEN), "{said}");
    assert_snapshot!(said, @r#"
    exit 2
    --- stdout

    --- stderr
    error: the token has characters that no token has; was it copied whole, without spaces or quotes?
    "#);
}

#[test]
fn a_token_from_the_environment_is_not_in_the_help() {
    let said = Service::answering(&[]).run(&["nodes", "--help"]);
    assert!(said.contains("[env: FREEHOLD_TOKEN]"), "{said}");
}

#[test]
fn a_token_that_the_service_does_not_know_is_refused() {
    let problem = r#"{"type":"/problems/unauthenticated","title":"not authenticated","detail":"the token is\u001b[2J not known","status":401}"#;
    assert_snapshot!(Service::answering(&[(401, problem)]).run(&["audit"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: not authenticated: the token is[2J not known
    --- asked
    GET /admin/audit
      Bearer open-sesame-7
    "#);
}

#[test]
fn the_options_stand_before_the_verb_or_after_it() {
    let service = Service::answering(&[(200, r#"{"nodes":[]}"#)]);
    assert_snapshot!(service.run(&["nodes", "--token", "another", "list"]), @r#"
    exit 0
    --- stdout
    The service has no nodes.
    --- stderr

    --- asked
    GET /admin/nodes
      Bearer another
    "#);
}

#[test]
fn where_nothing_answers_it_says_what_to_look_for() {
    // Nothing listens on the port that is kept for that.
    assert_snapshot!(Terminal::new().run(&["nodes", "list", "--token", TOKEN, "--url", "http://127.0.0.1:1"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: nothing answers at http://127.0.0.1:1: io: Connection refused (os error 111); is the service running, and is its admin interface configured?
    "#);
}

#[test]
fn an_admin_interface_that_is_off_says_how_to_configure_it() {
    let problem = r#"{"type":"https://x/problems/unknown-path","title":"unknown path","detail":"there is nothing here","status":404}"#;
    assert_snapshot!(Service::answering(&[(404, problem)]).run(&["nodes", "list"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: the admin interface at http://SERVICE is off: a service has one only if `[[http.admin]]` is configured in its config.toml
    --- asked
    GET /admin/nodes
      Bearer open-sesame-7
    "#);
}

#[test]
fn a_failure_without_a_problem_names_its_status() {
    assert_snapshot!(Service::answering(&[(502, "<html>")]).run(&["nodes", "list"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: http://SERVICE answers with status 502 and does not say why; is it a service of Freehold?
    --- asked
    GET /admin/nodes
      Bearer open-sesame-7
    "#);
}

#[test]
fn an_answer_of_something_else_is_no_answer() {
    assert_snapshot!(Service::answering(&[(200, "<html>")]).run(&["nodes", "list"]), @r#"
    exit 1
    --- stdout

    --- stderr
    error: what http://SERVICE answers is not understood: expected value at line 1 column 1; is it a service of Freehold, of this version?
    --- asked
    GET /admin/nodes
      Bearer open-sesame-7
    "#);
    let said = Service::answering(&[(200, "<html>")]).run(&["nodes", "list", "--json"]);
    assert!(said.starts_with("exit 1\n--- stdout\n\n--- stderr\nerror: what "), "{said}");
}

#[test]
fn a_token_does_not_follow_to_where_a_service_points() {
    let said = Service::answering(&[(302, "")]).run(&["nodes", "list"]);
    assert!(said.starts_with("exit 1"), "{said}");
}

#[test]
fn an_answer_that_is_not_understood_is_quoted_without_control_characters() {
    let answer = r#"{"number":17,"outcome":"\u001b[2J","error":null}"#;
    let said = Service::answering(&[(200, answer)]).run(&["deadletters", "retry", "17"]);
    assert!(said.contains("unknown variant `[2J`"), "{said}");
}

#[test]
fn output_that_nobody_reads_is_no_failure() {
    let service = Service::answering(&[(200, r#"{"nodes":[]}"#)]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = service.command(&Terminal::new(), &["nodes", "list"]).stdout(writer).output().unwrap();
    assert_eq!(said(&output), "exit 0\n--- stdout\n\n--- stderr\n");
}

#[test]
fn a_url_of_tls_says_how_to_do_without() {
    assert_snapshot!(Terminal::new().run(&["nodes", "list", "--token", TOKEN, "--url", "https://ops.example"]), @r#"
    exit 2
    --- stdout

    --- stderr
    error: `https://ops.example` wants TLS, which this command does not speak; reach the service through a tunnel, such as `ssh -L 5002:127.0.0.1:5002 HOST`
    "#);
}

#[test]
fn a_url_has_to_be_one() {
    for url in ["localhost:5002", "ftp://127.0.0.1", "http://127.0.0.1/?a=b", ""] {
        let said = Terminal::new().run(&["nodes", "list", "--token", TOKEN, "--url", url]);
        assert!(said.contains(&format!("error: `{url}` is not the URL of a service")), "{said}");
    }
}
