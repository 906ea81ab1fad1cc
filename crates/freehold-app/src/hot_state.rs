//! Hot state: aggregates that were used lately, at the version that this node knows, and the decisions on them that are
//! under way.
//!
//! Commands for one aggregate decide one after the other, each on the state that those before it will leave, without
//! waiting until it is written; their appends are handed over in that order. That a decision was taken on the truth is
//! proven by the condition of its append alone, which names the event that it follows: if one append is refused, those
//! behind it are too, and decide again.

use std::{
    any::Any,
    collections::VecDeque,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use freehold_domain::{Aggregate, EventId, Version};
use freehold_ports::StoreError;
use quick_cache::sync::Cache;
use tokio::sync::watch;

use crate::repository::{Address, Loaded, Repository};

/// The aggregates that are kept, those that were used least lately making way.
pub(crate) struct HotState {
    lanes: Option<Cache<Address, Arc<dyn Any + Send + Sync>>>,
}

/// One aggregate, and the order in which commands decide on it.
pub(crate) struct Lane<A: Aggregate> {
    queue: tokio::sync::Mutex<()>,
    known: Mutex<Known<A>>,
    progress: watch::Sender<Progress>,
}

/// What is known of an aggregate.
struct Known<A: Aggregate> {
    /// As it is in the log, as far as this node knows.
    settled: Option<Loaded<A>>,
    /// As it will be when what is under way is written; not while someone decides on it.
    tip: Option<Loaded<A>>,
    /// What is under way, in order.
    flights: VecDeque<Landing<A>>,
}

/// What an append that is under way will add.
struct Landing<A: Aggregate> {
    version: Version,
    events: Vec<(A::Event, EventId)>,
}

/// How far appends have come. What was decided in an earlier round may rest on what was never written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    round: u64,
    settled: Version,
}

/// The right to decide next. Given up before anything was decided, it leaves nothing known for sure.
pub(crate) struct Turn<'l, A: Aggregate> {
    lane: &'l Lane<A>,
    round: u64,
    is_over: bool,
    _place: tokio::sync::MutexGuard<'l, ()>,
}

/// What a decision is taken on.
pub(crate) struct Tip<A> {
    pub(crate) loaded: Loaded<A>,
    pub(crate) certainty: Certainty,
}

/// How a decision that needs no append, such as a rejection, is proven to be taken on the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// It was read since the command has come.
    Read,
    /// It is what this node expects; see [`Lane::confirm`].
    Expected,
}

/// An append that is under way. Unless it is said to have landed, what was decided behind it is void.
pub(crate) struct Flight<'l, A: Aggregate> {
    lane: &'l Lane<A>,
    round: u64,
    version: Version,
}

impl HotState {
    /// So many aggregates at most; none, if that is 0.
    pub(crate) fn new(aggregates: usize) -> Self {
        Self { lanes: (aggregates > 0).then(|| Cache::new(aggregates)) }
    }

    /// Whether anything is kept.
    pub(crate) fn is_on(&self) -> bool {
        self.lanes.is_some()
    }

    /// The lane of an aggregate. It may make way while it is in use: whoever comes then has another one, and the
    /// conditions of appends stand between the two as they do between nodes.
    pub(crate) fn lane<A: Aggregate>(&self, address: &Address) -> Arc<Lane<A>> {
        let Some(lanes) = &self.lanes else { return Arc::default() };
        let new =
            || Ok::<_, std::convert::Infallible>(Arc::<Lane<A>>::default() as Arc<dyn Any + Send + Sync>);
        let Ok(lane) = lanes.get_or_insert_with(address, new);
        // Two aggregates under one name cannot share a lane.
        Arc::downcast(lane).unwrap_or_default()
    }
}

impl<A: Aggregate> Default for Lane<A> {
    fn default() -> Self {
        let known = Known { settled: None, tip: None, flights: VecDeque::new() };
        Self {
            queue: tokio::sync::Mutex::default(),
            known: Mutex::new(known),
            progress: watch::Sender::default(),
        }
    }
}

impl<A: Aggregate> Lane<A> {
    /// Waits until all who came before have decided.
    pub(crate) async fn turn(&self) -> Turn<'_, A> {
        let place = self.queue.lock().await;
        let round = self.progress.borrow().round;
        Turn { lane: self, round, is_over: false, _place: place }
    }

    /// Whether the aggregate is proven to have been at the version when, or after, a decision was taken on it, which
    /// appended nothing: an append of this node has followed it, or nothing has.
    ///
    /// Waits for what is under way before it. If it is not proven, the lane forgets what was wrong.
    pub(crate) async fn confirm(
        &self,
        repository: &Repository,
        address: &Address,
        decided: Decided,
    ) -> Result<bool, StoreError> {
        if let Some(proven) = self.proven(decided).await {
            return Ok(proven);
        }
        if repository.ends_with(address, decided.version, decided.last).await? {
            return Ok(true);
        }
        // What was found behind it may be of this node, and have come while the log was read.
        if let Some(proven) = self.proven(decided).await {
            return Ok(proven);
        }
        self.fail(decided.round);
        Ok(false)
    }

    /// What the appends of this node say of a decision when they are written: those that it rests on may never be,
    /// and one that follows it proves it. `None` if nothing follows.
    async fn proven(&self, decided: Decided) -> Option<bool> {
        let Some(settled) = self.settled(decided, decided.version).await else { return Some(false) };
        if settled > decided.version {
            return Some(true);
        }
        let is_followed = self.known().goes_on_behind(decided.version);
        if !is_followed {
            return None;
        }
        Some(self.settled(decided, decided.version.next()).await.is_some())
    }

    /// Waits until so much is written of what the decision rests on, and says how much is; `None` if something of it
    /// never will be.
    async fn settled(&self, decided: Decided, until: Version) -> Option<Version> {
        let mut progress = self.progress.subscribe();
        let is_past = |now: &Progress| now.round != decided.round || now.settled >= until;
        let now = *progress.wait_for(is_past).await.ok()?;
        (now.round == decided.round).then_some(now.settled)
    }

    fn known(&self) -> MutexGuard<'_, Known<A>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was decided in this round and is not written yet is void.
    fn fail(&self, round: u64) {
        let mut known = self.known();
        self.progress.send_if_modified(|progress| {
            let is_current = progress.round == round;
            if is_current {
                progress.round += 1;
                known.tip = None;
                known.flights.clear();
            }
            is_current
        });
    }

    /// What this round has appended up to the version is written.
    fn land(&self, round: u64, version: Version, then: impl FnOnce(&mut Loaded<A>)) {
        let mut known = self.known();
        self.progress.send_if_modified(|progress| {
            let is_current = progress.round == round;
            if is_current {
                known.land(version);
                progress.settled = progress.settled.max(version);
                known.settled.as_mut().filter(|settled| settled.version == version).map(then);
            }
            is_current
        });
    }
}

/// A decision that is to be confirmed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decided {
    round: u64,
    version: Version,
    last: Option<EventId>,
}

impl<A: Aggregate> Known<A> {
    fn land(&mut self, version: Version) {
        // Taken out, so that a panic of the domain leaves nothing half done.
        let Some(mut settled) = self.settled.take() else { return };
        while let Some(landing) = self.flights.pop_front_if(|landing| landing.version <= version) {
            for (event, id) in landing.events {
                settled.take_in(&event, id);
            }
        }
        self.settled = Some(settled);
    }

    /// Whether an append is under way that leads past the version.
    fn goes_on_behind(&self, version: Version) -> bool {
        self.flights.back().is_some_and(|landing| landing.version > version)
    }
}

impl<'l, A: Aggregate> Turn<'l, A> {
    /// What there is to decide on: what this node expects if it expects anything, else what is in the log.
    ///
    /// An aggregate that is only now created is expected not to be there.
    pub(crate) async fn tip(
        &self,
        repository: &Repository,
        address: &Address,
        is_new: bool,
    ) -> Result<Tip<A>, StoreError> {
        if let Some(loaded) = self.lane.known().tip.take() {
            return Ok(Tip { loaded, certainty: Certainty::Expected });
        }
        // What was under way was decided on what is no longer known: nobody lands on it any more.
        let settled = self.lane.known().settled.take();
        debug_assert!(self.lane.known().flights.is_empty());
        if settled.is_none() && is_new {
            self.settle(Loaded::default());
            return Ok(Tip { loaded: Loaded::default(), certainty: Certainty::Expected });
        }
        // Boxed, since it is rare, and every command has room for what is not.
        let loaded = match settled {
            Some(settled) => Box::pin(repository.refresh(address, settled)).await?,
            None => Box::pin(repository.load(address)).await?,
        };
        self.settle(loaded.clone());
        Ok(Tip { loaded, certainty: Certainty::Read })
    }

    fn settle(&self, loaded: Loaded<A>) {
        let version = loaded.version;
        self.lane.known().settled = Some(loaded);
        self.lane.progress.send_modify(|progress| progress.settled = version);
    }

    /// Nothing was decided that changes it.
    pub(crate) fn leave(mut self, tip: Loaded<A>) -> Decided {
        self.is_over = true;
        let decided = Decided { round: self.round, version: tip.version, last: tip.last };
        let mut known = self.lane.known();
        if self.is_current() {
            known.tip = Some(tip);
        }
        decided
    }

    /// An append was handed over that leaves the aggregate like this, by these events.
    pub(crate) fn advance(mut self, tip: Loaded<A>, events: Vec<(A::Event, EventId)>) -> Flight<'l, A> {
        self.is_over = true;
        let version = tip.version;
        let mut known = self.lane.known();
        if self.is_current() {
            known.tip = Some(tip);
            known.flights.push_back(Landing { version, events });
        }
        Flight { lane: self.lane, round: self.round, version }
    }

    fn is_current(&self) -> bool {
        self.lane.progress.borrow().round == self.round
    }
}

impl<A: Aggregate> Drop for Turn<'_, A> {
    fn drop(&mut self) {
        if !self.is_over {
            self.lane.fail(self.round);
        }
    }
}

impl<A: Aggregate> Flight<'_, A> {
    /// It is written. The aggregate as it is then is shown, unless others have made more of it.
    pub(crate) fn land(self, then: impl FnOnce(&mut Loaded<A>)) {
        self.lane.land(self.round, self.version, then);
        mem::forget(self);
    }
}

impl<A: Aggregate> Drop for Flight<'_, A> {
    /// It was refused, or nobody knows.
    fn drop(&mut self) {
        self.lane.fail(self.round);
    }
}
