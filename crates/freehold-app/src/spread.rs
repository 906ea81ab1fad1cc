//! Who shall hold which partition: worked out by every node for itself, from what all of them see.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use freehold_ports::{Cluster, Partition, ViewVersion};
use uuid::Uuid;

/// The partitions of each view that a node shall hold.
///
/// Every view is spread evenly over the nodes that can bring it up to date, and the views together as evenly as that allows.
/// Whoever holds a partition keeps it where that does not stand in the way.
pub(crate) fn shares(cluster: &Cluster, node: Uuid) -> HashMap<ViewVersion, BTreeSet<u32>> {
    let mut shares: HashMap<ViewVersion, BTreeSet<u32>> = HashMap::new();
    for (partition, owner) in owners(cluster) {
        if owner == node {
            shares.entry(partition.of.clone()).or_default().insert(partition.number);
        }
    }
    shares
}

fn owners(cluster: &Cluster) -> Vec<(&Partition, Uuid)> {
    let mut views: BTreeMap<&ViewVersion, Vec<&Partition>> = BTreeMap::new();
    for partition in &cluster.partitions {
        views.entry(&partition.of).or_default().push(partition);
    }
    let (mut totals, mut owners) = (HashMap::new(), Vec::new());
    for (view, partitions) in views {
        let able = cluster.nodes.iter().filter(|living| living.node.views.contains(view));
        let able: Vec<Uuid> = able.map(|living| living.node.id).collect();
        if !able.is_empty() {
            owners.extend(of_view(&partitions, able, &mut totals));
        }
    }
    owners
}

/// The owner of each partition of a view.
fn of_view<'p>(
    partitions: &[&'p Partition],
    mut able: Vec<Uuid>,
    totals: &mut HashMap<Uuid, usize>,
) -> Vec<(&'p Partition, Uuid)> {
    let held = |node: Uuid| partitions.iter().filter(|partition| partition.owner == Some(node)).count();
    // Those that have the least are the ones that get one more.
    able.sort_by_key(|&node| (totals.get(&node).copied().unwrap_or_default(), Reverse(held(node)), node));
    let (each, more) = (partitions.len() / able.len(), partitions.len() % able.len());
    let mut room: Vec<(Uuid, usize)> =
        able.iter().enumerate().map(|(place, &node)| (node, each + usize::from(place < more))).collect();
    for &(node, share) in &room {
        *totals.entry(node).or_default() += share;
    }
    let mut take = |wanted: &dyn Fn(Uuid) -> bool| {
        let (node, room) = room.iter_mut().find(|(node, room)| *room > 0 && wanted(*node))?;
        *room -= 1;
        Some(*node)
    };
    let kept: Vec<_> = partitions
        .iter()
        .map(|partition| partition.owner.and_then(|owner| take(&|node| node == owner)))
        .collect();
    let owner = |(partition, kept): (&&'p Partition, Option<Uuid>)| {
        Some((*partition, kept.or_else(|| take(&|_| true))?))
    };
    partitions.iter().zip(kept).filter_map(owner).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use freehold_domain::Position;
    use freehold_ports::{Cluster, Living, Node, Partition, ViewVersion};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{owners, shares};

    fn view(number: usize) -> ViewVersion {
        ViewVersion { view: format!("test.View{number}"), version: 1 }
    }

    fn living(id: u128, views: usize) -> Living {
        let node = Node {
            id: Uuid::from_u128(id),
            name: format!("node {id}"),
            roles: BTreeSet::new(),
            views: (0..views).map(view).collect(),
            report: String::new(),
        };
        Living { node, seen: Duration::ZERO }
    }

    /// Views with so many partitions each, and who holds them: nodes that live and others.
    fn cluster(nodes: u128, views: &[Vec<u128>]) -> Cluster {
        let partition = |of: usize, number: usize, owner: u128| Partition {
            of: view(of),
            number: u32::try_from(number).unwrap(),
            position: Position::START,
            epoch: 0,
            owner: (owner > 0).then(|| Uuid::from_u128(owner)),
            parked: 0,
            paused: false,
        };
        let partitions = views.iter().enumerate().flat_map(|(of, owners)| {
            owners.iter().enumerate().map(move |(number, &owner)| partition(of, number, owner))
        });
        Cluster {
            nodes: (1..=nodes).map(|id| living(id, views.len())).collect(),
            partitions: partitions.collect(),
        }
    }

    fn after(mut cluster: Cluster) -> Cluster {
        let owned: Vec<_> =
            owners(&cluster).into_iter().map(|(part, owner)| (part.of.clone(), part.number, owner)).collect();
        for (of, number, owner) in owned {
            let partition =
                cluster.partitions.iter_mut().find(|part| part.of == of && part.number == number).unwrap();
            partition.owner = Some(owner);
        }
        cluster
    }

    proptest! {
        #[test]
        fn every_partition_has_one_owner_and_all_have_the_same(
            nodes in 1_u128..6,
            views in prop::collection::vec(prop::collection::vec(0_u128..8, 1..9), 1..6),
        ) {
            let cluster = cluster(nodes, &views);
            let held = |node: u128| shares(&cluster, Uuid::from_u128(node));
            let mut totals = Vec::new();
            for (number, partitions) in views.iter().enumerate() {
                let of_view: Vec<usize> = (1..=nodes)
                    .map(|node| held(node).get(&view(number)).map_or(0, BTreeSet::len))
                    .collect();
                prop_assert_eq!(of_view.iter().sum::<usize>(), partitions.len());
                prop_assert!(of_view.iter().max().unwrap() - of_view.iter().min().unwrap() <= 1);
                totals.push(of_view);
            }
            let of_node = |node: usize| totals.iter().map(|of_view| of_view[node]).sum::<usize>();
            let totals: Vec<usize> = (0..usize::try_from(nodes).unwrap()).map(of_node).collect();
            prop_assert!(totals.iter().max().unwrap() - totals.iter().min().unwrap() <= 1, "{:?}", totals);
        }

        #[test]
        fn who_holds_what_they_shall_hold_keeps_it(
            nodes in 1_u128..6,
            views in prop::collection::vec(prop::collection::vec(0_u128..8, 1..9), 1..6),
        ) {
            let once = after(cluster(nodes, &views));
            prop_assert_eq!(after(once.clone()), once);
        }
    }

    #[test]
    fn a_node_that_comes_takes_no_more_than_its_share() {
        let spread = after(cluster(2, &[vec![1, 1, 1, 1]]));
        let owners: Vec<_> = spread.partitions.iter().map(|part| part.owner.unwrap().as_u128()).collect();
        assert_eq!(owners, [1, 1, 2, 2]);
    }

    #[test]
    fn a_view_that_nobody_can_bring_up_to_date_has_no_owner() {
        let mut cluster = cluster(1, &[vec![0]]);
        cluster.nodes[0].node.views.clear();
        assert_eq!(owners(&cluster), []);
    }
}
