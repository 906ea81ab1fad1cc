//! A service over the memory store, reached without a network.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use freehold::{
    ActorId,
    app::{Application, Builder, Host},
    http::{
        Api, ApiInfo, Authentication, Limits, Operators, Server,
        development::{DevelopmentKey, Validity},
    },
    memory::Memory,
    ports::Clock,
    prelude::*,
};
use serde_json::json;
use tower::ServiceExt;

use crate::{plans, shipping};

pub(crate) const ROLES: &[&str] = &["dispatcher", "carrier", "operator"];

/// The moment at which the clock stands.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_micros(1_768_471_800_000_000)
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        now()
    }
}

pub(crate) fn key() -> DevelopmentKey {
    DevelopmentKey::from_bytes([7; 32])
}

pub(crate) fn info() -> ApiInfo {
    ApiInfo { title: "Logistics <test>".into(), version: "1.2.3".into(), description: "Parcels.".into() }
}

/// What a test can change of a service.
pub(crate) struct Setup {
    pub(crate) authentication: Authentication,
    pub(crate) limits: Limits,
    pub(crate) operators: Operators,
    pub(crate) host: fn(Builder) -> Builder,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            authentication: Authentication::development(&key()),
            limits: Limits::default(),
            operators: Operators::nobody(),
            host: |host| host,
        }
    }
}

pub(crate) struct Service {
    pub(crate) router: Router,
    pub(crate) application: Application,
    pub(crate) host: Host,
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let (server, host) = server(setup).await;
        Self { router: server.router(), application: host.application(), host }
    }

    /// Somebody of the tenant `acme` with every role.
    pub(crate) fn client(&self) -> Client {
        self.client_of("acme", ROLES)
    }

    pub(crate) fn client_of(&self, tenant: &str, roles: &[&str]) -> Client {
        self.bearer(&token(Some(tenant), roles))
    }

    pub(crate) fn bearer(&self, token: &str) -> Client {
        Client { router: self.router.clone(), authorization: Some(format!("Bearer {token}")) }
    }

    pub(crate) fn nobody(&self) -> Client {
        Client { router: self.router.clone(), authorization: None }
    }
}

/// The server that [`Service`] has, and what it stands on.
pub(crate) async fn server(setup: Setup) -> (Server, Host) {
    let host =
        Host::builder(Memory::new()).context(shipping::context()).context(plans::context()).clock(Still);
    let host = (setup.host)(host).start().await.expect("the service starts");
    let api = Api::new(host.application(), info(), setup.authentication)
        .limits(setup.limits)
        .operators(setup.operators);
    let server = api.routes([shipping::routes(), plans::routes()]).build().expect("the routes fit together");
    (server, host)
}

pub(crate) fn token(tenant: Option<&str>, roles: &[&str]) -> String {
    let tenant: Option<TenantId> = tenant.map(|tenant| tenant.parse().expect("the name of a tenant"));
    let valid = Validity { from: now(), length: Duration::from_hours(1) };
    key().token(tenant.as_ref(), &ActorId::new("anna"), roles, valid)
}

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) router: Router,
    pub(crate) authorization: Option<String>,
}

impl Client {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    pub(crate) async fn get_with(&self, path: &str, name: &str, value: &str) -> Answer {
        self.send(Request::get(path).header(name, value), Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Json) -> Answer {
        self.post_with(path, body, &[]).await
    }

    pub(crate) async fn post_with(&self, path: &str, body: Json, headers: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request, Body::from(body.to_string())).await
    }

    pub(crate) async fn method(&self, method: Method, path: &str) -> Answer {
        self.send(Request::builder().method(method).uri(path), Body::empty()).await
    }

    pub(crate) async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = match &self.authorization {
            Some(value) => request.header(header::AUTHORIZATION, value),
            None => request,
        };
        let request = request.body(body).expect("a request");
        let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        Answer::read(response).await
    }

    /// Books a shipment with this tracking number: its id.
    pub(crate) async fn book(&self, tracking_number: &str) -> String {
        let answer = self.post("/shipments", booking(tracking_number)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["id"].as_str().expect("an id").to_owned()
    }
}

/// A valid body of `BookShipment`.
pub(crate) fn booking(tracking_number: &str) -> Json {
    json!({
        "tracking_number": tracking_number,
        "to": { "street": "Hauptstr. 1", "city": "Berlin", "country": "DE" },
        "weight_kg": "12.50",
    })
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null if it is not JSON.
    pub(crate) body: Json,
}

impl Answer {
    async fn read(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, text, body }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("visible text"))
    }

    /// It is a problem of this status and name, in all its parts.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, name: &str) -> &Self {
        assert_eq!(self.status, status, "{self:#?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:#?}");
        assert_eq!(self.body["type"], format!("/problems/{name}"), "{self:#?}");
        assert_eq!(self.body["status"], status);
        assert!(self.body["title"].is_string() && self.body["detail"].is_string(), "{self:#?}");
        assert!(self.body["instance"].as_str().is_some_and(|path| path.starts_with('/')), "{self:#?}");
        assert_eq!(self.body["correlation_id"].as_str(), self.header("x-correlation-id"));
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        self
    }

    /// The places that it finds wrong, each with what is wrong.
    pub(crate) fn errors(&self) -> Vec<(String, String)> {
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let place = |error: &Json| error.get("pointer").or_else(|| error.get("parameter")).map(text);
        errors.iter().map(|error| (place(error).unwrap_or_default(), text(&error["detail"]))).collect()
    }

    pub(crate) fn places(&self) -> Vec<String> {
        self.errors().into_iter().map(|(place, _)| place).collect()
    }
}
