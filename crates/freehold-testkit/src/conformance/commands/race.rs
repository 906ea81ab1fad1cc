//! Many commands at once, to few aggregates, on one node and on two.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use freehold_domain::{Position, StreamId, Version};
use freehold_ports::{Database, EventQuery, Scope, Versions};
use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    prop_oneof,
};
use tokio::task::{JoinSet, yield_now};
use uuid::Uuid;

use super::{
    Pace, check,
    history::{Entry, Log},
    node::{Node, Sent, Told},
    script::{Draft, draft},
    until_all_has_happened,
};
use crate::faults::{
    Draw,
    Fault::{After, Before, Meanwhile},
    Faults, Operation, Seed,
    Trouble::{Delay, Failure},
};

/// What the commands of a race come from.
#[derive(Clone, Debug)]
struct Race {
    /// Commands that several callers send.
    shared: Vec<Draft>,
    /// By caller, what they do one after the other.
    callers: Vec<Vec<Act>>,
}

/// A caller sends a command.
#[derive(Clone, Debug)]
struct Act {
    node: usize,
    what: What,
    /// After so many turns of others the caller waits no longer.
    patience: Option<usize>,
}

#[derive(Clone, Debug)]
enum What {
    Own(Draft),
    /// The shared command of this place.
    Shared(usize),
}

/// How the appends of a race were decided.
#[derive(Default)]
struct Tally {
    accepted: AtomicUsize,
    refused: AtomicUsize,
    lost: AtomicUsize,
}

/// A node with room for all aggregates: many callers at once, some of whom go away, over a database whose answers come
/// late or not at all. Each command is carried out once and as a whole, or not at all, as its callers are told, and
/// whatever they are told was true while they waited. No event rests on what is not in the log.
pub fn commands_at_once_are_decided_on_the_truth<G>(
    cases: u32,
    fresh: impl AsyncFn() -> (Vec<Arc<dyn Database>>, G),
) {
    holds(cases, fresh, &[64]);
}

/// The same with two nodes that know the same aggregates.
pub fn commands_to_two_hot_nodes_are_decided_on_the_truth<G>(
    cases: u32,
    fresh: impl AsyncFn() -> (Vec<Arc<dyn Database>>, G),
) {
    holds(cases, fresh, &[64, 64]);
}

/// The same with a second node that keeps nothing.
pub fn commands_to_a_hot_and_a_cold_node_are_decided_on_the_truth<G>(
    cases: u32,
    fresh: impl AsyncFn() -> (Vec<Arc<dyn Database>>, G),
) {
    holds(cases, fresh, &[64, 0]);
}

/// The same with aggregates that make way for others while they are in use.
pub fn commands_to_aggregates_that_make_way_are_decided_on_the_truth<G>(
    cases: u32,
    fresh: impl AsyncFn() -> (Vec<Arc<dyn Database>>, G),
) {
    holds(cases, fresh, &[1, 2]);
}

/// On nodes with room for so many aggregates.
fn holds<G>(cases: u32, fresh: impl AsyncFn() -> (Vec<Arc<dyn Database>>, G), rooms: &[usize]) {
    let tally = Tally::default();
    let counts = [("accepted", &tally.accepted), ("refused", &tally.refused), ("lost", &tally.lost)];
    until_all_has_happened(&counts, || {
        for pace in [Pace::OneThread, Pace::ManyThreads] {
            check(pace, cases, &race(), async |seed, race| {
                let (databases, _guard) = fresh().await;
                run(&databases, rooms, race, seed, &tally).await;
            });
        }
    });
}

fn race() -> impl Strategy<Value = Race> {
    let patience = prop_oneof![6 => proptest::strategy::Just(None), 1 => (0..60_usize).prop_map(Some)];
    let what = prop_oneof![4 => draft().prop_map(What::Own), 1 => any::<usize>().prop_map(What::Shared)];
    let act =
        (any::<usize>(), what, patience).prop_map(|(node, what, patience)| Act { node, what, patience });
    let race = (vec(draft(), 1..4), vec(vec(act, 1..16), 2..9));
    race.prop_map(|(shared, callers)| Race { shared, callers })
}

async fn run(databases: &[Arc<dyn Database>], rooms: &[usize], race: Race, seed: Seed, tally: &Tally) {
    let (troubles, delays) = (troubles(seed), Faults::delays(seed));
    let mut nodes = Vec::new();
    for (place, room) in rooms.iter().enumerate() {
        let database = troubles.around(databases[place % databases.len()].clone());
        nodes.push(Node::start(delays.around(Arc::new(database)), *room).await);
    }
    let nodes = Arc::new(nodes);
    let mut callers = JoinSet::new();
    for (number, acts) in (1..).zip(race.callers) {
        let (nodes, database, shared) = (nodes.clone(), databases[0].clone(), race.shared.clone());
        callers.spawn(async move {
            let mut entries = Vec::new();
            for (place, act) in (0..).zip(acts) {
                let (sent, ahead) = act.what.sent(&shared, number * 1_000 + place);
                let node = &nodes[act.node % nodes.len()];
                entries.push(act_out(&database, node, sent, ahead, act.patience).await);
            }
            entries
        });
    }
    let history: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    tally.count(&history);
    Log::read(&databases[0]).await.assert_tells(&history);
}

/// Appends and what they are answered come late, or get lost; so do reads.
fn troubles(seed: Seed) -> Faults {
    let faults = Faults::default();
    let late = [Before(Delay), Meanwhile(Delay), Meanwhile(Delay), After(Delay)];
    let lost = [Before(Failure), Meanwhile(Failure), After(Failure)];
    let troubles = [&late[..], &late[..], &lost[..]].concat();
    faults.draw(Operation::Append, Draw { seed, one_in: 2, faults: troubles });
    for operation in [Operation::ReadStream, Operation::Outcome, Operation::LastPosition] {
        faults.draw(operation, Draw { seed, one_in: 25, faults: vec![Before(Failure)] });
    }
    faults
}

impl What {
    /// The command, and what is said of the version; its own mark, unless it is shared.
    fn sent(self, shared: &[Draft], mark: u64) -> (Sent, Option<i64>) {
        let (draft, mark) = match self {
            Self::Own(draft) => (draft, mark),
            Self::Shared(place) => {
                let place = place % shared.len();
                (shared[place].clone().once(), place as u64)
            }
        };
        (draft.clone().sent(mark), draft.ahead)
    }
}

async fn act_out(
    database: &Arc<dyn Database>,
    node: &Node,
    sent: Sent,
    ahead: Option<i64>,
    patience: Option<usize>,
) -> Entry {
    let from = head(database).await;
    let mut expected = None;
    if let Some(ahead) = ahead {
        expected = Some(Version(version(database, &sent).await.0.saturating_add_signed(ahead)));
    }
    let told = tokio::select! {
        biased;
        told = node.send(&sent, expected) => told,
        () = lost(patience) => Told::Unknown,
    };
    Entry { sent, expected, from, until: head(database).await, told }
}

/// Until patience is lost.
async fn lost(patience: Option<usize>) {
    let Some(turns) = patience else { return pending().await };
    for _ in 0..turns {
        yield_now().await;
    }
}

/// How far the log goes.
async fn head(database: &Arc<dyn Database>) -> Position {
    let nothing = EventQuery::stream(StreamId::new("conformance.Nothing", Uuid::nil()));
    let read = database.read_all(&Scope::EveryTenant, Position::START, &nothing, 1).await;
    read.expect("it can be read").read_to
}

async fn version(database: &Arc<dyn Database>, of: &Sent) -> Version {
    let events = database.read_stream(&of.tenant(), &of.stream(), Versions::ALL).await;
    events.expect("it can be read").last().map_or(Version::NONE, |event| event.version)
}

impl Tally {
    fn count(&self, history: &[Entry]) {
        for entry in history {
            let counter = match entry.told {
                Told::Accepted(_) => &self.accepted,
                Told::Unknown => &self.lost,
                _ => &self.refused,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}
