//! Closing: what was accepted is done, and nothing more is taken.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use freehold_domain::Position;
use freehold_ports::{AppendError, EventStore, StoreError, Versions};
use freehold_sqlite::{Options, Sqlite};
use tokio::task::unconstrained;

use crate::fixtures::{count_events, count_steps, open, plain_step, step, tenant};

#[tokio::test]
async fn an_idle_database_closes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    for _ in 0..3 {
        Sqlite::open(&path).await.unwrap().close().await;
    }
}

#[tokio::test]
async fn closing_leaves_one_file_and_its_lock() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder.path().join("walks.db")).await;
    database.append(step(1)).await.unwrap();
    count_events(&database).await;
    database.close().await;
    let mut files: Vec<_> =
        folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["walks.db", "walks.db.lock"]);
}

#[tokio::test]
async fn what_was_accepted_is_done_though_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("walks.db");
    let database = open(&path).await;
    for walk in 0..500 {
        // Polled once it is in the queue, unless the runtime holds it back to be fair; then its caller goes away.
        let append = unconstrained(database.append(step(walk)));
        let accepted = pin!(append).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(accepted, Poll::Pending | Poll::Ready(Ok(_))));
    }
    database.close().await;
    let database = Sqlite::open(&path).await.unwrap();
    assert_eq!((count_events(&database).await, count_steps(&database).await), (500, 500));
}

#[tokio::test]
async fn other_handles_find_a_closed_database_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder.path().join("walks.db")).await;
    let other = database.clone();
    let head = other.head();
    database.close().await;
    let refused = other.append(step(1)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Store(StoreError::Unavailable { .. })), "{refused}");
    assert!(refused.to_string().contains("closed"), "{refused}");
    let refused = other.read_stream(&tenant(), &plain_step(1).stream, Versions::ALL).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}");
    assert_eq!(*head.borrow(), Position::START);
    other.close().await;
}

#[tokio::test]
async fn callers_wait_for_a_place_in_a_full_queue() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new(folder.path().join("walks.db")).queue(1).readers(1);
    let database = Sqlite::open(options).await.unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|walk| {
            let database = database.clone();
            tokio::spawn(async move { database.append(plain_step(walk)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(count_events(&database).await, 200);
}
