//! Snapshots.

use std::collections::hash_map::Entry;

use async_trait::async_trait;
use freehold_domain::{StreamId, TenantId};
use freehold_ports::{Snapshot, SnapshotStore, StoreError};

use crate::Memory;

#[async_trait]
impl SnapshotStore for Memory {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.state().snapshots.get(&(tenant.clone(), stream.clone())).cloned())
    }

    async fn save_snapshot(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        match self.state().snapshots.entry((tenant.clone(), stream.clone())) {
            Entry::Occupied(kept) if is_newer(kept.get(), &snapshot) => {}
            entry => {
                entry.insert_entry(snapshot);
            }
        }
        Ok(())
    }
}

/// Whether what is kept says more than what is to be saved.
fn is_newer(kept: &Snapshot, snapshot: &Snapshot) -> bool {
    kept.fingerprint == snapshot.fingerprint && kept.version > snapshot.version
}
