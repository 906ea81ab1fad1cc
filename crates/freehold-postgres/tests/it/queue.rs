//! The queue of appends: bounded, in order, and done to the end; what spoils one append spoils no other.

use std::{iter, pin::pin, time::Duration};

use freehold_domain::{Tag, Version};
use freehold_ports::{
    Append, AppendError, EventStore, Expected, InlineError, Migrator, Outcome, Pending, StoreError,
};
use freehold_postgres::{Options, Postgres};
use futures_util::{future::join_all, poll};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    fixtures::{MIGRATIONS, badged_step, count_events, count_steps, log, step, walks},
    server::{self, blocked, until},
};

/// Nobody writes the log until the session commits.
const HOLD: &str = "BEGIN; LOCK TABLE freehold.events IN EXCLUSIVE MODE";

/// The first append is under way and waits for this session to commit; those behind it will share a transaction.
async fn held(database: &Postgres, url: &str, first: Append) -> (Client, Pending) {
    let session = server::session(url).await;
    session.batch_execute(HOLD).await.unwrap();
    let first = database.submit(first).await;
    until(&server::session(url).await, &blocked("append", 1)).await;
    (session, first)
}

async fn submit_all(database: &Postgres, appends: impl IntoIterator<Item = Append>) -> Vec<Pending> {
    let mut pending = Vec::new();
    for append in appends {
        pending.push(database.submit(append).await);
    }
    pending
}

#[tokio::test]
async fn callers_wait_for_a_place_in_a_full_queue() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open_with(&server, |options| options.queue(3)).await;
    let (session, first) = held(&database, guard.url(), step(1)).await;
    let accepted = submit_all(&database, (0..3).map(|_| step(2))).await;

    let mut waiting: Vec<_> = (0..50).map(|_| Box::pin(database.submit(step(3)))).collect();
    for submission in &mut waiting {
        assert!(poll!(submission).is_pending(), "the queue has no place");
    }
    session.batch_execute("COMMIT").await.unwrap();
    for pending in iter::once(first).chain(accepted) {
        pending.await.unwrap();
    }
    for pending in join_all(waiting).await {
        pending.await.unwrap();
    }
    assert_eq!(count_events(&database).await, 54);
}

#[tokio::test]
async fn a_caller_that_gives_up_before_it_has_a_place_has_appended_nothing() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open_with(&server, |options| options.queue(1)).await;
    let (session, first) = held(&database, guard.url(), step(1)).await;
    let second = database.submit(step(2)).await;
    {
        let mut third = pin!(database.submit(step(3)));
        assert!(poll!(third.as_mut()).is_pending(), "the queue has no place");
    }
    session.batch_execute("COMMIT").await.unwrap();
    first.await.unwrap();
    second.await.unwrap();
    database.append(step(4)).await.unwrap();
    let walks: Vec<_> = log(&database).await.iter().map(|event| event.stream.id().as_u128()).collect();
    assert_eq!(walks, [1, 2, 4]);
}

#[tokio::test]
async fn what_was_accepted_is_there_though_its_callers_went_away() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let (session, first) = held(&database, guard.url(), step(1)).await;
    drop((first, submit_all(&database, (0..100).map(step)).await));
    session.batch_execute("COMMIT").await.unwrap();
    database.close().await;
    assert_eq!(count_events(&Postgres::open(guard.url()).await.unwrap()).await, 101);
}

#[tokio::test]
async fn appends_keep_their_order_over_the_bounds_of_queue_and_batches() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open_with(&server, |options| options.queue(5).batch(3)).await;
    let (session, first) = held(&database, guard.url(), step(1)).await;
    let numbered = (1..=60).map(|number| {
        let mut append = Append { expected: Expected::Version(Version(number)), ..step(1) };
        append.events[0].event.payload = number.to_string();
        append
    });
    let mut submitting = pin!(submit_all(&database, numbered));
    assert!(poll!(submitting.as_mut()).is_pending(), "the queue is full");
    session.batch_execute("COMMIT").await.unwrap();
    first.await.unwrap();
    for (version, pending) in (2..).zip(submitting.await) {
        assert_eq!(pending.await.unwrap().version, Version(version));
    }
    let payloads: Vec<_> = log(&database).await.into_iter().map(|event| event.event.payload).collect();
    let expected: Vec<_> =
        iter::once("null".to_owned()).chain((1..=60).map(|number| number.to_string())).collect();
    assert_eq!(payloads, expected);
}

#[tokio::test]
async fn an_append_that_breaks_a_unique_constraint_of_a_view_hurts_no_other() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    let said = poison(&database, guard.url(), badged_step(99, "badge-3")).await;
    assert!(said.contains("walks_by_badge") && !said.contains("badge-3"), "{said}");
}

#[tokio::test]
async fn an_append_whose_row_is_too_long_for_an_index_hurts_no_other() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    let said = poison(&database, guard.url(), badged_step(99, &incompressible(4_000))).await;
    assert!(said.contains("walks_by_badge") && said.contains("exceeds"), "{said}");
}

#[tokio::test]
async fn an_append_whose_row_a_trigger_refuses_hurts_no_other() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.migrate(&[MIGRATIONS]).await.unwrap();
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.badge = 'unwanted' THEN RAISE EXCEPTION 'that badge is not given out'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON walks FOR EACH ROW EXECUTE FUNCTION refuse()";
    server::session(guard.url()).await.batch_execute(refuse).await.unwrap();
    let said = poison(&database, guard.url(), badged_step(99, "unwanted")).await;
    assert_eq!(said, "that badge is not given out");
}

/// A batch with an append whose view cannot be brought up to date: what its caller is told.
async fn poison(database: &Postgres, url: &str, poison: Append) -> String {
    let mut appends: Vec<_> = (2..8).map(|walk| badged_step(walk, &format!("badge-{walk}"))).collect();
    appends.insert(4, poison);
    let answers = batched(database, url, appends).await;
    let (mut good, mut bad) = (0, Vec::new());
    for answer in answers {
        match answer {
            Ok(_) => good += 1,
            Err(AppendError::Inline { view: "test.Walks", error: InlineError::Failed(said) }) => {
                bad.push(said);
            }
            Err(error) => panic!("another error was expected: {error}"),
        }
    }
    assert_eq!((good, bad.len()), (6, 1));
    assert_eq!((count_events(database).await, count_steps(database).await), (7, 7));
    assert!(walks(database).await.iter().all(|row| row.version == Version(1)));
    bad.remove(0)
}

#[tokio::test]
async fn an_event_that_the_database_cannot_take_hurts_no_other() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    let mut no_json = step(99);
    no_json.events[0].event.payload = "no JSON".into();
    let mut long_tag = step(99);
    long_tag.events[0].tags.push(Tag::new(incompressible(4_000)));
    let mut appends: Vec<_> = (2..20).map(step).collect();
    appends.insert(3, no_json);
    appends.insert(11, long_tag);
    let answers = batched(&database, guard.url(), appends).await;
    let refused: Vec<_> = (0..).zip(&answers).filter(|(_, answer)| answer.is_err()).collect();
    assert!(
        matches!(
            refused.as_slice(),
            [
                (3, Err(AppendError::Store(StoreError::Other(_)))),
                (11, Err(AppendError::Store(StoreError::Other(_))))
            ]
        ),
        "{refused:?}"
    );
    assert_eq!(count_events(&database).await, 19);
}

/// What becomes of appends that are written as one batch, behind one that is written before them.
async fn batched(database: &Postgres, url: &str, appends: Vec<Append>) -> Vec<Result<Outcome, AppendError>> {
    let (session, first) = held(database, url, Append { inline: appends[0].inline.clone(), ..step(1) }).await;
    let pending = submit_all(database, appends).await;
    session.batch_execute("COMMIT").await.unwrap();
    first.await.unwrap();
    join_all(pending).await
}

/// Text that does not get shorter, however it is packed.
fn incompressible(len: usize) -> String {
    let parts = (0_u128..)
        .map(|number| Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes()).simple().to_string());
    let mut text: String = parts.take(len / 32 + 1).collect();
    text.truncate(len);
    text
}

#[tokio::test]
async fn a_lock_that_is_waited_for_in_vain_refuses_all_that_share_the_transaction() {
    let Some(server) = server::url() else { return };
    let hasty = |options: Options| options.statement_timeout(Duration::from_secs(2));
    let (database, guard) = server::open_with(&server, hasty).await;
    let (session, first) = held(&database, guard.url(), step(1)).await;
    let behind = submit_all(&database, (0..100).map(|_| step(2))).await;
    for pending in iter::once(first).chain(behind) {
        let said = pending.await.unwrap_err().to_string();
        assert!(said.contains("longer than half of `statement_timeout`"), "{said}");
    }
    session.batch_execute("COMMIT").await.unwrap();
    database.append(step(3)).await.unwrap();
    assert_eq!(count_events(&database).await, 1);
}

#[tokio::test]
async fn closing_finishes_what_was_accepted_and_takes_no_more() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open_with(&server, |options| options.queue(64).batch(4)).await;
    let (session, first) = held(&database, guard.url(), step(1)).await;
    let accepted = submit_all(&database, (0..50).map(step)).await;
    let other = database.clone();
    let mut closing = pin!(database.close());
    assert!(poll!(closing.as_mut()).is_pending(), "there is something to finish");
    session.batch_execute("COMMIT").await.unwrap();
    closing.await;
    for pending in iter::once(first).chain(accepted) {
        pending.await.unwrap();
    }
    let refused = other.append(step(1)).await.unwrap_err();
    assert!(matches!(refused, AppendError::Store(StoreError::Unavailable { .. })), "{refused}");
    assert!(refused.to_string().contains("closed"), "{refused}");
    assert_eq!(count_events(&Postgres::open(guard.url()).await.unwrap()).await, 51);
}

#[tokio::test]
async fn closing_ends_every_connection() {
    let Some(server) = server::url() else { return };
    let (database, guard) = server::open(&server).await;
    database.append(step(1)).await.unwrap();
    count_events(&database).await;
    database.close().await;
    let session = server::session(guard.url()).await;
    let others =
        "count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until(&session, others).await;
}
