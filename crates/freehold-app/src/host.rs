//! The host: composes contexts over a database, runs their workers, and stops them cleanly.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc, time::Duration};

use freehold_domain::{Position, SyncMode};
use freehold_ports::{
    ApplyError, Clock, Database, IdSource, MigrationError, Migrations, Projection, StoreError,
};
use futures_util::future::join_all;

use crate::{
    CommandBus, CommandService, Context, Lag, ProjectionStatus, QueryBus, QueryService, SystemClock,
    SystemIds, WaitError,
    command_bus::{self, Log},
    context::Trespass,
    follower::Follower,
    freshness::Freshness,
    hot_state::HotState,
    node,
    node_roles::NodeRoles,
    query_bus, rebuild,
    repository::Repository,
    tasks::Tasks,
    worker,
};

/// A running service: its buses, and the workers behind its views. Those are told to stop when it is dropped; only
/// [`stop`](Host::stop) waits until they have.
pub struct Host {
    application: Application,
    tasks: Tasks,
}

/// What a transport needs of a running service. Cheap to clone.
#[derive(Clone)]
pub struct Application {
    /// Takes commands.
    pub commands: CommandBus,
    /// Answers queries.
    pub queries: QueryBus,
    /// The source of new ids.
    pub ids: Arc<dyn IdSource>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    pub(crate) database: Arc<dyn Database>,
    pub(crate) tasks: Tasks,
    pub(crate) repository: Arc<Repository>,
    pub(crate) followers: Arc<Vec<Follower>>,
    /// The views, by their names.
    pub(crate) views: Arc<HashMap<&'static str, Arc<dyn Projection>>>,
}

/// How a service is put together.
pub struct Builder {
    database: Arc<dyn Database>,
    contexts: Vec<Context>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    timeout: Duration,
    view_timeout: Duration,
    hot_aggregates: usize,
    roles: NodeRoles,
    node_name: String,
    partitions: NonZeroU32,
    command_layers: Vec<Box<dyn FnOnce(CommandService) -> CommandService + Send>>,
    query_layers: Vec<Box<dyn FnOnce(QueryService) -> QueryService + Send>>,
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its tables cannot be brought up to date.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// A view that is brought up to date before commands return could not take in what the log holds already.
    #[error("the view `{view}` cannot take in the log: {source}")]
    CatchUp {
        /// The view.
        view: &'static str,
        /// Why.
        source: ApplyError,
    },
    /// A view asks for more time than the transaction of an append may take.
    #[error("the view `{view}` has a time-out of {timeout:?}; 5 s is the most")]
    Timeout {
        /// The view.
        view: &'static str,
        /// What it asks for.
        timeout: Duration,
    },
    /// The table of a view that is brought up to date before commands return holds a newer version than this program knows.
    #[error(
        "the table of the view `{view}` holds version {live}, and this program knows version {version}: start a newer one, or roll the view back"
    )]
    Newer {
        /// The view.
        view: &'static str,
        /// The version that the table holds.
        live: u32,
        /// The version that the program knows.
        version: u32,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A view asks for events that do not leave their context.
    #[error(
        "`{view}` takes in `{event}` of `{aggregate}`, which does not leave its context: mark it `#[event(published)]` there, or take `Published<..>` of its events, which leaves out what is not"
    )]
    Unpublished {
        /// The view.
        view: &'static str,
        /// What the events are of.
        aggregate: &'static str,
        /// The first kind of them that is not published.
        event: &'static str,
    },
    /// A view asks for no event: of those of another context, none is published.
    #[error("`{0}` takes in no event: none of those that it names is published, or it names none")]
    Idle(&'static str),
    /// What is written in SQL is to be run on a database that has none.
    #[error("`{view}` is written in SQL, which this database does not understand: use SQLite or PostgreSQL")]
    NoSql {
        /// The view.
        view: &'static str,
    },
    /// Two contexts or two views share a name.
    #[error("`{0}` is registered twice")]
    Twice(&'static str),
}

/// How a service is doing.
#[derive(Clone, Debug)]
pub struct Health {
    /// The position of the last event, or why the log cannot be read.
    pub head: Result<Position, String>,
    /// Every view that has a worker.
    pub projections: Vec<ProjectionHealth>,
}

/// How a view is doing, beside the log.
#[derive(Clone, Debug)]
pub struct ProjectionHealth {
    /// What its worker shows.
    pub status: ProjectionStatus,
    /// How far it is behind the log, if that can be read.
    pub lag: Option<Lag>,
}

impl Health {
    /// Whether it can serve: the log can be read and every worker gets on. How far one is behind plays no part.
    pub fn is_ready(&self) -> bool {
        self.head.is_ok() && self.projections.iter().all(|projection| projection.status.is_healthy())
    }
}

/// How many partitions a view has unless said.
const PARTITIONS: NonZeroU32 = NonZeroU32::new(4).unwrap();

/// The most that a synchronous view may take.
const LONGEST_INLINE: Duration = Duration::from_secs(5);

impl Host {
    /// Begins to put a service together over a database.
    pub fn builder(database: impl Database) -> Builder {
        Builder {
            database: Arc::new(database),
            contexts: Vec::new(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            timeout: Duration::from_secs(10),
            view_timeout: Duration::from_secs(5),
            hot_aggregates: 10_000,
            roles: NodeRoles::default(),
            node_name: "node".to_owned(),
            partitions: PARTITIONS,
            command_layers: Vec::new(),
            query_layers: Vec::new(),
        }
    }

    /// What transports need of it.
    pub fn application(&self) -> Application {
        self.application.clone()
    }

    /// Stops the workers: each finishes the batch that it is at. Subscriptions end; what was begun on the side is
    /// finished.
    pub async fn stop(self) {
        self.tasks.stop().await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.tasks.tell();
    }
}

impl Builder {
    /// The same, with this context.
    #[must_use]
    pub fn context(mut self, context: Context) -> Self {
        self.contexts.push(context);
        self
    }

    /// The same, with another clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The same, with another source of ids.
    #[must_use]
    pub fn ids(mut self, ids: impl IdSource) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// The same, with another limit on how long a command or a query may take; 10 s unless said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same, with another limit on how long a query waits for its view to take in the position that it asks for; 5 s
    /// unless said, and at most half of what a query may take. Past it the answer is
    /// [`QueryError::Behind`](crate::QueryError::Behind).
    #[must_use]
    pub fn view_timeout(mut self, timeout: Duration) -> Self {
        self.view_timeout = timeout;
        self
    }

    /// The same, with another limit on how many aggregates stay in memory at the state that they were last left in;
    /// 10,000 unless said, and none with 0.
    ///
    /// It changes how fast commands are decided and nothing else: what they lead to is the same, also when other
    /// nodes write to the same aggregates. Each takes the memory of its state, twice: as it is in the log, and as it
    /// will be. Where states are large, fewer of them should be kept.
    #[must_use]
    pub fn hot_aggregates(mut self, aggregates: usize) -> Self {
        self.hot_aggregates = aggregates;
        self
    }

    /// The same, as a node that does only this; all that there is unless said.
    ///
    /// A node that is no worker leaves views to others: its queries find what those have written. Commands and queries are
    /// there whatever the roles are; it is for the transport not to serve them.
    #[must_use]
    pub fn roles(mut self, roles: NodeRoles) -> Self {
        self.roles = roles;
        self
    }

    /// The same, as a node that people call so.
    #[must_use]
    pub fn node_name(mut self, name: impl Into<String>) -> Self {
        self.node_name = name.into();
        self
    }

    /// The same, with views divided into so many partitions, 4 unless said: as many workers can share the work of one
    /// view, each on a node of its own. A view whose partitions are at different positions, or held, keeps those that it has
    /// until it starts where they are not.
    #[must_use]
    pub fn partitions(mut self, partitions: NonZeroU32) -> Self {
        self.partitions = partitions;
        self
    }

    /// The same, with middleware around all that commands go through. The last that is added is the outermost.
    #[must_use]
    pub fn command_layer(
        mut self,
        layer: impl FnOnce(CommandService) -> CommandService + Send + 'static,
    ) -> Self {
        self.command_layers.push(Box::new(layer));
        self
    }

    /// The same, with middleware around all that queries go through. The last that is added is the outermost.
    #[must_use]
    pub fn query_layer(mut self, layer: impl FnOnce(QueryService) -> QueryService + Send + 'static) -> Self {
        self.query_layers.push(Box::new(layer));
        self
    }

    /// Migrates, brings synchronous views up to date, and starts the workers of the others.
    pub async fn start(self) -> Result<Host, StartError> {
        let migrations: Vec<Migrations> = self.contexts.iter().map(|context| context.migrations).collect();
        let projections: Vec<_> =
            self.contexts.iter().flat_map(|context| context.projections.clone()).collect();
        check(&self.contexts, &projections)?;
        if let (None, Some(view)) =
            (self.database.dialect(), projections.iter().find(|one| one.scripts().is_some()))
        {
            return Err(StartError::NoSql { view: view.schema().view });
        }
        self.database.migrate(&migrations).await?;
        for projection in projections.iter().filter(|projection| !worker::is_needed(&***projection)) {
            self.bring_up_to_date(projection).await?;
        }
        let tasks = Tasks::new();
        let settings = node::Settings {
            id: self.ids.next(),
            name: self.node_name.clone(),
            roles: self.roles.clone(),
            partitions: self.partitions.get(),
        };
        let followers = node::join(&self.database, settings, &projections, &tasks).await?;
        let application = self.application(&projections, followers, tasks.clone());
        Ok(Host { application, tasks })
    }

    /// A view that appends write has to hold what came before them, as today's code has it.
    fn bring_up_to_date(
        &self,
        projection: &Arc<dyn Projection>,
    ) -> impl Future<Output = Result<(), StartError>> + Send + use<> {
        let (database, projection, id) = (self.database.clone(), projection.clone(), self.ids.next());
        async move {
            let (view, version) = (projection.schema().view, projection.schema().version);
            let live = database.live_version(&projection).await?;
            if live > version {
                return Err(StartError::Newer { view, live, version });
            }
            let done = async {
                if live < version {
                    tracing::info!(view, live, version, "the view is rebuilt before the service starts");
                    rebuild::before_start(&database, &projection, id).await?;
                }
                worker::catch_up(&database, &projection).await
            };
            done.await.map_err(|source| StartError::CatchUp { view, source })
        }
    }

    fn application(
        self,
        projections: &[Arc<dyn Projection>],
        followers: Vec<Follower>,
        tasks: Tasks,
    ) -> Application {
        let repository = Arc::new(Repository::new(self.database.clone(), tasks.clone()));
        let log = Log {
            database: self.database.clone(),
            repository: repository.clone(),
            hot: HotState::new(self.hot_aggregates),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            inline: inline(projections),
        };
        let commands = command_bus::stack(Arc::new(log), command_bus::Settings { timeout: self.timeout });
        let commands = self.command_layers.into_iter().fold(commands, |service, layer| layer(service));
        let limit = self.view_timeout.min(self.timeout / 2);
        let freshness = Freshness::new(self.database.clone(), projections, &followers, limit);
        let queries = query_bus::stack(self.database.clone(), freshness, self.timeout);
        let queries = self.query_layers.into_iter().fold(queries, |service, layer| layer(service));
        let views = projections.iter().map(|projection| (projection.schema().view, projection.clone()));
        Application {
            commands: CommandBus::new(commands, self.ids.clone()),
            queries: QueryBus::new(queries),
            ids: self.ids,
            clock: self.clock,
            database: self.database,
            tasks,
            repository,
            followers: Arc::new(followers),
            views: Arc::new(views.collect()),
        }
    }
}

/// By aggregate, the views with a synchronous share, those of higher priority first.
fn inline(projections: &[Arc<dyn Projection>]) -> HashMap<String, Vec<Arc<dyn Projection>>> {
    let mut inline: HashMap<String, Vec<Arc<dyn Projection>>> = HashMap::new();
    for projection in projections.iter().filter(|projection| projection.sync() != SyncMode::Async) {
        let kinds = projection.query().any_of.iter().flat_map(|criterion| &criterion.kinds);
        let mut aggregates: Vec<_> = kinds.map(|kind| kind.aggregate.clone()).collect();
        aggregates.sort_unstable();
        aggregates.dedup();
        for aggregate in aggregates {
            inline.entry(aggregate).or_default().push(projection.clone());
        }
    }
    for projections in inline.values_mut() {
        projections.sort_by_key(|projection| std::cmp::Reverse(projection.priority()));
    }
    inline
}

fn check(contexts: &[Context], projections: &[Arc<dyn Projection>]) -> Result<(), StartError> {
    if let Some(idle) = contexts.iter().flat_map(|context| &context.idle).next() {
        return Err(StartError::Idle(idle));
    }
    if let Some(&Trespass { view, aggregate, event }) =
        contexts.iter().flat_map(|context| &context.trespasses).next()
    {
        return Err(StartError::Unpublished { view, aggregate, event });
    }
    let contexts = contexts.iter().map(Context::name);
    let mut names: Vec<_> =
        contexts.chain(projections.iter().map(|projection| projection.schema().view)).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(StartError::Twice(twice[0]));
    }
    match projections.iter().find(|projection| projection.timeout() > LONGEST_INLINE) {
        Some(slow) => Err(StartError::Timeout { view: slow.schema().view, timeout: slow.timeout() }),
        None => Ok(()),
    }
}

impl Application {
    /// How the service is doing, measured against the log itself.
    pub async fn health(&self) -> Health {
        let (end, now) = (self.database.end().await, self.clock.now());
        // What other nodes have done since they were last heard of counts, too.
        let cluster = self.database.cluster().await.ok();
        let one = async |follower: &Follower| {
            let seen = follower.seen.borrow().clone();
            let status = follower.status_in(&match &cluster {
                Some(cluster) => seen.now(cluster.clone()),
                None => seen,
            });
            let lag = match &end {
                Ok(end) => follower.lag(status.position, *end, now).await.ok(),
                Err(_) => None,
            };
            ProjectionHealth { status, lag }
        };
        let projections = join_all(self.followers.iter().map(one)).await;
        Health { head: end.map_err(|error| error.to_string()), projections }
    }

    /// How every view that has a worker is doing.
    pub fn projections(&self) -> Vec<ProjectionStatus> {
        self.followers.iter().map(Follower::status).collect()
    }

    /// Waits until every view has taken in what lies at or before the position.
    pub async fn caught_up_to(&self, position: Position) -> Result<(), WaitError> {
        for follower in self.followers.iter() {
            follower.reached(position).await?;
        }
        Ok(())
    }

    /// Waits until every view has taken in what the log holds now.
    pub async fn caught_up(&self) -> Result<(), WaitError> {
        let head = *self.database.head().borrow();
        self.caught_up_to(head).await
    }
}
