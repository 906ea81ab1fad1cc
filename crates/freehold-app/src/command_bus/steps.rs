//! What every command goes through, from the outside in: tracing, time-out, roles, validation, idempotency, retry,
//! handler.
//!
//! Functions and not tower services, of which each would be boxed and cloned a command; what a service adds around them
//! are tower layers.

use std::{sync::Arc, time::Duration};

use freehold_ports::Conflict;
use tower::{service_fn, util::BoxCloneSyncService};
use tracing::{Instrument, Span, field, info_span};

use super::{CommandRequest, CommandService, DispatchError, Log, Receipt, handler};

type Result = std::result::Result<Receipt, DispatchError>;

/// How many times a command is decided when others change what it is decided on.
const ATTEMPTS: usize = 16;

/// What a service chooses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// How long a command may take.
    pub(crate) timeout: Duration,
}

/// All of it as one service.
pub(crate) fn stack(log: Arc<Log>, settings: Settings) -> CommandService {
    BoxCloneSyncService::new(service_fn(move |request: CommandRequest| {
        let log = log.clone();
        async move {
            let span = span(&request);
            let result = time_out(settings.timeout, admit(&request, &log)).instrument(span.clone()).await;
            span.in_scope(|| report(&result));
            result
        }
    }))
}

/// A span with what may be said about a command in a log: its name, never its content.
fn span(request: &CommandRequest) -> Span {
    info_span!(
        "command",
        name = request.info.name,
        id = %request.command_id,
        tenant = %request.caller.tenant,
        correlation = %request.caller.correlation,
        outcome = field::Empty,
    )
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

/// No `async fn`, which would have room for what it waits for twice; every command allocates it.
fn time_out(limit: Duration, inner: impl Future<Output = Result>) -> impl Future<Output = Result> {
    let limited = tokio::time::timeout(limit, inner);
    async move { limited.await.unwrap_or(Err(DispatchError::TimedOut(limit))) }
}

/// Who may not send a command learns nothing of whether it is valid, and one that is not valid is not looked up.
async fn admit(request: &CommandRequest, log: &Log) -> Result {
    if !request.caller.roles.include_any(request.info.roles) {
        return Err(DispatchError::Forbidden { command: request.info.name, allowed: request.info.roles });
    }
    request.handler.validate().map_err(DispatchError::Invalid)?;
    if request.once { replay(request, log).await } else { retry(request, log).await }
}

/// A command that was carried out before is not decided on again: what it was decided on has changed since. One that
/// fails may have been carried out meanwhile, by the same command sent twice at once.
async fn replay(request: &CommandRequest, log: &Log) -> Result {
    if let Some(receipt) = replayed(request, log).await? {
        return Ok(receipt);
    }
    match retry(request, log).await {
        // Where that cannot be found out, what it was refused for may be what it has done itself.
        Err(error) => replayed(request, log).await?.ok_or(error),
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
async fn retry(request: &CommandRequest, log: &Log) -> Result {
    let mut result = request.handler.handle(request, log).await;
    for _ in 1..ATTEMPTS {
        match result {
            Err(DispatchError::Conflict(Conflict::Archived { .. })) => break,
            Err(DispatchError::Conflict(_)) => result = request.handler.handle(request, log).await,
            _ => break,
        }
    }
    result
}
