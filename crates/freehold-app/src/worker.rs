//! Workers: each follows the log for one view and folds what it finds into its rows.

use std::sync::Arc;

use freehold_domain::{Position, SyncMode};
use freehold_ports::{ApplyError, Database, Projection, Scope};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    backoff::Backoff,
    reader::{Pages, Reader},
};

/// How many events are folded in one transaction.
const BATCH: usize = 500;
/// How far a worker reads without finding anything before it writes that down.
const UNRECORDED: u64 = 10_000;

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
    ///
    /// Other nodes may catch up, or append, at the same time.
    pub(crate) async fn catch_up(&self) -> Result<(), ApplyError> {
        let head = *self.database.head().borrow();
        let mut recorded = self.database.checkpoint(&self.projection).await?;
        let mut reader = self.reader(recorded);
        while reader.position() < head {
            recorded = self.step(&mut reader, recorded).await?;
        }
        Ok(())
    }

    /// Follows the log until it is told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut backoff = Backoff::default();
        loop {
            let Err(error) = self.follow(&stop).await else { break };
            tracing::error!(view = self.projection.schema().view, %error, "a view is not getting on");
            if self.status.borrow().error.is_none() {
                backoff.reset();
            }
            self.status.send_modify(|status| status.error = Some(error.to_string()));
            if stop.run_until_cancelled(backoff.pause()).await.is_none() {
                break;
            }
        }
    }

    /// Follows the log until it is told to stop or something fails.
    async fn follow(&self, stop: &CancellationToken) -> Result<(), ApplyError> {
        let mut recorded = self.database.checkpoint(&self.projection).await?;
        let mut reader = self.reader(recorded);
        while !stop.is_cancelled() {
            if reader.is_behind() {
                recorded = self.step(&mut reader, recorded).await?;
            }
            self.status.send_modify(|status| {
                status.position = reader.position();
                status.error = None;
            });
            stop.run_until_cancelled(reader.grown()).await.transpose()?;
        }
        Ok(())
    }

    fn reader(&self, after: Position) -> Reader {
        let query = self.projection.query().clone();
        Reader::new(self.database.clone(), Pages { scope: Scope::EveryTenant, query, limit: BATCH }, after)
    }

    /// Applies the next page, unless others were faster, whom it goes on behind: up to where that is recorded.
    async fn step(&self, reader: &mut Reader, recorded: Position) -> Result<Position, ApplyError> {
        let batch = reader.read().await?;
        let read_to = batch.read_to;
        if batch.events.is_empty() && read_to.0 - recorded.0 < UNRECORDED {
            return Ok(recorded);
        }
        match self.database.apply(&self.projection, recorded, batch).await {
            Ok(()) => Ok(read_to),
            Err(ApplyError::Moved { actual, .. }) => {
                *reader = self.reader(actual);
                Ok(actual)
            }
            Err(error) => Err(error),
        }
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

    /// The view that it shows.
    pub(crate) fn view(&self) -> &'static str {
        self.0.borrow().view
    }

    /// Waits until the view has taken in what lies at or before the position, whatever goes wrong meanwhile. False, if that
    /// will not be, since its worker has stopped.
    pub(crate) async fn gets_to(&mut self, position: Position) -> bool {
        let done = |status: &ProjectionStatus| status.position >= position || !status.running;
        let waited = self.0.wait_for(done).await.map(|status| status.position);
        waited.unwrap_or_else(|_| self.status().position) >= position
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
