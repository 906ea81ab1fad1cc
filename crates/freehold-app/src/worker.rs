//! Workers: each follows the log for one view and folds what it finds into its rows.

use std::{sync::Arc, time::Duration};

use freehold_domain::{Position, SyncMode};
use freehold_ports::{ApplyError, Database, Projection, Scope, StoreError};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

/// How many events are folded in one transaction.
const BATCH: usize = 500;
/// How far a worker reads without finding anything before it writes that down.
const UNRECORDED: u64 = 10_000;
/// How long a worker waits after the first failure; twice as long after each further one in
/// a row.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How long a worker waits at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How a projection is doing.
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
    status: watch::Sender<ProjectionStatus>,
}

/// What others see of a worker.
#[derive(Clone)]
pub(crate) struct Follower(watch::Receiver<ProjectionStatus>);

impl Worker {
    pub(crate) fn new(database: Arc<dyn Database>, projection: Arc<dyn Projection>) -> (Self, Follower) {
        let view = projection.schema().view;
        let status = ProjectionStatus { view, position: Position::START, error: None, running: true };
        let (status, follower) = watch::channel(status);
        (Self { database, projection, status }, Follower(follower))
    }

    /// Whether appends leave anything for it to do.
    pub(crate) fn is_needed(projection: &dyn Projection) -> bool {
        projection.sync() != SyncMode::Sync
    }

    /// Takes in all that the log holds now. For a synchronous view this has to be done before the first append.
    pub(crate) async fn catch_up(&self) -> Result<Position, ApplyError> {
        let mut position = self.database.checkpoint(&self.projection).await?;
        loop {
            let head = *self.database.head().borrow();
            if position >= head {
                break;
            }
            position = self.step(position, position).await?.0;
        }
        self.status.send_modify(|status| status.position = position);
        Ok(position)
    }

    /// Follows the log until it is told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        loop {
            let Err(error) = self.follow(&stop).await else { break };
            tracing::error!(view = self.projection.schema().view, %error, "a view is not getting on");
            if self.status.borrow().error.is_none() {
                pause = FIRST_PAUSE;
            }
            self.status.send_modify(|status| status.error = Some(error.to_string()));
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    /// Follows the log until it is told to stop or something fails.
    async fn follow(&self, stop: &CancellationToken) -> Result<(), ApplyError> {
        let mut head = self.database.head();
        let mut recorded = self.database.checkpoint(&self.projection).await?;
        let mut position = recorded;
        while !stop.is_cancelled() {
            if position < *head.borrow_and_update() {
                (position, recorded) = self.step(position, recorded).await?;
            }
            self.status.send_modify(|status| {
                status.position = position;
                status.error = None;
            });
            if position < *head.borrow() {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                changed = head.changed() => if changed.is_err() { return Err(log_is_gone()) },
            }
        }
        Ok(())
    }

    /// Reads on from a position and applies what it finds: how far it has read, and up to where that is recorded.
    async fn step(&self, position: Position, recorded: Position) -> Result<(Position, Position), ApplyError> {
        let query = self.projection.query();
        let batch = self.database.read_all(&Scope::EveryTenant, position, query, BATCH).await?;
        let read_to = batch.read_to;
        if batch.events.is_empty() && read_to.0 - recorded.0 < UNRECORDED {
            return Ok((read_to, recorded));
        }
        self.database.apply(&self.projection, recorded, batch).await?;
        Ok((read_to, read_to))
    }
}

impl Drop for Worker {
    /// However it ends, by panic too, nobody takes it for alive.
    fn drop(&mut self) {
        self.status.send_modify(|status| status.running = false);
    }
}

impl Follower {
    pub(crate) fn status(&self) -> ProjectionStatus {
        self.0.borrow().clone()
    }

    /// Waits until the view has taken in what lies at or before the position.
    pub(crate) async fn reached(&mut self, position: Position) -> Result<(), WaitError> {
        let done = |status: &ProjectionStatus| {
            status.position >= position || !status.running || status.error.is_some()
        };
        let waited = self.0.wait_for(done).await.map(|status| status.clone());
        let status = waited.unwrap_or_else(|_| self.status());
        if status.position >= position {
            return Ok(());
        }
        let reason = status.error.unwrap_or_else(|| "its worker has stopped".to_owned());
        Err(WaitError { view: status.view, position: status.position, reason })
    }
}

fn log_is_gone() -> ApplyError {
    ApplyError::Store(StoreError::Unavailable { reason: "the log has been closed".to_owned() })
}
