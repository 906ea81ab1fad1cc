//! The middleware of the command bus, from the outside in.

use std::{sync::Arc, time::Duration};

use freehold_ports::Conflict;
use tower::{Layer, ServiceExt, service_fn, util::BoxCloneSyncService};
use tracing::{Instrument, Span, field, info_span};

use super::{CommandRequest, CommandService, DispatchError, Log, Receipt, handler};
use crate::middleware::{Next, from_fn};

type Result = std::result::Result<Receipt, DispatchError>;
type Inner = Next<CommandRequest, Receipt, DispatchError>;

/// How many times a command is decided when others change what it is decided on.
const ATTEMPTS: usize = 16;

/// What the middleware is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// How long a command may take.
    pub(crate) timeout: Duration,
}

/// The whole stack: tracing, time-out, roles, validation, idempotency, retry, handler.
pub(crate) fn stack(log: Arc<Log>, settings: Settings) -> CommandService {
    let handler = {
        let log = log.clone();
        service_fn(move |request: CommandRequest| {
            let log = log.clone();
            async move { request.handler.clone().handle(&request, &log).await }
        })
    };
    let service = BoxCloneSyncService::new(handler);
    let service = add(service, retry);
    let service = add(service, move |request, next| replay(request, next, log.clone()));
    let service = add(service, validate);
    let service = add(service, authorise);
    let service = add(service, move |request, next| time_out(request, next, settings.timeout));
    add(service, trace)
}

fn add<F, Fut>(inner: CommandService, middleware: F) -> CommandService
where
    F: Fn(CommandRequest, Inner) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result> + Send + 'static,
{
    BoxCloneSyncService::new(from_fn(middleware).layer(inner))
}

/// A span with what may be said about a command in a log: its name, never its content.
async fn trace(request: CommandRequest, next: Inner) -> Result {
    let span = info_span!(
        "command",
        name = request.info.name,
        id = %request.command_id,
        tenant = %request.caller.tenant,
        correlation = %request.caller.correlation,
        outcome = field::Empty,
    );
    let result = next.oneshot(request).instrument(span.clone()).await;
    span.in_scope(|| report(&result));
    result
}

fn report(result: &Result) {
    let record = |outcome: &str| {
        Span::current().record("outcome", outcome);
    };
    match result {
        Ok(receipt) => {
            record("accepted");
            tracing::debug!(version = receipt.version.0, position = receipt.position.0, "command accepted");
        }
        Err(DispatchError::Rejected(rejection)) => {
            record(rejection.name());
            tracing::debug!(rejection = rejection.name(), "command rejected");
        }
        Err(
            error @ (DispatchError::Store(_)
            | DispatchError::Fault(_)
            | DispatchError::Inline { .. }
            | DispatchError::TimedOut(_)),
        ) => {
            record("failed");
            tracing::error!(%error, "command failed");
        }
        Err(error) => {
            record("refused");
            tracing::debug!(%error, "command refused");
        }
    }
}

async fn time_out(request: CommandRequest, next: Inner, limit: Duration) -> Result {
    tokio::time::timeout(limit, next.oneshot(request)).await.unwrap_or(Err(DispatchError::TimedOut(limit)))
}

async fn authorise(request: CommandRequest, next: Inner) -> Result {
    if !request.caller.roles.include_any(request.info.roles) {
        return Err(DispatchError::Forbidden { command: request.info.name, allowed: request.info.roles });
    }
    next.oneshot(request).await
}

async fn validate(request: CommandRequest, next: Inner) -> Result {
    request.handler.validate().map_err(DispatchError::Invalid)?;
    next.oneshot(request).await
}

/// A command that was carried out before is not decided on again: what it was decided on has changed since. One that
/// fails may have been carried out meanwhile, by the same command sent twice at once.
async fn replay(request: CommandRequest, next: Inner, log: Arc<Log>) -> Result {
    if !request.once {
        return next.oneshot(request).await;
    }
    if let Some(receipt) = replayed(&request, &log).await? {
        return Ok(receipt);
    }
    match next.oneshot(request.clone()).await {
        Err(error) => replayed(&request, &log).await.ok().flatten().ok_or(error),
        accepted => accepted,
    }
}

/// What the same command led to before.
async fn replayed(
    request: &CommandRequest,
    log: &Log,
) -> std::result::Result<Option<Receipt>, DispatchError> {
    let Some((recorded, mut outcome)) =
        log.database.outcome(&request.caller.tenant, request.command_id).await?
    else {
        return Ok(None);
    };
    let target = (!request.handler.creates()).then_some(request.target);
    if recorded != request.handler.fingerprint(target) {
        return Err(DispatchError::CommandIdReused(request.command_id));
    }
    outcome.replayed = true;
    Ok(Some(handler::receipt(&outcome)))
}

/// Decides again on what others have made of it, as long as that is the only reason for failing. What was closed
/// stays so.
async fn retry(request: CommandRequest, next: Inner) -> Result {
    let mut result = next.clone().oneshot(request.clone()).await;
    for _ in 1..ATTEMPTS {
        match result {
            Err(DispatchError::Conflict(Conflict::Archived { .. })) => break,
            Err(DispatchError::Conflict(_)) => result = next.clone().oneshot(request.clone()).await,
            _ => break,
        }
    }
    result
}
