//! The description of the API.

use crate::service::{Setup, server};

#[tokio::test]
async fn print() {
    let (server, _host) = server(Setup::default()).await;
    std::fs::write("/tmp/openapi.json", serde_json::to_string_pretty(server.openapi()).unwrap()).unwrap();
    if std::env::var("SERVE").is_ok() {
        std::fs::write("/tmp/token", crate::service::token(Some("acme"), crate::service::ROLES)).unwrap();
        let listener = freehold::http::bind(([127, 0, 0, 1], 8099).into()).await.unwrap();
        server.serve(listener, std::future::pending()).await.unwrap();
    }
}
