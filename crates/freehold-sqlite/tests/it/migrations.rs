//! Migrations: whole or not at all, and held to what was run.

use freehold_ports::{EventStore, Migration, MigrationError, Migrations, Migrator, StoreError};
use freehold_sqlite::Sqlite;
use rusqlite::Connection;

use crate::fixtures::{MIGRATIONS, count_steps, open, step};

const FIRST: Migration =
    Migration { name: "0001_first", sql: "CREATE TABLE first (id TEXT);\nINSERT INTO first VALUES ('a')" };
const SECOND: Migration = Migration { name: "0002_second", sql: "CREATE TABLE second (id TEXT)" };

const fn steps(sqlite: &'static [Migration]) -> Migrations {
    Migrations { sqlite, ..Migrations::none("stepwise") }
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_and_those_before_it_stay() {
    const HALF: Migration =
        Migration { name: "0002_half", sql: "CREATE TABLE half (id TEXT); CREATE TABLE first (id TEXT)" };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = Sqlite::open(&path).await.unwrap();
    match database.migrate(&[steps(&[FIRST, HALF])]).await {
        Err(MigrationError::Failed { context, name, reason }) => {
            assert_eq!((&*context, &*name), ("stepwise", "0002_half"));
            assert!(reason.contains("first"), "{reason}");
        }
        other => panic!("it was to fail: {other:?}"),
    }
    assert_eq!(tables(&path), ["first"]);
    assert_eq!(database.migrate(&[steps(&[FIRST, SECOND])]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_step_that_ends_its_transaction_is_refused() {
    const RASH: Migration = Migration {
        name: "0001_rash",
        sql: "CREATE TABLE rash (id TEXT); COMMIT; CREATE TABLE more (id TEXT)",
    };
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(folder.path().join("walks.db")).await.unwrap();
    match database.migrate(&[steps(&[RASH])]).await {
        Err(MigrationError::Failed { reason, .. }) => assert!(reason.contains("COMMIT"), "{reason}"),
        other => panic!("it was to fail: {other:?}"),
    }
    database.append(crate::fixtures::plain_step(1)).await.unwrap();
}

#[tokio::test]
async fn what_was_run_is_known_after_opening_again() {
    const CHANGED: Migration = Migration { name: "0001_first", sql: "CREATE TABLE first (id INTEGER)" };
    const OTHER_LINES: Migration = Migration {
        name: "0001_first",
        sql: "CREATE TABLE first (id TEXT);\r\nINSERT INTO first VALUES ('a')",
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    database.append(step(1)).await.unwrap();
    database.migrate(&[steps(&[FIRST, SECOND])]).await.unwrap();
    database.close().await;

    let database = Sqlite::open(&path).await.unwrap();
    assert!(matches!(
        database.migrate(&[steps(&[CHANGED, SECOND])]).await,
        Err(MigrationError::Changed { .. })
    ));
    assert!(matches!(database.migrate(&[steps(&[FIRST])]).await, Err(MigrationError::Unknown { .. })));
    assert_eq!(database.migrate(&[MIGRATIONS, steps(&[OTHER_LINES, SECOND])]).await.unwrap(), 0);
    assert_eq!(count_steps(&database).await, 1);
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    open(&path).await.close().await;
    let newer = "INSERT INTO freehold_migrations VALUES ('freehold-sqlite', '9999_future', 'x', 'y')";
    Connection::open(&path).unwrap().execute(newer, []).unwrap();
    match Sqlite::open(&path).await {
        Err(StoreError::Other(error)) => {
            let text = error.to_string();
            assert!(text.contains("walks.db") && text.contains("9999_future"), "{text}");
        }
        other => panic!("it was to be refused: {other:?}"),
    }
}

/// The tables that are not the adapter's.
fn tables(path: &std::path::Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT name FROM sqlite_schema
        WHERE type = 'table' AND name NOT LIKE 'freehold%' AND name NOT LIKE 'sqlite%' ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
