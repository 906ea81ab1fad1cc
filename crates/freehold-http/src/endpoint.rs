//! A request on its way to a command or a query, and the answer on its way back.

mod accept;
mod command;
mod etag;
mod events;
mod flow;
mod headers;
mod lines;
mod page;
mod query;

pub(crate) use accept::{EVENTS, LINES};

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{RawPathParams, Request},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use freehold_app::{Application, Caller};
use freehold_domain::TenantId;
use tokio_util::sync::CancellationToken;

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
    /// Told when it stops.
    pub(crate) stopping: CancellationToken,
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
    /// For how long the caller is known by its token.
    expires_in: Duration,
}

/// Answers a request to an endpoint.
pub(crate) async fn handle(
    service: Arc<Service>,
    endpoint: Arc<Endpoint>,
    path: RawPathParams,
    request: Request,
) -> Response {
    let (caller, expires_in) = match caller(&service, &endpoint, &request) {
        Ok(known) => known,
        Err(problem) => return problem.into_response(),
    };
    let values = path.iter().map(|(_, value)| value.to_owned());
    let path = endpoint.template.parameters().map(str::to_owned).zip(values).collect();
    let place = request.extensions().get().cloned();
    let call = Call { service, endpoint: endpoint.clone(), caller, path, request, place, expires_in };
    let answer = match &endpoint.operation {
        Operation::Command(command) => command::answer(command, call).await,
        Operation::Query(query) => query::answer(query, call).await,
    };
    answer.unwrap_or_else(Problem::into_response)
}

/// On whose behalf the request is made, if they may make it, and for how long that is known.
fn caller(service: &Service, endpoint: &Endpoint, request: &Request) -> Result<(Caller, Duration), Problem> {
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
    let (actor, roles) = (authenticated.actor, authenticated.roles);
    Ok((Caller { tenant, actor, roles, correlation, causation: None }, authenticated.expires_in))
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
