//! What can be wrong with a store, without naming the library behind it.

use std::error::Error;

/// A store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached now, or is too busy; asking again later may work.
    #[error("the store is not available: {reason}")]
    Unavailable {
        /// What stands in the way.
        reason: String,
    },
    /// It has no room for more.
    #[error("the store is full: {reason}")]
    Full {
        /// What it says.
        reason: String,
    },
    /// What it holds cannot be read.
    #[error("the store holds something that cannot be read: {reason}")]
    Corrupt {
        /// What and where.
        reason: String,
    },
    /// Anything else.
    #[error("the store failed: {0}")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}
