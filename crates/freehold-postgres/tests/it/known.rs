//! A node that writes alone asks neither where its streams are nor for the rows of its views; whatever others do is found
//! out all the same.

use std::{iter, sync::Arc};

use freehold_domain::{Cell, EventId, Version};
use freehold_ports::{
    Append, AppendError, Conflict, EventStore, Expected, InlineError, Migrator, Outcome, Pending, Projection,
    Scope, ViewStore,
};
use freehold_postgres::Postgres;
use futures_util::future::join_all;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    fixtures::{ENDLESS, MIGRATIONS, Walks, counted_step, log, once, step, tenant, walks},
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

/// A counted step at a version, with an id of its own.
fn counted_step_at(walk: u128, version: u64) -> Append {
    Append { inline: counted_step(walk).inline, ..step_at(walk, version) }
}

/// Several counted steps of many walks, so that the node knows their rows.
async fn count(database: &Postgres, walks: u128, steps: u64) {
    for version in 0..steps {
        for walk in 1..=walks {
            database.append(counted_step_at(walk, version)).await.unwrap();
        }
    }
}

/// How many steps were counted of each walk.
async fn steps(database: &Postgres) -> Vec<u64> {
    walks(database).await.iter().map(|row| row.version.0).collect()
}

fn inline_failure(answer: Result<Outcome, AppendError>) -> String {
    match answer.unwrap_err() {
        AppendError::Inline { view: "test.Walks", error: InlineError::Failed(said) } => said,
        error => panic!("another error was expected: {error}"),
    }
}

#[tokio::test]
async fn rows_that_another_node_has_changed_are_read_again() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    let other = Postgres::open(guard.url()).await.unwrap();
    count(&database, 2, 3).await;
    other.append(counted_step_at(1, 3)).await.unwrap();
    database.append(counted_step_at(2, 3)).await.unwrap();
    database.append(counted_step_at(1, 4)).await.unwrap();
    other.append(counted_step_at(2, 4)).await.unwrap();
    assert_eq!(steps(&database).await, [5, 5]);
    assert!(walks(&database).await.iter().all(|row| row.cells[1] == Cell::Int(5)));
}

#[tokio::test]
async fn a_view_that_was_set_back_is_not_brought_up_to_date_on_what_was() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, 1, 6).await;
    let session = server::session(guard.url()).await;
    session.batch_execute("DELETE FROM walks; DELETE FROM freehold.checkpoints").await.unwrap();
    let said = inline_failure(database.append(counted_step_at(1, 6)).await);
    assert!(said.contains("has not taken it in yet"), "{said}");
    assert_eq!((walks(&database).await.len(), log(&database).await.len()), (0, 6));
}

#[tokio::test]
async fn a_view_that_has_missed_an_event_of_this_node_is_told_from_one_that_has_not() {
    let Some(server) = server::url() else { return };
    let (database, _guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, 2, 3).await;
    database.append(step_at(1, 3)).await.unwrap();
    let said = inline_failure(database.append(counted_step_at(2, 3)).await);
    assert!(said.contains("has not taken it in yet"), "{said}");
    assert_eq!(steps(&database).await, [3, 3]);
}

/// One of many that are sent at once takes a badge that its view cannot take in.
async fn one_is_spoiled_by(badge: &str, why: &str) {
    const WALKS: u128 = 40;
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, WALKS, 2).await;
    let (session, first) = hold_up(&database, guard.url(), counted_step_at(1, 2)).await;
    let mut pending = Vec::new();
    for walk in 2..=WALKS {
        let mut append = counted_step_at(walk, 2);
        append.events[0].event.payload =
            if walk == 30 { format!("{badge:?}") } else { format!("\"badge-{walk}\"") };
        pending.push(database.submit(append).await);
    }
    session.batch_execute("COMMIT").await.unwrap();
    first.await.unwrap();
    for (walk, answer) in (2..).zip(join_all(pending).await) {
        if walk == 30 {
            let said = inline_failure(answer);
            assert!(said.contains(why), "{said}");
        } else {
            assert_eq!(answer.unwrap().version, Version(3), "{walk}");
        }
    }
    let mut counted = steps(&database).await;
    counted.sort_unstable();
    assert_eq!(counted, [vec![2], vec![3; 39]].concat());
    assert_eq!(log(&database).await.len(), 119);
}

#[tokio::test]
async fn an_append_whose_row_breaks_a_constraint_hurts_no_other_that_was_sent_with_it() {
    one_is_spoiled_by("badge-2", "walks_by_badge").await;
}

#[tokio::test]
async fn an_append_whose_row_no_column_can_hold_hurts_no_other_that_was_sent_with_it() {
    one_is_spoiled_by(ENDLESS, "the column `lasted` of the table `walks` cannot hold so long a time").await;
}

#[tokio::test]
async fn rows_that_are_large_are_read_each_time() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    let large = |version| {
        let mut append = counted_step_at(1, version);
        append.events[0].event.payload = format!("{:?}", "badge".repeat(500));
        append
    };
    for version in 0..8 {
        database.append(large(version)).await.unwrap();
    }
    // What would be written over, if the node had kept the row.
    server::session(guard.url()).await.batch_execute("UPDATE walks SET steps = 100").await.unwrap();
    database.append(large(8)).await.unwrap();
    assert_eq!(walks(&database).await[0].cells[1], Cell::Int(101));
}

#[tokio::test]
async fn a_view_that_has_missed_an_event_of_a_batch_is_told_from_one_that_has_not() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, 2, 3).await;
    let (session, first) = hold_up(&database, guard.url(), counted_step_at(1, 3)).await;
    let counted = database.submit(counted_step_at(1, 4)).await;
    let missed = database.submit(step_at(2, 3)).await;
    session.batch_execute("COMMIT").await.unwrap();
    for written in [first, counted, missed] {
        written.await.unwrap();
    }
    let said = inline_failure(database.append(counted_step_at(1, 5)).await);
    assert!(said.contains("has not taken it in yet"), "{said}");
}

#[tokio::test]
async fn rows_of_a_view_that_was_caught_up_are_read_again() {
    let Some(server) = server::url() else { return };
    let (database, _guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, 2, 3).await;
    database.append(step_at(2, 3)).await.unwrap();
    let view: Arc<dyn Projection> = Arc::new(Walks::new());
    let after = database.checkpoint(&view).await.unwrap();
    let missed = database.read_all(&Scope::EveryTenant, after, view.query(), 10).await.unwrap();
    database.apply(&view, after, missed).await.unwrap();

    database.append(counted_step_at(1, 3)).await.unwrap();
    database.append(counted_step_at(2, 4)).await.unwrap();
    assert!(walks(&database).await.iter().all(|row| row.cells[1] == Cell::Int(row.version.0.cast_signed())));
    let mut counted = steps(&database).await;
    counted.sort_unstable();
    assert_eq!(counted, [4, 5]);
}

#[tokio::test]
async fn what_was_known_before_another_node_wrote_is_known_no_more() {
    let Some(server) = server::url() else { return };
    // Before the node relies on what it knows, and when it does.
    for steps_before in [1, 6] {
        let (database, guard) = server::open(&server).await;
        database.migrate(&[MIGRATIONS]).await.unwrap();
        let other = Postgres::open(guard.url()).await.unwrap();
        count(&database, 2, steps_before).await;
        other.append(counted_step_at(1, steps_before)).await.unwrap();
        for version in steps_before..steps_before + 6 {
            database.append(counted_step_at(2, version)).await.unwrap();
        }
        let outcome = database.append(counted_step_at(1, steps_before + 1)).await.unwrap();
        assert_eq!(outcome.version, Version(steps_before + 2));
        let mut counted = steps(&database).await;
        counted.sort_unstable();
        assert_eq!(counted, [steps_before + 2, steps_before + 6]);
    }
}

#[tokio::test]
async fn an_append_anywhere_is_folded_at_the_version_that_its_stream_is_known_to_be_at() {
    let Some(server) = server::url() else { return };
    let (database, _guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, 1, 6).await;
    database.append(Append { expected: Expected::Any, ..counted_step_at(1, 6) }).await.unwrap();
    assert_eq!(steps(&database).await, [7]);
}
