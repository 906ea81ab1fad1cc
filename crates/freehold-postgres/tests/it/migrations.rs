//! Migrations: whole or not at all, and held to what was run.

use std::time::Duration;

use freehold_ports::{EventStore, Migration, MigrationError, Migrations, Migrator};
use freehold_postgres::Postgres;

use crate::{
    fixtures::{MIGRATIONS, count_steps, counted_step, step},
    server::{self, blocked, until},
};

const FIRST: Migration =
    Migration { name: "0001_first", sql: "CREATE TABLE first (id text);\nINSERT INTO first VALUES ('a')" };
const SECOND: Migration = Migration { name: "0002_second", sql: "CREATE TABLE second (id text)" };

const fn steps(postgres: &'static [Migration]) -> Migrations {
    Migrations { postgres, ..Migrations::none("stepwise") }
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_and_those_before_it_stay() {
    const HALF: Migration =
        Migration { name: "0002_half", sql: "CREATE TABLE half (id text); CREATE TABLE first (id text)" };
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    match database.migrate(&[steps(&[FIRST, HALF])]).await {
        Err(MigrationError::Failed { context, name, reason }) => {
            assert_eq!((&*context, &*name), ("stepwise", "0002_half"));
            assert!(reason.contains("first"), "{reason}");
        }
        other => panic!("it was to fail: {other:?}"),
    }
    assert_eq!(tables(guard.url()).await, ["first"]);
    assert_eq!(database.migrate(&[steps(&[FIRST, SECOND])]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_step_that_ends_its_transaction_is_refused() {
    const RASH: Migration = Migration {
        name: "0001_rash",
        sql: "CREATE TABLE rash (id text); COMMIT; CREATE TABLE more (id text)",
    };
    let Some(server) = server::url() else { return };
    let (database, _guard) = server::open(&server).await;
    match database.migrate(&[steps(&[RASH])]).await {
        Err(MigrationError::Failed { reason, .. }) => assert!(reason.contains("COMMIT"), "{reason}"),
        other => panic!("it was to fail: {other:?}"),
    }
    database.append(step(1)).await.unwrap();
}

#[tokio::test]
async fn what_was_run_is_known_after_opening_again() {
    const CHANGED: Migration = Migration { name: "0001_first", sql: "CREATE TABLE first (id integer)" };
    const OTHER_LINES: Migration = Migration {
        name: "0001_first",
        sql: "CREATE TABLE first (id text);\r\nINSERT INTO first VALUES ('a')",
    };
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    database.append(counted_step(1)).await.unwrap();
    database.migrate(&[steps(&[FIRST, SECOND])]).await.unwrap();
    database.close().await;

    let database = Postgres::open(guard.url()).await.unwrap();
    match database.migrate(&[steps(&[CHANGED, SECOND])]).await {
        Err(MigrationError::Changed { context, name }) => {
            assert_eq!((&*context, &*name), ("stepwise", "0001_first"));
        }
        other => panic!("it was to be refused: {other:?}"),
    }
    assert!(matches!(database.migrate(&[steps(&[FIRST])]).await, Err(MigrationError::Unknown { .. })));
    assert_eq!(database.migrate(&[MIGRATIONS, steps(&[OTHER_LINES, SECOND])]).await.unwrap(), 0);
    assert_eq!(count_steps(&database).await, 1);
}

#[tokio::test]
async fn a_step_may_take_longer_than_a_statement() {
    const SLOW: Migration = Migration { name: "0001_slow", sql: "LOCK TABLE held" };
    let Some(server) = server::url() else { return };
    let (database, guard) =
        server::open_with(&server, |options| options.statement_timeout(Duration::from_secs(1))).await;
    let holder = server::session(guard.url()).await;
    holder.batch_execute("CREATE TABLE held (id text)").await.unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE held").await.unwrap();
    let migrating = tokio::spawn(async move { database.migrate(&[steps(&[SLOW])]).await });
    let session = server::session(guard.url()).await;
    until(&session, &blocked("migrate", 1)).await;
    let since = "count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() \
        AND application_name = 'freehold/migrate' AND clock_timestamp() > query_start + interval '1200 ms'";
    until(&session, since).await;
    holder.batch_execute("COMMIT").await.unwrap();
    assert_eq!(migrating.await.unwrap().unwrap(), 1);
}

/// The tables that are not the adapter's.
async fn tables(url: &str) -> Vec<String> {
    let tables = "SELECT relname::text FROM pg_class \
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1";
    server::session(url).await.query(tables, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}
