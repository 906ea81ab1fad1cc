//! Why a command was not carried out. The domain's own rejection keeps its type.

use std::{any::Any, error::Error, time::Duration};

use freehold_domain::{CommandId, Invalid, Rejection, Version};
use freehold_ports::{Conflict, InlineError, StoreError};

use crate::caller;

/// Why a command was not carried out. Nothing was written, but where nobody knows: past a time-out, and if the store was lost
/// while the append was under way. Whoever sends it again under the same command id finds out.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError<R = Box<dyn AnyRejection>> {
    /// The aggregate refuses it.
    #[error("{0}")]
    Rejected(R),
    /// What it carries breaks the bounds of its fields.
    #[error("the command is not valid: {0}")]
    Invalid(#[source] Invalid),
    /// The sender has none of the roles that may send it.
    #[error("`{command}` may be sent by: {}", caller::listed(allowed))]
    Forbidden {
        /// The command.
        command: &'static str,
        /// Who may send it.
        allowed: &'static [&'static str],
    },
    /// What it addresses does not exist.
    #[error("there is no `{aggregate}` with this id")]
    NotFound {
        /// What it addresses.
        aggregate: &'static str,
    },
    /// What it would create exists.
    #[error("there is a `{aggregate}` with this id already")]
    Exists {
        /// What it would create.
        aggregate: &'static str,
    },
    /// Another live aggregate has what must be unique.
    #[error("another `{aggregate}` has this {key}")]
    Taken {
        /// What kind.
        aggregate: &'static str,
        /// The name of the set of fields.
        key: &'static str,
    },
    /// The sender has seen another version.
    #[error("version {expected} was expected, and it is at version {actual}")]
    VersionMismatch {
        /// What the sender has seen.
        expected: Version,
        /// What there is.
        actual: Version,
    },
    /// Others kept changing what it was decided on, or it was closed for good.
    #[error("{}", conflict(.0))]
    Conflict(#[source] Conflict),
    /// Another command had the same id.
    #[error("another command was sent under the id {0}")]
    CommandIdReused(CommandId),
    /// It took longer than it may. It may still be carried out; with the same command id it can safely be sent again.
    #[error("the command took longer than {0:?}")]
    TimedOut(Duration),
    /// A view that is brought up to date before a command returns could not be.
    #[error("the view `{view}` could not be brought up to date: {error}")]
    Inline {
        /// The view.
        view: &'static str,
        /// Why.
        error: InlineError,
    },
    /// The domain broke a rule of its own, as an event that begins no stream at the beginning of one.
    #[error("a fault in the domain: {0}")]
    Fault(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn conflict(conflict: &Conflict) -> String {
    match conflict {
        Conflict::Archived { .. } => conflict.to_string(),
        _ => "others changed it at the same time, again and again; try later".to_owned(),
    }
}

/// A rejection of any aggregate.
pub trait AnyRejection: Error + Send + Sync + 'static {
    /// Its stable name.
    fn name(&self) -> &'static str;
    /// Itself, to get its type back.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<R: Rejection> AnyRejection for R {
    fn name(&self) -> &'static str {
        Rejection::name(self)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

impl DispatchError {
    /// The same error with the rejection of the aggregate that was addressed.
    pub(crate) fn typed<R: Rejection>(self) -> DispatchError<R> {
        match self {
            Self::Rejected(rejection) => match rejection.into_any().downcast::<R>() {
                Ok(rejection) => DispatchError::Rejected(*rejection),
                Err(_) => DispatchError::Fault(
                    "a middleware answered with the rejection of another aggregate".into(),
                ),
            },
            Self::Invalid(invalid) => DispatchError::Invalid(invalid),
            Self::Forbidden { command, allowed } => DispatchError::Forbidden { command, allowed },
            Self::NotFound { aggregate } => DispatchError::NotFound { aggregate },
            Self::Exists { aggregate } => DispatchError::Exists { aggregate },
            Self::Taken { aggregate, key } => DispatchError::Taken { aggregate, key },
            Self::VersionMismatch { expected, actual } => DispatchError::VersionMismatch { expected, actual },
            Self::Conflict(conflict) => DispatchError::Conflict(conflict),
            Self::CommandIdReused(id) => DispatchError::CommandIdReused(id),
            Self::TimedOut(limit) => DispatchError::TimedOut(limit),
            Self::Inline { view, error } => DispatchError::Inline { view, error },
            Self::Fault(fault) => DispatchError::Fault(fault),
            Self::Store(error) => DispatchError::Store(error),
        }
    }
}
