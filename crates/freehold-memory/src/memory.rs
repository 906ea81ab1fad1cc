//! The store itself: one state behind one lock, and the head that readers wait on.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use freehold_domain::{CommandId, EventId, Position, RawEvent, Recorded, StreamId, Tag, TenantId, Version};
use freehold_ports::{
    AuditEntry, Fingerprint, Outcome, Projection, RowChange, RowId, Snapshot, StoredRow, Versions,
    ViewVersion,
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    dead_letters::DeadLetters,
    leases::{Beat, Partition},
    rebuilds::Kept,
};

/// A database in memory. Its clones are handles to the same one; it is gone with the last of them.
///
/// ```
/// use freehold_domain::Position;
/// use freehold_memory::Memory;
/// use freehold_ports::EventStore;
///
/// let memory = Memory::new();
/// assert_eq!(*memory.head().borrow(), Position::START);
/// ```
#[derive(Clone, Default)]
pub struct Memory {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    head: watch::Sender<Position>,
}

/// Everything that the database holds.
#[derive(Default)]
pub(crate) struct State {
    /// The event at position p is at place p - 1.
    log: Vec<Logged>,
    /// The places of the events of each stream, in order.
    streams: HashMap<(TenantId, StreamId), Vec<usize>>,
    /// The streams that were closed. Their events need not be moved: nothing here is faster without them.
    pub(crate) archived: HashSet<(TenantId, StreamId)>,
    pub(crate) snapshots: HashMap<(TenantId, StreamId), Snapshot>,
    pub(crate) outcomes: HashMap<(TenantId, CommandId), (Fingerprint, Outcome)>,
    pub(crate) tables: HashMap<&'static str, HashMap<RowId, StoredRow>>,
    pub(crate) partitions: BTreeMap<ViewVersion, BTreeMap<u32, Partition>>,
    pub(crate) nodes: BTreeMap<Uuid, Beat>,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) audit: Vec<AuditEntry>,
    /// By view.
    pub(crate) rebuilds: BTreeMap<String, Kept>,
    /// By view, the version that its table holds.
    pub(crate) live_versions: HashMap<&'static str, u32>,
    /// Rows that an append has deleted while events that the append took in are still ahead of the worker.
    pub(crate) tombstones: HashMap<(ViewVersion, RowId), Tombstone>,
    /// By context, the name and the SQL of each step that was run.
    pub(crate) migrations: HashMap<&'static str, Vec<(&'static str, &'static str)>>,
}

/// An event and what it can be found by.
pub(crate) struct Logged {
    pub(crate) event: Recorded<RawEvent>,
    pub(crate) tags: Vec<Tag>,
}

/// What is left of a row that was deleted.
pub(crate) struct Tombstone {
    pub(crate) version: Version,
    pub(crate) position: Position,
}

impl Memory {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }

    /// The state, for as long as the guard lives. No write to it stops halfway, so that it is whole even after a
    /// panic.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait how far the log goes now.
    pub(crate) fn announce(&self, state: &State) {
        let head = state.head();
        self.shared.head.send_if_modified(|known| std::mem::replace(known, head) != head);
    }

    pub(crate) fn watch_head(&self) -> watch::Receiver<Position> {
        self.shared.head.subscribe()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl State {
    /// The position of the last event.
    pub(crate) fn head(&self) -> Position {
        Position(self.log.len() as u64)
    }

    /// What lies after a position.
    pub(crate) fn after(&self, position: Position) -> &[Logged] {
        let place = usize::try_from(position.0).unwrap_or(usize::MAX);
        self.log.get(place..).unwrap_or_default()
    }

    /// The events of a stream within a range.
    pub(crate) fn stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> impl Iterator<Item = &Recorded<RawEvent>> {
        let places =
            self.streams.get(&(tenant.clone(), stream.clone())).map(Vec::as_slice).unwrap_or_default();
        let place = |version: Version| usize::try_from(version.0).unwrap_or(usize::MAX);
        let until = places.len().min(place(range.until));
        let places = places.get(place(range.after)..until).unwrap_or_default();
        places.iter().map(|&place| &self.log[place].event)
    }

    /// The version of a stream.
    pub(crate) fn version(&self, tenant: &TenantId, stream: &StreamId) -> Version {
        let places = self.streams.get(&(tenant.clone(), stream.clone()));
        Version(places.map_or(0, Vec::len) as u64)
    }

    /// The last event of a stream.
    pub(crate) fn last_event(&self, tenant: &TenantId, stream: &StreamId) -> Option<EventId> {
        let places = self.streams.get(&(tenant.clone(), stream.clone()))?;
        places.last().map(|&place| self.log[place].event.id)
    }

    /// Writes an event behind all others.
    pub(crate) fn push(&mut self, event: Recorded<RawEvent>, tags: Vec<Tag>) {
        let stream = self.streams.entry((event.tenant.clone(), event.stream.clone()));
        stream.or_default().push(self.log.len());
        self.log.push(Logged { event, tags });
    }

    /// The row, if there is one.
    pub(crate) fn row(&self, projection: &dyn Projection, id: &RowId) -> Option<StoredRow> {
        self.tables.get(projection.schema().table)?.get(id).cloned()
    }

    /// Writes what has become of rows.
    pub(crate) fn write_rows(&mut self, projection: &dyn Projection, changes: Vec<RowChange>) {
        let table = self.tables.entry(projection.schema().table).or_default();
        for RowChange { id, row } in changes {
            match row {
                Some(row) => table.insert(id, row),
                None => table.remove(&id),
            };
        }
    }

    /// How far the projection has come in all of its partitions.
    pub(crate) fn checkpoint(&self, projection: &dyn Projection) -> Position {
        let partitions = self.partitions.get(&ViewVersion::of(projection.schema()));
        let positions = partitions.into_iter().flat_map(BTreeMap::values).map(|partition| partition.position);
        positions.min().unwrap_or_default()
    }

    /// An event of the log.
    pub(crate) fn event(&self, position: Position) -> Option<&Recorded<RawEvent>> {
        let place = usize::try_from(position.0.checked_sub(1)?).ok()?;
        self.log.get(place).map(|logged| &logged.event)
    }
}
