//! A database in memory with faults that a test has planned. One that never happened fails the test.

use std::{
    collections::{HashMap, VecDeque},
    future::ready,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use freehold::{
    CommandId, Position, RawEvent, Recorded, Selection, StreamId, TenantId, Version,
    memory::Memory,
    ports::{
        Append, AppendError, ApplyError, Batch, EventQuery, EventStore, Fingerprint, MigrationError,
        Migrations, Migrator, Outcome, Pending, Projection, Scope, Snapshot, SnapshotStore, StoreError,
        StoredRow, Versions, ViewStore,
    },
};
use tokio::sync::{Notify, watch};

/// What a database does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Append,
    Apply,
    Outcome,
    ReadAll,
    ReadStream,
    SaveSnapshot,
    Select,
    Snapshot,
}

/// What happens to one operation.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It fails.
    Fails,
    /// It never ends.
    Hangs,
    /// Others come first.
    Yields,
    /// It has done its work and waits at the gate before it tells.
    Waits(Arc<Gate>),
}

/// A place to wait at.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    pub(crate) reached: Notify,
    pub(crate) open: Notify,
}

type Plan = HashMap<Operation, VecDeque<Fault>>;

/// The faults of a database, planned by a test.
#[derive(Default)]
pub(crate) struct Faults {
    plan: Arc<Mutex<Plan>>,
    reads: Arc<Mutex<Vec<Versions>>>,
    pages: Arc<Mutex<Vec<Position>>>,
}

/// The database.
#[derive(Clone)]
pub(crate) struct Faulty {
    memory: Memory,
    plan: Arc<Mutex<Plan>>,
    reads: Arc<Mutex<Vec<Versions>>>,
    pages: Arc<Mutex<Vec<Position>>>,
}

impl Faults {
    /// The next operations of this kind meet with the fault, so many of them.
    pub(crate) fn plan(&self, operation: Operation, fault: &Fault, times: usize) {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.entry(operation).or_default().extend(std::iter::repeat_n(fault.clone(), times));
    }

    /// What was planned for these operations does not have to happen.
    pub(crate) fn forget(&self, operation: Operation) {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).remove(&operation);
    }

    pub(crate) fn around(&self, memory: Memory) -> Faulty {
        let Self { plan, reads, pages } = self;
        Faulty { memory, plan: plan.clone(), reads: reads.clone(), pages: pages.clone() }
    }

    /// What was read of streams since this was last asked for.
    pub(crate) fn reads(&self) -> Vec<Versions> {
        std::mem::take(&mut self.reads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From where on pages of the log were read since this was last asked for.
    pub(crate) fn pages(&self) -> Vec<Position> {
        std::mem::take(&mut self.pages.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many hold on to the database.
    pub(crate) fn holders(&self) -> usize {
        Arc::strong_count(&self.plan) - 1
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        let plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let left: Vec<_> = plan.iter().filter(|(_, faults)| !faults.is_empty()).collect();
        assert!(std::thread::panicking() || left.is_empty(), "these faults never happened: {left:?}");
    }
}

impl Faulty {
    async fn meet(&self, operation: Operation) -> Result<(), StoreError> {
        let fault = {
            let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
            plan.get_mut(&operation).and_then(VecDeque::pop_front)
        };
        match fault {
            None => {}
            Some(Fault::Fails) => {
                return Err(StoreError::Unavailable { reason: "a planned fault".to_owned() });
            }
            Some(Fault::Hangs) => std::future::pending().await,
            Some(Fault::Yields) => tokio::task::yield_now().await,
            Some(Fault::Waits(gate)) => {
                gate.reached.notify_one();
                gate.open.notified().await;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl EventStore for Faulty {
    async fn submit(&self, append: Append) -> Pending {
        match self.meet(Operation::Append).await {
            Ok(()) => self.memory.submit(append).await,
            Err(error) => Box::pin(ready(Err(error.into()))),
        }
    }

    async fn read_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).push(range);
        let events = self.memory.read_stream(tenant, stream, range).await?;
        self.meet(Operation::ReadStream).await?;
        Ok(events)
    }

    async fn read_all(
        &self,
        scope: &Scope,
        after: Position,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Batch, StoreError> {
        self.meet(Operation::ReadAll).await?;
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).push(after);
        self.memory.read_all(scope, after, query, limit).await
    }

    async fn last_position(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Option<Position>, StoreError> {
        self.memory.last_position(tenant, query).await
    }

    async fn outcome(
        &self,
        tenant: &TenantId,
        command: CommandId,
    ) -> Result<Option<(Fingerprint, Outcome)>, StoreError> {
        let outcome = self.memory.outcome(tenant, command).await?;
        self.meet(Operation::Outcome).await?;
        Ok(outcome)
    }

    async fn archive(&self, tenant: &TenantId, stream: &StreamId, at: Version) -> Result<(), AppendError> {
        self.memory.archive(tenant, stream, at).await
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.memory.head()
    }
}

#[async_trait]
impl SnapshotStore for Faulty {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.meet(Operation::Snapshot).await?;
        self.memory.snapshot(tenant, stream).await
    }

    async fn save_snapshot(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        self.meet(Operation::SaveSnapshot).await?;
        self.memory.save_snapshot(tenant, stream, snapshot).await
    }
}

#[async_trait]
impl ViewStore for Faulty {
    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        self.memory.checkpoint(projection).await
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        after: Position,
        batch: Batch,
    ) -> Result<(), ApplyError> {
        self.meet(Operation::Apply).await?;
        self.memory.apply(projection, after, batch).await
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        self.meet(Operation::Select).await?;
        self.memory.select(tenant, selection).await
    }
}

#[async_trait]
impl Migrator for Faulty {
    async fn migrate(&self, migrations: &[Migrations]) -> Result<usize, MigrationError> {
        self.memory.migrate(migrations).await
    }
}
