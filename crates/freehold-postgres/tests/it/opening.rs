//! Opening: many nodes at once, what is found again, and what is refused.

use std::sync::Arc;

use freehold_domain::Position;
use freehold_ports::{EventStore, Migrator, StoreError, ViewStore};
use freehold_postgres::{Options, Postgres};
use freehold_testkit::postgres::TestDatabase;
use tokio::{sync::Barrier, task::JoinSet};
use tokio_postgres::Client;

use crate::{
    fixtures::{MIGRATIONS, Walks, count_events, count_steps, counted_step, once, step, tenant},
    roles::Roles,
    server,
};

/// How many nodes start at once.
const NODES: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_nodes_open_an_empty_database_at_once() {
    let Some(server) = server::url() else { return };
    let database = TestDatabase::create(&server).await;
    open_at_once(Options::new(database.url())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_nodes_of_a_service_that_owns_nothing_open_an_empty_database_at_once() {
    let Some(server) = server::url() else { return };
    let database = TestDatabase::create(&server).await;
    let roles = Roles::of(&database).await;
    open_at_once(Options::new(&roles.service).owner(&roles.owner)).await;
}

/// Every step is run once, and all of them append to one log.
async fn open_at_once(options: Options) {
    let options = options.readers(1);
    let (mut nodes, start) = (JoinSet::new(), Arc::new(Barrier::new(NODES)));
    for _ in 0..NODES {
        let (options, start) = (options.clone(), Arc::clone(&start));
        nodes.spawn(async move {
            start.wait().await;
            let node = Postgres::open(options).await.unwrap();
            let run = node.migrate(&[MIGRATIONS]).await.unwrap();
            node.append(counted_step(1)).await.unwrap();
            (node, run)
        });
    }
    let nodes = nodes.join_all().await;
    assert_eq!(nodes.iter().map(|(_, run)| run).sum::<usize>(), MIGRATIONS.postgres.len());
    for (node, _) in &nodes[..2] {
        assert_eq!((count_events(node).await, count_steps(node).await), (NODES, NODES as u64));
    }
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    let append = once(counted_step(1), 5);
    let outcome = database.append(append.clone()).await.unwrap();
    database.append(counted_step(2)).await.unwrap();
    database.close().await;

    let database = Postgres::open(guard.url()).await.unwrap();
    assert_eq!(*database.head().borrow(), Position(2));
    assert_eq!((count_events(&database).await, count_steps(&database).await), (2, 2));
    assert_eq!(database.checkpoint(&(Arc::new(Walks::new()) as _)).await.unwrap(), Position(2));
    let command = append.metadata.command;
    assert_eq!(database.outcome(&tenant(), command).await.unwrap().unwrap().1.position, outcome.position);
    assert!(database.append(append).await.unwrap().replayed);
    assert_eq!(database.append(counted_step(1)).await.unwrap().position, Position(3));
}

#[tokio::test]
async fn opening_and_migrating_again_leaves_tables_and_rows_as_they_are() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    for command in 1..=10 {
        database.append(once(counted_step(command % 3), command)).await.unwrap();
    }
    let session = server::session(guard.url()).await;
    let before = everything(&session).await;
    assert!(before.len() > 30, "tables, indexes, functions, types and rows: {before:?}");
    for _ in 0..3 {
        database.clone().close().await;
        let database = Postgres::open(guard.url()).await.unwrap();
        assert_eq!(database.migrate(&[MIGRATIONS]).await.unwrap(), 0);
        assert_eq!(everything(&session).await, before);
    }
}

/// What lies in the schemas, by what changes when it is made again, and the rows by their content and their place.
async fn everything(session: &Client) -> Vec<String> {
    let objects = "
        SELECT format('%s %s %s %s', oid, relfilenode, relname, relacl) FROM pg_class
        WHERE relnamespace IN ('freehold'::regnamespace, 'public'::regnamespace)
        UNION ALL SELECT format('%s %s %s', oid, xmin, proname) FROM pg_proc
        WHERE pronamespace = 'freehold'::regnamespace
        UNION ALL SELECT format('%s %s', oid, typname) FROM pg_type
        WHERE typnamespace = 'freehold'::regnamespace
        ORDER BY 1";
    let mut all: Vec<String> =
        session.query(objects, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let tables = "
        SELECT oid::regclass::text FROM pg_class
        WHERE relnamespace IN ('freehold'::regnamespace, 'public'::regnamespace) AND relkind = 'r' ORDER BY 1";
    for table in session.query(tables, &[]).await.unwrap() {
        let rows = format!(
            "SELECT format('%s %s %s', ctid, xmin, it) FROM {} AS it ORDER BY 1",
            table.get::<_, &str>(0)
        );
        all.extend(session.query(&rows, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)));
    }
    all
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.append(step(1)).await.unwrap();
    database.close().await;
    alter(guard.url(), "INSERT INTO freehold.migrations VALUES ('freehold-postgres', '9999_future', 'x')")
        .await;
    let said = refused(guard.url()).await;
    assert!(said.contains("`9999_future`") && said.contains("this program does not have it"), "{said}");
}

#[tokio::test]
async fn a_database_whose_own_tables_were_made_otherwise_is_refused() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.close().await;
    alter(guard.url(), "UPDATE freehold.migrations SET checksum = 'x' WHERE name = '0004_commands'").await;
    let said = refused(guard.url()).await;
    assert!(said.contains("`0004_commands`") && said.contains("changed after it was run"), "{said}");
}

async fn alter(url: &str, sql: &str) {
    server::session(url).await.batch_execute(sql).await.unwrap();
}

async fn refused(url: &str) -> String {
    match Postgres::open(url).await {
        Err(StoreError::Other(error)) => error.to_string(),
        other => panic!("it was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_role_that_is_not_let_in_is_told_without_its_password() {
    let Some(server) = server::url() else { return };
    let database = TestDatabase::create(&server).await;
    let url = Roles::url(&database, "nobody_there", "a-secret");
    match Postgres::open(url).await {
        Err(StoreError::Unavailable { reason }) => {
            assert!(reason.contains("nobody_there") && !reason.contains("a-secret"), "{reason}");
        }
        other => panic!("it was to be unavailable: {other:?}"),
    }
}
