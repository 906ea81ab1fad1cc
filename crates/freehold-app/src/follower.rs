//! Followers: how the views are doing that workers bring up to date, on this node and on others.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use freehold_domain::{Position, Timestamp};
use freehold_ports::{Cluster, Database, Living, Partition, Projection, Scope, StoreError, ViewVersion};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    node::{Report, Seen},
    worker::Progress,
};

/// How long a worker that lives may go without showing it: longer than a statement may take.
const SILENCE: Duration = Duration::from_secs(35);
/// How many events are read to find the first that a projection lacks. Where the log has few that are for it they are looked
/// up, and not met one after the other.
const LOOK: usize = 100;
/// How long that may take.
const LOOKS: Duration = Duration::from_secs(2);
/// How often it is asked how far another node has come, while somebody waits for it.
const ASK: Duration = Duration::from_millis(10);

/// How a view is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionStatus {
    /// The view, with its context before it.
    pub view: &'static str,
    /// The version of the view.
    pub version: u32,
    /// Up to where all of its rows have taken events in, but for those that are parked.
    pub position: Position,
    /// Why it is not getting on, if it is not.
    pub error: Option<String>,
    /// Whether every partition has a worker that runs.
    pub running: bool,
    /// How long ago the worker that has been silent longest showed that it gets on, or has nothing to do.
    pub heartbeat: Duration,
    /// How many events its workers take in a second, over the last one or a little more.
    pub rate: u64,
    /// How many of its rows wait in the dead letters.
    pub parked: u64,
    /// Whether it was told to rest.
    pub paused: bool,
    /// Its parts, in the order of their numbers.
    pub partitions: Vec<PartitionStatus>,
}

/// How a partition of a view is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionStatus {
    /// Which one.
    pub number: u32,
    /// Up to where it has taken events in.
    pub position: Position,
    /// The node that holds it, if one does that lives.
    pub owner: Option<String>,
    /// How long ago its worker showed that it gets on; without one, since when nobody holds it.
    pub heartbeat: Duration,
    /// How many of its rows wait in the dead letters.
    pub parked: u64,
}

/// How far a projection is behind the log, which has been asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// How many events lie behind its position, if one of them is for it. Not all of them need be.
    pub events: u64,
    /// How long ago the first of those that are for it was recorded.
    pub time: Duration,
}

impl ProjectionStatus {
    /// Whether it gets on, or was told to rest. A worker that hangs does not, and neither does a partition that nobody has
    /// taken for as long as a worker may be silent.
    pub fn is_healthy(&self) -> bool {
        self.paused || (self.running && self.error.is_none() && self.heartbeat < SILENCE)
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

/// What is seen of a view that workers bring up to date.
#[derive(Clone)]
pub(crate) struct Follower {
    pub(crate) database: Arc<dyn Database>,
    pub(crate) projection: Arc<dyn Projection>,
    /// How many partitions there are.
    pub(crate) of: u32,
    /// What its worker on this node shows, if there is one.
    pub(crate) progress: Option<watch::Receiver<Progress>>,
    pub(crate) seen: watch::Receiver<Seen>,
}

/// What is known of the worker of a partition.
struct Known {
    owner: Option<String>,
    heartbeat: Duration,
    error: Option<String>,
    running: bool,
}

impl Follower {
    /// The view that it shows.
    pub(crate) fn view(&self) -> &'static str {
        self.projection.schema().view
    }

    /// Up to where rows that are read from now on have taken events in, at least.
    pub(crate) fn position(&self) -> Position {
        self.position_in(&self.seen.borrow())
    }

    fn position_in(&self, seen: &Seen) -> Position {
        let own = self.own_positions();
        let stored: BTreeMap<u32, Position> =
            self.of_view(&seen.cluster).map(|partition| (partition.number, partition.position)).collect();
        let position = |number: u32| {
            // What is stored may be newer, where it was taken over, or older.
            let positions = [own.get(&number), stored.get(&number)];
            positions.into_iter().flatten().max().copied().unwrap_or_default()
        };
        (0..self.of).map(position).min().unwrap_or_default()
    }

    fn own_positions(&self) -> BTreeMap<u32, Position> {
        self.progress.as_ref().map(|progress| progress.borrow().positions.clone()).unwrap_or_default()
    }

    fn of_view<'c>(&self, cluster: &'c Cluster) -> impl Iterator<Item = &'c Partition> + use<'c> {
        let of = ViewVersion::of(self.projection.schema());
        cluster.partitions.iter().filter(move |partition| partition.of == of)
    }

    pub(crate) fn status(&self) -> ProjectionStatus {
        self.status_in(&self.seen.borrow())
    }

    /// How it is doing, given what was seen of all nodes.
    pub(crate) fn status_in(&self, seen: &Seen) -> ProjectionStatus {
        let own = self.own_positions();
        let mut status = ProjectionStatus {
            view: self.view(),
            version: self.projection.schema().version,
            position: self.position_in(seen),
            error: None,
            running: true,
            heartbeat: Duration::ZERO,
            rate: self.rate(seen),
            parked: 0,
            paused: false,
            partitions: Vec::new(),
        };
        for partition in self.of_view(&seen.cluster) {
            let known = self.known(&own, seen, partition);
            status.error = status.error.or(known.error);
            status.running &= known.running;
            status.heartbeat = status.heartbeat.max(known.heartbeat);
            status.parked += partition.parked;
            status.paused |= partition.paused;
            let position = own.get(&partition.number).copied().unwrap_or_default().max(partition.position);
            status.partitions.push(PartitionStatus {
                number: partition.number,
                position,
                owner: known.owner,
                heartbeat: known.heartbeat,
                parked: partition.parked,
            });
        }
        // Nothing of it is anywhere: what serves is of another version.
        if status.partitions.is_empty() && !seen.filling.contains(self.view()) && seen.has_looked() {
            status.running = false;
            status.error =
                Some("its table holds another version of it, which is not being rebuilt".to_owned());
        }
        status
    }

    /// Of a partition, as its node has it, or as that was last heard of.
    fn known(&self, own: &BTreeMap<u32, Position>, seen: &Seen, partition: &Partition) -> Known {
        let owner = seen.cluster.nodes.iter().find(|living| Some(living.node.id) == partition.owner);
        let owner_name = owner.map(|living| living.node.name.clone());
        // What was seen last is old where nothing can be seen any more.
        let age = seen.at.elapsed();
        if let Some(progress) = self.progress.as_ref().map(|progress| progress.borrow())
            && (own.contains_key(&partition.number) || !progress.running || progress.error.is_some())
        {
            let (error, running) = (progress.error.clone(), progress.running);
            return Known { owner: owner_name, heartbeat: progress.beat.elapsed(), error, running };
        }
        if let Some((living, report)) = owner.and_then(|living| Some((living, self.report(living)?))) {
            let heartbeat = Duration::from_millis(report.heartbeat) + living.seen + age;
            return Known { owner: owner_name, heartbeat, error: report.error, running: report.running };
        }
        let since = seen.unheld.get(&(partition.of.clone(), partition.number));
        let heartbeat = since.map_or(age, tokio::time::Instant::elapsed);
        Known { owner: owner_name, heartbeat, error: None, running: true }
    }

    /// What a node says of its worker.
    fn report(&self, living: &Living) -> Option<Report> {
        let reports: Vec<Report> = serde_json::from_str(&living.node.report).ok()?;
        let schema = self.projection.schema();
        reports
            .into_iter()
            .find(|report| (report.view.as_str(), report.version) == (schema.view, schema.version))
    }

    fn rate(&self, seen: &Seen) -> u64 {
        let own = self.progress.as_ref().map_or(0, |progress| progress.borrow().rate());
        let others = seen.cluster.nodes.iter().filter(|living| !seen.is_own(living));
        own + others.filter_map(|living| self.report(living)).map(|report| report.rate).sum::<u64>()
    }

    /// How far it is behind the end of the log, being at a position.
    pub(crate) async fn lag(
        &self,
        position: Position,
        end: Position,
        now: Timestamp,
    ) -> Result<Lag, StoreError> {
        if position >= end {
            return Ok(Lag::default());
        }
        let first = self.database.read_all(&Scope::EveryTenant, position, self.projection.query(), LOOK);
        let first = timeout(LOOKS, first).await.unwrap_or_else(|_| Err(slow()))?;
        let Some(event) = first.events.first() else { return Ok(Lag::default()) };
        Ok(Lag { events: end.0 - position.0, time: since(event.metadata.time, now) })
    }

    /// Waits until the view has taken in what lies at or before the position, whatever goes wrong meanwhile. False, if that
    /// will not be, since its worker has stopped.
    pub(crate) async fn gets_to(&self, position: Position) -> bool {
        self.wait(position, false).await
    }

    /// Waits until the view has taken in what lies at or before the position.
    pub(crate) async fn reached(&self, position: Position) -> Result<(), WaitError> {
        if self.wait(position, true).await {
            return Ok(());
        }
        let ProjectionStatus { view, position, error, .. } = self.status();
        let reason = error.unwrap_or_else(|| "its worker has stopped".to_owned());
        Err(WaitError { view, position, reason })
    }

    /// Whether it gets there. The worker of this node tells when it has; the database is asked how far others have come.
    async fn wait(&self, position: Position, is_impatient: bool) -> bool {
        let mut progress = self.progress.clone();
        loop {
            if self.position() >= position {
                return true;
            }
            let Some(progress) = &mut progress else {
                if self.is_stored_at(position).await {
                    return true;
                }
                sleep(ASK).await;
                continue;
            };
            let (running, failing, holds_all) = {
                let progress = progress.borrow_and_update();
                (progress.running, progress.error.is_some(), progress.positions.len() == self.of as usize)
            };
            if self.position() >= position {
                return true;
            }
            if !running || (is_impatient && failing) {
                return false;
            }
            if holds_all {
                _ = progress.changed().await;
            } else if timeout(ASK, progress.changed()).await.is_err() && self.is_stored_at(position).await {
                return true;
            }
        }
    }

    /// Whether all partitions are there, as the database has it. A worker does not write down that it has read on where
    /// nothing was for its view: what lies between is looked at.
    async fn is_stored_at(&self, position: Position) -> bool {
        let Ok(stored) = self.database.checkpoint(&self.projection).await else { return false };
        if stored >= position {
            return true;
        }
        let query = self.projection.query();
        let lacking = self.database.read_all(&Scope::EveryTenant, stored, query, 1).await;
        lacking.is_ok_and(|batch| {
            let first = batch.events.first().map(|event| event.position);
            first.map_or(batch.read_to >= position, |first| first > position)
        })
    }
}

fn slow() -> StoreError {
    StoreError::Unavailable { reason: format!("looking for the first event took longer than {LOOKS:?}") }
}

/// How long ago that was, by a clock that may have been set back since.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).try_into().unwrap_or_default()
}
