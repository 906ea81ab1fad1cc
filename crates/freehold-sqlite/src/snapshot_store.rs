//! Snapshots.

use async_trait::async_trait;
use freehold_domain::{StreamId, TenantId, Version};
use freehold_ports::{Snapshot, SnapshotStore, StoreError};
use rusqlite::{Connection, Row, params};

use crate::{
    Sqlite, events,
    fault::{Fault, Stop},
    session::{Session, execute, query_first},
    sql,
};

#[async_trait]
impl SnapshotStore for Sqlite {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        let (tenant, stream) = (tenant.clone(), stream.clone());
        self.read(move |connection| load(connection, &tenant, &stream)).await
    }

    async fn save_snapshot(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        let (tenant, stream) = (tenant.clone(), stream.clone());
        self.write(move |session| save(session, &tenant, &stream, &snapshot)).await
    }
}

fn load(connection: &Connection, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, Fault> {
    let params = params![tenant.as_str(), stream.aggregate(), stream.id().to_string()];
    query_first(connection, sql::SNAPSHOT, params, |row| Ok(read(row)))?.transpose()
}

fn read(row: &Row<'_>) -> Result<Snapshot, Fault> {
    Ok(Snapshot { version: Version(row.get(0)?), fingerprint: events::parse(row, 1)?, state: row.get(2)? })
}

fn save(
    session: &Session<'_>,
    tenant: &TenantId,
    stream: &StreamId,
    snapshot: &Snapshot,
) -> Result<(), Stop<StoreError>> {
    let params = params![
        tenant.as_str(),
        stream.aggregate(),
        stream.id().to_string(),
        sql::integer(snapshot.version.0),
        snapshot.fingerprint.to_string(),
        snapshot.state,
    ];
    execute(session.connection(), sql::SAVE_SNAPSHOT, params)?;
    Ok(())
}
