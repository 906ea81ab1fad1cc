//! `freehold projections lag --watch`

use insta::assert_snapshot;

use super::{projections::VIEWS, service::Service};

const NONE: &str = r#"{"head":0,"projections":[]}"#;
const REFUSED: &str = r#"{"title":"not authenticated","detail":"the token is not known","status":401}"#;

#[test]
fn it_draws_again_whatever_the_health_until_the_service_refuses() {
    let service = Service::answering(&[(200, NONE), (200, VIEWS), (401, REFUSED)]);
    assert_snapshot!(service.run(&["projections", "lag", "--watch"]), @r#"
    exit 1
    --- stdout
    The service has no views.

    VIEW                      PARTITION  STATE                 POSITION  HEAD  BEHIND  LAG    HEARTBEAT   OWNER   RATE  PARKED  LAST ERROR
    shipping.ShipmentSummary  0          running               118       120   2       0.1 s  0.2 s ago   node-a  50/s  0       -
    shipping.ShipmentSummary  1          running               119       120   1       0.1 s  12.0 s ago  -       50/s  1       -
    shipping.Lanes            -          stopped, not healthy  7         120   113     -      61.0 s ago  -       0/s   0       the disk is full
    --- stderr
    error: not authenticated: the token is not known
    --- asked
    GET /admin/projections
      Bearer open-sesame-7
    GET /admin/projections
      Bearer open-sesame-7
    GET /admin/projections
      Bearer open-sesame-7
    "#);
}

#[test]
fn it_is_for_people() {
    let said = Service::answering(&[]).run(&["projections", "lag", "--watch", "--json"]);
    assert!(said.starts_with("exit 2"), "{said}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it() {
    use std::process::Stdio;

    use crate::terminal::{Terminal, said};

    let service = Service::answering(&[(200, NONE)]);
    let terminal = Terminal::new();
    let mut command = service.command(&terminal, &["projections", "lag", "--watch"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    service.next();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let said = said(&child.wait_with_output().unwrap());
    assert!(said.starts_with("exit 0\n--- stdout\nThe service has no views."), "{said}");
}
