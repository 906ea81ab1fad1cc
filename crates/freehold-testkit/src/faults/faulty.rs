//! The database around another one.

use std::{future::ready, panic::resume_unwind, sync::Arc, time::Duration};

use async_trait::async_trait;
use freehold_domain::{
    CommandId, CorrelationId, Position, RawEvent, Recorded, Selection, StreamId, TenantId, Version,
};
use freehold_ports::{
    Append, AppendError, ApplyError, AuditEntry, Batch, Claimed, Cluster, Comparison, Database, DeadLetter,
    DeadLetterQuery, Dialect, EventQuery, EventStore, Fingerprint, Fold, FoldError, Lease, Leases,
    MigrationError, Migrations, Migrator, NewAuditEntry, Node, Operations, Outcome, Pending, Projection,
    Rebuild, Rebuilds, Scope, Shadow, Snapshot, SnapshotStore, StoreError, StoredRow, TakeUp, TakenUp,
    Versions, ViewStore, ViewVersion, Work,
};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Fault, Operation, line::Line, plan::Plan};

/// A database whose operations meet with [`Faults`](super::Faults).
pub struct Faulty {
    database: Arc<dyn Database>,
    plan: Arc<Plan>,
    line: Line,
}

impl Faulty {
    pub(super) fn new(database: Arc<dyn Database>, plan: Arc<Plan>) -> Self {
        Self { database, plan, line: Line::default() }
    }

    /// Does the work with what the plan has for it.
    async fn meet<T, E: From<StoreError>>(
        &self,
        operation: Operation,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let fault = self.plan.next(operation);
        Fault::before(fault.as_ref()).await?;
        Fault::meanwhile(fault.as_ref()).await?;
        let done = work.await;
        Fault::after(fault.as_ref()).await?;
        done
    }

    /// In a task of its own if it has to wait: what was handed over is tried whoever is still there.
    async fn hand_over(&self, append: Append, fault: Option<Fault>) -> Pending {
        if self.line.is_empty() && !matches!(fault, Some(Fault::Meanwhile(_))) {
            return self.database.submit(append).await;
        }
        let (mut place, database) = (self.line.join(), Arc::clone(&self.database));
        let task = tokio::spawn(async move {
            place.reached().await;
            Fault::meanwhile(fault.as_ref()).await?;
            let pending = database.submit(append).await;
            drop(place);
            pending.await
        });
        Box::pin(async move { task.await.unwrap_or_else(|error| resume_unwind(error.into_panic())) })
    }
}

#[async_trait]
impl EventStore for Faulty {
    async fn submit(&self, append: Append) -> Pending {
        let fault = self.plan.next(Operation::Append);
        if let Err(error) = Fault::before(fault.as_ref()).await {
            return Box::pin(ready(Err(error.into())));
        }
        let pending = self.hand_over(append, fault.clone()).await;
        Box::pin(async move {
            let done = pending.await;
            Fault::after(fault.as_ref()).await?;
            done
        })
    }

    async fn read_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        self.meet(Operation::ReadStream, self.database.read_stream(tenant, stream, range)).await
    }

    async fn fold_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
        fold: &mut Fold<'_>,
    ) -> Result<(), StoreError> {
        self.meet(Operation::ReadStream, self.database.fold_stream(tenant, stream, range, fold)).await
    }

    async fn read_all(
        &self,
        scope: &Scope,
        after: Position,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Batch, StoreError> {
        self.meet(Operation::ReadAll, self.database.read_all(scope, after, query, limit)).await
    }

    async fn last_position(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Option<Position>, StoreError> {
        self.meet(Operation::LastPosition, self.database.last_position(tenant, query)).await
    }

    async fn outcome(
        &self,
        tenant: &TenantId,
        command: CommandId,
    ) -> Result<Option<(Fingerprint, Outcome)>, StoreError> {
        self.meet(Operation::Outcome, self.database.outcome(tenant, command)).await
    }

    async fn archive(&self, tenant: &TenantId, stream: &StreamId, at: Version) -> Result<(), AppendError> {
        self.meet(Operation::Archive, self.database.archive(tenant, stream, at)).await
    }

    async fn end(&self) -> Result<Position, StoreError> {
        self.meet(Operation::End, self.database.end()).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.database.head()
    }
}

#[async_trait]
impl SnapshotStore for Faulty {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.meet(Operation::Snapshot, self.database.snapshot(tenant, stream)).await
    }

    async fn save_snapshot(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        self.meet(Operation::SaveSnapshot, self.database.save_snapshot(tenant, stream, snapshot)).await
    }
}

#[async_trait]
impl ViewStore for Faulty {
    fn dialect(&self) -> Option<Dialect> {
        self.database.dialect()
    }

    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        self.meet(Operation::Checkpoint, self.database.checkpoint(projection)).await
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        work: Work,
    ) -> Result<Vec<FoldError>, ApplyError> {
        self.meet(Operation::Apply, self.database.apply(projection, work)).await
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        self.meet(Operation::Select, self.database.select(tenant, selection)).await
    }

    async fn count(&self, tenant: &TenantId, selection: &Selection, most: u32) -> Result<u32, StoreError> {
        self.meet(Operation::Count, self.database.count(tenant, selection, most)).await
    }

    async fn dead_letters(&self, query: &DeadLetterQuery) -> Result<Vec<DeadLetter>, StoreError> {
        self.meet(Operation::DeadLetters, self.database.dead_letters(query)).await
    }

    async fn take_up(
        &self,
        projection: &Arc<dyn Projection>,
        letter: u64,
        how: TakeUp,
    ) -> Result<TakenUp, StoreError> {
        self.meet(Operation::TakeUp, self.database.take_up(projection, letter, how)).await
    }
}

#[async_trait]
impl Leases for Faulty {
    async fn beat(&self, node: &Node, lease: Duration) -> Result<Cluster, StoreError> {
        self.meet(Operation::Beat, self.database.beat(node, lease)).await
    }

    async fn cluster(&self) -> Result<Cluster, StoreError> {
        self.meet(Operation::Cluster, self.database.cluster()).await
    }

    async fn divide(&self, view: &ViewVersion, into: Option<u32>, from: Position) -> Result<u32, StoreError> {
        self.meet(Operation::Divide, self.database.divide(view, into, from)).await
    }

    async fn claim(
        &self,
        node: Uuid,
        view: &ViewVersion,
        wanted: &[u32],
    ) -> Result<Vec<Claimed>, StoreError> {
        self.meet(Operation::Claim, self.database.claim(node, view, wanted)).await
    }

    async fn release(&self, view: &ViewVersion, leases: &[Lease]) -> Result<(), StoreError> {
        self.meet(Operation::Release, self.database.release(view, leases)).await
    }

    async fn pause(&self, view: &str, paused: bool) -> Result<(), StoreError> {
        self.meet(Operation::Pause, self.database.pause(view, paused)).await
    }

    async fn leave(&self, node: Uuid) -> Result<(), StoreError> {
        self.meet(Operation::Leave, self.database.leave(node)).await
    }
}

#[async_trait]
impl Operations for Faulty {
    async fn write_audit(&self, entry: NewAuditEntry) -> Result<(), StoreError> {
        self.meet(Operation::WriteAudit, self.database.write_audit(entry)).await
    }

    async fn read_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.meet(Operation::ReadAudit, self.database.read_audit(after, limit)).await
    }

    async fn read_correlated(
        &self,
        correlation: CorrelationId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        self.meet(Operation::ReadCorrelated, self.database.read_correlated(correlation, after, limit)).await
    }
}

#[async_trait]
impl Rebuilds for Faulty {
    async fn live_version(&self, projection: &Arc<dyn Projection>) -> Result<u32, StoreError> {
        self.meet(Operation::LiveVersion, self.database.live_version(projection)).await
    }

    async fn begin_rebuild(&self, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), StoreError> {
        self.meet(Operation::BeginRebuild, self.database.begin_rebuild(shadow, of, automatic)).await
    }

    async fn rebuilds(&self) -> Result<Vec<Rebuild>, StoreError> {
        self.meet(Operation::Rebuilds, self.database.rebuilds()).await
    }

    async fn set_automatic(&self, view: &str, automatic: bool) -> Result<(), StoreError> {
        self.meet(Operation::SetAutomatic, self.database.set_automatic(view, automatic)).await
    }

    async fn compare(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        self.meet(Operation::Compare, self.database.compare(shadow)).await
    }

    async fn take_over(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        self.meet(Operation::TakeOver, self.database.take_over(shadow)).await
    }

    async fn roll_back(&self, shadow: &Shadow) -> Result<bool, ApplyError> {
        self.meet(Operation::RollBack, self.database.roll_back(shadow)).await
    }

    async fn end_rebuild(&self, shadow: &Shadow) -> Result<(), StoreError> {
        self.meet(Operation::EndRebuild, self.database.end_rebuild(shadow)).await
    }
}

#[async_trait]
impl Migrator for Faulty {
    async fn migrate(&self, migrations: &[Migrations]) -> Result<usize, MigrationError> {
        self.meet(Operation::Migrate, self.database.migrate(migrations)).await
    }
}
