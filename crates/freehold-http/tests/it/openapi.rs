//! The description of the API.

use crate::service::{Setup, server};

#[tokio::test]
async fn print() {
    let (server, _host) = server(Setup::default()).await;
    std::fs::write("/tmp/openapi.json", serde_json::to_string_pretty(server.openapi()).unwrap()).unwrap();
}
