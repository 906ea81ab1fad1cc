//! What those who operate a service need.

use async_trait::async_trait;
use freehold_domain::{CorrelationId, Position, RawEvent, Recorded};
use freehold_ports::{AuditEntry, NewAuditEntry, Operations, StoreError};
use tokio_postgres::{Row, types::ToSql};

use crate::{
    Postgres, dead_letters,
    event_query::query,
    events::{Moment, integer, number},
    fault::Fault,
    readers::reading,
    rows::Prepares,
    sql,
};

#[async_trait]
impl Operations for Postgres {
    async fn write_audit(&self, entry: NewAuditEntry) -> Result<(), StoreError> {
        let reader = self.reader().await?;
        let NewAuditEntry { actor, action, target, detail } = &entry;
        query(&reader, sql::WRITE_AUDIT, &[actor, action, target, detail]).await?;
        Ok(())
    }

    async fn read_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        reading!(self, |reader| entries(&reader, after, limit))
    }

    async fn read_correlated(
        &self,
        correlation: CorrelationId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        reading!(self, |reader| correlated(&reader, correlation, after, limit))
    }
}

async fn entries(on: &impl Prepares, after: u64, limit: u32) -> Result<Vec<AuditEntry>, Fault> {
    let params: [&(dyn ToSql + Sync); 2] = [&integer(after), &i64::from(limit)];
    query(on, sql::READ_AUDIT, &params).await?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        number: number(row, 0)?,
        time: row.try_get::<_, Moment>(1)?.0,
        entry: NewAuditEntry {
            actor: row.try_get(2)?,
            action: row.try_get(3)?,
            target: row.try_get(4)?,
            detail: row.try_get(5)?,
        },
    })
}

async fn correlated(
    on: &impl Prepares,
    correlation: CorrelationId,
    after: Position,
    limit: u32,
) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let params: [&(dyn ToSql + Sync); 3] = [&correlation.0, &integer(after.0), &i64::from(limit)];
    let rows = query(on, sql::POSITIONS_CORRELATED, &params).await?;
    let positions: Vec<Position> = rows.iter().map(|row| sql::position(row, 0)).collect::<Result<_, _>>()?;
    dead_letters::events_at(on, &positions).await
}
