//! Nodes, and which partitions of views each of them holds.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use freehold_domain::{Position, Schema};
use uuid::Uuid;

use crate::{Lease, StoreError};

/// Who is there, and who brings which partition up to date.
///
/// A node holds a partition from when it has claimed it until another does, which nobody can while the node shows that it
/// lives. All time is that of the database. Obligations, each a test of `freehold_testkit::conformance`: a partition that
/// a living node holds is claimed by nobody else; one whose holder has not shown that it lives for as long as it said can
/// be; whoever has lost a partition can no longer [apply](crate::ViewStore::apply) anything to it.
#[async_trait]
pub trait Leases: Send + Sync + 'static {
    /// Shows that a node lives, for so long from now, and tells who else does.
    async fn beat(&self, node: &Node, lease: Duration) -> Result<Cluster, StoreError>;

    /// Who lives, and where all partitions are.
    async fn cluster(&self) -> Result<Cluster, StoreError>;

    /// Makes the partitions of a view that has none, all of them at this position. A view that has another
    /// number of them gets that number, if they are all at one position, none of its rows waits in the dead letters and
    /// nobody who lives holds any; else it keeps those that it has. Without a number the view gets one partition that
    /// nobody has ever taken, as appends need it. Says how many there are.
    async fn divide(&self, view: &ViewVersion, into: Option<u32>, from: Position) -> Result<u32, StoreError>;

    /// Takes those of the partitions that nobody else who lives holds. A node that does not live gets none. One that it
    /// holds already it takes again, in a new epoch.
    async fn claim(&self, node: Uuid, view: &ViewVersion, wanted: &[u32])
    -> Result<Vec<Claimed>, StoreError>;

    /// Gives partitions back that are still held so.
    async fn release(&self, view: &ViewVersion, leases: &[Lease]) -> Result<(), StoreError>;

    /// Has a view rest, or go on: nobody brings it up to date while it rests.
    async fn pause(&self, view: &str, paused: bool) -> Result<(), StoreError>;

    /// Removes a node and gives back all that it holds.
    async fn leave(&self, node: Uuid) -> Result<(), StoreError>;
}

/// A view in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViewVersion {
    /// Its stable name.
    pub view: String,
    /// The version of its shape and its fold.
    pub version: u32,
}

impl ViewVersion {
    /// The view that this table is of.
    pub fn of(schema: &Schema) -> Self {
        Self { view: schema.view.to_owned(), version: schema.version }
    }
}

/// A node, as it shows itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// It is another after every start.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// What it does.
    pub roles: BTreeSet<String>,
    /// The views that it can bring up to date.
    pub views: BTreeSet<ViewVersion>,
    /// What it says of what it holds, as JSON.
    pub report: String,
}

/// A node, as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Living {
    /// As it showed itself last.
    pub node: Node,
    /// How long ago that was.
    pub seen: Duration,
}

/// A partition, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Of which view.
    pub of: ViewVersion,
    /// Which one, from 0.
    pub number: u32,
    /// Up to where it has taken events in.
    pub position: Position,
    /// How often it was taken: whoever holds it in another epoch has lost it.
    pub epoch: u64,
    /// Who holds it; it need not live.
    pub owner: Option<Uuid>,
    /// How many of its rows wait in the dead letters.
    pub parked: u64,
    /// Whether it rests.
    pub paused: bool,
}

/// Who lives, and where all partitions are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Ordered by id.
    pub nodes: Vec<Living>,
    /// Ordered by view, version and number.
    pub partitions: Vec<Partition>,
}

/// A partition that was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What to apply events with.
    pub lease: Lease,
    /// Up to where it has taken events in.
    pub position: Position,
}

impl Cluster {
    /// Whether somebody who lives holds the partition.
    pub fn is_held(&self, partition: &Partition) -> bool {
        partition.owner.is_some_and(|owner| self.nodes.iter().any(|living| living.node.id == owner))
    }
}
