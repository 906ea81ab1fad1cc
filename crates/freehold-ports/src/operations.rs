//! What those who operate a service need of its database.

use async_trait::async_trait;
use freehold_domain::{CorrelationId, Position, RawEvent, Recorded, Timestamp};

use crate::StoreError;

/// What those who operate a service need of its database: who changed what, and what happened for one reason.
#[async_trait]
pub trait Operations: Send + Sync + 'static {
    /// Writes down what somebody is about to do. It is durable when this returns.
    async fn write_audit(&self, entry: NewAuditEntry) -> Result<(), StoreError>;

    /// What was written down behind a number, the oldest first, so many at most.
    async fn read_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError>;

    /// The events of all tenants that were recorded for one reason, behind a position, in order, so many at most. It may
    /// read through the log.
    async fn read_correlated(
        &self,
        correlation: CorrelationId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError>;
}

/// What somebody is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// Who.
    pub actor: String,
    /// What, in one word.
    pub action: String,
    /// To what.
    pub target: String,
    /// What else there is to say, such as the reason.
    pub detail: String,
}

/// What somebody was about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place among all of them.
    pub number: u64,
    /// When, by the clock of the database.
    pub time: Timestamp,
    /// Who, and what.
    pub entry: NewAuditEntry,
}
