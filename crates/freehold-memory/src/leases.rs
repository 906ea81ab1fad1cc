//! Nodes, and which partitions of views each of them holds.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use freehold_domain::Position;
use freehold_ports::{Claimed, Cluster, Lease, Leases, Living, Node, StoreError, ViewVersion};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{Memory, memory::State};

/// The last sign of life of a node.
pub(crate) struct Beat {
    node: Node,
    seen: Instant,
    until: Instant,
}

/// A partition of a view.
#[derive(Clone, Copy, Default)]
pub(crate) struct Partition {
    pub(crate) position: Position,
    pub(crate) epoch: u64,
    pub(crate) owner: Option<Uuid>,
    pub(crate) paused: bool,
}

#[async_trait]
impl Leases for Memory {
    async fn beat(&self, node: &Node, lease: Duration) -> Result<Cluster, StoreError> {
        let (mut state, now) = (self.state(), Instant::now());
        state.nodes.insert(node.id, Beat { node: node.clone(), seen: now, until: now + lease });
        Ok(state.cluster(now))
    }

    async fn cluster(&self) -> Result<Cluster, StoreError> {
        Ok(self.state().cluster(Instant::now()))
    }

    async fn divide(&self, view: &ViewVersion, into: Option<u32>, from: Position) -> Result<u32, StoreError> {
        let (mut state, now) = (self.state(), Instant::now());
        let there = state.partitions.get(view).cloned().unwrap_or_default();
        let none = Partition { position: from, ..Partition::default() };
        let first = there.values().next().copied().unwrap_or(none);
        let is_free = |partition: &Partition| !partition.owner.is_some_and(|owner| state.lives(owner, now));
        let is_even =
            there.values().all(|partition| partition.position == first.position && is_free(partition))
                && !state.dead_letters.has_any(view);
        let count = u32::try_from(there.len()).unwrap_or(u32::MAX);
        let epoch = there.values().map(|partition| partition.epoch).max().unwrap_or_default();
        let is_so = into.map_or(epoch == 0 && count < 2, |into| count == into);
        if is_so || !is_even {
            return Ok(count);
        }
        let new = Partition { epoch: into.map_or(0, |_| epoch), owner: None, ..first };
        let into = into.unwrap_or(1);
        state.partitions.insert(view.clone(), (0..into).map(|number| (number, new)).collect());
        Ok(into)
    }

    async fn claim(
        &self,
        node: Uuid,
        view: &ViewVersion,
        wanted: &[u32],
    ) -> Result<Vec<Claimed>, StoreError> {
        let (mut state, now) = (self.state(), Instant::now());
        if !state.lives(node, now) {
            return Ok(Vec::new());
        }
        let nodes: Vec<Uuid> = state.nodes.keys().copied().filter(|&id| state.lives(id, now)).collect();
        let partitions = state.partitions.entry(view.clone()).or_default();
        let mut claimed = Vec::new();
        for &partition in wanted {
            let Some(stored) = partitions.get_mut(&partition) else { continue };
            if stored.owner.is_none_or(|owner| owner == node || !nodes.contains(&owner)) {
                (stored.owner, stored.epoch) = (Some(node), stored.epoch + 1);
                let lease = Lease { partition, epoch: stored.epoch };
                claimed.push(Claimed { lease, position: stored.position });
            }
        }
        Ok(claimed)
    }

    async fn release(&self, view: &ViewVersion, leases: &[Lease]) -> Result<(), StoreError> {
        let mut state = self.state();
        let partitions = state.partitions.entry(view.clone()).or_default();
        for lease in leases {
            if let Some(stored) = partitions.get_mut(&lease.partition)
                && stored.epoch == lease.epoch
            {
                // In another epoch, so that whoever gave it back does not go on with it.
                (stored.owner, stored.epoch) = (None, stored.epoch + 1);
            }
        }
        Ok(())
    }

    async fn pause(&self, view: &str, paused: bool) -> Result<(), StoreError> {
        let mut state = self.state();
        let of_view = state.partitions.iter_mut().filter(|(of, _)| of.view == view);
        of_view.flat_map(|(_, partitions)| partitions.values_mut()).for_each(|stored| stored.paused = paused);
        Ok(())
    }

    async fn leave(&self, node: Uuid) -> Result<(), StoreError> {
        let mut state = self.state();
        state.nodes.remove(&node);
        let held = state.partitions.values_mut().flat_map(BTreeMap::values_mut);
        for stored in held.filter(|stored| stored.owner == Some(node)) {
            (stored.owner, stored.epoch) = (None, stored.epoch + 1);
        }
        Ok(())
    }
}

impl State {
    fn lives(&self, node: Uuid, now: Instant) -> bool {
        self.nodes.get(&node).is_some_and(|beat| now < beat.until)
    }

    fn cluster(&self, now: Instant) -> Cluster {
        let nodes = self.nodes.values().filter(|beat| now < beat.until);
        let nodes = nodes.map(|beat| Living { node: beat.node.clone(), seen: now - beat.seen }).collect();
        let partitions = self.partitions.iter().flat_map(|(of, partitions)| {
            partitions.iter().map(|(&number, stored)| freehold_ports::Partition {
                of: of.clone(),
                number,
                position: stored.position,
                epoch: stored.epoch,
                owner: stored.owner,
                parked: self.dead_letters.count(of, number),
                paused: stored.paused,
            })
        });
        Cluster { nodes, partitions: partitions.collect() }
    }
}
