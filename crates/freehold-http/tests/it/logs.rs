//! One line in the log for every request, without anything that a person wrote.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::service::{Service, token};

/// What has been logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_request_is_one_line_with_its_route_status_and_correlation() {
    let log = Log::default();
    // With one subscriber in the process, what another test's thread meets first would be switched off for this one.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let service = Service::start().await;
    let correlation = "01890a5d-ac96-774b-bcce-b302099a8057";
    let operator = service.bearer(&token(None, &["operator"]));
    operator.post("/plans", json!({ "name": "Anna Meier" })).await;
    operator.get_with("/plans/named/Anna%20Meier?x=secret", "x-correlation-id", correlation).await;
    operator.get("/nowhere/Anna").await;

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("answered")).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines[0].contains("method=POST route=\"/plans\"") && lines[0].contains("status=201"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].contains("route=\"/plans/named/{name}\"") && lines[1].contains("status=422"),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains(&format!("correlation={correlation}")), "{}", lines[1]);
    assert!(lines[2].contains("route=\"unknown\"") && lines[2].contains("status=404"), "{}", lines[2]);
    for written in ["Anna", "Meier", "secret", "eyJ"] {
        assert!(!text.contains(written), "{text}");
    }
}
