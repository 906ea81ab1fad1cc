//! What those who operate a service need.

use async_trait::async_trait;
use freehold_domain::{CorrelationId, Position, RawEvent, Recorded};
use freehold_ports::{AuditEntry, NewAuditEntry, Operations, StoreError};

use crate::{Memory, dead_letters::now};

#[async_trait]
impl Operations for Memory {
    async fn write_audit(&self, entry: NewAuditEntry) -> Result<(), StoreError> {
        let mut state = self.state();
        let number = state.audit.len() as u64 + 1;
        state.audit.push(AuditEntry { number, time: now(), entry });
        Ok(())
    }

    async fn read_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let state = self.state();
        let behind = state.audit.iter().filter(|entry| entry.number > after);
        Ok(behind.take(limit as usize).cloned().collect())
    }

    async fn read_correlated(
        &self,
        correlation: CorrelationId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        let state = self.state();
        let events = state.after(after).iter().map(|logged| &logged.event);
        let correlated = events.filter(|event| event.metadata.correlation == correlation);
        Ok(correlated.take(limit as usize).cloned().collect())
    }
}
