//! Archival: the events of closed streams lie in a table of their own, and stay closed when the file is opened again.

use std::path::Path;

use freehold_domain::{Position, Version};
use freehold_ports::{AppendError, Conflict, EventStore};
use freehold_sqlite::Sqlite;
use rusqlite::Connection;

use crate::fixtures::{count_events, open, plain_step, tenant};

#[tokio::test]
async fn archived_events_are_moved_out_of_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    for walk in [1, 2, 1] {
        database.append(plain_step(walk)).await.unwrap();
    }
    database.archive(&tenant(), &plain_step(1).stream, Version(2)).await.unwrap();
    assert_eq!((count(&path, "freehold_events"), count(&path, "freehold_archived_events")), (1, 2));
    assert_eq!(count_events(&database).await, 3);
}

#[tokio::test]
async fn what_was_archived_is_known_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    database.append(plain_step(1)).await.unwrap();
    database.append(plain_step(2)).await.unwrap();
    database.archive(&tenant(), &plain_step(2).stream, Version(1)).await.unwrap();
    database.close().await;

    let database = Sqlite::open(&path).await.unwrap();
    assert_eq!(*database.head().borrow(), Position(2));
    let refused = database.append(plain_step(2)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Conflict(Conflict::Archived { at: Version(1) })), "{refused}");
    assert_eq!(database.append(plain_step(1)).await.unwrap().position, Position(3));
    assert_eq!(count_events(&database).await, 3);
}

fn count(path: &Path, table: &str) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}
