//! What a configuration file can say.

use std::{fs, time::Duration};

use freehold::http::{Limits, Mode, Settings, SettingsError};
use serde_json::{Value, json};

const PUBLIC: &str = include_str!("keys/rsa-public.pem");

fn settings(value: &Value) -> Result<Settings, serde_json::Error> {
    serde_json::from_str(&value.to_string())
}

fn authentication(value: &Value) -> Settings {
    settings(&json!({ "authentication": value })).unwrap()
}

#[test]
fn little_has_to_be_said() {
    let settings = authentication(&json!({ "mode": "development" }));
    assert_eq!(settings.socket().to_string(), "127.0.0.1:8080");
    assert_eq!(settings.limits(), Limits::default());
    assert_eq!(settings.authentication.mode, Mode::Development);
    assert_eq!(settings.authentication.key_file.to_str(), Some("data/development.key"));
    assert_eq!(
        (settings.authentication.tenant_claim.as_str(), settings.authentication.roles_claim.as_str()),
        ("tenant", "roles")
    );
}

#[test]
fn all_of_it_can_be_said() {
    let all = json!({
        "address": "::1", "port": 9000, "body_limit": 1000, "concurrency_limit": 5,
        "request_timeout": "1m 30s", "shutdown_timeout": "PT5S",
        "authentication": { "mode": "rs256", "public_key": PUBLIC, "issuer": "i", "audience": "a", "tenant_claim": "t", "roles_claim": "r" },
    });
    let settings = settings(&all).unwrap();
    assert_eq!(settings.socket().to_string(), "[::1]:9000");
    let limits = Limits {
        body: 1000,
        request: Duration::from_secs(90),
        concurrency: 5,
        shutdown: Duration::from_secs(5),
    };
    assert_eq!(settings.limits(), limits);
    assert!(settings.authentication.load().is_ok());
}

#[test]
fn who_is_let_in_must_be_said() {
    assert!(settings(&json!({})).unwrap_err().to_string().contains("missing field `authentication`"));
    assert!(
        settings(&json!({ "authentication": {} })).unwrap_err().to_string().contains("missing field `mode`")
    );
    let unknown = settings(&json!({ "authentication": { "mode": "none" } })).unwrap_err().to_string();
    assert!(unknown.contains("expected one of `development`, `hs256`, `rs256`, `es256`"), "{unknown}");
}

#[test]
fn what_is_not_known_is_refused() {
    let development = json!({ "mode": "development" });
    assert!(settings(&json!({ "authentication": development, "prot": 1 })).is_err());
    assert!(settings(&json!({ "authentication": { "mode": "development", "sceret": "x" } })).is_err());
    for timeout in ["0s", "-1s", "soon", "30"] {
        assert!(
            settings(&json!({ "authentication": development, "request_timeout": timeout })).is_err(),
            "{timeout}"
        );
    }
}

#[test]
fn a_secret_is_not_printed() {
    let settings =
        authentication(&json!({ "mode": "hs256", "secret": "not to be seen by anyone, ever, at all" }));
    assert!(!format!("{settings:?}").contains("not to be seen"));
    assert!(settings.authentication.load().is_ok());
}

#[test]
fn a_key_may_be_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs::write(&path, "a secret of at least thirty-two bytes\n").unwrap();
    let load = |value: Value| authentication(&value).authentication.load();
    assert!(load(json!({ "mode": "hs256", "secret_file": path })).is_ok());
    let missing = load(json!({ "mode": "rs256", "public_key_file": folder.path().join("nothing") }));
    assert!(matches!(missing, Err(SettingsError::File { .. })));
}

#[test]
fn a_key_is_given_once() {
    let load = |value: Value| authentication(&value).authentication.load().unwrap_err().to_string();
    let missing = load(json!({ "mode": "hs256" }));
    assert_eq!(missing, "`http.authentication` with this mode takes one of `secret` and `secret_file`");
    let twice = load(json!({ "mode": "es256", "public_key": "x", "public_key_file": "y" }));
    assert!(twice.contains("`public_key` and `public_key_file`"), "{twice}");
    let short = load(json!({ "mode": "hs256", "secret": "short" }));
    assert!(short.contains("at least 32 bytes"), "{short}");
}
