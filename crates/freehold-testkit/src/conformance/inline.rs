//! Inline views: in the transaction of the append or not at all.

use std::{sync::Arc, time::Duration};

use freehold_domain::{Position, SyncMode, TenantId};
use freehold_ports::{AppendError, Database, EventQuery, InlineError, Projection};

use super::{
    concurrency::all_at_once,
    rows::{assert_rows, catch_up, folded, rows},
    sample::{Parcel, append, booked, moved, parcel, purged, tag, tenant, weighed, whole_log},
    views::{Diary, OWNERS, TALLIES, owners, tallies},
};

/// Rows are what they have to be as soon as an append has returned: new, changed and gone.
pub async fn rows_are_there_when_the_append_returns(db: Arc<dyn Database>) {
    let (tallies, owners) = (tallies(SyncMode::Sync).arc(), owners(SyncMode::Sync).arc());
    let appends = [
        (1, vec![booked("ann"), weighed(5)]),
        (2, vec![booked("ann"), moved("bob")]),
        (1, vec![weighed(6)]),
        (3, vec![booked("ann"), purged(), weighed(1)]),
        (2, vec![moved("ann"), purged()]),
        (1, vec![moved("ann"), moved("ann")]),
    ];
    for (number, events) in appends {
        append(parcel(number), events).inline(&tallies).inline(&owners).on(&db).await;
        assert_equals_log(&db, &tallies).await;
        assert_equals_log(&db, &owners).await;
    }
}

/// One event that a view cannot take in fails its append and no other, however they are mixed.
pub async fn a_fold_that_fails_fails_only_its_append(db: Arc<dyn Database>) {
    fails_alone(&db, Parcel::Broken {}).await;
}

/// The same for a view that panics.
pub async fn a_fold_that_panics_fails_only_its_append(db: Arc<dyn Database>) {
    fails_alone(&db, Parcel::Cursed {}).await;
}

async fn fails_alone(db: &Arc<dyn Database>, bad: Parcel) {
    let tallies = tallies(SyncMode::Sync).arc();
    let drafts = (0..60).map(|number| {
        let event = if number % 3 == 0 { bad.clone() } else { weighed(number.into()) };
        append(parcel(number), [booked("ann"), event]).at(0).inline(&tallies)
    });
    for (number, outcome) in (0..60).zip(all_at_once(db, drafts).await) {
        match outcome {
            Ok(_) => assert_ne!(number % 3, 0),
            Err(AppendError::Inline { view: "conformance.Tally", error: InlineError::Failed(_) }) => {
                assert_eq!(number % 3, 0);
            }
            Err(other) => panic!("another error was expected: {other}"),
        }
    }
    assert_eq!(whole_log(db).await.len(), 80);
    assert_equals_log(db, &tallies).await;
}

/// When a view fails, the events, the rows of other views, the record of the command and the head stay as they were.
pub async fn an_append_whose_view_fails_writes_nothing(db: Arc<dyn Database>) {
    let (tallies, owners) = (tallies(SyncMode::Sync).arc(), owners(SyncMode::Sync).with_priority(9).arc());
    append(parcel(1), [booked("ann")]).inline(&tallies).inline(&owners).on(&db).await;
    let draft = append(parcel(1), [moved("ann"), moved("bob"), Parcel::Broken {}]).tagged(&["red"]).once(5);
    let command = draft.command();
    draft.inline(&tallies).inline(&owners).try_on(&db).await.expect_err("an event is broken");
    assert_eq!(whole_log(&db).await.len(), 1);
    assert_equals_log(&db, &tallies).await;
    assert_equals_log(&db, &owners).await;
    assert_eq!(db.checkpoint(&owners).await.expect("it can be read"), Position(1));
    assert_eq!(db.outcome(&tenant(0), command).await.expect("it can be read"), None);
    assert_eq!(db.last_position(&tenant(0), &EventQuery::tag(tag("red"))).await.expect("as above"), None);
    assert_eq!(*db.head().borrow(), Position(1));
}

/// A view that is not done in its time fails the append, and nothing is written.
pub async fn a_view_that_takes_too_long_fails_its_append(db: Arc<dyn Database>) {
    let fast = tallies(SyncMode::Sync).with_priority(1).arc();
    let slow = owners(SyncMode::Sync).with_timeout(Duration::ZERO).arc();
    let draft = append(parcel(1), [booked("ann")]).inline(&fast).inline(&slow);
    match draft.try_on(&db).await.expect_err("no time is too little for anything") {
        AppendError::Inline { view: "conformance.Owner", error: InlineError::TimedOut(Duration::ZERO) } => {}
        other => panic!("another error was expected: {other}"),
    }
    assert_eq!(whole_log(&db).await, []);
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await, []);
    assert_eq!(rows(&db, &tenant(0), &OWNERS).await, []);
    append(parcel(1), [weighed(1)])
        .inline(&slow)
        .try_on(&db)
        .await
        .expect_err("it touches no row, but takes its time");
    append(parcel(1), [purged()]).inline(&slow).inline(&fast).on(&db).await;
}

/// Views of higher priority come first, others in the order that they are named in.
pub async fn views_are_applied_by_priority(db: Arc<dyn Database>) {
    let diary = Diary::default();
    let low = tallies(SyncMode::Sync).with_diary(&diary).with_priority(-1).arc();
    let high = owners(SyncMode::Sync).with_diary(&diary).with_priority(3).arc();
    for number in [1, 2] {
        let draft = append(parcel(number), [booked("ann")]);
        let draft =
            if number == 1 { draft.inline(&low).inline(&high) } else { draft.inline(&high).inline(&low) };
        draft.on(&db).await;
    }
    let order = diary.lock().expect("nothing panics over it").clone();
    assert_eq!(order, ["conformance.Owner", "conformance.Tally", "conformance.Owner", "conformance.Tally"]);
}

/// The checkpoint of a wholly synchronous view goes with its rows, so that a later start has nothing to take in.
pub async fn a_synchronous_view_moves_its_checkpoint(db: Arc<dyn Database>) {
    let tallies = tallies(SyncMode::Sync).arc();
    append(parcel(1), [booked("ann"), weighed(1)]).inline(&tallies).on(&db).await;
    assert_eq!(db.checkpoint(&tallies).await.expect("it can be read"), Position(2));
    append(parcel(1), [weighed(1)]).inline(&tallies).on(&db).await;
    assert_eq!(db.checkpoint(&tallies).await.expect("it can be read"), Position(3));
    catch_up(&db, &tallies, 1).await;
    assert_equals_log(&db, &tallies).await;
}

/// A wholly synchronous view that lacks earlier events is refused until it has been caught up; what it does not fold
/// it does not lack.
pub async fn a_synchronous_view_that_is_behind_is_refused(db: Arc<dyn Database>) {
    let owners = owners(SyncMode::Sync).arc();
    append(parcel(1), [booked("ann"), weighed(1)]).on(&db).await;
    let draft = append(parcel(2), [booked("ann")]).of(tenant(1)).inline(&owners);
    match draft.clone().try_on(&db).await.expect_err("the view is behind") {
        AppendError::Inline { view: "conformance.Owner", error: InlineError::Failed(_) } => {}
        other => panic!("another error was expected: {other}"),
    }
    assert_eq!(db.checkpoint(&owners).await.expect("it can be read"), Position::START);
    catch_up(&db, &owners, 1).await;
    append(parcel(3), [purged()]).on(&db).await;
    draft.on(&db).await;
    assert_equals_log(&db, &owners).await;
}

/// Appends that race for one row over many streams all count.
pub async fn racing_appends_keep_a_shared_row_right(db: Arc<dyn Database>) {
    let owners = owners(SyncMode::Sync).arc();
    let drafts = (0..101).map(|number| append(parcel(number), [booked("ann"), weighed(1)]).inline(&owners));
    for outcome in all_at_once(&db, drafts).await {
        outcome.expect("it has no conditions");
    }
    assert_equals_log(&db, &owners).await;
    assert_eq!(rows(&db, &tenant(0), &OWNERS).await[0].version.0, 1);
}

/// The rows are a fold over the log.
pub(super) async fn assert_equals_log(db: &Arc<dyn Database>, projection: &Arc<dyn Projection>) {
    let tenants: Vec<TenantId> = (0..3).map(tenant).collect();
    let expected = folded(projection, &whole_log(db).await);
    assert_rows(db, projection, &expected, &tenants).await;
}
