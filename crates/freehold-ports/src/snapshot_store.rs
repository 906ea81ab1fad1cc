//! Snapshots: the states of aggregates at a version, so that long streams need not be folded from their beginning.

use async_trait::async_trait;
use freehold_domain::{StreamId, TenantId, Version};
use uuid::Uuid;

use crate::StoreError;

/// Keeps the newest snapshot of a stream. It can be dropped at any time: everything in it follows from the log.
#[async_trait]
pub trait SnapshotStore: Send + Sync + 'static {
    /// The snapshot of a stream, if there is one.
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError>;

    /// Keeps a snapshot in the place of the one before. One of a lower version does not replace one of the same
    /// fingerprint.
    async fn save_snapshot(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError>;
}

/// The state of an aggregate at a version of its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The version of the last event in it.
    pub version: Version,
    /// What tells the shape of the state: one that is not today's is not read.
    pub fingerprint: Uuid,
    /// The state, as JSON.
    pub state: String,
}
