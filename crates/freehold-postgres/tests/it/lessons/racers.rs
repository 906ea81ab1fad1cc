//! Racers: conditions are checked and events written as one step, and each append has an outcome of its own.

use std::sync::Arc;

use freehold_domain::{EventId, Position, Tag, Version};
use freehold_ports::{
    Append, AppendError, Conflict, EventQuery, EventStore, Expected, Outcome, Unless, Versions,
};
use freehold_postgres::Postgres;
use tokio::{sync::Barrier, task::JoinSet};
use uuid::Uuid;

use crate::{
    fixtures::{log, step, tenant},
    server,
};

/// How many race in a round.
const RACERS: u128 = 12;
/// How often they do.
const ROUNDS: u64 = 15;

/// What becomes of appends that are made at the same moment, each in turn by the next of three nodes.
struct Race {
    nodes: Vec<Postgres>,
}

impl Race {
    async fn on(database: Postgres, url: &str) -> Self {
        let mut nodes = vec![database];
        for _ in 0..2 {
            nodes.push(Postgres::open(url).await.unwrap());
        }
        Self { nodes }
    }

    async fn run(&self, appends: Vec<Append>) -> Vec<Result<Outcome, AppendError>> {
        let (mut racers, start) = (JoinSet::new(), Arc::new(Barrier::new(appends.len())));
        for (place, append) in appends.into_iter().enumerate() {
            let (node, start) = (self.nodes[place % self.nodes.len()].clone(), Arc::clone(&start));
            racers.spawn(async move {
                start.wait().await;
                (place, node.append(append).await)
            });
        }
        let mut outcomes = racers.join_all().await;
        outcomes.sort_by_key(|(place, _)| *place);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

/// What no other racer of any round has.
fn walk(round: u64, racer: u128) -> u128 {
    u128::from(round) * 100 + racer
}

/// The append under an event id of its own.
fn known_as(id: u128, mut append: Append) -> Append {
    append.events[0].id = EventId(Uuid::from_u128(id));
    append
}

/// One has won, and the others have met with a conflict.
fn assert_one_winner(outcomes: &[Result<Outcome, AppendError>]) -> &Outcome {
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.iter().partition(|outcome| outcome.is_ok());
    assert_eq!(won.len(), 1, "{outcomes:?}");
    for outcome in lost {
        assert!(matches!(outcome, Err(AppendError::Conflict(_))), "{outcome:?}");
    }
    won[0].as_ref().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racers_for_a_version_on_several_nodes_one_wins() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let race = Race::on(database, guard.url()).await;
    for round in 0..ROUNDS {
        let at = Expected::Version(Version(round));
        let racer = |racer| known_as(walk(round, racer), Append { expected: at, ..step(1) });
        let outcomes = race.run((0..RACERS).map(racer).collect()).await;
        assert_eq!(assert_one_winner(&outcomes).version, Version(round + 1));
    }
    assert_eq!(log(&race.nodes[0]).await.len() as u64, ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racers_for_a_claim_on_several_nodes_one_wins() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let race = Race::on(database, guard.url()).await;
    for round in 0..ROUNDS {
        let claim = Tag::new(format!("mail-{round}"));
        let racer = |racer| {
            let unless = Unless { query: EventQuery::tag(claim.clone()), after: Position::START };
            let mut append = Append { unless: vec![unless], ..step(walk(round, racer)) };
            append.events[0].tags.push(claim.clone());
            append
        };
        let outcomes = race.run((0..RACERS).map(racer).collect()).await;
        let won = assert_one_winner(&outcomes).position;
        for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            let AppendError::Conflict(Conflict::Query { found, .. }) = outcome else { panic!("{outcome}") };
            assert_eq!(*found, won);
        }
    }
    assert_eq!(log(&race.nodes[0]).await.len() as u64, ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_appends_have_each_an_outcome_of_their_own() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let race = Race::on(database, guard.url()).await;
    let mut written = 0;
    for round in 0..ROUNDS {
        // Ten pairs for the beginning of a stream each.
        let racer = |racer: u128| {
            let beginning =
                Append { expected: Expected::Version(Version::NONE), ..step(walk(round, racer / 2)) };
            known_as(walk(round, racer), beginning)
        };
        for (racer, outcome) in (0..).zip(race.run((0..20).map(racer).collect()).await) {
            let (stream, id) =
                (step(walk(round, racer / 2)).stream, EventId(Uuid::from_u128(walk(round, racer))));
            let events = race.nodes[0].read_stream(&tenant(), &stream, Versions::ALL).await.unwrap();
            assert_eq!(events.len(), 1);
            match outcome {
                Ok(outcome) => {
                    assert_eq!((events[0].id, events[0].position), (id, outcome.position));
                    written += 1;
                }
                Err(AppendError::Conflict(Conflict::Version { .. })) => assert_ne!(events[0].id, id),
                Err(error) => panic!("another error was expected: {error}"),
            }
        }
    }
    assert_eq!(written, ROUNDS * 10);
    assert_eq!(log(&race.nodes[0]).await.len() as u64, written);
}
