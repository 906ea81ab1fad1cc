//! Commits that come late, and transactions that stay open: readers pass over nothing and wait for nobody.

use freehold_domain::{Position, RawEvent, Recorded};
use freehold_ports::{EventKind, EventQuery, EventStore, Scope};
use freehold_postgres::Postgres;
use freehold_testkit::postgres::TestDatabase;
use tokio::task::{JoinHandle, JoinSet};

use crate::{
    fixtures::{WALK, count_events, log, step},
    server::{self, blocked, until},
};

const WRITERS: u64 = 4;
const APPENDS: u64 = 15;

/// Commits of events wait for whoever holds this lock.
const STALLED: &str = "
    CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(42);
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER stall AFTER INSERT ON freehold.events DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION stall()";

/// Commits of events take a while, each another one.
const SLOW: &str = "
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_sleep(0.004 * random());
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON freehold.events DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION slow()";

/// Several nodes of one database, the first of which has made it.
async fn nodes(server: &str, count: usize) -> (Vec<Postgres>, TestDatabase) {
    let (first, guard) = server::open(server).await;
    let mut nodes = vec![first];
    while nodes.len() < count {
        nodes.push(Postgres::open(guard.url()).await.unwrap());
    }
    (nodes, guard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_commits_late_is_not_passed_over() {
    let Some(server) = server::url() else { return };
    let (nodes, guard) = nodes(&server, 3).await;
    let (holder, session) = (server::session(guard.url()).await, server::session(guard.url()).await);
    session.batch_execute(STALLED).await.unwrap();
    holder.batch_execute("SELECT pg_advisory_lock(42)").await.unwrap();

    let late = nodes[0].submit(step(1)).await;
    until(&session, &blocked("append", 1)).await;
    let behind = nodes[1].submit(step(2)).await;
    until(&session, &blocked("append", 2)).await;
    let everything = EventQuery::all();
    let read = nodes[2].read_all(&Scope::EveryTenant, Position::START, &everything, 9).await.unwrap();
    assert_eq!((read.events.len(), read.read_to), (0, Position::START));

    holder.batch_execute("SELECT pg_advisory_unlock(42)").await.unwrap();
    let positions = (late.await.unwrap().position, behind.await.unwrap().position);
    assert_eq!(positions, (Position(1), Position(2)));
    let read = nodes[2].read_all(&Scope::EveryTenant, read.read_to, &everything, 9).await.unwrap();
    let walks: Vec<_> = read.events.iter().map(|event| event.stream.id().as_u128()).collect();
    assert_eq!(walks, [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_beside_writers_on_several_nodes_whose_commits_are_slow_see_every_event_once_in_order() {
    let Some(server) = server::url() else { return };
    let (nodes, guard) = nodes(&server, 3).await;
    server::session(guard.url()).await.batch_execute(SLOW).await.unwrap();
    let total = nodes.len() as u64 * WRITERS * APPENDS;
    let steps = EventQuery::kinds(vec![EventKind { aggregate: WALK.into(), name: "Stepped".into() }]);
    let readers: Vec<_> = nodes
        .iter()
        .zip([1, 7, 100])
        .flat_map(|(node, limit)| {
            [EventQuery::all(), steps.clone()].map(|query| reader(node, query, limit, total))
        })
        .collect();
    let mut writers = JoinSet::new();
    for (node, writer) in nodes.iter().flat_map(|node| (0..WRITERS).map(move |writer| (node.clone(), writer)))
    {
        writers.spawn(async move {
            for _ in 0..APPENDS {
                node.append(step(writer.into())).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let written = log(&nodes[0]).await;
    assert_eq!(written.len() as u64, total);
    for reader in readers {
        assert_eq!(reader.await.unwrap(), written);
    }
}

/// Pages through what matches up to a position, waiting on the head where there is nothing.
fn reader(node: &Postgres, query: EventQuery, limit: usize, end: u64) -> JoinHandle<Vec<Recorded<RawEvent>>> {
    let node = node.clone();
    tokio::spawn(async move {
        let (mut head, mut after, mut read) = (node.head(), Position::START, Vec::new());
        while after.0 < end {
            head.wait_for(|head| *head > after).await.unwrap();
            let batch = node.read_all(&Scope::EveryTenant, after, &query, limit).await.unwrap();
            after = batch.read_to;
            read.extend(batch.events);
        }
        read
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_transaction_that_stays_open_stops_nobody() {
    let Some(server) = server::url() else { return };
    let (nodes, guard) = nodes(&server, 2).await;
    let elsewhere = TestDatabase::create(&server).await;
    let mut open = Vec::new();
    for url in [guard.url(), elsewhere.url()] {
        let session = server::session(url).await;
        session.batch_execute("CREATE TABLE foreign_rows (id integer)").await.unwrap();
        session.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.unwrap();
        session.batch_execute("INSERT INTO foreign_rows VALUES (1)").await.unwrap();
        open.push(session);
    }
    open[0].batch_execute("SELECT * FROM freehold.events").await.unwrap();
    let readers: Vec<_> = nodes.iter().map(|node| reader(node, EventQuery::all(), 3, 40)).collect();
    for number in 0..20 {
        for node in &nodes {
            node.append(step(number)).await.unwrap();
        }
    }
    for reader in readers {
        assert_eq!(reader.await.unwrap().len(), 40);
    }
    let before = open[0].query_one("SELECT count(*) FROM freehold.events", &[]).await.unwrap();
    assert_eq!(before.get::<_, i64>(0), 0, "the foreign transaction was open all the time");
    assert_eq!(count_events(&nodes[0]).await, 40);
}
