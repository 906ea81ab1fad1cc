//! What is known of the rows of views.

use std::{sync::Arc, time::Duration};

use freehold_domain::{Cell, Version};
use freehold_ports::{
    Append, AppendError, Conflict, EventStore, Expected, InlineError, Migrator, Outcome, Projection, Scope,
    ViewStore, Work,
};
use freehold_postgres::{Options, Postgres};
use futures_util::future::join_all;
use tokio::time::timeout;

use super::{conflict, hold_up, step_at};
use crate::{
    fixtures::{ENDLESS, MIGRATIONS, Walks, counted_step, log, walks},
    server::{self, PATIENCE, blocked, until},
};

/// A counted step at a version, with an id of its own.
fn counted_step_at(walk: u128, version: u64) -> Append {
    Append { inline: counted_step(walk).inline, ..step_at(walk, version) }
}

/// One whose row is too large to be kept.
fn large_step_at(walk: u128, version: u64) -> Append {
    let mut append = counted_step_at(walk, version);
    append.events[0].event.payload = format!("{:?}", "badge".repeat(500));
    append
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
    session.batch_execute("DELETE FROM walks; DELETE FROM freehold.partitions").await.unwrap();
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
    for version in 0..8 {
        database.append(large_step_at(1, version)).await.unwrap();
    }
    // What would be written over, if the node had kept the row.
    server::session(guard.url()).await.batch_execute("UPDATE walks SET steps = 100").await.unwrap();
    database.append(large_step_at(1, 8)).await.unwrap();
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
    database.apply(&view, Work::whole(after, missed)).await.unwrap();

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

#[tokio::test]
async fn large_rows_are_read_behind_the_batches_that_change_them() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, 2, 3).await;
    // As many as are sent in several batches.
    let (session, first) = hold_up(&database, guard.url(), counted_step_at(1, 3)).await;
    let mut pending = vec![first];
    for version in 3..203 {
        pending.push(database.submit(large_step_at(2, version)).await);
    }
    session.batch_execute("COMMIT").await.unwrap();
    for written in join_all(pending).await {
        written.unwrap();
    }
    let mut counted: Vec<_> = walks(&database).await.iter().map(|row| row.cells[1].clone()).collect();
    counted.sort_unstable_by_key(|cell| format!("{cell:?}").len());
    assert_eq!(counted, [Cell::Int(4), Cell::Int(203)]);
}

#[tokio::test]
async fn rows_are_read_before_the_lock_is_taken_and_what_others_write_meanwhile_is_found_out() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    let other = Postgres::open(guard.url()).await.unwrap();
    count(&database, 2, 3).await;
    let session = server::session(guard.url()).await;
    session.batch_execute("BEGIN; LOCK TABLE walks").await.unwrap();
    let (late, elsewhere) = (counted_step_at(3, 0), counted_step_at(1, 3));
    let (late, elsewhere) = (database.submit(late).await, database.submit(elsewhere).await);
    until(&server::session(guard.url()).await, &blocked("read ahead", 1)).await;
    // What the rows are read for holds up nobody.
    other.append(step_at(3, 0)).await.unwrap();
    session.batch_execute("COMMIT").await.unwrap();
    let said = conflict(late.await);
    assert_eq!(said, Conflict::Version { expected: Version(0), actual: Version(1) });
    let said = inline_failure(elsewhere.await);
    assert!(said.contains("has not taken it in yet"), "{said}");
}

#[tokio::test]
async fn rows_that_cannot_be_read_in_time_fail_their_append_alone() {
    let Some(server) = server::url() else { return };
    let endless = |options: Options| options.statement_timeout(Duration::from_hours(1));
    let (database, guard) = server::open_with(&server, endless).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, 1, 6).await;
    let session = server::session(guard.url()).await;
    session.batch_execute("BEGIN; LOCK TABLE walks").await.unwrap();
    let view: Arc<dyn Projection> = Arc::new(Walks::within(Duration::from_millis(50)));
    let late = Append { inline: vec![view], ..counted_step_at(2, 0) };
    let late = timeout(PATIENCE, database.append(late)).await.expect("it ends");
    let late = late.unwrap_err();
    assert!(matches!(late, AppendError::Inline { error: InlineError::TimedOut(_), .. }), "{late}");
    session.batch_execute("COMMIT").await.unwrap();
    database.append(counted_step_at(2, 0)).await.unwrap();
    database.append(counted_step_at(1, 6)).await.unwrap();
    assert_eq!(log(&database).await.len(), 8);
}

#[tokio::test]
async fn without_the_connection_that_reads_ahead_rows_are_read_all_the_same() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    count(&database, 6, 2).await;
    let session = server::session(guard.url()).await;
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'freehold/read ahead'";
    let mut walk = 7;
    let often = async {
        for _ in 0..3 {
            while session.query_one(kill, &[]).await.unwrap().get::<_, i64>(0) == 0 {
                database.append(counted_step_at(walk, 0)).await.unwrap();
                walk += 1;
            }
        }
        database.append(counted_step_at(walk, 0)).await.unwrap();
    };
    timeout(PATIENCE, often).await.expect("it is opened again");
    assert_eq!(walks(&database).await.len() as u128, walk);
}
