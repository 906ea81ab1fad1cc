//! A database around another one, which takes note of when an append is handed over: by then the command has been
//! decided.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use freehold::{
    CommandId, CorrelationId, Position, RawEvent, Recorded, Selection, StreamId, TenantId, Version,
    ports::{
        Append, AppendError, ApplyError, AuditEntry, Batch, Claimed, Cluster, Comparison, Database,
        DeadLetter, DeadLetterQuery, Dialect, EventQuery, EventStore, Fingerprint, Fold, FoldError, Lease,
        Leases, MigrationError, Migrations, Migrator, NewAuditEntry, Node, Operations, Outcome, Pending,
        Projection, Rebuild, Rebuilds, Scope, Shadow, Snapshot, SnapshotStore, StoreError, StoredRow, TakeUp,
        TakenUp, Versions, ViewStore, ViewVersion, Work,
    },
};
use tokio::sync::watch;
use uuid::Uuid;

#[derive(Clone)]
pub(crate) struct Stopwatch {
    database: Arc<dyn Database>,
    handed_over: Arc<Mutex<Option<Instant>>>,
}

impl Stopwatch {
    pub(crate) fn around(database: Arc<dyn Database>) -> Self {
        Self { database, handed_over: Arc::default() }
    }

    /// When the last append was handed over.
    pub(crate) fn handed_over(&self) -> Option<Instant> {
        self.handed_over.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl EventStore for Stopwatch {
    async fn submit(&self, append: Append) -> Pending {
        *self.handed_over.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.database.submit(append).await
    }

    async fn read_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        self.database.read_stream(tenant, stream, range).await
    }

    async fn fold_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
        fold: &mut Fold<'_>,
    ) -> Result<(), StoreError> {
        self.database.fold_stream(tenant, stream, range, fold).await
    }

    async fn read_all(
        &self,
        scope: &Scope,
        after: Position,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Batch, StoreError> {
        self.database.read_all(scope, after, query, limit).await
    }

    async fn last_position(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Option<Position>, StoreError> {
        self.database.last_position(tenant, query).await
    }

    async fn outcome(
        &self,
        tenant: &TenantId,
        command: CommandId,
    ) -> Result<Option<(Fingerprint, Outcome)>, StoreError> {
        self.database.outcome(tenant, command).await
    }

    async fn archive(&self, tenant: &TenantId, stream: &StreamId, at: Version) -> Result<(), AppendError> {
        self.database.archive(tenant, stream, at).await
    }

    async fn end(&self) -> Result<Position, StoreError> {
        self.database.end().await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.database.head()
    }
}

#[async_trait]
impl SnapshotStore for Stopwatch {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.database.snapshot(tenant, stream).await
    }

    async fn save_snapshot(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        self.database.save_snapshot(tenant, stream, snapshot).await
    }
}

#[async_trait]
impl ViewStore for Stopwatch {
    fn dialect(&self) -> Option<Dialect> {
        self.database.dialect()
    }

    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        self.database.checkpoint(projection).await
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        work: Work,
    ) -> Result<Vec<FoldError>, ApplyError> {
        self.database.apply(projection, work).await
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        self.database.select(tenant, selection).await
    }

    async fn count(&self, tenant: &TenantId, selection: &Selection, most: u32) -> Result<u32, StoreError> {
        self.database.count(tenant, selection, most).await
    }

    async fn dead_letters(&self, query: &DeadLetterQuery) -> Result<Vec<DeadLetter>, StoreError> {
        self.database.dead_letters(query).await
    }

    async fn take_up(
        &self,
        projection: &Arc<dyn Projection>,
        letter: u64,
        how: TakeUp,
    ) -> Result<TakenUp, StoreError> {
        self.database.take_up(projection, letter, how).await
    }
}

#[async_trait]
impl Leases for Stopwatch {
    async fn beat(&self, node: &Node, lease: Duration) -> Result<Cluster, StoreError> {
        self.database.beat(node, lease).await
    }

    async fn cluster(&self) -> Result<Cluster, StoreError> {
        self.database.cluster().await
    }

    async fn divide(&self, view: &ViewVersion, into: Option<u32>, from: Position) -> Result<u32, StoreError> {
        self.database.divide(view, into, from).await
    }

    async fn claim(
        &self,
        node: Uuid,
        view: &ViewVersion,
        wanted: &[u32],
    ) -> Result<Vec<Claimed>, StoreError> {
        self.database.claim(node, view, wanted).await
    }

    async fn release(&self, view: &ViewVersion, leases: &[Lease]) -> Result<(), StoreError> {
        self.database.release(view, leases).await
    }

    async fn pause(&self, view: &str, paused: bool) -> Result<(), StoreError> {
        self.database.pause(view, paused).await
    }

    async fn leave(&self, node: Uuid) -> Result<(), StoreError> {
        self.database.leave(node).await
    }
}

#[async_trait]
impl Operations for Stopwatch {
    async fn write_audit(&self, entry: NewAuditEntry) -> Result<(), StoreError> {
        self.database.write_audit(entry).await
    }

    async fn read_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.database.read_audit(after, limit).await
    }

    async fn read_correlated(
        &self,
        correlation: CorrelationId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        self.database.read_correlated(correlation, after, limit).await
    }
}

#[async_trait]
impl Rebuilds for Stopwatch {
    async fn live_version(&self, projection: &Arc<dyn Projection>) -> Result<u32, StoreError> {
        self.database.live_version(projection).await
    }

    async fn begin_rebuild(&self, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), StoreError> {
        self.database.begin_rebuild(shadow, of, automatic).await
    }

    async fn rebuilds(&self) -> Result<Vec<Rebuild>, StoreError> {
        self.database.rebuilds().await
    }

    async fn set_automatic(&self, view: &str, automatic: bool) -> Result<(), StoreError> {
        self.database.set_automatic(view, automatic).await
    }

    async fn compare(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        self.database.compare(shadow).await
    }

    async fn take_over(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        self.database.take_over(shadow).await
    }

    async fn roll_back(&self, shadow: &Shadow) -> Result<bool, ApplyError> {
        self.database.roll_back(shadow).await
    }

    async fn end_rebuild(&self, shadow: &Shadow) -> Result<(), StoreError> {
        self.database.end_rebuild(shadow).await
    }
}

#[async_trait]
impl Migrator for Stopwatch {
    async fn migrate(&self, migrations: &[Migrations]) -> Result<usize, MigrationError> {
        self.database.migrate(migrations).await
    }
}
