//! A node: shows that it lives, sees who else does, and tells its workers what to hold.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use freehold_ports::{Claimed, Cluster, Database, Lease, Living, Node, Projection, StoreError, ViewVersion};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    follower::Follower,
    node_roles::{NodeRole, NodeRoles},
    spread,
    tasks::Tasks,
    worker::{Orders, Progress, Worker},
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
}

/// Joins the nodes, and has workers begin if it is for this one to do: how the views are doing from then on.
pub(crate) async fn join(
    database: &Arc<dyn Database>,
    settings: Settings,
    projections: Vec<Arc<dyn Projection>>,
    tasks: &Tasks,
) -> Result<Vec<Follower>, StoreError> {
    let Settings { id, name, roles, partitions } = settings;
    let (mut workers, mut followed) = (Vec::new(), Vec::new());
    for projection in projections {
        let view = ViewVersion::of(projection.schema());
        let of = database.divide(&view, Some(partitions)).await?;
        let mut progress = None;
        if roles.include(NodeRole::Worker) {
            let (worker, orders, shown) = Worker::new(database.clone(), projection.clone(), (id, of));
            progress = Some(shown.clone());
            workers.push((worker, Hand { view, orders, progress: shown }));
        }
        followed.push((projection, of, progress));
    }
    let views = workers.iter().map(|(_, hand)| hand.view.clone()).collect();
    let node = Node { id, name, roles: roles.names(), views, report: "[]".to_owned() };
    let (crew, seen) = Crew::start(database.clone(), node, workers, tasks.stop_token()).await?;
    tasks.run(crew.run());
    let follower = |(projection, of, progress)| {
        let (database, seen) = (database.clone(), seen.clone());
        Follower { database, projection, of, progress, seen }
    };
    Ok(followed.into_iter().map(follower).collect())
}

/// A node that runs.
struct Crew {
    database: Arc<dyn Database>,
    node: Node,
    hands: Vec<Hand>,
    workers: JoinSet<()>,
    seen: watch::Sender<Seen>,
    stop: CancellationToken,
}

impl Crew {
    /// Shows that the node lives, and has its workers begin.
    async fn start(
        database: Arc<dyn Database>,
        node: Node,
        workers: Vec<(Worker, Hand)>,
        stop: CancellationToken,
    ) -> Result<(Self, watch::Receiver<Seen>), StoreError> {
        let cluster = database.beat(&node, LEASE).await?;
        let (seen, receiver) = watch::channel(Seen::nothing(node.id));
        let mut crew = Self { database, node, hands: Vec::new(), workers: JoinSet::new(), seen, stop };
        for (worker, hand) in workers {
            crew.hands.push(hand);
            crew.workers.spawn(worker.run(crew.stop.clone()));
        }
        crew.command(cluster);
        Ok((crew, receiver))
    }

    /// Goes on until it is told to stop, waits for the workers, and takes its leave.
    async fn run(mut self) {
        let stop = self.stop.clone();
        while stop.run_until_cancelled(sleep(TICK)).await.is_some() {
            self.node.report = self.report();
            self.give_up_what_is_dead().await;
            match timeout(LEASE, self.database.beat(&self.node, LEASE)).await {
                Ok(Ok(cluster)) => self.command(cluster),
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
            hand.orders.send_replace(Orders { partitions, paused, parking });
        }
        self.seen.send_modify(|seen| *seen = seen.clone().now(cluster));
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

impl Seen {
    fn nothing(by: Uuid) -> Self {
        Self { by, cluster: Cluster::default(), at: Instant::now(), unheld: HashMap::new() }
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
        Self { by: self.by, unheld: unheld.collect(), cluster, at: now }
    }
}
