//! Damage: told as what it is, with its place and without what is there.

use std::fs;

use freehold_domain::Position;
use freehold_ports::{EventQuery, EventStore, Scope, StoreError};
use freehold_sqlite::Sqlite;
use rusqlite::Connection;

use crate::fixtures::{count_steps, open, plain_step, step};

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    fs::write(&path, "this is a letter, and by no means a database\n".repeat(200)).unwrap();
    let reason = corrupt(Sqlite::open(&path).await);
    assert!(reason.contains("walks.db"), "{reason}");
    let letter = fs::read_to_string(&path).unwrap();
    assert!(letter.starts_with("this is a letter"), "it is left alone");
}

#[tokio::test]
async fn a_damaged_file_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    for walk in 0..200 {
        database.append(plain_step(walk)).await.unwrap();
    }
    database.close().await;
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[end / 3..].fill(0xA5);
    fs::write(&path, bytes).unwrap();

    let damage = async {
        let database = Sqlite::open(&path).await?;
        database.read_all(&Scope::EveryTenant, Position::START, &EventQuery::all(), 1_000).await
    };
    let reason = corrupt(damage.await);
    assert!(reason.contains("walks.db"), "{reason}");
}

#[tokio::test]
async fn a_cell_that_does_not_fit_is_told_without_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    database.append(step(1)).await.unwrap();
    Connection::open(&path).unwrap().execute("UPDATE walks SET id = 'secret'", []).unwrap();
    let task = tokio::spawn(async move { count_steps(&database).await });
    let panic = task.await.unwrap_err().into_panic();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("the column `id` of the table `walks`"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_told_by_its_position() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    database.append(plain_step(1)).await.unwrap();
    database.append(plain_step(2)).await.unwrap();
    Connection::open(&path)
        .unwrap()
        .execute("UPDATE freehold_events SET time = 'secret' WHERE position = 2", [])
        .unwrap();
    let read = database.read_all(&Scope::EveryTenant, Position::START, &EventQuery::all(), 9).await;
    let reason = corrupt(read);
    assert!(reason.contains("`time`") && reason.contains("position 2"), "{reason}");
    assert!(!reason.contains("secret"), "{reason}");
}

fn corrupt<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Corrupt { reason }) => reason,
        other => panic!("it was to be corrupt: {other:?}"),
    }
}
