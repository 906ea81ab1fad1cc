//! Appends that are handed over: tried in their order, done whether or not anybody waits.

use std::{future::poll_fn, ops::Range, sync::Arc, task::Poll};

use freehold_domain::{Position, Version};
use freehold_ports::{Conflict, Database, Pending};

use super::{
    conditions::conflict,
    sample::{append, booked, kinds, parcel, stream, versions, weighed, whole_log},
};

/// How many appends are under way at once.
const APPENDS: u64 = 50;

/// Each can be decided on what the one before it will leave, and all succeed.
pub async fn appends_to_a_stream_are_tried_in_the_order_they_were_handed_over(db: Arc<dyn Database>) {
    let pending = handed_over(&db, 0..APPENDS).await;
    for (version, pending) in (1..).zip(pending) {
        let outcome = pending.await.expect("it is where the one before has left it");
        assert_eq!((outcome.version, outcome.position), (Version(version), Position(version)));
    }
    assert_eq!(stream(&db, &parcel(1)).await.len(), usize::try_from(APPENDS).expect("a few"));
}

/// What was decided on something that was refused is a conflict, and the stream goes on from before it.
pub async fn what_is_behind_a_refused_append_is_a_conflict(db: Arc<dyn Database>) {
    let before = handed_over(&db, 0..2).await;
    let refused = append(parcel(1), [weighed(2)]).at(2).unless(kinds(&["Weighed"]), 0).submit(&db).await;
    let behind = handed_over(&db, 3..APPENDS).await;
    for pending in before {
        pending.await.expect("it lies before the one that is refused");
    }
    let found = conflict(refused.await.expect_err("its condition is broken"));
    assert_eq!(found, Conflict::Query { index: 0, found: Position(2) });
    for (version, pending) in (3..).zip(behind) {
        let error = pending.await.expect_err("the one that it builds on was refused");
        let expected = Conflict::Version { expected: Version(version), actual: Version(2) };
        assert_eq!(conflict(error), expected);
    }
    append(parcel(1), [weighed(2)]).at(2).on(&db).await;
    assert_eq!(versions(&stream(&db, &parcel(1)).await), [1, 2, 3]);
}

/// Appends to many streams keep the order of each.
pub async fn appends_to_many_streams_keep_the_order_of_each(db: Arc<dyn Database>) {
    let mut all = Vec::new();
    for version in 0..APPENDS / 5 {
        for number in 0..5 {
            let draft = append(parcel(number), [booked("ann"), weighed(1)]).at(version * 2);
            all.push(draft.submit(&db).await);
        }
    }
    for pending in all {
        pending.await.expect("it is where the one before has left it");
    }
    assert_eq!(whole_log(&db).await.len(), usize::try_from(APPENDS * 2).expect("a few"));
}

/// Who waits first, and for which of them, changes nothing.
pub async fn outcomes_can_be_awaited_in_any_order(db: Arc<dyn Database>) {
    let pending = handed_over(&db, 0..APPENDS).await;
    let mut version = APPENDS;
    for pending in pending.into_iter().rev() {
        assert_eq!(pending.await.expect("all are in order").version, Version(version));
        version -= 1;
    }
}

/// An append is written although nobody has asked yet what became of it.
pub async fn what_was_handed_over_is_done_before_anybody_waits(db: Arc<dyn Database>) {
    let pending = append(parcel(1), [booked("ann")]).submit(&db).await;
    let mut head = db.head();
    head.wait_for(|head| *head == Position(1)).await.expect("the store lives");
    assert_eq!(stream(&db, &parcel(1)).await.len(), 1);
    assert_eq!(pending.await.expect("it is written").version, Version(1));
}

/// Whoever stops waiting undoes nothing, whether or not it has begun to.
pub async fn what_was_handed_over_is_done_though_nobody_waits(db: Arc<dyn Database>) {
    drop(append(parcel(1), [booked("ann")]).at(0).submit(&db).await);
    let mut asked = append(parcel(1), [weighed(1)]).at(1).submit(&db).await;
    poll_fn(|context| Poll::Ready(asked.as_mut().poll(context).is_ready())).await;
    drop(asked);
    assert_eq!(append(parcel(1), [weighed(2)]).at(2).on(&db).await.version, Version(3));
}

/// A repetition that comes before the first has been answered is one all the same.
pub async fn a_command_that_is_handed_over_twice_is_written_once(db: Arc<dyn Database>) {
    let draft = append(parcel(1), [booked("ann")]).at(0).once(5);
    let (first, second) = (draft.clone().submit(&db).await, draft.submit(&db).await);
    let (first, second) = (first.await.expect("it is new"), second.await.expect("it is the same command"));
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!(first.position, second.position);
    assert_eq!(whole_log(&db).await.len(), 1);
}

/// Appends at each of these versions, handed over in this order.
async fn handed_over(db: &Arc<dyn Database>, at: Range<u64>) -> Vec<Pending> {
    let mut pending = Vec::new();
    for version in at {
        pending.push(append(parcel(1), [weighed(1)]).at(version).submit(db).await);
    }
    pending
}
