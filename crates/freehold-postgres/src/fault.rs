//! What goes wrong inside the database, and what is told of it outside.

use std::{error::Error, io};

use freehold_ports::StoreError;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// What went wrong with the database.
#[derive(Debug)]
pub(crate) enum Fault {
    Postgres(tokio_postgres::Error),
    /// What does not fit, and where, without its value.
    Corrupt(String),
    /// What no column can hold, and where, without the value.
    Unstorable(String),
    Store(StoreError),
}

/// Why work inside a transaction is given up.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// The work itself says no.
    Refused(E),
    Fault(Fault),
}

impl Fault {
    /// Whether the connection is of no more use.
    pub(crate) fn is_loss(&self) -> bool {
        match self {
            Self::Postgres(error) => match error.as_db_error() {
                Some(said) => is_severe(said),
                // What is left are values that could not be written or read.
                None => error.is_closed() || error.source().is_none_or(<dyn Error>::is::<io::Error>),
            },
            Self::Corrupt(_) | Self::Unstorable(_) | Self::Store(_) => false,
        }
    }

    /// Whether a statement took longer than it may, or waited so long for a lock.
    pub(crate) fn is_time_out(&self) -> bool {
        matches!(self.code(), Some(code) if [SqlState::QUERY_CANCELED, SqlState::LOCK_NOT_AVAILABLE].contains(code))
    }

    /// Whether a lock was waited for in vain.
    pub(crate) fn is_lock_in_vain(&self) -> bool {
        self.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
    }

    /// What a constraint, a trigger or a value of a user's table says, if a rule of it was broken. That a value is too long for
    /// an index is as good as one.
    pub(crate) fn broken_constraint(&self) -> Option<String> {
        let error = match self {
            Self::Postgres(error) => error.as_db_error()?,
            Self::Unstorable(what) => return Some(what.clone()),
            Self::Corrupt(_) | Self::Store(_) => return None,
        };
        let class = &error.code().code()[..2];
        let is_broken = ["22", "23", "44"].contains(&class)
            || [SqlState::PROGRAM_LIMIT_EXCEEDED, SqlState::RAISE_EXCEPTION].contains(error.code());
        is_broken.then(|| told(error))
    }

    /// Whether what was relied on turned out not to hold: what `freehold.append_with_views` raises, or that a command was
    /// recorded before.
    pub(crate) fn is_out_of_date(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        error.as_db_error().is_some_and(|said| {
            said.code().code() == "FH001"
                || (said.schema(), said.constraint()) == (Some("freehold"), Some("commands_pkey"))
        })
    }

    fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            Self::Corrupt(_) | Self::Unstorable(_) | Self::Store(_) => None,
        }
    }
}

/// The message of the server, without details, which quote values.
fn told(error: &DbError) -> String {
    match error.constraint() {
        Some(constraint) => format!("{} (constraint `{constraint}`)", error.message()),
        None => error.message().to_owned(),
    }
}

/// Whether the server ends the connection with this.
fn is_severe(error: &DbError) -> bool {
    matches!(error.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error,
            Fault::Corrupt(reason) => Self::Corrupt { reason },
            Fault::Unstorable(what) => other(what),
            Fault::Postgres(error) => store_error(&error),
        }
    }
}

fn store_error(error: &tokio_postgres::Error) -> StoreError {
    let Some(said) = error.as_db_error() else {
        return unavailable(chain(error));
    };
    let reason = format!("PostgreSQL says: {} ({})", said.message(), said.code().code());
    let code = said.code().code();
    if code == SqlState::QUERY_CANCELED.code() {
        return unavailable(format!("{reason}; `statement_timeout` is how long one may take"));
    }
    if code == SqlState::LOCK_NOT_AVAILABLE.code() {
        return unavailable(format!(
            "{reason}; another session has held it for longer than half of `statement_timeout`"
        ));
    }
    match &code[..2] {
        "08" | "40" | "53" | "55" | "57" if code != SqlState::DISK_FULL.code() => unavailable(reason),
        "53" => StoreError::Full { reason },
        "28" | "3D" => unavailable(reason),
        "XX" if code != SqlState::INTERNAL_ERROR.code() => StoreError::Corrupt { reason },
        _ if code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT.code() || is_severe(said) => {
            unavailable(reason)
        }
        _ => other(reason),
    }
}

/// An error with all that lies behind it: of those of the library, the outermost says little.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl<E: From<StoreError>> Stop<E> {
    /// What the caller is told.
    pub(crate) fn told(self) -> E {
        match self {
            Self::Refused(error) => error,
            Self::Fault(fault) => StoreError::from(fault).into(),
        }
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<E> From<tokio_postgres::Error> for Stop<E> {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl<E> From<Fault> for Stop<E> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// A failure that is told in these words.
pub(crate) fn unavailable(reason: impl Into<String>) -> StoreError {
    StoreError::Unavailable { reason: reason.into() }
}

/// A failure without a kind of its own.
pub(crate) fn other(reason: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::Other(reason.into())
}

/// The same error for another caller.
pub(crate) fn repeated(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable { reason } => StoreError::Unavailable { reason: reason.clone() },
        StoreError::Full { reason } => StoreError::Full { reason: reason.clone() },
        StoreError::Corrupt { reason } => StoreError::Corrupt { reason: reason.clone() },
        StoreError::Other(source) => other(source.to_string()),
    }
}
