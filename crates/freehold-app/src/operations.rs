//! Operations: what those who run a service see of it and do to it, past its commands and queries.

use std::{sync::Arc, time::Duration};

use freehold_domain::{CorrelationId, Position, RawEvent, Recorded, StreamId, TenantId, Version};
use freehold_ports::{
    ApplyError, AuditEntry, Batch, Cluster, Database, DeadLetter, DeadLetterQuery, EventQuery, NewAuditEntry,
    Projection, Rebuild, Scope, Shadow, Stage, StoreError, TakeUp, TakenUp, Versions,
};
use tokio::time::timeout;

use crate::{Application, Health, node, rebuild};

/// How many dead letters are taken up in one go of [`Operations::retry_all`].
const LETTERS: u32 = 500;

/// What those who run a service see of it and do to it. Nothing in it asks who they are, and it crosses tenants: it is for a
/// transport that lets nobody else in.
///
/// Whatever changes something is written to the audit log first, and is not done if that fails.
#[derive(Clone)]
pub struct Operations {
    application: Application,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// There is no such view with a worker.
    #[error("there is no view `{0}` that workers bring up to date")]
    UnknownView(String),
    /// There is no such dead letter.
    #[error("there is no dead letter {0}")]
    UnknownLetter(u64),
    /// The rebuild is of a version that this node does not know.
    #[error(
        "the rebuild of `{view}` is of version {version}, which this node does not know: ask one that does"
    )]
    AnotherVersion {
        /// The view.
        view: String,
        /// Its version.
        version: u32,
    },
    /// What was done for events is not done again.
    #[error("`{0}` is a reaction: what it has done is not done again, so it cannot be rebuilt")]
    Reaction(String),
    /// No rebuild of the view is where that can be done.
    #[error("there is no rebuild of `{0}` that this can be done to")]
    NoRebuild(String),
    /// The table does not take what was to be put into it.
    #[error("{0}")]
    Refused(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a rebuild is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuildStatus {
    /// What it is.
    pub rebuild: Rebuild,
    /// Up to where it has taken events in.
    pub position: Position,
    /// Where the log ends.
    pub end: Position,
    /// How many events its workers take in a second.
    pub rate: u64,
    /// How long it will take to get to the end at that rate, if there is one.
    pub left: Option<Duration>,
    /// How many of its rows wait in the dead letters.
    pub parked: u64,
    /// Whether it was told to rest.
    pub paused: bool,
}

/// What has become of dead letters that were taken up together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// Of so many nothing waits any more.
    pub done: u64,
    /// Of so many an event can still not be taken in.
    pub failed: u64,
    /// So many were gone already.
    pub gone: u64,
}

impl Application {
    /// What those who run the service see of it and do to it.
    pub fn operations(&self) -> Operations {
        Operations { application: self.clone() }
    }
}

impl Operations {
    fn database(&self) -> &Arc<dyn Database> {
        &self.application.database
    }

    /// How the service and its views are doing.
    pub async fn health(&self) -> Health {
        self.application.health().await
    }

    /// Who lives, and where all partitions of views are.
    pub async fn cluster(&self) -> Result<Cluster, StoreError> {
        self.database().cluster().await
    }

    /// Has a view rest, or go on.
    pub async fn pause(&self, actor: &str, view: &str, paused: bool) -> Result<(), OperationError> {
        let is_known = self.application.followers.iter().any(|follower| follower.view() == view);
        if !is_known {
            return Err(OperationError::UnknownView(view.to_owned()));
        }
        self.write_audit(actor, if paused { "pause" } else { "resume" }, view, "").await?;
        Ok(self.database().pause(view, paused).await?)
    }

    /// All rebuilds that are under way or can be rolled back.
    pub async fn rebuilds(&self) -> Result<Vec<RebuildStatus>, StoreError> {
        let (rebuilds, cluster) = (self.database().rebuilds().await?, self.cluster().await?);
        let end = self.database().end().await?;
        Ok(rebuilds.into_iter().map(|rebuild| self.rebuild_status(rebuild, &cluster, end)).collect())
    }

    fn rebuild_status(&self, rebuild: Rebuild, cluster: &Cluster, end: Position) -> RebuildStatus {
        let name = self.projection(&rebuild.view).map(|projection| Shadow::of(projection).view());
        let of_it = || cluster.partitions.iter().filter(|partition| Some(&partition.of) == name.as_ref());
        let position = of_it().map(|partition| partition.position).min().unwrap_or_default();
        let rate = name.as_ref().map_or(0, |name| node::rate(cluster, name));
        let lacking = end.0.saturating_sub(position.0);
        RebuildStatus {
            position,
            end,
            rate,
            left: (rate > 0).then(|| Duration::from_millis(lacking.saturating_mul(1_000) / rate)),
            parked: of_it().map(|partition| partition.parked).sum(),
            paused: of_it().any(|partition| partition.paused),
            rebuild,
        }
    }

    fn projection(&self, view: &str) -> Option<&Arc<dyn Projection>> {
        self.application.views.get(view)
    }

    /// What stands beside a view while it is rebuilt.
    fn shadow(&self, view: &str) -> Result<Shadow, OperationError> {
        let projection = self.projection(view).ok_or_else(|| OperationError::UnknownView(view.to_owned()))?;
        if projection.is_reaction() {
            return Err(OperationError::Reaction(view.to_owned()));
        }
        Ok(Shadow::of(projection))
    }

    /// Begins to fill a view anew beside the one that serves; whether it takes over by itself when it is there. If that is
    /// under way, this alone is said anew.
    pub async fn rebuild(&self, actor: &str, view: &str, automatic: bool) -> Result<(), OperationError> {
        let shadow = self.shadow(view)?;
        let detail =
            if automatic { "it takes over by itself" } else { "it waits for a word before it takes over" };
        self.write_audit(actor, "rebuild", view, detail).await?;
        if self.rebuild_is(view, Stage::is_under_way).await? {
            return Ok(self.database().set_automatic(view, automatic).await?);
        }
        Ok(rebuild::begin(self.database(), shadow.live(), (1, automatic)).await?)
    }

    /// Has a rebuild of a view take over as soon as it is there.
    pub async fn take_over(&self, actor: &str, view: &str) -> Result<(), OperationError> {
        self.shadow(view)?;
        if !self.rebuild_is(view, Stage::is_under_way).await? {
            return Err(OperationError::NoRebuild(view.to_owned()));
        }
        self.write_audit(actor, "take over", view, "").await?;
        Ok(self.database().set_automatic(view, true).await?)
    }

    /// Puts back what a view was before a rebuild took over.
    pub async fn roll_back(&self, actor: &str, view: &str) -> Result<(), OperationError> {
        let shadow = self.shadow(view)?;
        if !self.rebuild_is(view, |stage| stage == Stage::TakenOver).await? {
            return Err(OperationError::NoRebuild(view.to_owned()));
        }
        let rebuilds = self.database().rebuilds().await?;
        let version = rebuilds.iter().find(|rebuild| rebuild.view == view).map(|rebuild| rebuild.version);
        if let Some(version) = version.filter(|version| *version != shadow.live().schema().version) {
            return Err(OperationError::AnotherVersion { view: view.to_owned(), version });
        }
        self.write_audit(actor, "roll back", view, "").await?;
        self.database().roll_back(&shadow).await.map_err(not_applied)?;
        Ok(())
    }

    /// Ends a rebuild of a view that has not taken over, or removes what one that has keeps of what was before.
    pub async fn end_rebuild(&self, actor: &str, view: &str) -> Result<(), OperationError> {
        let shadow = self.shadow(view)?;
        if !self.rebuild_is(view, |_| true).await? {
            return Err(OperationError::NoRebuild(view.to_owned()));
        }
        self.write_audit(actor, "end rebuild", view, "").await?;
        Ok(self.database().end_rebuild(&shadow).await?)
    }

    /// Has a rebuild of a view rest, or go on.
    pub async fn pause_rebuild(&self, actor: &str, view: &str, paused: bool) -> Result<(), OperationError> {
        let shadow = self.shadow(view)?;
        if !self.rebuild_is(view, Stage::is_under_way).await? {
            return Err(OperationError::NoRebuild(view.to_owned()));
        }
        self.write_audit(actor, if paused { "pause rebuild" } else { "resume rebuild" }, view, "").await?;
        Ok(self.database().pause(&shadow.view().view, paused).await?)
    }

    async fn rebuild_is(&self, view: &str, meant: impl Fn(Stage) -> bool) -> Result<bool, StoreError> {
        let rebuilds = self.database().rebuilds().await?;
        Ok(rebuilds.iter().any(|rebuild| rebuild.view == view && meant(rebuild.stage)))
    }

    /// The dead letters that are asked for.
    pub async fn dead_letters(&self, query: &DeadLetterQuery) -> Result<Vec<DeadLetter>, StoreError> {
        self.database().dead_letters(query).await
    }

    /// One of them.
    pub async fn dead_letter(&self, number: u64) -> Result<DeadLetter, OperationError> {
        let first =
            DeadLetterQuery { after: number.saturating_sub(1), limit: 1, ..DeadLetterQuery::default() };
        let letter = self.dead_letters(&first).await?.pop().filter(|letter| letter.number == number);
        letter.ok_or(OperationError::UnknownLetter(number))
    }

    /// Tries a dead letter again.
    pub async fn retry(&self, actor: &str, number: u64) -> Result<TakenUp, OperationError> {
        let letter = self.dead_letter(number).await?;
        self.write_audit(actor, "retry", &target(&letter), "").await?;
        self.take_up(&letter, TakeUp::Retry).await
    }

    /// Leaves the event at which a dead letter stands out for good, if that is the one at the position, for a reason.
    pub async fn skip(
        &self,
        actor: &str,
        (number, position): (u64, Position),
        reason: &str,
    ) -> Result<TakenUp, OperationError> {
        let letter = self.dead_letter(number).await?;
        let detail = format!("the event at position {position}: {reason}");
        self.write_audit(actor, "skip", &target(&letter), &detail).await?;
        self.take_up(&letter, TakeUp::Skip(position)).await
    }

    /// Tries all dead letters again: those of a view, if one is named, and those whose error has a text in it.
    pub async fn retry_all(
        &self,
        actor: &str,
        view: Option<&str>,
        error: Option<&str>,
    ) -> Result<Retried, OperationError> {
        let detail = error.map(|error| format!("those with `{error}` in their error")).unwrap_or_default();
        self.write_audit(
            actor,
            "retry",
            &format!("dead letters of {}", view.unwrap_or("every view")),
            &detail,
        )
        .await?;
        let (mut retried, mut after) = (Retried::default(), 0);
        loop {
            let next = DeadLetterQuery { view: view.map(str::to_owned), after, due: false, limit: LETTERS };
            let letters = self.dead_letters(&next).await?;
            let Some(last) = letters.last() else { return Ok(retried) };
            after = last.number;
            for letter in letters.iter().filter(|letter| error.is_none_or(|text| letter.error.contains(text)))
            {
                retried.count(&self.take_up(letter, TakeUp::Retry).await?);
            }
        }
    }

    async fn take_up(&self, letter: &DeadLetter, how: TakeUp) -> Result<TakenUp, OperationError> {
        let Some(projection) = self.projection_of(letter) else { return Ok(TakenUp::Gone) };
        let mut taken_up = self.database().take_up(&projection, letter.number, how).await?;
        while taken_up == TakenUp::More {
            taken_up = self.database().take_up(&projection, letter.number, TakeUp::Retry).await?;
        }
        Ok(taken_up)
    }

    /// The view of a letter, or what is filled beside it.
    fn projection_of(&self, letter: &DeadLetter) -> Option<Arc<dyn Projection>> {
        let known = self.projection(Shadow::live_name(&letter.view).unwrap_or(&letter.view))?;
        let is_filled = known.schema().view != letter.view;
        let projection = if is_filled { Arc::new(Shadow::of(known)) } else { Arc::clone(known) };
        (projection.schema().version == letter.version).then_some(projection)
    }

    /// The next events behind a position. If there is none, it waits for one so long.
    pub async fn events(
        &self,
        scope: &Scope,
        query: &EventQuery,
        (after, limit): (Position, usize),
        wait: Duration,
    ) -> Result<Batch, StoreError> {
        let mut head = self.database().head();
        let mut batch = self.database().read_all(scope, after, query, limit).await?;
        let waiting = async {
            while batch.events.is_empty() {
                let read_to = batch.read_to;
                if head.wait_for(|head| *head > read_to).await.is_err() {
                    break;
                }
                batch = self.database().read_all(scope, read_to, query, limit).await?;
            }
            Ok(())
        };
        // That nothing has come in time is no error.
        timeout(wait, waiting).await.unwrap_or(Ok(()))?;
        Ok(batch)
    }

    /// The last events, so many at most, that are found among so many positions at the end of the log.
    pub async fn last_events(
        &self,
        scope: &Scope,
        query: &EventQuery,
        (limit, among): (usize, u64),
    ) -> Result<Batch, StoreError> {
        let end = self.database().end().await?;
        let (mut stretch, mut batch) = (limit as u64, Batch { events: Vec::new(), read_to: end });
        while batch.events.len() < limit && stretch <= among {
            let after = Position(end.0.saturating_sub(stretch));
            batch = self.database().read_all(scope, after, query, usize::MAX).await?;
            if after == Position::START {
                break;
            }
            stretch *= 8;
        }
        let surplus = batch.events.len().saturating_sub(limit);
        batch.events.drain(..surplus);
        Ok(batch)
    }

    /// Where the log ends.
    pub async fn end(&self) -> Result<Position, StoreError> {
        self.database().end().await
    }

    /// The events that were recorded for one reason.
    pub async fn trace(
        &self,
        correlation: CorrelationId,
        (after, limit): (Position, u32),
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        self.database().read_correlated(correlation, after, limit).await
    }

    /// The events of a stream behind a version, so many at most.
    pub async fn stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        (after, limit): (Version, u64),
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        let range = Versions { after, until: Version(after.0.saturating_add(limit)) };
        self.database().read_stream(tenant, stream, range).await
    }

    /// What was written to the audit log behind a number.
    pub async fn audit(&self, after: u64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.database().read_audit(after, limit).await
    }

    async fn write_audit(
        &self,
        actor: &str,
        action: &str,
        target: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        tracing::info!(actor, action, target, "somebody operates the service");
        let [actor, action, target, detail] = [actor, action, target, detail].map(str::to_owned);
        self.database().write_audit(NewAuditEntry { actor, action, target, detail }).await
    }
}

impl Retried {
    fn count(&mut self, taken_up: &TakenUp) {
        match taken_up {
            TakenUp::Done | TakenUp::More => self.done += 1,
            TakenUp::Failed(_) => self.failed += 1,
            TakenUp::Gone => self.gone += 1,
        }
    }
}

fn not_applied(error: ApplyError) -> OperationError {
    match error {
        ApplyError::Store(error) => error.into(),
        other => OperationError::Refused(other.to_string()),
    }
}

/// What is said of a letter in the audit log; its key may be about a person.
fn target(letter: &DeadLetter) -> String {
    format!("dead letter {} of {}", letter.number, letter.view)
}
