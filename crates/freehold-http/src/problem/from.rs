//! Which problem answers for which error of the buses.

use freehold_app::{DispatchError, QueryError};
use freehold_domain::{Invalid, Violation};
use freehold_ports::{Conflict, StoreError};

use super::{FieldError, Kind, Problem};
use crate::input;

/// How long a client is asked to wait when waiting may help.
const SOON: u32 = 1;

impl Problem {
    /// The problem that answers for what became of a command to an aggregate of this name.
    pub(crate) fn dispatch(aggregate: &str, error: DispatchError) -> Self {
        match error {
            DispatchError::Rejected(rejection) => {
                let context = aggregate.split_once('.').map_or(aggregate, |(context, _)| context);
                Self::rejected(context, rejection.name(), rejection.to_string())
            }
            DispatchError::Invalid(invalid) => Self::invalid(body_errors(&invalid)),
            DispatchError::Forbidden { allowed, .. } => Self::forbidden(allowed),
            DispatchError::NotFound { .. } => Self::new(Kind::NotFound, sentence(&error)),
            DispatchError::Exists { .. } => Self::new(Kind::Exists, sentence(&error)),
            DispatchError::Taken { key, .. } => Self::taken(aggregate, key),
            DispatchError::VersionMismatch { actual, .. } => {
                Self::new(Kind::VersionMismatch, sentence(&error)).at_version(actual.0)
            }
            DispatchError::Conflict(Conflict::Archived { .. }) => Self::new(Kind::Closed, sentence(&error)),
            DispatchError::Conflict(_) => Self::new(Kind::Conflict, sentence(&error)).retry_after(SOON),
            DispatchError::CommandIdReused(_) => {
                let detail = "Another command was carried out under this Idempotency-Key.";
                Self::new(Kind::IdempotencyKeyReused, detail)
            }
            DispatchError::TimedOut(limit) => Self::timed_out(limit),
            DispatchError::Inline { .. } => {
                let detail = "A read model could not be brought up to date, so nothing was written.";
                Self::new(Kind::ReadModel, detail).retry_after(SOON)
            }
            DispatchError::Fault(_) => Self::internal(&error),
            DispatchError::Store(error) => Self::store(&error),
        }
    }

    /// The problem that answers for why changes cannot be followed.
    pub(crate) fn changes(error: QueryError) -> Self {
        match error {
            QueryError::BeyondTheLog { asked, end } => {
                let detail =
                    format!("`Last-Event-ID` asks for what lies behind {asked}, and the log ends at {end}.");
                Self::new(Kind::InvalidHeader, detail)
            }
            error => Self::query(error),
        }
    }

    /// The problem that answers for what became of a query.
    pub(crate) fn query(error: QueryError) -> Self {
        match error {
            QueryError::Invalid(invalid) => Self::invalid(parameter_errors(&invalid)),
            QueryError::Forbidden { allowed, .. } => Self::forbidden(allowed),
            QueryError::Behind { position, asked, .. } => {
                let detail = format!(
                    "The read model has taken in the log up to {position}, and {asked} was asked for."
                );
                Self::new(Kind::Behind, detail).retry_after(SOON)
            }
            QueryError::BeyondTheLog { asked, end } => {
                let detail = format!("`Log-Position` asks for {asked}, and the log ends at {end}.");
                Self::new(Kind::InvalidHeader, detail)
            }
            QueryError::TimedOut(limit) => Self::timed_out(limit),
            QueryError::Store(error) => Self::store(&error),
        }
    }

    /// The caller has none of these roles.
    pub(crate) fn forbidden(roles: &'static [&'static str]) -> Self {
        let detail = if roles.is_empty() {
            "Nobody may do this: the operation names no roles.".to_owned()
        } else {
            format!("One of these roles may do this: {}.", roles.join(", "))
        };
        let challenge = "Bearer error=\"insufficient_scope\"";
        Self::new(Kind::Forbidden, detail).for_roles(roles).challenging(challenge)
    }

    fn taken(aggregate: &str, key: &str) -> Self {
        let name = aggregate.split_once('.').map_or(aggregate, |(_, name)| name);
        let key = key.replace('+', " and ");
        Self::new(Kind::Taken, format!("Another {name} has this {key} already."))
    }

    fn timed_out(limit: std::time::Duration) -> Self {
        Self::new(Kind::TimedOut, format!("It took longer than {limit:?}."))
    }

    fn store(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => {
                Self::new(Kind::Unavailable, "The store cannot be reached now.").retry_after(SOON)
            }
            StoreError::Full { .. } => Self::new(Kind::Full, "The store has no room for more."),
            StoreError::Corrupt { .. } | StoreError::Other(_) => Self::internal(error),
        }
    }
}

fn body_errors(invalid: &Invalid) -> Vec<FieldError> {
    let error =
        |violation: &Violation| FieldError::pointer(input::pointer(&violation.path), &violation.message);
    invalid.violations.iter().map(error).collect()
}

fn parameter_errors(invalid: &Invalid) -> Vec<FieldError> {
    let error = |violation: &Violation| FieldError::parameter(&violation.path, &violation.message);
    invalid.violations.iter().map(error).collect()
}

/// An error as a sentence: libraries begin theirs small and end them without a full stop.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}
