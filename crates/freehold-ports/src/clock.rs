//! Time and new ids, which nothing in a domain may take for itself.

use freehold_domain::Timestamp;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The moment.
    fn now(&self) -> Timestamp;
}

/// Makes ids.
pub trait IdSource: Send + Sync + 'static {
    /// A UUID that nothing else has. Ids that are made later should sort later (version 7 of RFC 9562), so that
    /// indexes grow at their end.
    fn next(&self) -> Uuid;
}
