//! Who is let in, and above all who is not.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use freehold::http::{
    Authentication,
    authentication::{KeyError, VerificationKey},
};
use ring::{hmac, rand::SystemRandom, signature};
use serde_json::{Value, json};

use crate::service::{Answer, Client, ROLES, Service, Setup, booking, now, token};

const RSA_PRIVATE: &str = include_str!("keys/rsa-private.pem");
const RSA_PUBLIC: &str = include_str!("keys/rsa-public.pem");
const P256_PRIVATE: &str = include_str!("keys/p256-private.pem");
const P256_PUBLIC: &str = include_str!("keys/p256-public.pem");
const SECRET: &[u8] = b"a secret of at least thirty-two bytes";
const OTHER: &[u8] = b"another secret of thirty-two bytes, or more";

async fn service(authentication: Authentication) -> Service {
    Service::with(Setup { authentication, ..Setup::default() }).await
}

fn rs256() -> Authentication {
    Authentication::new(VerificationKey::rs256(RSA_PUBLIC).unwrap())
}

fn hs256() -> Authentication {
    Authentication::new(VerificationKey::hs256(SECRET).unwrap())
}

/// Claims that are in order, so that each test can spoil one.
fn claims() -> Value {
    json!({ "sub": "anna", "tenant": "acme", "roles": ROLES, "exp": now().as_second() + 60 })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

/// A token with this header and these claims, signed by hand: a library would refuse to make most of these.
fn token_by(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn by_secret(algorithm: hmac::Algorithm, name: &str, secret: &[u8], claims: &Value) -> String {
    let key = hmac::Key::new(algorithm, secret);
    token_by(&json!({ "alg": name }), claims, |message| hmac::sign(&key, message).as_ref().to_vec())
}

fn by_hs256(secret: &[u8], claims: &Value) -> String {
    by_secret(hmac::HMAC_SHA256, "HS256", secret, claims)
}

fn signed(claims: &Value) -> String {
    by_hs256(SECRET, claims)
}

/// What lies between the lines of a file in PEM.
fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    BASE64_STANDARD.decode(text).unwrap()
}

fn by_rs256(claims: &Value) -> String {
    let key = signature::RsaKeyPair::from_der(&der(RSA_PRIVATE)).unwrap();
    token_by(&json!({ "alg": "RS256" }), claims, |message| {
        let mut signed = vec![0; key.public().modulus_len()];
        key.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signed).unwrap();
        signed
    })
}

fn by_es256(claims: &Value) -> String {
    let (random, scheme) = (SystemRandom::new(), &signature::ECDSA_P256_SHA256_FIXED_SIGNING);
    let key = signature::EcdsaKeyPair::from_pkcs8(scheme, &der(P256_PRIVATE), &random).unwrap();
    token_by(&json!({ "alg": "ES256" }), claims, |message| {
        key.sign(&random, message).unwrap().as_ref().to_vec()
    })
}

async fn list(client: Client) -> Answer {
    client.get("/shipments").await
}

#[track_caller]
fn is_refused(answer: &Answer, why: &str) {
    let answer = answer.is_problem(401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""), "{why}");
    assert_eq!(answer.body["detail"], "The bearer token is not accepted.", "{why}");
}

#[tokio::test]
async fn without_a_token_nothing_is_allowed() {
    let service = Service::start().await;
    for path in ["/shipments", "/shipments/01890a5d-ac96-774b-bcce-b302099a8057", "/plans/named/basic"] {
        let answer = service.nobody().get(path).await;
        answer.is_problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    service.nobody().post("/shipments", booking("AB123456789")).await.is_problem(401, "unauthenticated");
    service.nobody().post("/plans", json!({ "name": "basic" })).await.is_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_token_of_each_algorithm_is_accepted_by_its_key() {
    assert_eq!(list(service(rs256()).await.bearer(&by_rs256(&claims()))).await.status, 200);
    let authentication = Authentication::new(VerificationKey::es256(P256_PUBLIC).unwrap());
    assert_eq!(list(service(authentication).await.bearer(&by_es256(&claims()))).await.status, 200);
    assert_eq!(list(service(hs256()).await.bearer(&signed(&claims()))).await.status, 200);
}

#[tokio::test]
async fn several_keys_may_be_good_at_a_time() {
    let service = service(rs256().or(VerificationKey::hs256(SECRET).unwrap())).await;
    assert_eq!(list(service.bearer(&signed(&claims()))).await.status, 200);
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let service = service(hs256()).await;
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    for algorithm in ["none", "None", "NONE", ""] {
        let header = part(&json!({ "alg": algorithm, "typ": "JWT" }));
        let unsigned = format!("{header}.{}.", part(&claims()));
        is_refused(&list(service.bearer(&unsigned)).await, algorithm);
    }
    let valid = signed(&claims());
    let stripped = valid.rsplit_once('.').unwrap().0;
    is_refused(&list(service.bearer(&format!("{stripped}."))).await, "no signature");
    is_refused(&list(service.bearer(stripped)).await, "two parts");
}

#[tokio::test]
async fn the_public_key_is_no_secret_to_sign_with() {
    let service = service(rs256()).await;
    let (der, pkcs1) = (der(RSA_PUBLIC), der(include_str!("keys/rsa-public-pkcs1.pem")));
    for secret in [RSA_PUBLIC.as_bytes(), RSA_PUBLIC.trim().as_bytes(), &der, &pkcs1] {
        is_refused(&list(service.bearer(&by_hs256(secret, &claims()))).await, "HS256 with the public key");
        let disguised = by_secret(hmac::HMAC_SHA256, "RS256", secret, &claims());
        is_refused(&list(service.bearer(&disguised)).await, "the same under another name");
    }
}

#[tokio::test]
async fn another_key_or_another_algorithm_is_refused() {
    let service = service(hs256()).await;
    is_refused(&list(service.bearer(&by_hs256(OTHER, &claims()))).await, "another secret");
    for (algorithm, name) in [(hmac::HMAC_SHA384, "HS384"), (hmac::HMAC_SHA512, "HS512")] {
        let token = by_secret(algorithm, name, SECRET, &claims());
        is_refused(&list(service.bearer(&token)).await, name);
    }
    is_refused(&list(service.bearer(&by_rs256(&claims()))).await, "RS256");
    is_refused(&list(service.bearer(&by_es256(&claims()))).await, "ES256");
    is_refused(&list(service.bearer(&token(Some("acme"), ROLES))).await, "the key for development");
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let service = service(hs256()).await;
    let valid = signed(&claims());
    let parts: Vec<&str> = valid.split('.').collect();
    let richer = BASE64_URL_SAFE_NO_PAD.encode(with("tenant", json!("globex")).to_string());
    is_refused(&list(service.bearer(&format!("{}.{richer}.{}", parts[0], parts[2]))).await, "other claims");
    is_refused(&list(service.bearer(&format!("{valid}AA"))).await, "a longer signature");
    is_refused(&list(service.bearer(&format!("{valid}.x"))).await, "four parts");
}

#[tokio::test]
async fn what_is_no_bearer_token_is_refused() {
    let service = Service::start().await;
    for nonsense in ["", "x", "a.b.c", "e30.e30.e30"] {
        is_refused(&list(service.bearer(nonsense)).await, nonsense);
    }
    let basic = service.nobody().get_with("/shipments", "authorization", "Basic YTpi").await;
    is_refused(&basic, "another scheme");
    let request = axum::http::Request::get("/shipments")
        .header("authorization", format!("Bearer {}", token(Some("acme"), ROLES)));
    let two = service.client().send(request, axum::body::Body::empty()).await;
    is_refused(&two, "two headers");
    let lower = format!("bearer {}", token(Some("acme"), ROLES));
    let lower = service.nobody().get_with("/shipments", "authorization", &lower).await;
    assert_eq!(lower.status, 200);
}

#[tokio::test]
async fn a_token_is_valid_for_its_time_and_half_a_minute_around() {
    let service = service(hs256()).await;
    let seconds = now().as_second();
    let status = async |claims: Value| list(service.bearer(&signed(&claims))).await;
    assert_eq!(status(with("exp", json!(seconds - 29))).await.status, 200);
    let expired = status(with("exp", json!(seconds - 30))).await;
    expired.is_problem(401, "unauthenticated");
    assert!(expired.header("www-authenticate").unwrap().contains("the token has expired"));
    assert_eq!(status(with("nbf", json!(seconds + 30))).await.status, 200);
    let early = status(with("nbf", json!(seconds + 31))).await;
    early.is_problem(401, "unauthenticated");
    assert!(early.header("www-authenticate").unwrap().contains("not valid yet"));
    is_refused(&status(without("exp")).await, "no end");
    is_refused(&status(with("exp", json!("never"))).await, "no moment");
}

#[tokio::test]
async fn why_a_forged_token_is_refused_is_not_told() {
    let service = service(hs256()).await;
    let forged = by_hs256(OTHER, &with("exp", json!(now().as_second() - 3600)));
    is_refused(&list(service.bearer(&forged)).await, "expired and forged");
}

#[tokio::test]
async fn issuer_and_audience_must_be_those_that_are_asked_for() {
    let service = service(hs256().issuer("https://id.example").audience("logistics")).await;
    let good = json!({
        "sub": "anna", "tenant": "acme", "roles": ROLES, "exp": now().as_second() + 60,
        "iss": "https://id.example", "aud": ["billing", "logistics"],
    });
    assert_eq!(list(service.bearer(&signed(&good))).await.status, 200);
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("billing")),
        ("iss", json!(null)),
        ("aud", json!([])),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        is_refused(&list(service.bearer(&signed(&bad))).await, name);
    }
    is_refused(&list(service.bearer(&signed(&claims()))).await, "neither");
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused_where_none_is_asked_for() {
    let service = service(hs256()).await;
    is_refused(
        &list(service.bearer(&signed(&with("aud", json!("billing"))))).await,
        "RFC 7519, section 4.1.3",
    );
}

#[tokio::test]
async fn a_token_must_say_who_it_is_for() {
    let service = service(hs256()).await;
    is_refused(&list(service.bearer(&signed(&without("sub")))).await, "no subject");
    is_refused(&list(service.bearer(&signed(&with("sub", json!(""))))).await, "an empty subject");
    is_refused(
        &list(service.bearer(&signed(&with("roles", json!("dispatcher"))))).await,
        "roles that are no list",
    );
    is_refused(&list(service.bearer(&signed(&with("roles", json!([1]))))).await, "roles that are no text");
}

#[tokio::test]
async fn a_token_without_a_tenant_reaches_no_tenant() {
    let service = service(hs256()).await;
    let bad = ["", "a b", "../acme", "platform", "acme'--"].map(|tenant| with("tenant", json!(tenant)));
    let bad =
        bad.into_iter().chain([without("tenant"), with("tenant", json!(7)), with("tenant", json!(["acme"]))]);
    for claims in bad {
        list(service.bearer(&signed(&claims))).await.is_problem(403, "no-tenant");
    }
}

#[tokio::test]
async fn routes_of_the_platform_need_no_tenant() {
    let service = Service::start().await;
    let operator = service.bearer(&token(None, &["operator"]));
    assert_eq!(operator.post("/plans", json!({ "name": "basic" })).await.status, 201);
    let anybody = service.client_of("acme", &["operator"]);
    assert_eq!(anybody.get("/plans/named/basic").await.body["items"][0]["name"], "basic");
    list(operator).await.is_problem(403, "no-tenant");
}

#[tokio::test]
async fn a_role_is_needed_and_those_that_will_do_are_named() {
    let service = Service::start().await;
    let id = service.client().book("AB123456789").await;
    let carrier = service.client_of("acme", &["carrier"]);
    assert_eq!(carrier.get(&format!("/shipments/{id}")).await.status, 200);
    let answer = list(carrier.clone()).await;
    assert_eq!(answer.is_problem(403, "forbidden").body["roles"], json!(["dispatcher"]));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
    assert!(answer.body["detail"].as_str().unwrap().contains("dispatcher"));
    // What it carries is not even looked at.
    carrier.post("/shipments", json!({})).await.is_problem(403, "forbidden");
    list(service.client_of("acme", &[])).await.is_problem(403, "forbidden");
}

#[tokio::test]
async fn claims_may_have_other_names() {
    let service =
        service(hs256().tenant_claim("https://example.com/tenant").roles_claim("realm_access.roles")).await;
    let claims = json!({
        "sub": "anna", "exp": now().as_second() + 60,
        "https://example.com/tenant": "acme", "realm_access": { "roles": ["dispatcher"] },
    });
    assert_eq!(list(service.bearer(&signed(&claims))).await.status, 200);
}

#[test]
fn a_key_that_cannot_be_one_is_refused_when_it_is_given() {
    assert_eq!(VerificationKey::hs256(b"short").unwrap_err(), KeyError::Short(5));
    let short = include_str!("keys/rsa-short-public.pem");
    for pem in ["", "nonsense", RSA_PRIVATE, P256_PUBLIC, short] {
        assert!(matches!(VerificationKey::rs256(pem), Err(KeyError::NotPublic { .. })), "{pem}");
    }
    for pem in ["", RSA_PUBLIC, P256_PRIVATE, include_str!("keys/p384-public.pem")] {
        assert!(matches!(VerificationKey::es256(pem), Err(KeyError::NotPublic { .. })), "{pem}");
    }
    assert!(VerificationKey::rs256(include_str!("keys/rsa-public-pkcs1.pem")).is_ok());
    let shown = format!("{:?}", hs256());
    assert!(!shown.contains("secret"), "{shown}");
}
