//! What those who operate a service need.

use async_trait::async_trait;
use freehold_domain::{CorrelationId, Position, RawEvent, Recorded, Timestamp};
use freehold_ports::{AuditEntry, NewAuditEntry, Operations, StoreError};
use rusqlite::{Connection, Row, params};

use crate::{
    Sqlite,
    dead_letters::now,
    events,
    fault::{Fault, Stop},
    session::{Session, execute, read_rows},
    sql,
};

#[async_trait]
impl Operations for Sqlite {
    async fn write_audit(&self, entry: NewAuditEntry) -> Result<(), StoreError> {
        let write = move |session: &Session<'_>| -> Result<(), Stop<StoreError>> {
            let NewAuditEntry { actor, action, target, detail } = &entry;
            let now = now(session.connection())?;
            execute(session.connection(), sql::WRITE_AUDIT, params![now, actor, action, target, detail])?;
            Ok(())
        };
        self.write(write).await
    }

    async fn read_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let entries = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::READ_AUDIT)?;
            read_rows(&mut statement, params![sql::integer(after), limit], entry)
        };
        self.read(entries).await
    }

    async fn read_correlated(
        &self,
        correlation: CorrelationId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        let read = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::POSITIONS_CORRELATED)?;
            let params = params![correlation.to_string(), sql::integer(after.0), limit];
            let positions = read_rows(&mut statement, params, |row| Ok(Position(row.get(0)?)))?;
            events::at(connection, &positions)
        };
        self.read(read).await
    }
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        number: row.get(0)?,
        time: Timestamp::from_micros(row.get(1)?),
        entry: NewAuditEntry {
            actor: row.get(2)?,
            action: row.get(3)?,
            target: row.get(4)?,
            detail: row.get(5)?,
        },
    })
}
