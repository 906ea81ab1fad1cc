//! Views that are synchronous for some events and leave the others to a worker.

use std::sync::Arc;

use freehold_domain::{Cell, SyncMode, Version};
use freehold_ports::{AppendError, Database, InlineError, Projection, StoredRow};

use super::{
    inline::assert_equals_log,
    rows::{catch_up, rows, work},
    sample::{append, booked, moved, parcel, purged, tenant, weighed, whole_log},
    views::{TALLIES, owners, tallies},
};

/// What is applied with the append; the rest is a worker's.
const SYNC: SyncMode = SyncMode::Events(&["Booked", "Purged"]);

/// A synchronous event takes in the earlier events of its stream, whether there is a row already or not.
pub async fn a_synchronous_event_takes_in_what_the_worker_has_not(db: Arc<dyn Database>) {
    let view = tallies(SYNC).arc();
    append(parcel(1), [booked("ann")]).inline(&view).on(&db).await;
    append(parcel(1), [weighed(1), weighed(2)]).inline(&view).on(&db).await;
    assert_eq!(the_row(&db).await, (Version(1), "b".to_owned()));
    append(parcel(1), [booked("bob")]).inline(&view).on(&db).await;
    assert_eq!(the_row(&db).await, (Version(4), "bwwb".to_owned()));
    assert_equals_log(&db, &view).await;

    append(parcel(2), [weighed(1), moved("a")]).of(tenant(1)).inline(&view).on(&db).await;
    append(parcel(2), [weighed(2), booked("ann")]).of(tenant(1)).inline(&view).on(&db).await;
    assert_equals_log(&db, &view).await;
}

/// Asynchronous events between synchronous ones of the same append are taken in with them.
pub async fn events_between_synchronous_ones_are_not_lost(db: Arc<dyn Database>) {
    let view = tallies(SYNC).arc();
    append(parcel(1), [weighed(1), booked("ann"), weighed(2), moved("a"), booked("bob")])
        .inline(&view)
        .on(&db)
        .await;
    assert_eq!(the_row(&db).await, (Version(5), "wbwmb".to_owned()));
    catch_up(&db, &view, 2).await;
    assert_equals_log(&db, &view).await;
}

/// What follows the last synchronous event of an append is not applied with it.
pub async fn what_follows_the_synchronous_event_is_left_to_the_worker(db: Arc<dyn Database>) {
    let view = tallies(SYNC).arc();
    append(parcel(1), [booked("ann"), weighed(1), moved("a")]).inline(&view).on(&db).await;
    assert_eq!(the_row(&db).await, (Version(1), "b".to_owned()));
    assert_eq!(db.checkpoint(&view).await.expect("it can be read").0, 0);
    catch_up(&db, &view, 10).await;
    assert_eq!(the_row(&db).await, (Version(3), "bwm".to_owned()));
}

/// What an append has taken in, the worker does not take in again.
pub async fn a_worker_passes_over_what_appends_took_in(db: Arc<dyn Database>) {
    let view = tallies(SYNC).arc();
    append(parcel(1), [weighed(1), booked("ann"), weighed(2)]).inline(&view).on(&db).await;
    append(parcel(1), [booked("bob"), weighed(3)]).inline(&view).on(&db).await;
    for trail in ["wbwb", "wbwb", "wbwb", "wbwb", "wbwbw"] {
        work(&db, &view, 1).await.expect("it can be taken in");
        assert_eq!(the_row(&db).await.1, trail);
    }
    assert_equals_log(&db, &view).await;
}

/// A row that an append has deleted stays away while the worker comes past the events that were in it.
pub async fn a_worker_does_not_bring_back_what_an_append_deleted(db: Arc<dyn Database>) {
    let view = tallies(SYNC).arc();
    append(parcel(1), [booked("ann"), weighed(1)]).inline(&view).on(&db).await;
    append(parcel(1), [moved("a"), purged()]).inline(&view).on(&db).await;
    append(parcel(1), [weighed(2), moved("b")]).inline(&view).on(&db).await;
    for _ in 0..4 {
        assert_eq!(rows(&db, &tenant(0), &TALLIES).await, []);
        work(&db, &view, 1).await.expect("it can be taken in");
    }
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await, []);
    catch_up(&db, &view, 1).await;
    assert_eq!(the_row(&db).await, (Version(6), "wm".to_owned()));
    assert_equals_log(&db, &view).await;
}

/// After a deletion the row begins anew, and the worker leaves it so.
pub async fn a_row_can_begin_again_after_it_was_deleted(db: Arc<dyn Database>) {
    let view = tallies(SYNC).arc();
    append(parcel(1), [booked("ann"), weighed(1), purged()]).inline(&view).on(&db).await;
    append(parcel(1), [weighed(2), booked("bob")]).inline(&view).on(&db).await;
    for _ in 0..5 {
        assert_eq!(the_row(&db).await, (Version(5), "wb".to_owned()));
        work(&db, &view, 1).await.expect("it can be taken in");
    }
    append(parcel(1), [purged(), booked("eve"), purged()]).inline(&view).on(&db).await;
    catch_up(&db, &view, 2).await;
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await, []);
    append(parcel(1), [weighed(1)]).inline(&view).on(&db).await;
    catch_up(&db, &view, 2).await;
    assert_equals_log(&db, &view).await;
}

/// Synchronous events from before there was the view are the worker's too, whatever appends do meanwhile.
pub async fn a_view_that_is_new_to_a_log_is_filled_by_its_worker(db: Arc<dyn Database>) {
    let view = tallies(SYNC).arc();
    append(parcel(1), [booked("ann"), weighed(1)]).on(&db).await;
    append(parcel(2), [booked("bob"), weighed(1), purged(), moved("a")]).on(&db).await;
    append(parcel(3), [booked("eve"), weighed(1)]).on(&db).await;
    append(parcel(3), [weighed(2), booked("joe")]).inline(&view).on(&db).await;
    work(&db, &view, 2).await.expect("it can be taken in");
    append(parcel(2), [booked("kim"), weighed(3)]).inline(&view).on(&db).await;
    catch_up(&db, &view, 1).await;
    assert_eq!(whole_log(&db).await.len(), 12);
    assert_equals_log(&db, &view).await;
}

/// What is in a row that several streams share cannot be told by a version: such a view is refused.
pub async fn a_view_that_is_not_keyed_by_its_stream_is_refused(db: Arc<dyn Database>) {
    let view: Arc<dyn Projection> = owners(SYNC).arc();
    let error =
        append(parcel(1), [booked("ann")]).inline(&view).try_on(&db).await.expect_err("its key is the owner");
    assert!(matches!(error, AppendError::Inline { error: InlineError::Failed(_), .. }), "{error}");
    assert_eq!(whole_log(&db).await, []);
}

/// The version and the trail of the only row of the first tenant.
async fn the_row(db: &Arc<dyn Database>) -> (Version, String) {
    let rows = rows(db, &tenant(0), &TALLIES).await;
    let [StoredRow { cells, version, .. }] = rows.as_slice() else {
        panic!("one row was expected: {rows:?}")
    };
    let Cell::Text(trail) = &cells[3] else { panic!("the trail is text") };
    (*version, trail.clone())
}
