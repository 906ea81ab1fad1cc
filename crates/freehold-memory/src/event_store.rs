//! The log.

use std::future::ready;

use async_trait::async_trait;
use freehold_domain::{CommandId, Position, RawEvent, Recorded, StreamId, TenantId, Version};
use freehold_ports::{
    Append, AppendError, Batch, EventQuery, EventStore, Fingerprint, Outcome, Pending, Scope, StoreError,
    Versions,
};
use tokio::sync::watch;

use crate::{Memory, append, memory::Logged};

#[async_trait]
impl EventStore for Memory {
    /// Nothing ever waits here: the append is tried at once.
    async fn submit(&self, append: Append) -> Pending {
        let mut state = self.state();
        let outcome = append::append(&mut state, append);
        self.announce(&state);
        Box::pin(ready(outcome))
    }

    async fn read_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        Ok(self.state().stream(tenant, stream, range).cloned().collect())
    }

    async fn read_all(
        &self,
        scope: &Scope,
        after: Position,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Batch, StoreError> {
        let state = self.state();
        let is_meant = |logged: &&Logged| scope.covers(&logged.event.tenant) && logged.is_meant_by(query);
        let events: Vec<_> = state
            .after(after)
            .iter()
            .filter(is_meant)
            .take(limit)
            .map(|logged| logged.event.clone())
            .collect();
        let read_to = match events.last() {
            Some(last) if events.len() == limit => last.position,
            _ => state.head().max(after),
        };
        Ok(Batch { events, read_to })
    }

    async fn last_position(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Option<Position>, StoreError> {
        Ok(append::last_match(&self.state(), tenant, query, Position::START))
    }

    async fn outcome(
        &self,
        tenant: &TenantId,
        command: CommandId,
    ) -> Result<Option<(Fingerprint, Outcome)>, StoreError> {
        Ok(self.state().outcomes.get(&(tenant.clone(), command)).cloned())
    }

    async fn archive(&self, tenant: &TenantId, stream: &StreamId, at: Version) -> Result<(), AppendError> {
        Ok(append::archive(&mut self.state(), tenant, stream, at)?)
    }

    async fn end(&self) -> Result<Position, StoreError> {
        Ok(self.state().head())
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.watch_head()
    }
}

impl Logged {
    /// Whether a query means it.
    pub(crate) fn is_meant_by(&self, query: &EventQuery) -> bool {
        query.matches(&self.event.stream, &self.event.event.name, &self.tags)
    }
}
