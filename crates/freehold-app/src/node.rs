//! A node: shows that it lives, sees who else does, and tells its workers what to hold.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use freehold_domain::Position;
use freehold_ports::{
    Claimed, Cluster, Database, Lease, Living, Node, Projection, Rebuild, Shadow, StoreError, ViewVersion,
};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use crate::{
    follower::Follower,
    node_roles::{NodeRole, NodeRoles},
    rebuild, spread,
    tasks::Tasks,
    worker::{self, Orders, Progress, Worker},
};

/// How long a node is taken for alive after it was last heard of.
const LEASE: Duration = Duration::from_secs(3);
/// How often it is heard of: more than once before others take what it holds, should one time be lost.
const TICK: Duration = Duration::from_millis(750);

/// What a node has seen of all of them.
#[derive(Clone)]
pub(crate) struct Seen {
    /// Who has seen it.
    by: Uuid,
    pub(crate) cluster: Cluster,
    pub(crate) at: Instant,
    /// The views that are being filled, by workers and in the version of this node.
    pub(crate) filling: HashSet<String>,
    /// Since when nobody who lives holds a partition, of those that nobody holds.
    pub(crate) unheld: HashMap<(ViewVersion, u32), Instant>,
}

/// What a node says of each of its workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) view: String,
    pub(crate) version: u32,
    /// How long ago it last showed that it gets on, in milliseconds.
    pub(crate) heartbeat: u64,
    pub(crate) rate: u64,
    pub(crate) running: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// What a node is.
pub(crate) struct Settings {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) roles: NodeRoles,
    /// How many partitions a view shall have.
    pub(crate) partitions: u32,
}

/// A worker, as its node has it.
struct Hand {
    view: ViewVersion,
    orders: watch::Sender<Orders>,
    progress: watch::Receiver<Progress>,
    /// What tells it to stop.
    stop: CancellationToken,
}

/// Joins the nodes, and has workers begin if it is for this one to do: how the views are doing from then on. Given are all
/// views, of which those that appends bring up to date have a worker only while they are rebuilt.
pub(crate) async fn join(
    database: &Arc<dyn Database>,
    settings: Settings,
    projections: &[Arc<dyn Projection>],
    tasks: &Tasks,
) -> Result<Vec<Follower>, StoreError> {
    let Settings { id, name, roles, partitions } = settings;
    let node = Node { id, name, roles: roles.names(), views: BTreeSet::new(), report: "[]".to_owned() };
    let (seen, receiver) = watch::channel(Seen::nothing(id));
    let mut crew = Crew {
        database: database.clone(),
        is_worker: roles.include(NodeRole::Worker),
        node,
        hands: Vec::new(),
        workers: JoinSet::new(),
        projections: projections.to_vec(),
        waiting: Vec::new(),
        errand: None,
        seen,
        stop: tasks.stop_token(),
    };
    let mut followers = Vec::new();
    for projection in projections.iter().filter(|projection| worker::is_needed(&***projection)) {
        let (of, progress) = crew.begin(projection, partitions).await?;
        let (database, projection, seen) = (database.clone(), projection.clone(), receiver.clone());
        followers.push(Follower { database, projection, of, progress, seen });
    }
    let cluster = database.beat(&crew.node, LEASE).await?;
    crew.command(cluster);
    tasks.run(crew.run());
    Ok(followers)
}

/// A node that runs.
struct Crew {
    database: Arc<dyn Database>,
    is_worker: bool,
    node: Node,
    hands: Vec<Hand>,
    workers: JoinSet<()>,
    projections: Vec<Arc<dyn Projection>>,
    /// Those whose tables do not hold their version yet.
    waiting: Vec<Arc<dyn Projection>>,
    /// What is done for a rebuild beside all else, one thing at a time.
    errand: Option<AbortOnDropHandle<()>>,
    seen: watch::Sender<Seen>,
    stop: CancellationToken,
}

impl Crew {
    /// Has a worker begin for a view, if that is for this node to do and the table holds its version; else that is filled
    /// beside. Says how many partitions there are.
    async fn begin(
        &mut self,
        projection: &Arc<dyn Projection>,
        partitions: u32,
    ) -> Result<(u32, Option<watch::Receiver<Progress>>), StoreError> {
        let (live, version) = (self.database.live_version(projection).await?, projection.schema().version);
        if live == version {
            let from = if projection.is_reaction() { self.database.end().await? } else { Position::START };
            let view = ViewVersion::of(projection.schema());
            let of = self.database.divide(&view, Some(partitions), from).await?;
            return Ok((of, self.is_worker.then(|| self.hire(projection.clone(), of))));
        }
        let view = projection.schema().view;
        if live < version {
            tracing::info!(view, live, version, "the view is rebuilt, and serves as it was until then");
            rebuild::begin(&self.database, projection, (partitions, true)).await?;
        } else {
            tracing::warn!(
                view,
                live,
                version,
                "the view serves a newer version, which others bring up to date"
            );
        }
        self.waiting.push(projection.clone());
        Ok((partitions, None))
    }

    /// Has a worker begin.
    fn hire(&mut self, projection: Arc<dyn Projection>, of: u32) -> watch::Receiver<Progress> {
        let (view, stop) = (ViewVersion::of(projection.schema()), self.stop.child_token());
        let (worker, orders, progress) = Worker::new(self.database.clone(), projection, (self.node.id, of));
        self.workers.spawn(worker.run(stop.clone()));
        self.node.views.insert(view.clone());
        self.hands.push(Hand { view, orders, progress: progress.clone(), stop });
        progress
    }

    /// Has the worker of a view stop.
    fn dismiss(&mut self, view: &ViewVersion) {
        self.node.views.remove(view);
        self.hands.retain(|hand| {
            if hand.view == *view {
                hand.stop.cancel();
            }
            hand.view != *view
        });
    }

    /// Goes on until it is told to stop, waits for the workers, and takes its leave.
    async fn run(mut self) {
        let stop = self.stop.clone();
        while stop.run_until_cancelled(sleep(TICK)).await.is_some() {
            self.node.report = self.report();
            self.give_up_what_is_dead().await;
            match timeout(LEASE, self.database.beat(&self.node, LEASE)).await {
                Ok(Ok(cluster)) => {
                    if let Err(error) = self.see_to_rebuilds(&cluster).await {
                        tracing::warn!(%error, "rebuilds could not be looked after");
                    }
                    self.command(cluster);
                }
                Ok(Err(error)) => tracing::warn!(%error, "the node cannot show that it lives"),
                Err(_) => tracing::warn!("the node cannot show that it lives: the database does not answer"),
            }
        }
        while self.workers.join_next().await.is_some() {}
        if let Err(error) = self.database.leave(self.node.id).await {
            tracing::warn!(%error, "the node could not take its leave; it will be missed");
        }
    }

    /// Tells the workers what to hold.
    fn command(&mut self, cluster: Cluster) {
        let mut shares = spread::shares(&cluster, self.node.id);
        for hand in &self.hands {
            let of_view = || cluster.partitions.iter().filter(|partition| partition.of == hand.view);
            let partitions: BTreeSet<u32> = shares.remove(&hand.view).unwrap_or_default();
            let paused = of_view().any(|partition| partition.paused);
            let parking = of_view().any(|partition| partition.parked > 0);
            // Also where nothing has changed: what another still held may be free by now.
            let epochs = of_view().map(|partition| (partition.number, partition.epoch)).collect();
            hand.orders.send_replace(Orders { partitions, epochs, paused, parking });
        }
        self.seen.send_modify(|seen| *seen = seen.clone().now(cluster));
    }

    /// Has workers begin and stop as rebuilds do, and sees to those that it is for this node to finish.
    async fn see_to_rebuilds(&mut self, cluster: &Cluster) -> Result<(), StoreError> {
        self.begin_what_has_waited(cluster).await?;
        let under_way = rebuild::under_way(self.database.rebuilds().await?, &self.projections, cluster);
        let filling = under_way.iter().map(|(_, rebuild)| rebuild.view.clone()).collect();
        self.seen.send_modify(|seen| seen.filling = filling);
        self.dismiss_what_has_ended(&under_way);
        for (shadow, rebuild) in under_way.into_iter().filter(|_| self.is_worker).collect::<Vec<_>>() {
            let (view, of) = (shadow.view(), rebuild::partitions(cluster, &shadow.view()));
            if of > 0 && !self.hands.iter().any(|hand| hand.view == view) {
                self.hire(Arc::new(shadow.clone()), of);
            }
            let is_free = self.errand.as_ref().is_none_or(AbortOnDropHandle::is_finished);
            if is_free && rebuild::is_for(self.node.id, &shadow, cluster) {
                let errand = rebuild::finish(self.database.clone(), shadow, rebuild);
                self.errand = Some(AbortOnDropHandle::new(tokio::spawn(errand)));
            }
        }
        Ok(())
    }

    /// Has workers begin for views whose tables hold their version by now.
    async fn begin_what_has_waited(&mut self, cluster: &Cluster) -> Result<(), StoreError> {
        // All of them are asked for before anything is done: one that cannot be told leaves the others waiting.
        let mut live = Vec::new();
        for projection in &self.waiting {
            live.push(self.database.live_version(projection).await? == projection.schema().version);
        }
        for (projection, is_live) in std::mem::take(&mut self.waiting).into_iter().zip(live) {
            match rebuild::partitions(cluster, &ViewVersion::of(projection.schema())) {
                of @ 1.. if is_live && self.is_worker => _ = self.hire(projection, of),
                _ if is_live && !self.is_worker => {}
                _ => self.waiting.push(projection),
            }
        }
        Ok(())
    }

    /// Has the workers of rebuilds stop that are under way no more.
    fn dismiss_what_has_ended(&mut self, under_way: &[(Shadow, Rebuild)]) {
        let ended = self.hands.iter().map(|hand| hand.view.clone()).filter(|view| {
            Shadow::live_name(&view.view).is_some()
                && !under_way.iter().any(|(shadow, _)| shadow.view() == *view)
        });
        for view in ended.collect::<Vec<_>>() {
            self.dismiss(&view);
        }
    }

    /// Gives back what a worker held that has died, so that others can take it.
    async fn give_up_what_is_dead(&mut self) {
        for hand in &self.hands {
            if hand.progress.borrow().running || !self.node.views.remove(&hand.view) {
                continue;
            }
            tracing::error!(view = hand.view.view, "the worker of a view has died");
            if let Err(error) = give_up(&*self.database, self.node.id, hand).await {
                tracing::warn!(%error, view = hand.view.view, "its partitions could not be given back");
            }
        }
    }

    fn report(&self) -> String {
        let report = |hand: &Hand| {
            let progress = hand.progress.borrow();
            Report {
                view: hand.view.view.clone(),
                version: hand.view.version,
                heartbeat: u64::try_from(progress.beat.elapsed().as_millis()).unwrap_or(u64::MAX),
                rate: progress.rate(),
                running: progress.running,
                error: progress.error.clone(),
            }
        };
        let reports: Vec<_> = self.hands.iter().map(report).collect();
        serde_json::to_string(&reports).unwrap_or_default()
    }
}

/// Taken once more, partitions are held by nobody but who gives them back.
async fn give_up(database: &dyn Database, node: Uuid, hand: &Hand) -> Result<(), StoreError> {
    let partitions: Vec<u32> = hand.orders.borrow().partitions.iter().copied().collect();
    let claimed = database.claim(node, &hand.view, &partitions).await?;
    let leases: Vec<Lease> = claimed.into_iter().map(|Claimed { lease, .. }| lease).collect();
    database.release(&hand.view, &leases).await
}

/// How many events the workers of a view take in a second, as their nodes say it.
pub(crate) fn rate(cluster: &Cluster, view: &ViewVersion) -> u64 {
    let reports = cluster
        .nodes
        .iter()
        .flat_map(|living| serde_json::from_str::<Vec<Report>>(&living.node.report).unwrap_or_default());
    let of_view = reports.filter(|report| (&report.view, report.version) == (&view.view, view.version));
    of_view.map(|report| report.rate).sum()
}

impl Seen {
    fn nothing(by: Uuid) -> Self {
        Self {
            by,
            cluster: Cluster::default(),
            at: Instant::now(),
            filling: HashSet::new(),
            unheld: HashMap::new(),
        }
    }

    /// Whether anything was seen yet.
    pub(crate) fn has_looked(&self) -> bool {
        !self.cluster.nodes.is_empty()
    }

    /// Whether that is the node itself.
    pub(crate) fn is_own(&self, living: &Living) -> bool {
        living.node.id == self.by
    }

    /// The same with what is seen now.
    pub(crate) fn now(self, cluster: Cluster) -> Self {
        let now = Instant::now();
        let unheld = cluster.partitions.iter().filter(|partition| !cluster.is_held(partition));
        let unheld = unheld.map(|partition| {
            let which = (partition.of.clone(), partition.number);
            let since = self.unheld.get(&which).copied().unwrap_or(now);
            (which, since)
        });
        Self { by: self.by, filling: self.filling, unheld: unheld.collect(), cluster, at: now }
    }
}
