//! An API: routes over an application, before it is built.

use std::{sync::Arc, time::Duration};

use freehold_app::Application;
use tokio_util::sync::CancellationToken;

use crate::{
    Authentication, Operators, RouteError, Routes, Server,
    endpoint::Service,
    openapi,
    problem::Catalogue,
    route,
    router::{self, Parts},
};

/// Routes over an application.
///
/// ```ignore
/// let info = ApiInfo { title: "Logistics".into(), version: "1.0.0".into(), description: String::new() };
/// let server = Api::new(host.application(), info, authentication).routes(shipping::routes()).build()?;
/// server.serve(bind(address).await?, shutdown).await?;
/// ```
pub struct Api {
    application: Application,
    info: ApiInfo,
    authentication: Authentication,
    routes: Routes,
    limits: Limits,
    operators: Operators,
}

/// What the description of an API says of it as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiInfo {
    /// Its name.
    pub title: String,
    /// Its version.
    pub version: String,
    /// What it is for, in Markdown; may be empty.
    pub description: String,
}

/// What a service takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a body; 1 MiB.
    pub body: usize,
    /// How long a request may take; 30 s. Of an answer that goes on, such as rows line by line: until it begins, and then
    /// how long the client may take nothing of it.
    pub request: Duration,
    /// How many requests may be under way at once, more being refused; 1024.
    pub concurrency: usize,
    /// How long requests under way may take once the service is asked to stop; 10 s.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            request: Duration::from_secs(30),
            concurrency: 1024,
            shutdown: Duration::from_secs(10),
        }
    }
}

impl Api {
    /// An API without routes yet over this application.
    pub fn new(application: Application, info: ApiInfo, authentication: Authentication) -> Self {
        Self {
            application,
            info,
            authentication,
            routes: Routes::new(),
            limits: Limits::default(),
            operators: Operators::nobody(),
        }
    }

    /// The same, and these routes.
    #[must_use]
    pub fn routes(mut self, routes: impl Into<Routes>) -> Self {
        self.routes = self.routes.merge(routes);
        self
    }

    /// The same, with other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same, with an admin interface under `/admin` for these.
    #[must_use]
    pub fn operators(mut self, operators: Operators) -> Self {
        self.operators = operators;
        self
    }

    /// Checks the routes and makes everything of them.
    pub fn build(self) -> Result<Server, RouteError> {
        let table = route::table(self.routes)?;
        let openapi = openapi::document(&table, &self.info);
        let (authentication, stopping) = (self.authentication.clone(), CancellationToken::new());
        let service = Service {
            application: self.application,
            authentication: self.authentication,
            body_limit: self.limits.body,
            stall_limit: self.limits.request,
            stopping: stopping.clone(),
        };
        let router = router::router(Parts {
            service: Arc::new(service),
            catalogue: Arc::new(Catalogue::of(&table)),
            table,
            openapi: openapi.to_string(),
            title: self.info.title,
            limits: self.limits,
            operators: self.operators,
        });
        Ok(Server::new(router, openapi, authentication, self.limits, stopping))
    }
}
