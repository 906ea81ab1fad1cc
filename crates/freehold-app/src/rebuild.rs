//! Rebuilds, as nodes carry them out: which are under way, who sees to one, and how it comes to its end.

use std::{collections::HashSet, sync::Arc, time::Duration};

use freehold_ports::{
    ApplyError, Claimed, Cluster, Database, DeadLetter, DeadLetterQuery, Node, Projection, Rebuild, Scope,
    Shadow, Share, Stage, StoreError, ViewVersion, Work,
};
use tokio::time::sleep;
use uuid::Uuid;

/// How many are filled at the same time; the others wait until it is their turn.
const AT_ONCE: usize = 2;
/// How many events one may lack that is looked at whether it is there.
const NEAR: u64 = 1_000;
/// How many dead letters are looked at.
const LETTERS: u32 = 10_000;
/// How many events are folded at once where nobody waits for anything else.
const BATCH: usize = 5_000;
/// How long a node that brings a view up to date before it starts is taken for alive after each batch.
const LEASE: Duration = Duration::from_secs(30);
/// How long to wait for another that does the same.
const PAUSE: Duration = Duration::from_millis(200);

/// Begins to fill a view anew, in as many partitions as it has, or else so many; whether it takes over by itself.
pub(crate) async fn begin(
    database: &Arc<dyn Database>,
    projection: &Arc<dyn Projection>,
    (partitions, automatic): (u32, bool),
) -> Result<(), StoreError> {
    let known = self::partitions(&database.cluster().await?, &ViewVersion::of(projection.schema()));
    let of = if known == 0 { partitions } else { known };
    database.begin_rebuild(&Shadow::of(projection), of, automatic).await
}

/// How many partitions a view has.
pub(crate) fn partitions(cluster: &Cluster, view: &ViewVersion) -> u32 {
    let of_view = cluster.partitions.iter().filter(|partition| partition.of == *view);
    u32::try_from(of_view.count()).unwrap_or(u32::MAX)
}

/// Whether a row waits in the dead letters of what is filled that does not wait in those of what serves, having come so far.
async fn lacks_rows(database: &Arc<dyn Database>, shadow: &Shadow) -> Result<bool, StoreError> {
    let letters = async |view: &str| {
        let view = Some(view.to_owned());
        database.dead_letters(&DeadLetterQuery { view, limit: LETTERS, ..DeadLetterQuery::default() }).await
    };
    let serves = database.checkpoint(shadow.live()).await?;
    let (new, old) = (letters(shadow.schema().view).await?, letters(shadow.live().schema().view).await?);
    let row = |letter: &DeadLetter| (letter.tenant.clone(), letter.key.clone());
    let old: HashSet<_> = old.iter().map(row).collect();
    Ok(new.iter().any(|letter| letter.position <= serves && !old.contains(&row(letter))))
}

/// Those that are to be filled or kept up to date now, of views that are known, the oldest first: all that wait for a word,
/// and of the others some, but for those that rest. All nodes that know the same find the same.
pub(crate) fn under_way(
    mut rebuilds: Vec<Rebuild>,
    projections: &[Arc<dyn Projection>],
    cluster: &Cluster,
) -> Vec<(Shadow, Rebuild)> {
    rebuilds.sort_by(|one, other| (one.began, &one.view).cmp(&(other.began, &other.view)));
    let known = rebuilds.into_iter().filter(|rebuild| rebuild.stage.is_under_way()).filter_map(|rebuild| {
        let meant = |projection: &&Arc<dyn Projection>| {
            (projection.schema().view, projection.schema().version) == (&*rebuild.view, rebuild.version)
        };
        Some((Shadow::of(projections.iter().find(meant)?), rebuild))
    });
    let mut filled = 0;
    let is_its_turn = |(shadow, rebuild): &(Shadow, Rebuild)| {
        let rests = |part: &freehold_ports::Partition| part.of == shadow.view() && part.paused;
        let is_filled = rebuild.stage == Stage::Filling && !cluster.partitions.iter().any(rests);
        filled += usize::from(is_filled);
        !is_filled || filled <= AT_ONCE
    };
    known.filter(is_its_turn).collect()
}

/// Whether it is for the node to see to its end: for whoever holds its first partition.
pub(crate) fn is_for(node: Uuid, shadow: &Shadow, cluster: &Cluster) -> bool {
    let first =
        |partition: &&freehold_ports::Partition| partition.of == shadow.view() && partition.number == 0;
    cluster
        .partitions
        .iter()
        .find(first)
        .is_some_and(|partition| partition.owner == Some(node) && !partition.paused)
}

/// If a rebuild is near what serves, compares them, and puts it into its place if it takes over by itself. What fails is
/// tried again when it is looked at next.
pub(crate) async fn finish(database: Arc<dyn Database>, shadow: Shadow, rebuild: Rebuild) {
    let done = async {
        let filled = database.checkpoint(&(Arc::new(shadow.clone()) as Arc<dyn Projection>)).await?;
        let end = database.end().await?;
        if filled.0 + NEAR < end.0 {
            return Ok(());
        }
        // What would be missing is looked at by somebody before it takes over.
        if rebuild.automatic && rebuild.stage == Stage::Filling && lacks_rows(&database, &shadow).await? {
            tracing::error!(
                view = rebuild.view,
                "rows of a rebuild wait in the dead letters: it waits for a word"
            );
            database.set_automatic(&rebuild.view, false).await?;
            database.compare(&shadow).await?;
        } else if rebuild.automatic {
            if let Some(compared) = database.take_over(&shadow).await? {
                let (view, version) = (&rebuild.view, rebuild.version);
                let (rows, added, gone, changed) =
                    (compared.rows, compared.added, compared.gone, compared.changed);
                tracing::info!(view, version, rows, added, gone, changed, "a rebuild has taken over");
            }
        } else if rebuild.stage == Stage::Filling {
            database.compare(&shadow).await?;
        }
        Ok::<(), ApplyError>(())
    };
    if let Err(error) = done.await {
        tracing::error!(view = rebuild.view, %error, "a rebuild cannot take over");
    }
}

/// Fills another version of a view that appends bring up to date, and puts it into its place, before the first of them. If
/// other nodes do the same, one of them does.
pub(crate) async fn before_start(
    database: &Arc<dyn Database>,
    projection: &Arc<dyn Projection>,
    id: Uuid,
) -> Result<(), ApplyError> {
    let version = projection.schema().version;
    let shadow = Shadow::of(projection);
    let filled: Arc<dyn Projection> = Arc::new(shadow.clone());
    let node = Node {
        id,
        name: "starting".to_owned(),
        roles: ["worker".to_owned()].into(),
        views: [shadow.view()].into(),
        report: "[]".to_owned(),
    };
    while database.live_version(projection).await? < version {
        database.begin_rebuild(&shadow, 1, true).await?;
        database.beat(&node, LEASE).await?;
        let Some(claimed) = database.claim(id, &shadow.view(), &[0]).await?.pop() else {
            sleep(PAUSE).await;
            continue;
        };
        fill(database, &filled, (&node, claimed)).await?;
        database.take_over(&shadow).await?;
    }
    Ok(database.leave(id).await?)
}

/// Takes in what the log holds.
async fn fill(
    database: &Arc<dyn Database>,
    shadow: &Arc<dyn Projection>,
    (node, claimed): (&Node, Claimed),
) -> Result<(), ApplyError> {
    let (share, mut after) = (Share { of: 1, leases: vec![claimed.lease] }, claimed.position);
    let end = database.end().await?;
    while after < end {
        database.beat(node, LEASE).await?;
        let batch = database.read_all(&Scope::EveryTenant, after, shadow.query(), BATCH).await?;
        let read_to = batch.read_to;
        database.apply(shadow, Work { share: share.clone(), after, batch, park: None }).await?;
        after = read_to;
    }
    Ok(())
}
