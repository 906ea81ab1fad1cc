//! The router: every declared route, and the few that the service answers itself.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{RawPathParams, Request},
    middleware,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, get, on},
};

use crate::{
    Operators, admin,
    api::Limits,
    docs,
    endpoint::{self, Service},
    health,
    layer::{self, Outer},
    metrics,
    problem::{self, Catalogue, Kind, Problem},
    route::{Endpoint, Table},
};

/// What the router is made of.
pub(crate) struct Parts {
    pub(crate) service: Arc<Service>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) table: Table,
    pub(crate) openapi: String,
    pub(crate) title: String,
    pub(crate) limits: Limits,
    pub(crate) operators: Operators,
}

/// The router with all its middleware.
pub(crate) fn router(parts: Parts) -> Router {
    let outer = Outer::new(parts.service.application.ids.clone(), parts.limits);
    declared(&parts.table, &parts.service)
        .layer(middleware::from_fn_with_state(outer.places(), layer::admit))
        .merge(health(&parts.service))
        .merge(admin::routes(&parts.service.application, parts.operators))
        .merge(problems(&parts.catalogue))
        .merge(docs::routes(&parts.title, Bytes::from(parts.openapi)))
        .fallback(unknown_path)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(outer, layer::outer))
}

/// Templates of one shape share a path of the router, whatever they call their parameters.
fn declared(table: &Table, service: &Arc<Service>) -> Router {
    let mut paths: Vec<(String, String, MethodRouter)> = Vec::new();
    for endpoint in &table.endpoints {
        let methods = methods(endpoint.clone(), service.clone());
        let shape = endpoint.template.shape();
        match paths.iter_mut().find(|(known, ..)| *known == shape) {
            Some((.., known)) => *known = std::mem::take(known).merge(methods),
            None => paths.push((shape, endpoint.template.to_string(), methods)),
        }
    }
    paths.into_iter().fold(Router::new(), |router, (_, path, methods)| router.route(&path, methods))
}

fn methods(endpoint: Arc<Endpoint>, service: Arc<Service>) -> MethodRouter {
    // The methods of `At` all have a filter.
    let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::POST);
    on(filter, move |path: Result<RawPathParams, _>, request: Request| async move {
        match path {
            Ok(path) => endpoint::handle(service, endpoint, path, request).await,
            Err(_) => Problem::new(Kind::BadRequest, "The path is not UTF-8.").into_response(),
        }
    })
}

fn health(service: &Arc<Service>) -> Router {
    let (application, measured) = (service.application.clone(), service.application.clone());
    Router::new()
        .route("/metrics", get(move || metrics::metrics(measured)))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(move || health::ready(application)))
}

fn problems(catalogue: &Arc<Catalogue>) -> Router {
    let (index, one) = (catalogue.clone(), catalogue.clone());
    let own = one.clone();
    Router::new()
        .route("/problems", get(move |request| problem::index(index, request)))
        .route("/problems/{name}", get(move |request| problem::one(own, request)))
        .route("/problems/{context}/{name}", get(move |request| problem::one(one, request)))
}

async fn unknown_path() -> Response {
    Problem::new(Kind::UnknownPath, "Nothing answers at this path.").into_response()
}

async fn method_not_allowed() -> Response {
    Problem::new(Kind::MethodNotAllowed, "The path exists, and not with this method.").into_response()
}
