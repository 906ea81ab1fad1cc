//! The repository: aggregates as they stand, read from their snapshots and the events behind them.

use std::{
    any::TypeId,
    collections::{HashMap, HashSet},
    fmt::Display,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use freehold_domain::{
    Aggregate, Event, EventId, RawEvent, Recorded, SnapshotError, SnapshotForm, StreamId, TenantId,
    Timestamp, Version,
};
use freehold_ports::{Database, Fold, Snapshot, StoreError, StreamEvent, Versions};
use uuid::Uuid;

use crate::tasks::Tasks;

/// Reads aggregates, and keeps snapshots of them.
pub(crate) struct Repository {
    database: Arc<dyn Database>,
    tasks: Tasks,
    /// By type of aggregate, what a snapshot has to be kept under to be read.
    fingerprints: RwLock<HashMap<TypeId, Uuid>>,
    /// Of which a snapshot is being saved.
    saving: Arc<Mutex<HashSet<Address>>>,
}

/// Where an aggregate is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(crate) tenant: TenantId,
    pub(crate) stream: StreamId,
}

/// An aggregate as it stands, or stood.
#[derive(Clone, Debug)]
pub(crate) struct Loaded<A> {
    /// Its state; `None`, if there is none.
    pub(crate) state: Option<A>,
    /// The version that it is at.
    pub(crate) version: Version,
    /// The last event in it.
    pub(crate) last: Option<EventId>,
    /// The version of the snapshot that it was read from or was last kept in; [`Version::NONE`] without one.
    snapshot: Version,
}

impl Repository {
    pub(crate) fn new(database: Arc<dyn Database>, tasks: Tasks) -> Self {
        Self { database, tasks, fingerprints: RwLock::default(), saving: Arc::default() }
    }

    /// The aggregate as it stands.
    pub(crate) async fn load<A: Aggregate>(&self, address: &Address) -> Result<Loaded<A>, StoreError> {
        self.load_until(address, Versions::ALL.until).await
    }

    /// The aggregate as it stood at a version, or as it stands if its stream has not come as far.
    pub(crate) async fn load_until<A: Aggregate>(
        &self,
        address: &Address,
        until: Version,
    ) -> Result<Loaded<A>, StoreError> {
        if let Some(kept) = self.kept::<A>(address, until).await {
            let version = kept.version;
            match self.go_on_if_there(address, kept, until).await? {
                Some(loaded) => return Ok(loaded),
                None => self.discard(address, version),
            }
        }
        self.go_on(address, Loaded::default(), until).await
    }

    /// The aggregate after what has been added to its stream, up to a version.
    pub(crate) async fn go_on<A: Aggregate>(
        &self,
        address: &Address,
        mut known: Loaded<A>,
        until: Version,
    ) -> Result<Loaded<A>, StoreError> {
        let range = Versions { after: known.version, until };
        self.fold(address, range, &mut |event| known.take_in_stored(address, event)).await?;
        Ok(known)
    }

    /// The aggregate as it stands, given how it stood; read anew if it turns out not to have stood like that.
    pub(crate) async fn refresh<A: Aggregate>(
        &self,
        address: &Address,
        known: Loaded<A>,
    ) -> Result<Loaded<A>, StoreError> {
        if known.version == Version::NONE {
            return self.go_on(address, known, Versions::ALL.until).await;
        }
        match self.go_on_if_there(address, known, Versions::ALL.until).await? {
            Some(loaded) => Ok(loaded),
            None => self.load(address).await,
        }
    }

    /// The same as [`go_on`](Self::go_on) if the last event in what is known is in the stream, at its version; else
    /// `None`. It is read again with what lies behind it, which takes no round trip of its own.
    async fn go_on_if_there<A: Aggregate>(
        &self,
        address: &Address,
        mut known: Loaded<A>,
        until: Version,
    ) -> Result<Option<Loaded<A>>, StoreError> {
        let range = Versions { after: before(known.version), until };
        let mut is_there = false;
        let mut fold = |event: &StreamEvent| {
            if is_there {
                return known.take_in_stored(address, event);
            }
            is_there = known.ends_with(event);
            Ok(())
        };
        self.fold(address, range, &mut fold).await?;
        Ok(is_there.then_some(known))
    }

    /// Whether an event, at a version, is the last of its stream.
    pub(crate) async fn ends_with(
        &self,
        address: &Address,
        version: Version,
        last: Option<EventId>,
    ) -> Result<bool, StoreError> {
        let range = Versions { after: before(version), until: version.next() };
        let events = self.read(address, range).await?;
        Ok(events.len() <= 1 && events.last().map(|event| event.id) == last)
    }

    /// The aggregate as it stood before the first event that was recorded later than the time.
    pub(crate) async fn load_as_of<A: Aggregate>(
        &self,
        address: &Address,
        time: Timestamp,
    ) -> Result<Loaded<A>, StoreError> {
        let mut loaded = Loaded::default();
        for page in Versions::ALL.pages() {
            let events = self.read(address, page).await?;
            let later = events.iter().position(|event| event.metadata.time > time);
            let is_last = later.is_some() || events.len() < Versions::PAGE;
            let until = later.unwrap_or(events.len());
            for Recorded { id, version, event, .. } in events.into_iter().take(until) {
                loaded.take_in_stored(address, &StreamEvent { id, version, event })?;
            }
            if is_last {
                break;
            }
        }
        Ok(loaded)
    }

    /// Keeps a snapshot if one is due, without anybody having to wait for it. All events in the state must be durable.
    ///
    /// One that could not be kept is missed by nobody: another is due in time.
    pub(crate) fn keep<A: Aggregate>(&self, address: &Address, loaded: &mut Loaded<A>) {
        let &mut Loaded { state: Some(ref state), version, last: Some(last), ref mut snapshot } = loaded
        else {
            return;
        };
        let Some(form) = A::snapshots().form().filter(|form| form.is_due(*snapshot, version)) else { return };
        *snapshot = version;
        let (state, fingerprint) = (state.clone(), self.fingerprint(&form));
        self.save(address, move || {
            form.encode(&state, last).map(|state| Snapshot { version, fingerprint, state })
        });
    }

    async fn read(&self, address: &Address, range: Versions) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        self.database.read_stream(&address.tenant, &address.stream, range).await
    }

    async fn fold(&self, address: &Address, range: Versions, fold: &mut Fold<'_>) -> Result<(), StoreError> {
        self.database.fold_stream(&address.tenant, &address.stream, range, fold).await
    }

    /// What a snapshot holds, if there is one that fits the code of today. It is still to be proven that its stream is
    /// the one that it was taken of.
    async fn kept<A: Aggregate>(&self, address: &Address, until: Version) -> Option<Loaded<A>> {
        let form = A::snapshots().form()?;
        let snapshot = self.database.snapshot(&address.tenant, &address.stream).await;
        let snapshot = snapshot.inspect_err(|error| unused(address, error)).ok()??;
        if snapshot.version > until {
            return None;
        }
        if snapshot.fingerprint != self.fingerprint(&form) {
            unused(address, &"it was kept by other code");
            return None;
        }
        let kept = form.decode(&snapshot.state).inspect_err(|error| unused(address, error));
        let (state, last) = kept.ok()?;
        Some(Loaded {
            state: Some(state),
            version: snapshot.version,
            last: Some(last),
            snapshot: snapshot.version,
        })
    }

    /// Puts what nobody reads in the place of a snapshot that is not of its stream, as after the log alone was set
    /// back: one of a lower version would not take its place.
    fn discard(&self, address: &Address, version: Version) {
        let Address { tenant, stream } = address;
        tracing::warn!(%tenant, %stream, %version, "a snapshot is not of its stream");
        let nothing = Snapshot { version: Version::NONE, fingerprint: Uuid::nil(), state: "null".to_owned() };
        self.save(address, || Ok(nothing));
    }

    fn save(
        &self,
        address: &Address,
        snapshot: impl FnOnce() -> Result<Snapshot, SnapshotError> + Send + 'static,
    ) {
        let Some(saving) = Saving::begin(&self.saving, address) else { return };
        let database = self.database.clone();
        self.tasks.begin(async move {
            let Address { tenant, stream } = &saving.address;
            let saved = match snapshot() {
                Ok(snapshot) => {
                    database.save_snapshot(tenant, stream, snapshot).await.map_err(|error| error.to_string())
                }
                Err(error) => Err(error.to_string()),
            };
            if let Err(reason) = saved {
                tracing::warn!(%tenant, %stream, reason, "a snapshot could not be kept");
            }
        });
    }

    /// What a snapshot has to be kept under to be read.
    fn fingerprint<A: Aggregate>(&self, form: &SnapshotForm<A>) -> Uuid {
        let aggregate = TypeId::of::<A>();
        let known = self.fingerprints.read().unwrap_or_else(PoisonError::into_inner).get(&aggregate).copied();
        known.unwrap_or_else(|| {
            let mut fingerprints = self.fingerprints.write().unwrap_or_else(PoisonError::into_inner);
            *fingerprints.entry(aggregate).or_insert_with(|| form.fingerprint())
        })
    }
}

/// A snapshot that is being saved, for as long as it lives: one at a time of each aggregate, since of a busy one every
/// command finds a snapshot due until there is one.
struct Saving {
    all: Arc<Mutex<HashSet<Address>>>,
    address: Address,
}

impl Saving {
    fn begin(all: &Arc<Mutex<HashSet<Address>>>, address: &Address) -> Option<Self> {
        let first = all.lock().unwrap_or_else(PoisonError::into_inner).insert(address.clone());
        first.then(|| Self { all: all.clone(), address: address.clone() })
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.address);
    }
}

/// The version before this one.
fn before(version: Version) -> Version {
    Version(version.0.saturating_sub(1))
}

fn unused(address: &Address, reason: &dyn Display) {
    let Address { tenant, stream } = address;
    tracing::debug!(%tenant, %stream, %reason, "a snapshot is not used");
}

impl<A> Default for Loaded<A> {
    /// Before its first event.
    fn default() -> Self {
        Self { state: None, version: Version::NONE, last: None, snapshot: Version::NONE }
    }
}

impl<A: Aggregate> Loaded<A> {
    /// Takes in the event behind it.
    pub(crate) fn take_in(&mut self, event: &A::Event, id: EventId) {
        self.state = A::apply(self.state.take(), event);
        self.version = self.version.next();
        self.last = Some(id);
    }

    /// Whether this is the last event in it.
    fn ends_with(&self, event: &StreamEvent) -> bool {
        event.version == self.version && Some(event.id) == self.last
    }

    /// Takes in the event behind it as it is stored.
    fn take_in_stored(&mut self, address: &Address, stored: &StreamEvent) -> Result<(), StoreError> {
        let event = A::Event::decode(&stored.event).map_err(|error| StoreError::Corrupt {
            reason: format!("{} at {}: {error}", address.stream, stored.version),
        })?;
        self.take_in(&event, stored.id);
        Ok(())
    }
}
