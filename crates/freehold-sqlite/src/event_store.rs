//! The log.

use async_trait::async_trait;
use freehold_domain::{CommandId, Position, RawEvent, Recorded, StreamId, TenantId, Version};
use freehold_ports::{
    Append, AppendError, Batch, EventQuery, EventStore, Fingerprint, Outcome, Pending, Scope, StoreError,
    Versions,
};
use rusqlite::Connection;
use tokio::sync::watch;

use crate::{Sqlite, append, archive, event_query, events, fault::Fault};

#[async_trait]
impl EventStore for Sqlite {
    async fn submit(&self, append: Append) -> Pending {
        Box::pin(self.submit(move |session| append::append(session, &append)).await)
    }

    async fn read_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        let (tenant, stream) = (tenant.clone(), stream.clone());
        self.read(move |connection| events::stream(connection, &tenant, &stream, range)).await
    }

    async fn read_all(
        &self,
        scope: &Scope,
        after: Position,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Batch, StoreError> {
        let (scope, query) = (scope.clone(), query.clone());
        self.read(move |connection| read_all(connection, &scope, after, &query, limit)).await
    }

    async fn last_position(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Option<Position>, StoreError> {
        let (tenant, query) = (tenant.clone(), query.clone());
        self.read(move |connection| event_query::last(connection, &tenant, Position::START, &query)).await
    }

    async fn outcome(
        &self,
        tenant: &TenantId,
        command: CommandId,
    ) -> Result<Option<(Fingerprint, Outcome)>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |connection| append::outcome(connection, &tenant, command)).await
    }

    async fn archive(&self, tenant: &TenantId, stream: &StreamId, at: Version) -> Result<(), AppendError> {
        let (tenant, stream) = (tenant.clone(), stream.clone());
        self.write(move |session| archive::archive(session, &tenant, &stream, at)).await
    }

    async fn end(&self) -> Result<Position, StoreError> {
        self.read(events::head).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.watch_head()
    }
}

/// What lies at or before the head never changes but for the table that it lies in, and each statement sees both, so
/// that the head and the events need not be read in one transaction.
fn read_all(
    connection: &Connection,
    scope: &Scope,
    after: Position,
    query: &EventQuery,
    limit: usize,
) -> Result<Batch, Fault> {
    let head = events::head(connection)?;
    let part = event_query::Part { after, until: head, limit };
    let events = event_query::events(connection, scope, part, query)?;
    let read_to = match events.last() {
        Some(last) if events.len() == limit => last.position,
        _ => head.max(after),
    };
    Ok(Batch { events, read_to })
}
