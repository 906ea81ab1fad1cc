//! Idempotency: the same command id again returns the first outcome and writes nothing.

use std::sync::Arc;

use freehold_domain::{CommandId, Position, Version};
use freehold_ports::{AppendError, Database, EventQuery, Fingerprint, Outcome};
use uuid::Uuid;

use super::{
    concurrency::all_at_once,
    sample::{append, booked, new_id, parcel, stream, tag, tenant, weighed, whole_log},
};

/// A repetition is answered as the first time was, and says so; the outcome can be asked for too.
pub async fn the_same_command_again_returns_the_first_outcome(db: Arc<dyn Database>) {
    let draft = append(parcel(1), [booked("ann"), weighed(1)]).once(5);
    let first = draft.clone().on(&db).await;
    append(parcel(1), [weighed(2)]).on(&db).await;
    let replayed = Outcome { replayed: true, ..first };
    assert_eq!(draft.clone().on(&db).await, replayed);
    assert_eq!(whole_log(&db).await.len(), 3);
    let recorded = db.outcome(&tenant(0), draft.command()).await.expect("it can be read");
    assert_eq!(recorded, Some((Fingerprint(Uuid::from_u128(5)), replayed)));
    assert_eq!(db.outcome(&tenant(0), CommandId(new_id())).await.expect("it can be read"), None);
}

/// Conditions are those of the first time: a repetition is never a conflict with itself.
pub async fn a_repetition_is_answered_though_its_conditions_hold_no_more(db: Arc<dyn Database>) {
    let draft = append(parcel(1), [booked("ann")])
        .at(0)
        .tagged(&["ann"])
        .unless(EventQuery::tag(tag("ann")), 0)
        .once(5);
    draft.clone().on(&db).await;
    assert!(draft.on(&db).await.replayed);
}

/// An id that was used for something else is refused, and what it was used for stays.
pub async fn another_command_under_the_same_id_is_refused(db: Arc<dyn Database>) {
    let first = append(parcel(1), [booked("ann")]).once(5);
    first.clone().on(&db).await;
    let mut other = append(parcel(2), [booked("bob")]).at(9).once(6);
    other.0.metadata.command = first.command();
    let error = other.try_on(&db).await.expect_err("the fingerprint is another");
    assert!(matches!(error, AppendError::CommandIdReused(command) if command == first.command()), "{error}");
    assert_eq!(whole_log(&db).await.len(), 1);
    assert!(first.on(&db).await.replayed);
}

/// However often the same command arrives at the same moment, it is written once and all get its outcome.
pub async fn racing_repetitions_are_written_once(db: Arc<dyn Database>) {
    for number in 0..5 {
        let draft = append(parcel(number), [booked("ann"), weighed(1)]).at(0).once(5);
        let outcomes = all_at_once(&db, (0..16).map(|_| draft.clone())).await;
        let outcomes: Vec<_> =
            outcomes.into_iter().map(|outcome| outcome.expect("it is the same command")).collect();
        assert_eq!(outcomes.iter().filter(|outcome| !outcome.replayed).count(), 1);
        assert!(
            outcomes
                .iter()
                .all(|outcome| outcome.version == Version(2) && outcome.position == outcomes[0].position)
        );
        assert_eq!(stream(&db, &parcel(number)).await.len(), 2);
    }
}

/// Without events there is the record alone: the stream where it is, and the head of the log.
pub async fn an_append_without_events_writes_only_its_record(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).on(&db).await;
    append(parcel(2), [booked("bob")]).on(&db).await;
    let draft = append(parcel(1), []).at(2).once(5);
    let outcome = draft.clone().on(&db).await;
    let expected = Outcome { stream: parcel(1), version: Version(2), position: Position(3), replayed: false };
    assert_eq!(outcome, expected);
    append(parcel(1), [weighed(2)]).on(&db).await;
    assert_eq!(draft.on(&db).await, Outcome { replayed: true, ..expected });
    append(parcel(1), []).at(2).try_on(&db).await.expect_err("conditions count without events too");
    assert_eq!(append(parcel(9), []).on(&db).await.version, Version::NONE);
    assert_eq!(whole_log(&db).await.len(), 4);
}

/// What was refused was not done: the same command may be tried again.
pub async fn a_refused_append_can_be_tried_again(db: Arc<dyn Database>) {
    let draft = append(parcel(1), [weighed(1)]).at(1).once(5);
    draft.clone().try_on(&db).await.expect_err("there is no stream yet");
    append(parcel(1), [booked("ann")]).on(&db).await;
    let outcome = draft.on(&db).await;
    assert_eq!((outcome.version, outcome.replayed), (Version(2), false));
}

/// Only what carries a fingerprint is remembered.
pub async fn without_a_fingerprint_nothing_is_recorded(db: Arc<dyn Database>) {
    let draft = append(parcel(1), [weighed(1)]);
    draft.clone().on(&db).await;
    assert!(!draft.clone().on(&db).await.replayed);
    assert_eq!(whole_log(&db).await.len(), 2);
    assert_eq!(db.outcome(&tenant(0), draft.command()).await.expect("it can be read"), None);
}
