//! The key for development.

use std::{fs, net::Ipv4Addr, path::Path};

use freehold::http::{
    Authentication, ServeError, bind,
    development::{DevelopmentKey, DevelopmentKeyError},
};

use crate::service::{ROLES, Service, Setup, now, server};

fn token_of(key: &DevelopmentKey) -> String {
    use freehold::{ActorId, Duration, http::development::Validity};
    let valid = Validity { from: now(), length: Duration::from_mins(5) };
    key.token(Some(&"acme".parse().unwrap()), &ActorId::new("anna"), ROLES, valid)
}

#[tokio::test]
async fn a_key_is_made_once_and_then_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/development.key");
    let made = DevelopmentKey::load_or_create(&path).unwrap();
    let read = DevelopmentKey::load_or_create(&path).unwrap();
    let authentication = Authentication::development(&read);
    let service = Service::with(Setup { authentication, ..Setup::default() }).await;
    assert_eq!(service.bearer(&token_of(&made)).get("/shipments").await.status, 200);

    let other = DevelopmentKey::load_or_create(folder.path().join("other.key")).unwrap();
    service.bearer(&token_of(&other)).get("/shipments").await.is_problem(401, "unauthenticated");
    assert_eq!(format!("{made:?}"), "DevelopmentKey(..)");
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_it_and_nothing_else_is_left_behind() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("development.key");
    DevelopmentKey::load_or_create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn those_who_start_together_get_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("development.key");
    let load = |path: &Path| token_of(&DevelopmentKey::load_or_create(path).unwrap());
    let tokens: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| load(&path))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(tokens.iter().all(|token| *token == tokens[0]));
}

#[test]
fn a_file_that_holds_no_key_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    for content in ["", "nonsense", "c2hvcnQ=", "\u{0}\u{1}"] {
        let path = folder.path().join("development.key");
        fs::write(&path, content).unwrap();
        let error = DevelopmentKey::load_or_create(&path).unwrap_err();
        assert!(matches!(error, DevelopmentKeyError::Content { .. }), "{error}");
        assert!(error.to_string().contains("delete it for a new one"), "{error}");
    }
    fs::write(folder.path().join("bytes.key"), [0xff, 0xfe]).unwrap();
    let error = DevelopmentKey::load_or_create(folder.path().join("bytes.key")).unwrap_err();
    assert!(matches!(error, DevelopmentKeyError::Content { .. }), "{error}");
    let error = DevelopmentKey::load_or_create(folder.path().join("bytes.key/below")).unwrap_err();
    assert!(matches!(error, DevelopmentKeyError::File { .. }), "{error}");
}

#[tokio::test]
async fn a_service_with_it_listens_to_this_machine_only() {
    let (server, _host) = server(Setup::default()).await;
    let listener = bind((Ipv4Addr::UNSPECIFIED, 0).into()).await.unwrap();
    let error = server.serve(listener, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, ServeError::Development(_)), "{error}");
    assert!(error.to_string().contains("listen at 127.0.0.1"), "{error}");
}

#[tokio::test]
async fn nobody_gets_a_token_over_http() {
    let service = Service::start().await;
    for path in ["/development/token", "/token", "/docs/token"] {
        service.nobody().get(path).await.is_problem(404, "unknown-path");
    }
}
