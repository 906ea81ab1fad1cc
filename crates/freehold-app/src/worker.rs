//! Workers: each follows the log for one view and folds what it finds into the rows of the partitions that it holds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use freehold_domain::{Position, SyncMode};
use freehold_ports::{
    ApplyError, Batch, Claimed, Database, DeadLetterQuery, FoldError, Lease, Projection, Scope, Shadow,
    Share, StoreError, TakeUp, TakenUp, ViewVersion, Work,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    backoff::Backoff,
    reader::{Pages, Reader},
};

/// How many events are folded in one transaction at most.
const BATCH: usize = 500;
/// How many when the log is far ahead.
const LARGE_BATCH: usize = 5_000;
/// How many of what is written in SQL: on SQLite appends wait while its statements run.
const SCRIPTED_BATCH: usize = 200;
/// How far a worker reads without finding anything before it writes that down.
const UNRECORDED: u64 = 10_000;
/// How often a worker that has nothing to do shows that it is alive.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// How long a rebuild rests for each event that is written while it takes in a batch, and how many times as long as that took at
/// most: where nobody writes it goes on at once, and where writers need all that the machines have, they keep most of it.
const GIVES_WAY: (Duration, u32) = (Duration::from_micros(150), 2);
/// How many dead letters are tried again in one go.
const LETTERS: u32 = 100;

/// What a worker is told to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orders {
    /// The partitions that it shall hold, as far as nobody else does.
    pub(crate) partitions: BTreeSet<u32>,
    /// In which epoch each partition is held: one that it holds in an earlier one it has lost.
    pub(crate) epochs: BTreeMap<u32, u64>,
    /// Whether it shall rest.
    pub(crate) paused: bool,
    /// Whether rows of the view wait in the dead letters.
    pub(crate) parking: bool,
}

/// The worker of one view, before it runs.
pub(crate) struct Worker {
    database: Arc<dyn Database>,
    projection: Arc<dyn Projection>,
    view: ViewVersion,
    node: Uuid,
    /// How many partitions there are.
    of: u32,
    orders: watch::Receiver<Orders>,
    progress: watch::Sender<Progress>,
    held: BTreeMap<u32, Held>,
    /// Reads on from where the partitions are that are furthest behind.
    reader: Option<Reader>,
    /// How many events are folded at once.
    limit: usize,
    /// How far it was behind when it looked last.
    behind: Option<u64>,
}

/// A partition that it holds.
#[derive(Clone, Copy)]
struct Held {
    epoch: u64,
    /// Up to where it is written down that it has come.
    recorded: Position,
}

/// Partitions that stand where no other is further behind.
struct Hindmost {
    share: Share,
    position: Position,
    /// Where those in front of them stand.
    next: Option<Position>,
}

/// What is seen of a worker.
#[derive(Clone)]
pub(crate) struct Progress {
    /// Of the partitions that it holds, up to where each has taken events in.
    pub(crate) positions: BTreeMap<u32, Position>,
    pub(crate) error: Option<String>,
    pub(crate) running: bool,
    pub(crate) beat: Instant,
    rate: Rate,
}

/// How many events were taken in a second.
#[derive(Clone, Copy)]
struct Rate {
    /// Since when it is being counted.
    begun: Instant,
    counted: u64,
    /// What it was before that.
    last: u64,
}

/// Takes in all that the log holds now, for a view that appends bring up to date: before the first of them.
///
/// Other nodes may catch up, or append, at the same time.
pub(crate) async fn catch_up(
    database: &Arc<dyn Database>,
    projection: &Arc<dyn Projection>,
) -> Result<(), ApplyError> {
    database.divide(&ViewVersion::of(projection.schema()), None, Position::START).await?;
    let head = *database.head().borrow();
    let mut recorded = database.checkpoint(projection).await?;
    while recorded < head {
        let batch = database.read_all(&Scope::EveryTenant, recorded, projection.query(), LARGE_BATCH).await?;
        let read_to = batch.read_to;
        recorded = match database.apply(projection, Work::whole(recorded, batch)).await {
            Ok(_) => read_to,
            Err(ApplyError::Moved { actual, .. }) => actual,
            Err(error) => return Err(error),
        };
    }
    Ok(())
}

/// Whether appends leave anything of a view to a worker.
pub(crate) fn is_needed(projection: &dyn Projection) -> bool {
    projection.sync() != SyncMode::Sync
}

impl Worker {
    /// Of a view that has so many partitions.
    pub(crate) fn new(
        database: Arc<dyn Database>,
        projection: Arc<dyn Projection>,
        (node, of): (Uuid, u32),
    ) -> (Self, watch::Sender<Orders>, watch::Receiver<Progress>) {
        let beat = Instant::now();
        let rate = Rate { begun: beat, counted: 0, last: 0 };
        let progress = Progress { positions: BTreeMap::new(), error: None, running: true, beat, rate };
        let ((orders, ordered), (sender, progress)) =
            (watch::channel(Orders::default()), watch::channel(progress));
        let limit = if projection.scripts().is_some() { SCRIPTED_BATCH } else { BATCH };
        let worker = Self {
            database,
            view: ViewVersion::of(projection.schema()),
            projection,
            node,
            of,
            orders: ordered,
            progress: sender,
            held: BTreeMap::new(),
            reader: None,
            limit,
            behind: None,
        };
        (worker, orders, progress)
    }

    /// Follows the log until it is told to stop, and gives back what it holds.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut backoff = Backoff::default();
        loop {
            let Err(error) = self.follow(&stop).await else { break };
            tracing::error!(view = self.view.view, %error, "a view is not getting on");
            if self.progress.borrow().error.is_none() {
                backoff.reset();
            }
            // Whether it was written is not known: claimed anew, partitions tell where they are.
            self.forget();
            self.progress.send_modify(|progress| progress.error = Some(error.to_string()));
            if stop.run_until_cancelled(backoff.pause()).await.is_none() {
                break;
            }
        }
        if let Err(error) = self.release(|_| true).await {
            tracing::warn!(view = self.view.view, %error, "partitions could not be given back; they will be taken");
        }
    }

    /// Follows the log until it is told to stop or something fails.
    async fn follow(&mut self, stop: &CancellationToken) -> Result<(), ApplyError> {
        while !stop.is_cancelled() {
            let orders = self.orders.borrow_and_update().clone();
            self.change_hands(&orders).await?;
            if orders.parking {
                self.take_up_letters().await?;
            }
            let (mut events, head, begun) = (0, self.head(), Instant::now());
            let behind = self.held.values().map(|held| head.0.saturating_sub(held.recorded.0)).max();
            let has_work = !orders.paused && self.is_behind();
            if has_work {
                events = self.step().await?;
            }
            self.show(events);
            // One that does not get nearer to the end does not rest.
            let is_nearer = behind < self.behind.replace(behind.unwrap_or_default());
            if is_nearer && Shadow::live_name(&self.view.view).is_some() {
                self.give_way(stop, self.head().0.saturating_sub(head.0), begun.elapsed()).await;
            }
            if !has_work || !self.is_behind() {
                self.wait(stop, orders.paused).await?;
            }
        }
        Ok(())
    }

    fn head(&self) -> Position {
        *self.database.head().borrow()
    }

    /// Rests, if others have written so many events in the time that it took.
    async fn give_way(&self, stop: &CancellationToken, written: u64, took: Duration) {
        let (each, times) = GIVES_WAY;
        let rest =
            each.saturating_mul(u32::try_from(written).unwrap_or(u32::MAX)).min(took * times).min(BEAT);
        if !rest.is_zero() {
            stop.run_until_cancelled(sleep(rest)).await;
        }
    }

    /// Gives back what it shall not hold, and takes what it shall and nobody else holds.
    async fn change_hands(&mut self, orders: &Orders) -> Result<(), StoreError> {
        let is_lost = |partition: &u32, held: &Held| {
            orders.epochs.get(partition).is_none_or(|epoch| *epoch > held.epoch)
        };
        if !orders.epochs.is_empty() && self.held.iter().any(|(partition, held)| is_lost(partition, held)) {
            self.held.retain(|partition, held| !is_lost(partition, held));
            self.reader = None;
        }
        self.release(|partition| !orders.partitions.contains(&partition)).await?;
        let wanted: Vec<u32> =
            orders.partitions.iter().copied().filter(|part| !self.held.contains_key(part)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        for Claimed { lease, position } in self.database.claim(self.node, &self.view, &wanted).await? {
            self.held.insert(lease.partition, Held { epoch: lease.epoch, recorded: position });
            self.reader = None;
        }
        Ok(())
    }

    async fn release(&mut self, is_meant: impl Fn(u32) -> bool) -> Result<(), StoreError> {
        let leases: Vec<Lease> = self
            .held
            .iter()
            .filter(|(partition, _)| is_meant(**partition))
            .map(|(&partition, held)| Lease { partition, epoch: held.epoch })
            .collect();
        if leases.is_empty() {
            return Ok(());
        }
        self.held.retain(|partition, _| !is_meant(*partition));
        self.reader = None;
        self.database.release(&self.view, &leases).await
    }

    fn forget(&mut self) {
        self.held.clear();
        self.reader = None;
    }

    /// The partitions that are furthest behind.
    fn hindmost(&self) -> Option<Hindmost> {
        let position = self.held.values().map(|held| held.recorded).min()?;
        let leases = self.held.iter().filter(|(_, held)| held.recorded == position);
        let leases = leases.map(|(&partition, held)| Lease { partition, epoch: held.epoch }).collect();
        let next = self.held.values().map(|held| held.recorded).filter(|at| *at > position).min();
        Some(Hindmost { share: Share { of: self.of, leases }, position, next })
    }

    fn is_behind(&mut self) -> bool {
        let Some(position) = self.held.values().map(|held| held.recorded).min() else { return false };
        self.reader_from(position).is_behind()
    }

    fn reader_from(&mut self, position: Position) -> &mut Reader {
        let pages =
            || Pages { scope: Scope::EveryTenant, query: self.projection.query().clone(), limit: self.limit };
        self.reader.get_or_insert_with(|| Reader::new(self.database.clone(), pages(), position))
    }

    /// Takes in the next page for the partitions that are furthest behind: how many events.
    async fn step(&mut self) -> Result<usize, ApplyError> {
        let Some(Hindmost { share, position, next }) = self.hindmost() else { return Ok(0) };
        let mut batch = self.reader_from(position).read().await?;
        self.progress.send_modify(|progress| progress.beat = Instant::now());
        if let Some(next) = next.filter(|next| batch.read_to >= *next) {
            // From there on they go on with those in front.
            batch.events.retain(|event| event.position <= next);
            batch.read_to = next;
            self.reader = None;
        }
        let (read_to, events) = (batch.read_to, batch.events.len());
        if events == 0 && next != Some(read_to) && read_to.0 - position.0 < UNRECORDED {
            return Ok(0);
        }
        self.read_ahead(read_to);
        match self.apply(share.clone(), position, batch).await {
            Ok(taken_in) => {
                for lease in &share.leases {
                    if let Some(held) = self.held.get_mut(&lease.partition) {
                        held.recorded = if taken_in { read_to } else { position };
                    }
                }
                Ok(if taken_in { events } else { 0 })
            }
            // Others have taken what it held, or have been faster where it is not known who holds what.
            Err(ApplyError::Moved { .. } | ApplyError::Lost { .. }) => {
                self.forget();
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }

    /// Has the next page read while this one is taken in, if that leaves off where the log goes on.
    fn read_ahead(&mut self, read_to: Position) {
        if let Some(reader) = self.reader.as_mut().filter(|reader| reader.position() == read_to) {
            reader.read_ahead();
        }
    }

    /// Whether the batch was taken in. One that the table does not take is read again in smaller parts, down to the event
    /// whose rows are to be parked.
    async fn apply(&mut self, share: Share, after: Position, batch: Batch) -> Result<bool, ApplyError> {
        let events = batch.events.len();
        let work = Work { share, after, batch, park: None };
        let again = (events == 1).then(|| work.clone());
        match (self.database.apply(&self.projection, work).await, again) {
            (Err(ApplyError::Refused { reason, .. }), Some(work)) => {
                let work = Work { park: Some(reason), ..work };
                self.tell(&self.database.apply(&self.projection, work).await?);
                Ok(true)
            }
            (Err(ApplyError::Refused { .. }), None) => {
                self.read_at_once((events / 2).max(1));
                Ok(false)
            }
            (Err(error), _) => Err(error),
            (Ok(parked), _) => {
                self.tell(&parked);
                let is_far_behind = events == self.limit;
                let most = match self.projection.scripts() {
                    Some(_) => SCRIPTED_BATCH,
                    None if is_far_behind => LARGE_BATCH,
                    None => BATCH,
                };
                if self.limit < most {
                    self.read_at_once((self.limit * 2).min(most));
                }
                Ok(true)
            }
        }
    }

    fn tell(&self, parked: &[FoldError]) {
        for error in parked {
            tracing::error!(view = self.view.view, %error, "a row waits in the dead letters");
        }
    }

    fn read_at_once(&mut self, limit: usize) {
        self.limit = limit;
        self.reader = None;
    }

    /// Tries those dead letters of its partitions again that are due.
    async fn take_up_letters(&mut self) -> Result<(), StoreError> {
        let due = DeadLetterQuery { view: Some(self.view.view.clone()), after: 0, due: true, limit: LETTERS };
        for letter in self.database.dead_letters(&due).await? {
            if letter.version != self.view.version || !self.held.contains_key(&letter.partition) {
                continue;
            }
            while self.database.take_up(&self.projection, letter.number, TakeUp::Retry).await?
                == TakenUp::More
            {
                self.progress.send_modify(|progress| progress.beat = Instant::now());
            }
        }
        Ok(())
    }

    /// Shows where it is.
    fn show(&mut self, events: usize) {
        let hindmost = self.held.values().map(|held| held.recorded).min();
        let read_to = self.reader.as_ref().map(Reader::position);
        let position = |held: &Held| match read_to {
            Some(read_to) if Some(held.recorded) == hindmost => read_to.max(held.recorded),
            _ => held.recorded,
        };
        let positions = self.held.iter().map(|(&partition, held)| (partition, position(held))).collect();
        self.progress.send_modify(|progress| progress.get_to(positions, events));
    }

    /// Waits until there may be something to do.
    async fn wait(&mut self, stop: &CancellationToken, is_paused: bool) -> Result<(), StoreError> {
        let Self { orders, reader, .. } = self;
        let grown = async {
            match reader {
                Some(reader) if !is_paused => reader.grown().await,
                _ => std::future::pending().await,
            }
        };
        let wait = async {
            tokio::select! {
                grown = grown => grown,
                changed = orders.changed() => match changed {
                    Ok(()) => Ok(()),
                    // Nobody gives orders any more: the host is gone, and is about to say so.
                    Err(_) => std::future::pending().await,
                },
            }
        };
        match stop.run_until_cancelled(timeout(BEAT, wait)).await {
            Some(Ok(woken)) => woken,
            Some(Err(_)) | None => Ok(()),
        }
    }
}

impl Drop for Worker {
    /// However it ends, by panic too, nobody takes it for alive.
    fn drop(&mut self) {
        self.progress.send_modify(|progress| progress.running = false);
    }
}

impl Progress {
    fn get_to(&mut self, positions: BTreeMap<u32, Position>, events: usize) {
        self.beat = Instant::now();
        self.rate.count(events as u64, self.beat);
        self.positions = positions;
        self.error = None;
    }

    /// How many events it takes in a second, over the last one or a little more.
    pub(crate) fn rate(&self) -> u64 {
        if self.rate.begun.elapsed() < 2 * BEAT { self.rate.last } else { 0 }
    }
}

impl Rate {
    fn count(&mut self, events: u64, now: Instant) {
        self.counted += events;
        let passed = now - self.begun;
        if passed >= BEAT {
            let last = self.counted * 1_000 / u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
            *self = Self { begun: now, counted: 0, last };
        }
    }
}
