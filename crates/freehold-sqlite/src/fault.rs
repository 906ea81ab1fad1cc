//! What goes wrong inside the database, and what is told of it outside.

use std::{error::Error, path::Path};

use freehold_ports::StoreError;
use rusqlite::ErrorCode;

/// What went wrong with the database.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    /// What does not fit, and where, without its value.
    Corrupt(String),
    /// What a projection asks of the database that it cannot do.
    Misused(String),
    /// Why the file cannot be used where it lies.
    Unfit(String),
}

/// Why work inside a transaction is given up.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// The work itself says no.
    Refused(E),
    Fault(Fault),
}

impl Fault {
    /// What the store that lies at the path says.
    pub(crate) fn at(self, path: &Path) -> StoreError {
        let place = path.display();
        let error = match self {
            Self::Corrupt(what) => {
                return StoreError::Corrupt { reason: format!("`{place}`: {what}") };
            }
            Self::Unfit(why) => {
                return StoreError::Unavailable { reason: format!("`{place}`: {why}") };
            }
            Self::Misused(what) => return other(what),
            Self::Sqlite(error) => error,
        };
        let reason = format!("`{place}`: {error}");
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full { reason },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt { reason },
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::FileLockingProtocolFailed,
            ) => StoreError::Unavailable { reason },
            _ => StoreError::Other(reason.into()),
        }
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            Self::Corrupt(_) | Self::Misused(_) | Self::Unfit(_) => None,
        }
    }

    /// What is wrong with the values that a statement runs over, if that is what it is and not the file, the disk or the
    /// connection.
    pub(crate) fn is_of_values(&self) -> Option<String> {
        match self {
            Self::Misused(what) => Some(what.clone()),
            Self::Sqlite(error) => matches!(
                self.code()?,
                ErrorCode::ConstraintViolation
                    | ErrorCode::TooBig
                    | ErrorCode::TypeMismatch
                    | ErrorCode::Unknown
            )
            .then(|| error.to_string()),
            Self::Corrupt(_) | Self::Unfit(_) => None,
        }
    }

    /// What a constraint of a user's table says, if one was broken.
    pub(crate) fn broken_constraint(&self) -> Option<String> {
        match self {
            Self::Sqlite(error) if self.code() == Some(ErrorCode::ConstraintViolation) => {
                Some(error.to_string())
            }
            _ => None,
        }
    }
}

impl<E: From<StoreError>> Stop<E> {
    /// What the caller is told.
    pub(crate) fn at(self, path: &Path) -> E {
        match self {
            Self::Refused(error) => error,
            Self::Fault(fault) => fault.at(path).into(),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl<E> From<rusqlite::Error> for Stop<E> {
    fn from(error: rusqlite::Error) -> Self {
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
