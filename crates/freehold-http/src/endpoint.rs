//! A request on its way to a command or a query, and the answer on its way back.

mod accept;
mod command;
mod etag;
mod headers;
mod lines;
mod page;
mod query;

pub(crate) use accept::LINES;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{RawPathParams, Request},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use freehold_app::{Application, Caller};
use freehold_domain::TenantId;

use crate::{
    authentication::Authentication,
    correlation::Correlation,
    layer::Place,
    problem::{Kind, Problem},
    route::{Endpoint, Operation},
};

/// What every endpoint works with.
pub(crate) struct Service {
    pub(crate) application: Application,
    pub(crate) authentication: Authentication,
    pub(crate) body_limit: usize,
    /// How long a client may take nothing of an answer that goes on.
    pub(crate) stall_limit: Duration,
}

/// A request whose path was found.
struct Call {
    service: Arc<Service>,
    endpoint: Arc<Endpoint>,
    caller: Caller,
    path: Vec<(String, String)>,
    request: Request,
    /// Its place among the requests that may be under way.
    place: Option<Place>,
}

/// Answers a request to an endpoint.
pub(crate) async fn handle(
    service: Arc<Service>,
    endpoint: Arc<Endpoint>,
    path: RawPathParams,
    request: Request,
) -> Response {
    let caller = match caller(&service, &endpoint, &request) {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let values = path.iter().map(|(_, value)| value.to_owned());
    let path = endpoint.template.parameters().map(str::to_owned).zip(values).collect();
    let place = request.extensions().get().cloned();
    let call = Call { service, endpoint: endpoint.clone(), caller, path, request, place };
    let answer = match &endpoint.operation {
        Operation::Command(command) => command::answer(command, call).await,
        Operation::Query(query) => query::answer(query, call).await,
    };
    answer.unwrap_or_else(Problem::into_response)
}

/// On whose behalf the request is made, if they may make it.
fn caller(service: &Service, endpoint: &Endpoint, request: &Request) -> Result<Caller, Problem> {
    let now = service.application.clock.now();
    let authenticated = service.authentication.authenticate(request.headers(), now)?;
    let tenant =
        if endpoint.platform { TenantId::platform() } else { authenticated.tenant.ok_or_else(no_tenant)? };
    // The buses ask again; asking here spares reading what would be refused.
    let roles = endpoint.operation.roles();
    if !authenticated.roles.include_any(roles) {
        return Err(Problem::forbidden(roles));
    }
    let correlation = Correlation::of(request.extensions(), &*service.application.ids).id();
    Ok(Caller {
        tenant,
        actor: authenticated.actor,
        roles: authenticated.roles,
        correlation,
        causation: None,
    })
}

fn no_tenant() -> Problem {
    Problem::new(Kind::NoTenant, "The token does not say on behalf of which tenant it acts.")
}

/// The one value of a header; two of them are no value.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h [u8]>, Problem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(axum::http::HeaderValue::as_bytes)),
        _ => Err(Problem::new(Kind::InvalidHeader, format!("The header `{name}` may be given once."))),
    }
}
