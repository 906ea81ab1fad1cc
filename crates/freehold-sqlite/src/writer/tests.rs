//! What spoils one task spoils no other.

use std::{
    sync::mpsc::{Sender, channel},
    time::Duration,
};

use freehold_ports::StoreError;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    Sqlite,
    fault::Stop,
    session::{Session, execute, query_row},
};

type Outcome = Result<(), StoreError>;
type Worked = Result<(), Stop<StoreError>>;
type Work = Box<dyn FnMut(&Session<'_>) -> Worked + Send>;

/// Inserts a number, once for each attempt.
fn insert(number: i64) -> impl FnMut(&Session<'_>) -> Worked + Send + 'static {
    move |session| {
        execute(session.connection(), "INSERT INTO numbers VALUES (?1)", [number])?;
        Ok(())
    }
}

/// Inserts what spoils the commit of its transaction.
fn poison(session: &Session<'_>) -> Worked {
    execute(session.connection(), "INSERT INTO children VALUES (1)", [])?;
    Ok(())
}

async fn open() -> (Sqlite, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(folder.path().join("numbers.db")).await.unwrap();
    let tables = "CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT;
        CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT;
        CREATE TABLE children (id INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED) STRICT;";
    let make = move |session: &Session<'_>| -> Worked { Ok(session.connection().execute_batch(tables)?) };
    database.write(make).await.unwrap();
    (database, folder)
}

/// Holds the writer until the sender is dropped, so that what is written meanwhile shares a transaction.
async fn hold(database: &Sqlite) -> (Sender<()>, JoinHandle<Outcome>) {
    let (release, held) = channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    let work = move |_: &Session<'_>| -> Worked {
        if let Some(begun) = begun.take() {
            begun.send(()).unwrap();
            held.recv().unwrap_err();
        }
        Ok(())
    };
    let task = spawn(database, work);
    has_begun.await.unwrap();
    (release, task)
}

fn spawn(
    database: &Sqlite,
    work: impl FnMut(&Session<'_>) -> Worked + Send + 'static,
) -> JoinHandle<Outcome> {
    let database = database.clone();
    tokio::spawn(async move { database.write(work).await })
}

async fn numbers(database: &Sqlite) -> i64 {
    database
        .read(|connection| query_row(connection, "SELECT count(*) FROM numbers", [], |row| row.get(0)))
        .await
        .unwrap()
}

/// Writes all of it in one transaction, in this order: the outcomes.
async fn together(database: &Sqlite, work: Vec<Work>) -> Vec<Outcome> {
    let (release, held) = hold(database).await;
    let mut tasks = Vec::new();
    for mut work in work {
        tasks.push(spawn(database, move |session| work(session)));
        // On one thread the task runs up to where it waits for the outcome.
        tokio::task::yield_now().await;
    }
    drop(release);
    held.await.unwrap().unwrap();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

#[tokio::test]
async fn a_commit_that_fails_is_tried_again_one_by_one() {
    let (database, _folder) = open().await;
    let outcomes =
        together(&database, vec![Box::new(insert(1)), Box::new(poison), Box::new(insert(2))]).await;
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{outcomes:?}");
    assert!(outcomes[1].as_ref().unwrap_err().to_string().contains("numbers.db"), "{outcomes:?}");
    assert_eq!(numbers(&database).await, 2);
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_own_task() {
    let (database, _folder) = open().await;
    let panics = |session: &Session<'_>| -> Worked {
        execute(session.connection(), "INSERT INTO numbers VALUES (9)", [])?;
        panic!("on purpose");
    };
    let outcomes =
        together(&database, vec![Box::new(insert(1)), Box::new(panics), Box::new(insert(2))]).await;
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{outcomes:?}");
    assert!(outcomes[1].as_ref().unwrap_err().to_string().contains("on purpose"));
    assert_eq!(numbers(&database).await, 2);
}

#[tokio::test]
async fn a_write_that_is_cut_short_fails_alone() {
    let (database, _folder) = open().await;
    let endless = |session: &Session<'_>| -> Worked {
        let _running = session.deadline().start(Duration::from_millis(1));
        let sql = "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n) INSERT INTO numbers SELECT i FROM n";
        execute(session.connection(), sql, [])?;
        Ok(())
    };
    let outcomes =
        together(&database, vec![Box::new(insert(1)), Box::new(endless), Box::new(insert(2))]).await;
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{outcomes:?}");
    assert!(outcomes[1].as_ref().unwrap_err().to_string().contains("interrupted"), "{outcomes:?}");
    assert_eq!(numbers(&database).await, 2);
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_what_was_written() {
    let (database, _folder) = open().await;
    let limit = |pages: i64| {
        move |session: &Session<'_>| -> Worked {
            Ok(session.connection().pragma_update(None, "max_page_count", pages)?)
        }
    };
    let large = |session: &Session<'_>| -> Worked {
        execute(session.connection(), "CREATE TABLE IF NOT EXISTS large (bytes BLOB)", [])?;
        execute(session.connection(), "INSERT INTO large VALUES (zeroblob(10000000))", [])?;
        Ok(())
    };
    database.write(limit(1)).await.unwrap();
    let outcomes = together(&database, vec![Box::new(insert(1)), Box::new(large), Box::new(insert(2))]).await;
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{outcomes:?}");
    match &outcomes[1] {
        Err(StoreError::Full { reason }) => assert!(reason.contains("numbers.db"), "{reason}"),
        outcome => panic!("it was to be full: {outcome:?}"),
    }
    database.write(limit(1_000_000)).await.unwrap();
    database.write(large).await.unwrap();
    assert_eq!(numbers(&database).await, 2);
}

#[tokio::test]
async fn a_writer_that_dies_says_why() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the bomb went off");
        }
    }

    let (database, _folder) = open().await;
    let bomb = Bomb;
    let (release, held) = hold(&database).await;
    let explodes = spawn(&database, move |_| {
        let _ = &bomb;
        Ok(())
    });
    tokio::task::yield_now().await;
    let waiting = spawn(&database, insert(1));
    tokio::task::yield_now().await;
    drop(release);
    held.await.unwrap().unwrap();
    explodes.await.unwrap().unwrap();
    let later = spawn(&database, insert(2)).await.unwrap();
    // It was committed, or else its turn never came; the caller cannot know.
    for refused in [waiting.await.unwrap(), later].into_iter().filter_map(Result::err) {
        assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}");
        assert!(refused.to_string().contains("the bomb went off"), "{refused}");
    }
    assert!(matches!(database.write(insert(3)).await, Err(StoreError::Unavailable { .. })));
    database.close().await;
}
