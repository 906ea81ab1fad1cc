//! A store that does wrong, now and then, in one way.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use freehold::{
    CommandId, CorrelationId, Position, RawEvent, Recorded, Selection, StreamId, TenantId, Version,
    memory::Memory,
    ports::{
        Append, AppendError, ApplyError, AuditEntry, Batch, Claimed, Cluster, Comparison, Conflict,
        DeadLetter, DeadLetterQuery, Dialect, EventQuery, EventStore, Expected, Fingerprint, FoldError,
        Lease, Leases, MigrationError, Migrations, Migrator, NewAuditEntry, Node, Operations, Outcome,
        Pending, Projection, Rebuild, Rebuilds, Scope, Shadow, Snapshot, SnapshotStore, StoreError,
        StoredRow, TakeUp, TakenUp, Versions, ViewStore, ViewVersion, Work,
    },
};
use tokio::{sync::watch, task::yield_now};
use uuid::Uuid;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// It acknowledges what it has not written.
    Loses,
    /// It writes a command again that was sent again.
    Repeats,
    /// It does not look at the version of a stream.
    IgnoresVersions,
    /// It does not look at what must not have happened.
    IgnoresConditions,
    /// It says that a condition does not hold, and writes.
    WritesWhatItRefuses,
    /// It does not bring views up to date.
    ForgetsViews,
    /// Readers do not see an event that is written late, though they see those behind it.
    SkipsLate,
    /// It shows events of other tenants.
    CrossesTenants,
    /// Readers of a stream are shown it as it was.
    ReadsStale,
    /// It tells of a head that is not there yet.
    AnnouncesEarly,
}

/// A store in memory that does wrong.
#[derive(Clone)]
pub(crate) struct Liar {
    memory: Memory,
    wrong: Wrong,
    calls: Arc<AtomicU64>,
    head: Arc<watch::Sender<Position>>,
}

impl Liar {
    pub(crate) fn new(wrong: Wrong) -> Self {
        Self {
            memory: Memory::new(),
            wrong,
            calls: Arc::new(AtomicU64::new(0)),
            head: Arc::new(watch::Sender::new(Position::START)),
        }
    }

    /// Whether it is time to do wrong.
    fn lies(&self, wrong: Wrong) -> bool {
        self.wrong == wrong && self.calls.fetch_add(1, Ordering::Relaxed) % 5 == 4
    }

    fn changed(&self, mut append: Append) -> Append {
        if append.once.is_some() && self.lies(Wrong::Repeats) {
            append.once = None;
        }
        if append.expected != Expected::Any && self.lies(Wrong::IgnoresVersions) {
            append.expected = Expected::Any;
        }
        if !append.unless.is_empty() && self.lies(Wrong::IgnoresConditions) {
            append.unless.clear();
        }
        if !append.inline.is_empty() && self.lies(Wrong::ForgetsViews) {
            append.inline.clear();
        }
        append
    }

    async fn lost(&self, append: &Append) -> Result<Outcome, AppendError> {
        let events = self.memory.read_stream(&append.tenant, &append.stream, Versions::ALL).await?;
        Ok(Outcome {
            stream: append.stream.clone(),
            version: Version((events.len() + append.events.len()) as u64),
            position: Position(self.memory.head().borrow().0 + append.events.len() as u64),
            replayed: false,
        })
    }
}

#[async_trait]
impl EventStore for Liar {
    async fn submit(&self, append: Append) -> Pending {
        if !append.events.is_empty() && self.lies(Wrong::Loses) {
            let lost = self.lost(&append).await;
            return Box::pin(async { lost });
        }
        let refuses = append.expected != Expected::Any && self.lies(Wrong::WritesWhatItRefuses);
        let pending = self.memory.submit(self.changed(append)).await;
        let (wrong, calls, head) = (self.wrong, self.calls.clone(), self.head.clone());
        Box::pin(async move {
            let outcome = pending.await?;
            if wrong == Wrong::AnnouncesEarly && calls.fetch_add(1, Ordering::Relaxed) % 50 == 49 {
                head.send_replace(Position(outcome.position.0 + 3));
            } else {
                head.send_if_modified(|head| {
                    let is_further = outcome.position > *head;
                    *head = outcome.position.max(*head);
                    is_further
                });
            }
            if refuses {
                return Err(Conflict::Version { expected: Version(1), actual: Version::NONE }.into());
            }
            Ok(outcome)
        })
    }

    async fn read_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        let mut events = self.memory.read_stream(tenant, stream, range).await?;
        if range == Versions::ALL && self.lies(Wrong::ReadsStale) {
            events.pop();
        }
        Ok(events)
    }

    async fn read_all(
        &self,
        scope: &Scope,
        after: Position,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Batch, StoreError> {
        // Who looks for what was announced and is not there looks at once again, and would leave nobody a turn.
        yield_now().await;
        let crosses = self.lies(Wrong::CrossesTenants);
        let scope = if crosses { &Scope::EveryTenant } else { scope };
        let mut batch = self.memory.read_all(scope, after, query, limit).await?;
        if batch.events.len() > 1 && limit < 1000 && self.lies(Wrong::SkipsLate) {
            batch.events.remove(0);
        }
        Ok(batch)
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
        self.memory.outcome(tenant, command).await
    }

    async fn archive(&self, tenant: &TenantId, stream: &StreamId, at: Version) -> Result<(), AppendError> {
        self.memory.archive(tenant, stream, at).await
    }

    async fn end(&self) -> Result<Position, StoreError> {
        self.memory.end().await
    }

    fn head(&self) -> watch::Receiver<Position> {
        if self.wrong == Wrong::AnnouncesEarly { self.head.subscribe() } else { self.memory.head() }
    }
}

#[async_trait]
impl SnapshotStore for Liar {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.memory.snapshot(tenant, stream).await
    }

    async fn save_snapshot(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        self.memory.save_snapshot(tenant, stream, snapshot).await
    }
}

#[async_trait]
impl ViewStore for Liar {
    fn dialect(&self) -> Option<Dialect> {
        self.memory.dialect()
    }

    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        self.memory.checkpoint(projection).await
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        work: Work,
    ) -> Result<Vec<FoldError>, ApplyError> {
        self.memory.apply(projection, work).await
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        self.memory.select(tenant, selection).await
    }

    async fn count(&self, tenant: &TenantId, selection: &Selection, most: u32) -> Result<u32, StoreError> {
        self.memory.count(tenant, selection, most).await
    }

    async fn dead_letters(&self, query: &DeadLetterQuery) -> Result<Vec<DeadLetter>, StoreError> {
        self.memory.dead_letters(query).await
    }

    async fn take_up(
        &self,
        projection: &Arc<dyn Projection>,
        letter: u64,
        how: TakeUp,
    ) -> Result<TakenUp, StoreError> {
        self.memory.take_up(projection, letter, how).await
    }
}

#[async_trait]
impl Leases for Liar {
    async fn beat(&self, node: &Node, lease: Duration) -> Result<Cluster, StoreError> {
        self.memory.beat(node, lease).await
    }

    async fn cluster(&self) -> Result<Cluster, StoreError> {
        self.memory.cluster().await
    }

    async fn divide(&self, view: &ViewVersion, into: Option<u32>, from: Position) -> Result<u32, StoreError> {
        self.memory.divide(view, into, from).await
    }

    async fn claim(
        &self,
        node: Uuid,
        view: &ViewVersion,
        wanted: &[u32],
    ) -> Result<Vec<Claimed>, StoreError> {
        self.memory.claim(node, view, wanted).await
    }

    async fn release(&self, view: &ViewVersion, leases: &[Lease]) -> Result<(), StoreError> {
        self.memory.release(view, leases).await
    }

    async fn pause(&self, view: &str, paused: bool) -> Result<(), StoreError> {
        self.memory.pause(view, paused).await
    }

    async fn leave(&self, node: Uuid) -> Result<(), StoreError> {
        self.memory.leave(node).await
    }
}

#[async_trait]
impl Operations for Liar {
    async fn write_audit(&self, entry: NewAuditEntry) -> Result<(), StoreError> {
        self.memory.write_audit(entry).await
    }

    async fn read_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.memory.read_audit(after, limit).await
    }

    async fn read_correlated(
        &self,
        correlation: CorrelationId,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        self.memory.read_correlated(correlation, after, limit).await
    }
}

#[async_trait]
impl Rebuilds for Liar {
    async fn live_version(&self, projection: &Arc<dyn Projection>) -> Result<u32, StoreError> {
        self.memory.live_version(projection).await
    }

    async fn begin_rebuild(&self, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), StoreError> {
        self.memory.begin_rebuild(shadow, of, automatic).await
    }

    async fn rebuilds(&self) -> Result<Vec<Rebuild>, StoreError> {
        self.memory.rebuilds().await
    }

    async fn set_automatic(&self, view: &str, automatic: bool) -> Result<(), StoreError> {
        self.memory.set_automatic(view, automatic).await
    }

    async fn compare(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        self.memory.compare(shadow).await
    }

    async fn take_over(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        self.memory.take_over(shadow).await
    }

    async fn roll_back(&self, shadow: &Shadow) -> Result<bool, ApplyError> {
        self.memory.roll_back(shadow).await
    }

    async fn end_rebuild(&self, shadow: &Shadow) -> Result<(), StoreError> {
        self.memory.end_rebuild(shadow).await
    }
}

#[async_trait]
impl Migrator for Liar {
    async fn migrate(&self, migrations: &[Migrations]) -> Result<usize, MigrationError> {
        self.memory.migrate(migrations).await
    }
}
