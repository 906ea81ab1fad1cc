//! A whole service for a test: a context over a database of its own, reached over HTTP without a network.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use freehold_app::{Application, Context, Host};
use freehold_domain::{ActorId, Duration, Position, TenantId, Timestamp};
use freehold_http::{
    Api, ApiInfo, Authentication, Routes,
    development::{DevelopmentKey, Validity},
};
use freehold_ports::Clock;
use serde_json::Value;
use tower::ServiceExt;

use crate::{Response, now, place::Place};

/// How many send the same thing at once in [`Client::assert_one_winner`].
const RACERS: usize = 8;

/// A running service. Its clock stands at [`now`].
///
/// It runs on SQLite and needs nothing. Where the environment variable `FREEHOLD_POSTGRES` names a server, as
/// `postgres::server` says, and the feature `postgres` is there, it runs on a database of that.
pub struct TestService {
    router: Router,
    application: Application,
    key: DevelopmentKey,
    _host: Host,
    // Goes last.
    _place: Place,
}

/// Somebody who sends requests, and reads what they have written: what they ask waits for the views to have taken in what
/// they have done, and what they have seen.
#[derive(Clone)]
pub struct Client {
    router: Router,
    token: String,
    /// The furthest position of the log that they were told, which their clones share.
    seen: Arc<AtomicU64>,
}

/// The header with a position of the log.
const LOG_POSITION: &str = "log-position";

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        now()
    }
}

impl TestService {
    /// Starts a context with its routes, on an empty database.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(context: Context, routes: Routes) -> Self {
        let (host, place) = Place::host().await;
        let host = host.context(context).clock(Still).start().await.expect("the service starts");
        let key = DevelopmentKey::from_bytes([7; 32]);
        let info = ApiInfo { title: "Test".into(), version: "0".into(), description: String::new() };
        let api = Api::new(host.application(), info, Authentication::development(&key)).routes(routes);
        let router = api.build().expect("the routes fit together").router();
        Self { router, application: host.application(), key, _host: host, _place: place }
    }

    /// Somebody of this tenant with these roles.
    ///
    /// # Panics
    /// If no tenant can have that name.
    pub fn client(&self, tenant: &str, roles: &[&str]) -> Client {
        let tenant: TenantId = tenant.parse().expect("the name of a tenant");
        let valid = Validity { from: now(), length: Duration::from_hours(1) };
        let token = self.key.token(Some(&tenant), &ActorId::new("tester"), roles, valid);
        Client { router: self.router.clone(), token, seen: Arc::default() }
    }

    /// Waits until every view has taken in what has happened.
    ///
    /// # Panics
    /// If one is not getting on.
    pub async fn caught_up(&self) {
        self.application.caught_up().await.expect("the views take in what has happened");
    }

    /// Waits until every view has taken in what lies at or before this position.
    ///
    /// # Panics
    /// If one is not getting on.
    pub async fn caught_up_to(&self, position: Position) {
        self.application.caught_up_to(position).await.expect("the views take in what has happened");
    }
}

impl Client {
    /// Sends a request with a JSON body.
    pub async fn send(&self, method: &str, path: &str, body: Value) -> Response {
        let method = Method::from_bytes(method.as_bytes()).expect("the name of a method");
        let request =
            Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        self.request(request, Body::from(body.to_string())).await
    }

    /// Asks with these parameters.
    pub async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Response {
        let query = serde_urlencoded::to_string(parameters).expect("text can be encoded");
        let separator = if query.is_empty() { "" } else { "?" };
        let request = Request::builder().uri(format!("{path}{separator}{query}"));
        self.request(request.header(LOG_POSITION, self.seen.load(Ordering::Relaxed)), Body::empty()).await
    }

    /// Sends commands one after the other, each of which must be accepted. `{id}` in a path is the id of what the
    /// first has created, which is returned.
    pub async fn drive(&self, commands: &[(&str, &str, Value)]) -> String {
        let mut id = String::new();
        for (method, path, body) in commands {
            let response = self.send(method, &path.replace("{id}", &id), body.clone()).await;
            response.assert_success();
            response.body["id"].as_str().unwrap_or_default().clone_into(&mut id);
        }
        id
    }

    /// Sends these in turn from many sides at once: one is accepted, the others conflict with it.
    ///
    /// # Panics
    /// If none is accepted, or more than one, or any fails for another reason.
    pub async fn assert_one_winner(&self, method: &str, path: &str, bodies: &[Value]) {
        let racers = bodies.iter().cycle().take(RACERS).map(|body| {
            let (client, method, path, body) =
                (self.clone(), method.to_owned(), path.to_owned(), body.clone());
            tokio::spawn(async move { client.send(&method, &path, body).await.status })
        });
        let (mut won, mut lost) = (0, 0);
        for racer in racers.collect::<Vec<_>>() {
            match racer.await.expect("no request panics") {
                StatusCode::CREATED | StatusCode::OK => won += 1,
                StatusCode::CONFLICT => lost += 1,
                other => panic!("a racer was answered with {other}"),
            }
        }
        assert_eq!((won, lost), (1, RACERS - 1), "won and lost");
    }

    async fn request(&self, request: axum::http::request::Builder, body: Body) -> Response {
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token)).body(body);
        let request = request.expect("the path is one");
        let answer = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let position = answer.headers().get(LOG_POSITION).and_then(|value| value.to_str().ok()?.parse().ok());
        self.seen.fetch_max(position.unwrap_or_default(), Ordering::Relaxed);
        Response::read(answer).await
    }
}
