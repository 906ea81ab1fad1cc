//! Workers: each follows the log for one view and folds what it finds into its rows.

use std::{sync::Arc, time::Duration};

use freehold_domain::{Position, SyncMode, Timestamp};
use freehold_ports::{ApplyError, Database, Projection, Scope, StoreError};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    backoff::Backoff,
    reader::{Pages, Reader},
};

/// How many events are folded in one transaction.
const BATCH: usize = 500;
/// How far a worker reads without finding anything before it writes that down.
const UNRECORDED: u64 = 10_000;

/// How often a worker that has nothing to do shows that it is alive.
const BEAT: Duration = Duration::from_secs(1);
/// How long a worker that lives may go without showing it: longer than a statement may take.
const SILENCE: Duration = Duration::from_secs(35);
/// How many events are read to find the first that a projection lacks. Where the log has few that are for it they are looked
/// up, and not met one after the other.
const LOOK: usize = 100;
/// How long that may take.
const LOOKS: Duration = Duration::from_secs(2);

/// How a projection is doing, as its worker has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// The view, with its context before it.
    pub view: &'static str,
    /// Up to where it has taken events in.
    pub position: Position,
    /// Why it is not getting on, if it is not.
    pub error: Option<String>,
    /// Whether its worker runs.
    pub running: bool,
    /// How long ago its worker last showed that it gets on, or has nothing to do.
    pub heartbeat: Duration,
    /// How many events it takes in a second, over the last one or a little more.
    pub rate: u64,
}

/// How far a projection is behind the log, which has been asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// How many events lie behind its position. Not all of them need be for it.
    pub events: u64,
    /// How long ago the first of those that are for it was recorded.
    pub time: Duration,
}

impl ProjectionStatus {
    /// Whether its worker runs and gets on. One that hangs does not.
    pub fn is_healthy(&self) -> bool {
        self.running && self.error.is_none() && self.heartbeat < SILENCE
    }
}

/// Why waiting for a projection is in vain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the view `{view}` stands at position {position}: {reason}")]
pub struct WaitError {
    /// The view.
    pub view: &'static str,
    /// Where it stands.
    pub position: Position,
    /// What keeps it there.
    pub reason: String,
}

/// The worker of one projection, before it runs.
pub(crate) struct Worker {
    database: Arc<dyn Database>,
    projection: Arc<dyn Projection>,
    progress: watch::Sender<Progress>,
}

/// What others see of a worker.
#[derive(Clone)]
pub(crate) struct Follower {
    projection: Arc<dyn Projection>,
    progress: watch::Receiver<Progress>,
}

/// Where a worker is.
#[derive(Clone)]
struct Progress {
    position: Position,
    error: Option<String>,
    running: bool,
    beat: Instant,
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

impl Worker {
    pub(crate) fn new(database: Arc<dyn Database>, projection: Arc<dyn Projection>) -> (Self, Follower) {
        let beat = Instant::now();
        let rate = Rate { begun: beat, counted: 0, last: 0 };
        let progress = Progress { position: Position::START, error: None, running: true, beat, rate };
        let (sender, progress) = watch::channel(progress);
        let follower = Follower { projection: projection.clone(), progress };
        (Self { database, projection, progress: sender }, follower)
    }

    /// Whether appends leave anything for it to do.
    pub(crate) fn is_needed(projection: &dyn Projection) -> bool {
        projection.sync() != SyncMode::Sync
    }

    /// Takes in all that the log holds now. For a synchronous view this has to be done before the first append.
    ///
    /// Other nodes may catch up, or append, at the same time.
    pub(crate) async fn catch_up(&self) -> Result<(), ApplyError> {
        let head = *self.database.head().borrow();
        let mut recorded = self.database.checkpoint(&self.projection).await?;
        let mut reader = self.reader(recorded);
        while reader.position() < head {
            (recorded, _) = self.step(&mut reader, recorded).await?;
        }
        Ok(())
    }

    /// Follows the log until it is told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::default();
        loop {
            let Err(error) = self.follow(&stop).await else { break };
            tracing::error!(view = self.projection.schema().view, %error, "a view is not getting on");
            if self.progress.borrow().error.is_none() {
                backoff.reset();
            }
            self.progress.send_modify(|progress| progress.error = Some(error.to_string()));
            if stop.run_until_cancelled(backoff.pause()).await.is_none() {
                break;
            }
        }
    }

    /// Follows the log until it is told to stop or something fails.
    async fn follow(&self, stop: &CancellationToken) -> Result<(), ApplyError> {
        let mut recorded = self.database.checkpoint(&self.projection).await?;
        self.progress.send_modify(|progress| progress.position = progress.position.max(recorded));
        let mut reader = self.reader(recorded);
        while !stop.is_cancelled() {
            let mut events = 0;
            if reader.is_behind() {
                (recorded, events) = self.step(&mut reader, recorded).await?;
            }
            self.progress.send_modify(|progress| progress.get_to(reader.position(), events));
            if let Some(Ok(grown)) = stop.run_until_cancelled(timeout(BEAT, reader.grown())).await {
                grown?;
            }
        }
        Ok(())
    }

    fn reader(&self, after: Position) -> Reader {
        let query = self.projection.query().clone();
        Reader::new(self.database.clone(), Pages { scope: Scope::EveryTenant, query, limit: BATCH }, after)
    }

    /// Applies the next page, unless others were faster, whom it goes on behind: up to where that is recorded, and how many
    /// events were taken in.
    async fn step(&self, reader: &mut Reader, recorded: Position) -> Result<(Position, usize), ApplyError> {
        let batch = reader.read().await?;
        let (read_to, events) = (batch.read_to, batch.events.len());
        self.progress.send_modify(|progress| progress.beat = Instant::now());
        if events == 0 && read_to.0 - recorded.0 < UNRECORDED {
            return Ok((recorded, 0));
        }
        match self.database.apply(&self.projection, recorded, batch).await {
            Ok(()) => Ok((read_to, events)),
            Err(ApplyError::Moved { actual, .. }) => {
                *reader = self.reader(actual);
                Ok((actual, 0))
            }
            Err(error) => Err(error),
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
    fn get_to(&mut self, position: Position, events: usize) {
        self.beat = Instant::now();
        self.rate.count(events as u64, self.beat);
        self.position = position;
        self.error = None;
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

impl Follower {
    pub(crate) fn status(&self) -> ProjectionStatus {
        let Progress { position, error, running, beat, rate } = self.progress.borrow().clone();
        ProjectionStatus {
            view: self.view(),
            position,
            error,
            running,
            heartbeat: beat.elapsed(),
            rate: if rate.begun.elapsed() < 2 * BEAT { rate.last } else { 0 },
        }
    }

    /// The view that it shows.
    pub(crate) fn view(&self) -> &'static str {
        self.projection.schema().view
    }

    /// How far it is behind the end of the log.
    pub(crate) async fn lag(
        &self,
        database: &dyn Database,
        end: Position,
        now: Timestamp,
    ) -> Result<Lag, StoreError> {
        let position = self.progress.borrow().position;
        if position >= end {
            return Ok(Lag::default());
        }
        let first = database.read_all(&Scope::EveryTenant, position, self.projection.query(), LOOK);
        let first = timeout(LOOKS, first).await.unwrap_or_else(|_| Err(slow()))?;
        let time = first.events.first().map_or(Duration::ZERO, |event| since(event.metadata.time, now));
        Ok(Lag { events: end.0 - position.0, time })
    }

    /// Waits until the view has taken in what lies at or before the position, whatever goes wrong meanwhile. False, if that
    /// will not be, since its worker has stopped.
    pub(crate) async fn gets_to(&mut self, position: Position) -> bool {
        let done = |progress: &Progress| progress.position >= position || !progress.running;
        let waited = self.progress.wait_for(done).await.map(|progress| progress.position);
        waited.unwrap_or_else(|_| self.status().position) >= position
    }

    /// Waits until the view has taken in what lies at or before the position.
    pub(crate) async fn reached(&mut self, position: Position) -> Result<(), WaitError> {
        let done = |progress: &Progress| {
            progress.position >= position || !progress.running || progress.error.is_some()
        };
        let waited = self.progress.wait_for(done).await.map(|progress| progress.clone());
        let Progress { position: reached, error, .. } =
            waited.unwrap_or_else(|_| self.progress.borrow().clone());
        if reached >= position {
            return Ok(());
        }
        let reason = error.unwrap_or_else(|| "its worker has stopped".to_owned());
        Err(WaitError { view: self.view(), position: reached, reason })
    }
}

fn slow() -> StoreError {
    StoreError::Unavailable { reason: format!("looking for the first event took longer than {LOOKS:?}") }
}

/// How long ago that was, by a clock that may have been set back since.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).try_into().unwrap_or_default()
}
