//! A node that writes alone asks neither where its streams are nor for the rows of its views; whatever others do is found
//! out all the same.

mod rows;

use std::iter;

use freehold_domain::{EventId, Version};
use freehold_ports::{Append, AppendError, Conflict, EventStore, Expected, Pending};
use freehold_postgres::Postgres;
use futures_util::future::join_all;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    fixtures::{log, once, step, tenant},
    server::{self, blocked, until},
};

/// A step at a version, with an id of its own.
fn step_at(walk: u128, version: u64) -> Append {
    let mut append = Append { expected: Expected::Version(Version(version)), ..step(walk) };
    append.events[0].id = EventId(Uuid::from_u128(walk << 64 | u128::from(version)));
    append
}

/// So many steps of a walk, one by one: by then the node knows where it is.
async fn walk(database: &Postgres, walk: u128, steps: u64) {
    for version in 0..steps {
        database.append(step_at(walk, version)).await.unwrap();
    }
}

/// Holds up an append, until what is returned commits: others that are handed over meanwhile gather, so that they are sent
/// at once.
async fn hold_up(database: &Postgres, url: &str, append: Append) -> (Client, Pending) {
    let session = server::session(url).await;
    session.batch_execute("BEGIN; LOCK TABLE freehold.events IN EXCLUSIVE MODE").await.unwrap();
    let first = database.submit(append).await;
    until(&server::session(url).await, &blocked("append", 1)).await;
    (session, first)
}

fn conflict<T: std::fmt::Debug>(answer: Result<T, AppendError>) -> Conflict {
    match answer.unwrap_err() {
        AppendError::Conflict(conflict) => conflict,
        error => panic!("a conflict was expected: {error}"),
    }
}

#[tokio::test]
async fn what_another_node_has_written_is_found_out() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let other = Postgres::open(guard.url()).await.unwrap();
    walk(&database, 1, 5).await;
    other.append(step_at(1, 5)).await.unwrap();

    let stale = conflict(database.append(step_at(1, 5)).await);
    assert_eq!(stale, Conflict::Version { expected: Version(5), actual: Version(6) });
    other.append(step_at(2, 0)).await.unwrap();
    assert_eq!(database.append(step_at(1, 6)).await.unwrap().version, Version(7));
    walk(&database, 3, 5).await;
    assert_eq!(log(&database).await.len(), 13);
}

#[tokio::test]
async fn a_stream_that_another_node_has_archived_takes_nothing_more() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let other = Postgres::open(guard.url()).await.unwrap();
    walk(&database, 1, 5).await;
    walk(&database, 2, 5).await;
    other.archive(&tenant(), &step(1).stream, Version(5)).await.unwrap();

    let refused = conflict(database.append(step_at(1, 5)).await);
    assert_eq!(refused, Conflict::Archived { at: Version(5) });
    assert_eq!(database.append(step_at(2, 5)).await.unwrap().version, Version(6));
    assert_eq!(log(&database).await.len(), 11);
}

#[tokio::test]
async fn a_log_that_was_set_back_is_written_on_where_it_is() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    walk(&database, 1, 5).await;
    let session = server::session(guard.url()).await;
    session.batch_execute("DELETE FROM freehold.events WHERE position > 3").await.unwrap();

    let refused = conflict(database.append(step_at(1, 5)).await);
    assert_eq!(refused, Conflict::Version { expected: Version(5), actual: Version(3) });
    // The version is the same, and the events are others.
    walk(&database, 2, 2).await;
    session.batch_execute("UPDATE freehold.events SET event_id = gen_random_uuid()").await.unwrap();
    let last = step_at(2, 1).events[0].id;
    let follows = Append { expected: Expected::Event(Version(2), last), ..step_at(2, 2) };
    assert_eq!(conflict(database.append(follows).await), Conflict::Event { at: Version(2) });
    assert_eq!(log(&database).await.len(), 5);
}

#[tokio::test]
async fn what_was_sent_behind_a_batch_that_is_refused_is_written_all_the_same() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let command = once(step_at(1, 0), 1);
    database.append(command.clone()).await.unwrap();
    walk(&database, 2, 5).await;

    let (session, first) = hold_up(&database, guard.url(), step_at(2, 5)).await;
    // What spoils the first of them was carried out before.
    let appends = iter::once(command).chain((6..70).map(|version| step_at(2, version)));
    let mut pending = Vec::new();
    for append in appends {
        pending.push(database.submit(append).await);
    }
    session.batch_execute("COMMIT").await.unwrap();
    first.await.unwrap();
    let mut answers = join_all(pending).await.into_iter().map(Result::unwrap);
    assert!(answers.next().unwrap().replayed);
    assert_eq!(answers.map(|outcome| outcome.version.0).collect::<Vec<_>>(), (7..71).collect::<Vec<_>>());
    assert_eq!(log(&database).await.len(), 71);
}

#[tokio::test]
async fn nothing_overtakes_what_was_sent_behind_a_batch_that_is_refused() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open_with(&server, |options| options.batch(32)).await;
    walk(&database, 2, 5).await;
    let (session, first) = hold_up(&database, guard.url(), step_at(2, 5)).await;
    // Two batches are sent, the first with what spoils it, and as much again waits.
    let mut spoils = step_at(9, 0);
    spoils.events[0].event.payload = "{".into();
    let spoiled = database.submit(spoils).await;
    let mut pending = Vec::new();
    for version in 6..54 {
        pending.push(database.submit(Append { expected: Expected::Any, ..step_at(2, version) }).await);
    }
    session.batch_execute("COMMIT").await.unwrap();
    first.await.unwrap();
    assert!(matches!(spoiled.await, Err(AppendError::Store(_))));
    let answers = join_all(pending).await.into_iter().map(|answer| answer.unwrap().version.0);
    assert_eq!(answers.collect::<Vec<_>>(), (7..55).collect::<Vec<_>>());
}
