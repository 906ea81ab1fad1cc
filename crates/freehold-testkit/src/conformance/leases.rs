//! Leases: who holds which partition, and what becomes of those who do not hold it any more.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use freehold_domain::{Position, SyncMode};
use freehold_ports::{
    ApplyError, Batch, Claimed, Database, Lease, Node, Projection, Scope, Share, ViewVersion, Work,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    inline::assert_equals_log,
    rows::rows,
    sample::{append, booked, moved, parcel, tenant, weighed},
    views::{OWNERS, TALLIES, owners, tallies},
};

/// Longer than a test takes.
const LONG: Duration = Duration::from_hours(1);

/// What nobody who lives holds is claimed by whoever comes first, and by nobody else while they live.
pub async fn a_partition_that_is_held_is_claimed_by_nobody_else(db: Arc<dyn Database>) {
    let view = divided(&db, 3).await;
    for number in [1, 2] {
        db.beat(&node(number), LONG).await.expect("it lives");
    }
    assert_eq!(numbers(&claim(&db, 1, &view, &[0, 1]).await), [0, 1]);
    assert_eq!(numbers(&claim(&db, 2, &view, &[0, 1, 2, 3]).await), [2]);
    let cluster = db.cluster().await.expect("it can be read");
    let owners: Vec<_> = cluster.partitions.iter().map(|partition| partition.owner).collect();
    assert_eq!(owners, [1, 1, 2].map(|number| Some(id(number))));
    assert!(cluster.partitions.iter().all(|partition| cluster.is_held(partition)));
}

/// Who has not shown that they live in time loses what they hold to whoever claims it, and gets nothing.
pub async fn a_node_that_is_not_heard_of_is_taken_from(db: Arc<dyn Database>) {
    let view = divided(&db, 2).await;
    db.beat(&node(1), LONG).await.expect("it lives");
    assert_eq!(claim(&db, 1, &view, &[0, 1]).await.len(), 2);
    db.beat(&node(1), Duration::ZERO).await.expect("that is its last");
    let cluster = db.beat(&node(2), LONG).await.expect("it lives");
    assert_eq!(cluster.nodes.iter().map(|living| living.node.id).collect::<Vec<_>>(), [id(2)]);
    assert!(!cluster.partitions.iter().any(|partition| cluster.is_held(partition)));
    assert_eq!(claim(&db, 1, &view, &[0]).await, []);
    assert_eq!(numbers(&claim(&db, 2, &view, &[0, 1]).await), [0, 1]);
}

/// Whoever has lost a partition writes nothing to it any more, whether another has taken it or it was given back.
pub async fn who_has_lost_a_partition_writes_nothing_to_it(db: Arc<dyn Database>) {
    let (view, tallies) = (divided(&db, 1).await, tallies(SyncMode::Async).arc());
    append(parcel(1), [booked("ann"), weighed(1)]).on(&db).await;
    for number in [1, 2] {
        db.beat(&node(number), LONG).await.expect("it lives");
    }
    let first = claim(&db, 1, &view, &[0]).await;
    apply(&db, &tallies, &first, 1).await.expect("it holds it");
    db.release(&view, &leases(&first)).await.expect("it holds it");
    let error = apply(&db, &tallies, &moved_to(&first, 1), 1).await.expect_err("it was given back");
    assert!(matches!(error, ApplyError::Lost { partition: 0, .. }), "{error}");

    let second = claim(&db, 2, &view, &[0]).await;
    assert_eq!(second[0].position, Position(1), "it goes on where the other left off");
    let error = apply(&db, &tallies, &moved_to(&first, 1), 1).await.expect_err("another holds it");
    assert!(matches!(error, ApplyError::Lost { .. }), "{error}");
    db.release(&view, &leases(&first)).await.expect("there is nothing to give back");
    apply(&db, &tallies, &second, 1).await.expect("it holds it still");
    assert_equals_log(&db, &tallies).await;
}

/// A partition that is claimed again by who holds it is in another epoch: what was under way before does nothing.
pub async fn a_claim_ends_what_was_under_way(db: Arc<dyn Database>) {
    let (view, tallies) = (divided(&db, 1).await, tallies(SyncMode::Async).arc());
    append(parcel(1), [booked("ann")]).on(&db).await;
    db.beat(&node(1), LONG).await.expect("it lives");
    let first = claim(&db, 1, &view, &[0]).await;
    let again = claim(&db, 1, &view, &[0]).await;
    assert!(again[0].lease.epoch > first[0].lease.epoch);
    apply(&db, &tallies, &first, 1).await.expect_err("that was before");
    apply(&db, &tallies, &again, 1).await.expect("that is now");
}

/// Partitions together take in every event once, however far each has come.
pub async fn partitions_take_in_every_event_once(db: Arc<dyn Database>) {
    let owners = owners(SyncMode::Async).arc();
    let view = ViewVersion::of(owners.schema());
    assert_eq!(db.divide(&view, Some(3), Position::START).await.expect("it has none"), 3);
    for number in 0..12 {
        let owner = format!("owner {}", number % 7);
        append(parcel(number), [booked(&owner), moved("ann")]).on(&db).await;
    }
    db.beat(&node(1), LONG).await.expect("it lives");
    for (partitions, limit) in [(&[1][..], 5), (&[0, 2][..], 1), (&[1][..], 3), (&[0, 1, 2][..], 100)] {
        let mut held = claim(&db, 1, &view, partitions).await;
        // Those that are furthest behind come first, up to where the others are.
        while let Some(behind) = held.iter().map(|claimed| claimed.position).min().filter(|at| at.0 < 24) {
            let (group, rest): (Vec<_>, Vec<_>) =
                held.into_iter().partition(|claimed| claimed.position == behind);
            let next = rest.iter().map(|claimed| claimed.position.0).min().unwrap_or(24);
            let taken = limit.min(usize::try_from(next - behind.0).expect("it is small"));
            apply_of(&db, &owners, (&group, 3), taken).await.expect("it holds them");
            held = moved_to(&group, taken as u64).into_iter().chain(rest).collect();
            if limit < 100 {
                break;
            }
        }
    }
    assert_equals_log(&db, &owners).await;
}

/// The partitions of a view that has none begin at the position that is said; what is there stays where it is.
pub async fn partitions_begin_where_they_are_told_to(db: Arc<dyn Database>) {
    let view = ViewVersion { view: "conformance.Late".to_owned(), version: 1 };
    for (into, from) in [(2, 7), (2, 9), (3, 9)] {
        assert_eq!(db.divide(&view, Some(into), Position(from)).await.expect("nobody holds it"), into);
        let cluster = db.cluster().await.expect("the store works");
        let positions: Vec<u64> = cluster.partitions.iter().map(|partition| partition.position.0).collect();
        assert_eq!(positions, vec![7; into as usize]);
    }
}

/// A view that has not begun is divided; one whose partitions are all at one place and free can be divided anew.
pub async fn a_view_is_divided_anew_only_where_it_is_even_and_free(db: Arc<dyn Database>) {
    let (view, tallies) = (divided(&db, 2).await, tallies(SyncMode::Async).arc());
    append(parcel(1), [booked("ann"), weighed(1), weighed(2)]).on(&db).await;
    let count = async |into| db.divide(&view, into, Position::START).await.expect("the store works");
    db.beat(&node(1), LONG).await.expect("it lives");
    let held = claim(&db, 1, &view, &[0, 1]).await;
    assert_eq!(count(Some(3)).await, 2, "they are held");
    apply_of(&db, &tallies, (&held[..1], 2), 2).await.expect("it holds it");
    db.leave(id(1)).await.expect("it can leave");
    assert_eq!(count(Some(3)).await, 2, "they are at different positions");
    db.beat(&node(1), LONG).await.expect("it lives");
    let held = claim(&db, 1, &view, &[1]).await;
    apply_of(&db, &tallies, (&held, 2), 2).await.expect("it holds it");
    db.leave(id(1)).await.expect("it can leave");
    assert_eq!(count(Some(3)).await, 3);
    assert_eq!(db.checkpoint(&tallies).await.expect("it can be read"), Position(2));
    assert_eq!(count(None).await, 1, "as appends need it");
    let rest = db.read_all(&Scope::EveryTenant, Position(2), tallies.query(), 9).await.expect("it is there");
    db.apply(&tallies, Work::whole(Position(2), rest)).await.expect("nobody has ever taken it");
    assert_equals_log(&db, &tallies).await;
}

/// Who takes their leave is not there any more, and gives back what they hold.
pub async fn who_leaves_gives_back_what_they_hold(db: Arc<dyn Database>) {
    let view = divided(&db, 2).await;
    for number in [1, 2] {
        db.beat(&node(number), LONG).await.expect("it lives");
    }
    claim(&db, 1, &view, &[0, 1]).await;
    db.leave(id(1)).await.expect("it can leave");
    let cluster = db.cluster().await.expect("it can be read");
    assert_eq!(cluster.nodes.len(), 1);
    assert!(cluster.partitions.iter().all(|partition| partition.owner.is_none()));
    assert_eq!(claim(&db, 2, &view, &[0, 1]).await.len(), 2);
}

/// What a node says of itself, others read.
pub async fn nodes_see_each_other_as_they_show_themselves(db: Arc<dyn Database>) {
    let first = Node { report: r#"[{"rate":7}]"#.to_owned(), ..node(1) };
    db.beat(&first, LONG).await.expect("it lives");
    let cluster = db.beat(&node(2), LONG).await.expect("it lives");
    let nodes: Vec<_> = cluster.nodes.into_iter().map(|living| living.node).collect();
    assert_eq!(nodes, [first, node(2)]);
}

/// A view rests in all of its partitions, and goes on in all.
pub async fn a_view_rests_as_a_whole(db: Arc<dyn Database>) {
    let view = divided(&db, 2).await;
    let owners = ViewVersion::of(&OWNERS);
    db.divide(&owners, Some(1), Position::START).await.expect("it has none");
    let paused = async || {
        let partitions = db.cluster().await.expect("it can be read").partitions;
        partitions.into_iter().map(|partition| (partition.of.view, partition.paused)).collect::<BTreeSet<_>>()
    };
    db.pause(&view.view, true).await.expect("it can rest");
    assert_eq!(paused().await, [(view.view.clone(), true), (owners.view.clone(), false)].into());
    db.pause(&view.view, false).await.expect("it can go on");
    assert_eq!(paused().await, [(view.view.clone(), false), (owners.view, false)].into());
}

/// Of those who race for a partition one gets it, and rows come out right whoever that is.
pub async fn of_racing_claims_the_last_holds_it(db: Arc<dyn Database>) {
    let (view, tallies) = (divided(&db, 2).await, tallies(SyncMode::Async).arc());
    for number in 0..20 {
        append(parcel(number), [booked("ann"), weighed(1), weighed(2)]).on(&db).await;
    }
    let mut nodes = JoinSet::new();
    for number in 1..=4 {
        let (db, view, tallies) = (Arc::clone(&db), view.clone(), Arc::clone(&tallies));
        nodes.spawn(async move {
            // Nobody lives for longer than it takes others to find them gone.
            for _ in 0..30 {
                db.beat(&node(number), LONG).await.expect("it lives");
                let held = claim(&db, number, &view, &[0, 1]).await;
                for claimed in held {
                    _ = apply_of(&db, &tallies, (&[claimed], 2), 3).await;
                }
                db.beat(&node(number), Duration::ZERO).await.expect("it is gone");
            }
        });
    }
    nodes.join_all().await;
    db.beat(&node(9), LONG).await.expect("it lives");
    for claimed in claim(&db, 9, &view, &[0, 1]).await {
        apply_of(&db, &tallies, (&[claimed], 2), 1_000).await.expect("it holds it");
    }
    assert_equals_log(&db, &tallies).await;
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await.len(), 20);
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn node(number: u128) -> Node {
    Node {
        id: id(number),
        name: format!("node {number}"),
        roles: ["server".to_owned(), "worker".to_owned()].into(),
        views: [ViewVersion::of(&OWNERS), ViewVersion::of(&TALLIES)].into(),
        report: "[]".to_owned(),
    }
}

/// The view of parcels, in so many parts.
async fn divided(db: &Arc<dyn Database>, into: u32) -> ViewVersion {
    let view = ViewVersion::of(&TALLIES);
    assert_eq!(db.divide(&view, Some(into), Position::START).await.expect("it has none"), into);
    view
}

async fn claim(db: &Arc<dyn Database>, node: u128, view: &ViewVersion, wanted: &[u32]) -> Vec<Claimed> {
    let mut claimed = db.claim(id(node), view, wanted).await.expect("the store works");
    claimed.sort_by_key(|claimed| claimed.lease.partition);
    claimed
}

fn numbers(claimed: &[Claimed]) -> Vec<u32> {
    claimed.iter().map(|claimed| claimed.lease.partition).collect()
}

fn leases(claimed: &[Claimed]) -> Vec<Lease> {
    claimed.iter().map(|claimed| claimed.lease).collect()
}

/// The same, so many positions further on.
fn moved_to(claimed: &[Claimed], by: u64) -> Vec<Claimed> {
    let moved = |claimed: &Claimed| Claimed { position: Position(claimed.position.0 + by), ..*claimed };
    claimed.iter().map(moved).collect()
}

/// Applies the next events to all partitions of a view.
async fn apply(
    db: &Arc<dyn Database>,
    projection: &Arc<dyn Projection>,
    held: &[Claimed],
    limit: usize,
) -> Result<(), ApplyError> {
    let of = u32::try_from(held.len()).expect("they are few");
    apply_of(db, projection, (held, of), limit).await
}

/// Applies so many positions of the log, which stand at one place, to some of so many partitions.
async fn apply_of(
    db: &Arc<dyn Database>,
    projection: &Arc<dyn Projection>,
    (held, of): (&[Claimed], u32),
    limit: usize,
) -> Result<(), ApplyError> {
    let after = held[0].position;
    let read = db.read_all(&Scope::EveryTenant, after, projection.query(), limit).await?;
    let end = Position(after.0 + limit as u64).min(db.end().await?);
    let events = read.events.into_iter().filter(|event| event.position <= end).collect();
    let share = Share { of, leases: leases(held) };
    let work = Work { share, after, batch: Batch { events, read_to: end }, park: None };
    db.apply(projection, work).await.map(drop)
}
