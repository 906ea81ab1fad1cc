//! Nodes that die: at every step of a worker, of a rebuild and of handing over, whatever was under way. Rows equal a fold over
//! the log afterwards, and what was begun comes to its end.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use freehold::{
    Event as _, Position, Recorded, View as _,
    app::{Application, Context, Host, NodeRole},
    memory::Memory,
    ports::{EventQuery, EventStore as _, Rebuilds as _, Scope, Stage},
};
use freehold_testkit::{
    deaths::{self, Step},
    faults::{Draw, Fault::Before, Faults, Gate, Operation, Seed, Trouble::Hang},
};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    bank::{AccountEvent, AccountId, Balance, Deposit, GetBalance, open, unreadable},
    service::{clerk, smuggle},
};

/// How long a node is given to come to a step.
const PATIENCE: Duration = Duration::from_mins(10);

#[tokio::test(start_paused = true)]
async fn a_node_that_dies_at_any_step_leaves_all_to_the_next() {
    for step in Step::all() {
        dies_at(step).await;
    }
}

async fn dies_at(step: Step) {
    let memory = Memory::new();
    let server = Server::start(&memory).await;
    let ids = load(&server).await;
    // What it cannot take in, so that it has dead letters to try again.
    smuggle(&memory, ids[1], unreadable()).await;
    let (faults, gate) = (Faults::default(), Gate::closed());
    step.plan(&faults, Hang(gate.clone()));

    // It dies where it hangs: nothing of it goes on, and nobody takes its leave.
    let mut life = JoinSet::new();
    let database = Arc::new(memory.clone());
    life.spawn(async move {
        deaths::live(database, &faults, accounts(), "bank.Balance").await;
        // A life that has come to its end without the step is found out by whoever waits for that.
        std::future::pending::<()>().await;
    });
    let reached = timeout(PATIENCE, gate.reached()).await;
    assert!(reached.is_ok(), "no node came to where it is {step}");
    life.shutdown().await;

    let next = Host::builder(memory.clone()).context(accounts()).node_name("next").start().await.unwrap();
    let application = next.application();
    more(&server, &memory, &ids).await;
    settled(&application, &memory).await;
    assert_rows(&application, &memory, &ids).await;
    next.stop().await;
}

/// The view that workers bring up to date, alone: one that appends wait for would refuse what nobody can read.
fn accounts() -> Context {
    Context::new("bank").view::<Balance>()
}

/// A node that takes commands, and is no worker.
struct Server(Host);

impl Server {
    async fn start(memory: &Memory) -> Self {
        let builder = Host::builder(memory.clone()).context(accounts()).node_name("server");
        let builder = builder.roles([NodeRole::Server].into_iter().collect());
        Self(builder.partitions(NonZeroU32::new(5).unwrap()).start().await.unwrap())
    }

    async fn opened(&self) -> AccountId {
        self.0.application().commands.create(clerk(), open("Anna")).await.unwrap().id
    }

    async fn deposited(&self, id: AccountId, amount: i64) {
        self.0.application().commands.send(clerk(), id, Deposit { amount }).await.unwrap();
    }
}

async fn load(server: &Server) -> Vec<AccountId> {
    let mut ids = Vec::new();
    for amount in 1..=8 {
        let id = server.opened().await;
        server.deposited(id, amount).await;
        ids.push(id);
    }
    ids
}

/// One more account has an event then that nobody can read.
async fn more(server: &Server, memory: &Memory, ids: &[AccountId]) {
    // Nobody can load the second.
    for id in ids.iter().filter(|id| **id != ids[1]) {
        server.deposited(*id, 100).await;
    }
    smuggle(memory, ids[0], unreadable()).await;
}

/// Waits until nothing is under way any more. What waits for a word gets it.
async fn settled(application: &Application, memory: &Memory) {
    for _ in 0..10_000 {
        let rebuilds = memory.rebuilds().await.unwrap();
        let under_way = rebuilds.iter().find(|rebuild| rebuild.stage.is_under_way());
        if under_way.is_none() && application.caught_up().await.is_ok() {
            return;
        }
        if under_way.is_some_and(|rebuild| rebuild.stage == Stage::Waiting && !rebuild.automatic) {
            application.operations().take_over("anna", "bank.Balance").await.unwrap();
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?}", application.health().await);
}

/// Every row is what the events make of it, up to the first that cannot be read: what comes behind it waits.
async fn assert_rows(application: &Application, memory: &Memory, ids: &[AccountId]) {
    let everything = EventQuery::all();
    let log = memory.read_all(&Scope::EveryTenant, Position::START, &everything, usize::MAX).await.unwrap();
    let (mut expected, mut stopped) = (BTreeMap::<AccountId, Balance>::new(), BTreeSet::new());
    for recorded in log.events {
        let Ok(event) = AccountEvent::decode(&recorded.event) else {
            stopped.insert(recorded.stream.id());
            continue;
        };
        let Recorded { id, position, version, metadata, tenant, stream, .. } = recorded;
        let recorded = Recorded { id, position, version, metadata, tenant, stream, event };
        if stopped.contains(&recorded.stream.id()) {
            continue;
        }
        let key = Balance::key(&recorded).unwrap();
        if let Some(row) = Balance::evolve(expected.remove(&key), &recorded) {
            expected.insert(key, row);
        }
    }
    for id in ids {
        let found = application.queries.ask(clerk(), GetBalance { id: *id }).await.unwrap();
        assert_eq!(
            found.map(|stored| stored.row),
            expected.get(id).cloned(),
            "{:?}",
            memory.rebuilds().await
        );
    }
}

/// Nodes come, take their leave and die while others write, and in the end rows equal a fold over the log.
#[tokio::test(start_paused = true)]
async fn rows_are_right_whichever_nodes_come_and_go() {
    let seed = Seed::given_or_new();
    for round in 0..8 {
        come_and_go(Seed(seed.number(round))).await;
    }
}

async fn come_and_go(seed: Seed) {
    let memory = Memory::new();
    let server = Server::start(&memory).await;
    let mut ids = load(&server).await;
    let mut nodes: Vec<(Host, Faults)> = Vec::new();
    for turn in 0..30 {
        let chance = seed.number(turn);
        match chance % 4 {
            0 | 1 if nodes.len() < 5 => {
                let faults = Faults::default();
                let host = Host::builder(faults.around(Arc::new(memory.clone()))).context(accounts());
                nodes.push((host.start().await.unwrap(), faults));
            }
            2 if !nodes.is_empty() => {
                let (host, _) = nodes.swap_remove(usize::try_from(chance / 4).unwrap() % nodes.len());
                host.stop().await;
            }
            3 if !nodes.is_empty() => {
                let (host, faults) = nodes.swap_remove(usize::try_from(chance / 4).unwrap() % nodes.len());
                // Nothing that it does from now on comes to an end, and it is not told to stop.
                for step in Operation::ALL {
                    let hang = Before(Hang(Gate::closed()));
                    faults.draw(step, Draw { seed, one_in: 1, faults: vec![hang] });
                }
                std::mem::forget(host);
            }
            _ => {}
        }
        for id in &ids {
            server.deposited(*id, 1).await;
        }
        if turn % 7 == 3 {
            ids.push(server.opened().await);
            _ = server.0.application().operations().rebuild("anna", "bank.Balance", true).await;
        }
        sleep(Duration::from_millis(chance % 3_000)).await;
    }
    let last = Host::builder(memory.clone()).context(accounts()).start().await.unwrap();
    settled(&last.application(), &memory).await;
    assert_rows(&last.application(), &memory, &ids).await;
    for (host, _) in nodes {
        host.stop().await;
    }
    last.stop().await;
}
