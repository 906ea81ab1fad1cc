//! The file beside other programs: they may read, and what they lock is waited for.

use std::{path::Path, time::Duration};

use freehold_ports::{AppendError, EventStore, StoreError};
use freehold_sqlite::{Options, Sqlite};
use rusqlite::{Connection, OpenFlags};

use crate::fixtures::{count_events, open, plain_step, step};

#[tokio::test]
async fn another_program_can_read_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    database.append(step(1)).await.unwrap();
    let other = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let text = "SELECT tenant_id || ' ' || stream_id || ' ' || time FROM freehold_events";
    let text: String = other.query_row(text, [], |row| row.get(0)).unwrap();
    assert_eq!(text, "platform 00000000-0000-0000-0000-000000000001 2026-01-15T09:30:00.000000Z");
    other.execute_batch("BEGIN; SELECT * FROM walks").unwrap();
    database.append(step(2)).await.unwrap();
    assert_eq!(count_events(&database).await, 2);
}

#[tokio::test]
async fn a_write_lock_of_another_program_is_waited_for_and_then_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let options = Options::new(&path).busy_timeout(Duration::from_millis(5));
    let database = Sqlite::open(options).await.unwrap();
    let other = lock(&path);
    let refused = database.append(plain_step(1)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Store(StoreError::Unavailable { .. })), "{refused}");
    assert!(refused.to_string().contains("walks.db"), "{refused}");
    assert_eq!(count_events(&database).await, 0);
    drop(other);
    database.append(plain_step(1)).await.unwrap();
}

fn lock(path: &Path) -> Connection {
    let other = Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}
