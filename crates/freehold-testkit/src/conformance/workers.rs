//! Workers: batches from the log, each applied once and whole.

use std::sync::Arc;

use freehold_domain::{Position, SyncMode};
use freehold_ports::{ApplyError, Batch, Database, Scope, Work};
use tokio::task::JoinSet;

use super::{
    inline::assert_equals_log,
    rows::{catch_up, rows, work},
    sample::{Parcel, append, booked, kinds, moved, parcel, purged, tenant, weighed},
    views::{LATER_TALLIES, OWNERS, TALLIES, owners, tallies, transfers},
};

/// The checkpoint is where the rows are, after every batch.
pub async fn a_batch_moves_rows_and_checkpoint_together(db: Arc<dyn Database>) {
    let owners = owners(SyncMode::Async).arc();
    append(parcel(1), [booked("ann"), weighed(1), purged(), moved("bob"), moved("ann")]).on(&db).await;
    for (expected_position, expected_rows) in [(1, 1), (2, 1), (4, 2), (5, 2)] {
        let position = work(&db, &owners, 1).await.expect("it can be taken in");
        assert_eq!(position, Position(expected_position));
        assert_eq!(db.checkpoint(&owners).await.expect("it can be read"), position);
        assert_eq!(rows(&db, &tenant(0), &OWNERS).await.len(), expected_rows);
    }
    assert_equals_log(&db, &owners).await;
}

/// A batch after a checkpoint that has moved meanwhile changes nothing.
pub async fn a_batch_is_applied_once(db: Arc<dyn Database>) {
    let owners = owners(SyncMode::Async).arc();
    append(parcel(1), [booked("ann"), moved("ann")]).on(&db).await;
    let batch = read(&db).await;
    db.apply(&owners, Work::whole(Position::START, batch.clone())).await.expect("it can be taken in");
    match db.apply(&owners, Work::whole(Position::START, batch.clone())).await.expect_err("it was applied") {
        ApplyError::Moved { view: "conformance.Owner", expected: Position(0), actual: Position(2) } => {}
        other => panic!("another error was expected: {other}"),
    }
    db.apply(&owners, Work::whole(Position(1), batch)).await.expect_err("the checkpoint is elsewhere");
    assert_equals_log(&db, &owners).await;
}

/// Of workers that apply the same batch at the same time, one does.
pub async fn of_racing_workers_one_applies(db: Arc<dyn Database>) {
    let owners = owners(SyncMode::Async).arc();
    append(parcel(1), [booked("ann"), moved("bob"), moved("ann")]).on(&db).await;
    let batch = read(&db).await;
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let (db, owners, batch) = (Arc::clone(&db), Arc::clone(&owners), batch.clone());
        workers.spawn(async move { db.apply(&owners, Work::whole(Position::START, batch)).await.is_ok() });
    }
    assert_eq!(workers.join_all().await.into_iter().filter(|applied| *applied).count(), 1);
    assert_equals_log(&db, &owners).await;
}

/// An event that cannot be taken in is named, and neither rows nor checkpoint change.
pub async fn a_fold_that_fails_changes_nothing(db: Arc<dyn Database>) {
    names_the_event(&db, Parcel::Broken {}).await;
}

/// The same for a view that panics.
pub async fn a_fold_that_panics_names_its_event(db: Arc<dyn Database>) {
    names_the_event(&db, Parcel::Cursed {}).await;
}

async fn names_the_event(db: &Arc<dyn Database>, bad: Parcel) {
    let tallies = tallies(SyncMode::Sync).arc();
    append(parcel(1), [booked("ann"), weighed(1)]).on(db).await;
    append(parcel(2), [booked("bob"), weighed(1), bad.clone(), weighed(2)]).on(db).await;
    match work(db, &tallies, 100).await.expect_err("one event is bad") {
        ApplyError::Fold(error) => {
            assert_eq!((error.position, error.name.as_str()), (Position(5), bad.name()));
        }
        other => panic!("another error was expected: {other}"),
    }
    assert_eq!(rows(db, &tenant(0), &TALLIES).await, []);
    assert_eq!(db.checkpoint(&tallies).await.expect("it can be read"), Position::START);
    assert_eq!(work(db, &tallies, 4).await.expect("they are good"), Position(4));
}

/// Each row that an event touches is folded by itself, and one that it names twice is touched once.
pub async fn an_event_can_touch_several_rows(db: Arc<dyn Database>) {
    let view = transfers().arc();
    append(parcel(1), [booked("ann"), moved("bob"), moved("ann")]).on(&db).await;
    append(parcel(1), [booked("ann")]).of(tenant(1)).on(&db).await;
    catch_up(&db, &view, 2).await;
    assert_equals_log(&db, &view).await;
    assert_eq!(rows(&db, &tenant(0), &OWNERS).await.len(), 3);
}

/// Where nothing is to be folded, the checkpoint goes on alone.
pub async fn a_batch_without_events_moves_the_checkpoint(db: Arc<dyn Database>) {
    let owners = owners(SyncMode::Async).arc();
    append(parcel(1), [purged(), purged()]).on(&db).await;
    assert_eq!(db.checkpoint(&owners).await.expect("it can be read"), Position::START);
    assert_eq!(work(&db, &owners, 9).await.expect("there is nothing to fold"), Position(2));
    assert_eq!(db.checkpoint(&owners).await.expect("it can be read"), Position(2));
    let before = Batch { events: Vec::new(), read_to: Position(2) };
    db.apply(&owners, Work::whole(Position(2), before)).await.expect("it may stay where it is");
}

/// A new version of a view begins at the start, and the old one stays where it is.
pub async fn each_version_of_a_view_has_its_own_checkpoint(db: Arc<dyn Database>) {
    let view = tallies(SyncMode::Async).arc();
    append(parcel(1), [booked("ann"), weighed(1)]).on(&db).await;
    catch_up(&db, &view, 1).await;
    let later = tallies(SyncMode::Async).with_schema(&LATER_TALLIES).arc();
    assert_eq!(db.checkpoint(&later).await.expect("it can be read"), Position::START);
    db.apply(&later, Work::whole(Position::START, Batch { events: Vec::new(), read_to: Position(1) }))
        .await
        .expect("as above");
    assert_eq!(db.checkpoint(&later).await.expect("it can be read"), Position(1));
    assert_eq!(db.checkpoint(&view).await.expect("it can be read"), Position(2));
}

/// All that the view of owners folds.
async fn read(db: &Arc<dyn Database>) -> Batch {
    let batch = db.read_all(&Scope::EveryTenant, Position::START, &kinds(&["Booked", "Moved"]), 100).await;
    batch.expect("the log can be read")
}
