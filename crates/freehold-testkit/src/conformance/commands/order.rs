//! A few commands at once, again and again: hot state is not to be told from none, but for the order in which they came.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use freehold_memory::Memory;
use freehold_ports::Database;
use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    prop_oneof,
};
use tokio::task::JoinSet;

use super::{
    Pace, check,
    node::{Node, Told},
    same::{Addressed, Written, addressed, written},
    script::{Draft, draft},
    until_all_has_happened,
};
use crate::faults::{Faults, Seed};

/// What several callers send at the same time: each a command, and the node that it goes to.
type Volley = Vec<(Draft, u64, usize)>;

/// A command as it was sent, and what its caller was told.
#[derive(Clone, Debug)]
struct Played {
    sent: Addressed,
    told: Told,
}

/// What all was in vain without.
#[derive(Default)]
struct Tally {
    reordered: AtomicUsize,
    refused: AtomicUsize,
}

/// Commands that several callers send at the same time, to two nodes that know the same aggregates, are told what a
/// node without hot state tells them when they come one after the other, in an order that there is, and lead to the
/// same log.
pub fn commands_at_once_lead_to_what_an_order_of_them_leads_to<G>(
    cases: u32,
    fresh: impl AsyncFn() -> (Vec<Arc<dyn Database>>, G),
) {
    let tally = Tally::default();
    until_all_has_happened(&[("reordered", &tally.reordered), ("refused", &tally.refused)], || {
        for pace in [Pace::OneThread, Pace::ManyThreads] {
            check(pace, cases, &vec(volley(), 1..8), async |seed, volleys| {
                let (databases, _guard) = fresh().await;
                play(&databases, volleys, seed, &tally).await;
            });
        }
    });
}

/// Few marks, so that a command is sent twice at once, and marks are used for two commands.
fn volley() -> impl Strategy<Value = Volley> {
    let mark = prop_oneof![1 => 0..4_u64, 4 => any::<u64>()];
    vec((draft(), mark, any::<usize>()), 1..4)
}

async fn play(databases: &[Arc<dyn Database>], volleys: Vec<Volley>, seed: Seed, tally: &Tally) {
    let (delays, last) = (Faults::delays(seed), &databases[databases.len() - 1]);
    let mut nodes = Vec::new();
    for database in [&databases[0], last] {
        nodes.push(Arc::new(Node::start(delays.around(Arc::clone(database)), 64).await));
    }
    let mut before: Vec<Played> = Vec::new();
    for volley in volleys {
        let played = fire(last, &nodes, volley).await;
        let log = written(last).await;
        let order = order(&before, &played, &log).await;
        let order =
            order.unwrap_or_else(|| panic!("no order leads to {played:?} and {log:?} behind {before:?}"));
        tally.count(&order, &played);
        before.extend(order.into_iter().map(|place| played[place].clone()));
    }
}

/// Sends all of them at once.
async fn fire(database: &Arc<dyn Database>, nodes: &[Arc<Node>], volley: Volley) -> Vec<Played> {
    let mut callers = JoinSet::new();
    for (place, (draft, mark, node)) in volley.into_iter().enumerate() {
        let (sent, node) = (addressed(database, draft, mark).await, nodes[node % nodes.len()].clone());
        callers.spawn(async move {
            let told = node.send(&sent.0, sent.1).await;
            (place, Played { sent, told })
        });
    }
    let mut played = callers.join_all().await;
    played.sort_by_key(|(place, _)| *place);
    played.into_iter().map(|(_, played)| played).collect()
}

/// An order in which a node that keeps nothing tells the same, and leaves the same log.
async fn order(before: &[Played], played: &[Played], log: &[Written]) -> Option<Vec<usize>> {
    for order in orders(played.len()) {
        if leads_to(before, order.iter().map(|place| &played[*place]), log).await {
            return Some(order);
        }
    }
    None
}

async fn leads_to<'p>(
    before: &'p [Played],
    order: impl Iterator<Item = &'p Played>,
    log: &[Written],
) -> bool {
    let memory: Arc<dyn Database> = Arc::new(Memory::new());
    let node = Node::start(Faults::default().around(memory.clone()), 0).await;
    for Played { sent, told } in before.iter().chain(order) {
        if node.send(&sent.0, sent.1).await != *told {
            return false;
        }
    }
    written(&memory).await == log
}

/// All orders of so many, that in which they come first.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = VecDeque::from([Vec::new()]);
    for _ in 0..count {
        for _ in 0..orders.len() {
            let begun = orders.pop_front().unwrap_or_default();
            let rest = (0..count).filter(|place| !begun.contains(place));
            let longer: Vec<Vec<usize>> = rest.map(|place| [begun.as_slice(), &[place]].concat()).collect();
            orders.extend(longer);
        }
    }
    orders.into()
}

impl Tally {
    fn count(&self, order: &[usize], played: &[Played]) {
        self.reordered.fetch_add(usize::from(!order.is_sorted()), Ordering::Relaxed);
        let refused = played.iter().filter(|played| played.told.accepted().is_none());
        self.refused.fetch_add(refused.count(), Ordering::Relaxed);
    }
}
