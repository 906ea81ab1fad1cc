//! Snapshots.

use async_trait::async_trait;
use freehold_domain::{StreamId, TenantId, Version};
use freehold_ports::{Snapshot, SnapshotStore, StoreError};

use crate::{
    Postgres,
    events::{integer, number},
    fault::Fault,
    readers::{Reader, reading},
    sql,
};

#[async_trait]
impl SnapshotStore for Postgres {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        reading!(self, |reader| snapshot(&reader, tenant, stream))
    }

    async fn save_snapshot(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        reading!(self, |reader| save(&reader, tenant, stream, &snapshot))
    }
}

async fn snapshot(reader: &Reader, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, Fault> {
    let (tenant, aggregate, id) = (tenant.as_str(), stream.aggregate(), stream.id());
    let rows = reader.query(sql::SNAPSHOT, &[&tenant, &aggregate, &id]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (fingerprint, state) = (row.try_get(1)?, row.try_get(2)?);
    Ok(Some(Snapshot { version: Version(number(row, 0)?), fingerprint, state }))
}

async fn save(
    reader: &Reader,
    tenant: &TenantId,
    stream: &StreamId,
    snapshot: &Snapshot,
) -> Result<(), Fault> {
    let Snapshot { version, fingerprint, state } = snapshot;
    let (tenant, aggregate, id) = (tenant.as_str(), stream.aggregate(), stream.id());
    let version = integer(version.0);
    reader.query(sql::SAVE_SNAPSHOT, &[&tenant, &aggregate, &id, &version, fingerprint, state]).await?;
    Ok(())
}
