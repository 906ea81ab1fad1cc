//! Requests as ports and buses take them, and what they were answered with.

use std::sync::Arc;

use freehold::{
    ActorId, CommandId, CorrelationId, EventId, Id, Metadata, Position, RawEvent, Tag, Timestamp, Version,
    app::{Caller, DispatchError, SendOptions},
    ports::{self, InlineError, NewEvent, Projection, StoreError},
};
use uuid::Uuid;

use super::node::Node;
use crate::{
    Act, Address, Answer, Expected, New, Refusal, Request, What,
    ledger::{AccountId, AccountRejection, Alter, Open},
    projections,
    query::tenant,
    views::VIEWED,
};

/// An append as the port takes it.
pub(super) fn append(request: &Request) -> Option<ports::Append> {
    let What::Append { expected, unless, events } = &request.what else { return None };
    let unless = unless
        .iter()
        .map(|unless| ports::Unless { query: unless.query.to_port(), after: Position(unless.after) });
    let events = events.iter().enumerate().map(|(part, new)| event(&request.token, part, new));
    Some(ports::Append {
        tenant: request.address.tenant(),
        stream: request.address.stream(),
        expected: expected_by_port(*expected),
        unless: unless.collect(),
        events: events.collect(),
        metadata: metadata(request),
        once: request.once.map(ports::Fingerprint),
        inline: inline(&request.address),
    })
}

fn expected_by_port(expected: Expected) -> ports::Expected {
    match expected {
        Expected::Any => ports::Expected::Any,
        Expected::Version(version) => ports::Expected::Version(Version(version)),
        Expected::Event(version, id) => ports::Expected::Event(Version(version), EventId(id)),
    }
}

fn event(token: &str, part: usize, new: &New) -> NewEvent {
    NewEvent {
        id: EventId(new.id),
        event: RawEvent { name: new.name.clone(), version: 1, payload: new.payload(token, part) },
        tags: new.tags.iter().map(Tag::new).collect(),
    }
}

fn metadata(request: &Request) -> Metadata {
    Metadata {
        time: Timestamp::from_micros(1_700_000_000_000_000),
        actor: ActorId::new("writer"),
        correlation: CorrelationId(request.command),
        causation: None,
        command: CommandId(request.command),
    }
}

fn inline(address: &Address) -> Vec<Arc<dyn Projection>> {
    if address.aggregate == VIEWED { vec![projections::shared(), projections::mixed()] } else { Vec::new() }
}

/// Sends a request, of whatever kind, once, and writes down what it was answered with.
pub(super) async fn send(node: &Node, request: &Request) -> Answer {
    let attempt = node.recorder.ask(request);
    let answer = match &request.what {
        What::Append { .. } => match append(request) {
            Some(append) => Answer::of_append(node.database.append(append).await),
            None => Answer::Refused(Refusal::Wrong("it is no append".to_owned())),
        },
        What::Command { act, expected } => command(node, request, act, *expected).await,
        What::Archive { at } => {
            let (tenant, stream) = (request.address.tenant(), request.address.stream());
            match node.database.archive(&tenant, &stream, Version(*at)).await {
                Ok(()) => Answer::Archived,
                Err(error) => Answer::of_append_error(error),
            }
        }
    };
    node.recorder.answer(attempt, answer.clone());
    answer
}

async fn command(node: &Node, request: &Request, act: &Act, expected: Option<u64>) -> Answer {
    let (commands, caller) = (&node.application.commands, caller(request));
    let options = SendOptions {
        command_id: request.once.map(|_| CommandId(request.command)),
        expected: expected.map(Version),
    };
    let (token, id) = (request.token.clone(), AccountId::from_uuid(request.address.id));
    let result = match act.clone() {
        Act::Open { name } => commands.create_with(caller, Open { token, name }, options).await,
        act => commands.send_with(caller, id, Alter { token, act }, options).await,
    };
    match result {
        Ok(accepted) => Answer::Done {
            version: accepted.version.0,
            position: accepted.position.0,
            replayed: accepted.replayed,
        },
        Err(error) => refusal(error),
    }
}

fn caller(request: &Request) -> Caller {
    Caller {
        tenant: tenant(&request.address.tenant),
        actor: ActorId::new("sender"),
        roles: ["clerk"].into_iter().collect(),
        correlation: CorrelationId(Uuid::nil()),
        causation: None,
    }
}

fn refusal(error: DispatchError<AccountRejection>) -> Answer {
    let wrong = |error: DispatchError<AccountRejection>| Refusal::Wrong(error.to_string());
    Answer::Refused(match error {
        DispatchError::Store(StoreError::Unavailable { .. }) | DispatchError::TimedOut(_) => {
            return Answer::Unknown(error.to_string());
        }
        DispatchError::Rejected(AccountRejection::AlreadyClosed) => Refusal::Closed,
        DispatchError::Rejected(AccountRejection::Balance { balance }) => Refusal::Balance(balance),
        DispatchError::NotFound { .. } => Refusal::NotFound,
        DispatchError::Exists { .. } => Refusal::Exists,
        DispatchError::Taken { .. } => Refusal::Taken,
        DispatchError::VersionMismatch { actual, .. } => Refusal::Version { actual: actual.0 },
        DispatchError::Conflict(ports::Conflict::Archived { at }) => Refusal::Archived { at: at.0 },
        DispatchError::Conflict(_) => Refusal::Contended,
        DispatchError::CommandIdReused(_) => Refusal::Reused,
        DispatchError::Inline { error: InlineError::TimedOut(_), .. } => Refusal::Slow,
        DispatchError::Inline { view, error: InlineError::Failed(reason) } => {
            Refusal::View(format!("{view}: {reason}"))
        }
        error => wrong(error),
    })
}
