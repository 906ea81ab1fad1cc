//! Conditions: checked and written as one step.

use std::sync::Arc;

use freehold_domain::{Position, Version};
use freehold_ports::{AppendError, Conflict, Criterion, Database, EventQuery};

use super::{
    concurrency::all_at_once,
    sample::{append, booked, kind, kinds, moved, parcel, stream, tag, tenant, weighed, whole_log},
};

/// How many race.
const RACERS: u32 = 16;

/// Who is right about a version wins, who is not is told where the stream is.
pub async fn an_append_at_a_stale_version_is_a_conflict(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).at(0).on(&db).await;
    append(parcel(1), [weighed(2)]).at(2).on(&db).await;
    for stale in [1, 2, 4] {
        let error =
            append(parcel(1), [weighed(3)]).at(stale).try_on(&db).await.expect_err("the version is not 3");
        assert_eq!(conflict(error), Conflict::Version { expected: Version(stale), actual: Version(3) });
    }
    assert_eq!(stream(&db, &parcel(1)).await.len(), 3);
}

/// A stream without events is at no version.
pub async fn a_new_stream_is_expected_at_no_version(db: Arc<dyn Database>) {
    let error = append(parcel(1), [weighed(1)]).at(1).try_on(&db).await.expect_err("there is no stream");
    assert_eq!(conflict(error), Conflict::Version { expected: Version(1), actual: Version::NONE });
    append(parcel(1), [booked("ann")]).at(0).on(&db).await;
    let error =
        append(parcel(1), [booked("bob")]).at(0).try_on(&db).await.expect_err("there is a stream now");
    assert_eq!(conflict(error), Conflict::Version { expected: Version::NONE, actual: Version(1) });
}

/// An append behind an event holds where that event is the last of the stream, and nowhere else.
pub async fn an_append_behind_another_event_is_a_conflict(db: Arc<dyn Database>) {
    let first = append(parcel(1), [booked("ann"), weighed(1)]);
    let last = first.last_event();
    first.on(&db).await;
    let (second, other) = (append(parcel(1), [weighed(2)]), append(parcel(1), [weighed(3)]));
    let (second_id, other_id) = (second.last_event(), other.last_event());
    second.behind(2, last).on(&db).await;
    let error = append(parcel(1), [weighed(4)]).behind(2, last).try_on(&db).await.expect_err("it is behind");
    assert_eq!(conflict(error), Conflict::Version { expected: Version(2), actual: Version(3) });
    let error = other.clone().behind(3, last).try_on(&db).await.expect_err("another event is at its version");
    assert_eq!(conflict(error), Conflict::Event { at: Version(3) });
    other.behind(3, second_id).on(&db).await;
    let followed = append(parcel(1), [weighed(5)]).behind(4, other_id).on(&db).await;
    assert_eq!(followed.version, Version(5));
}

/// Without an expectation events follow what is there.
pub async fn an_append_anywhere_follows_what_is_there(db: Arc<dyn Database>) {
    for version in 1..4 {
        assert_eq!(append(parcel(1), [weighed(1)]).on(&db).await.version, Version(version));
    }
}

/// What must not have happened is refused with the condition and the last event that breaks it.
pub async fn a_condition_over_a_query_is_held_to(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), moved("a"), weighed(1)]).tagged(&["ann"]).on(&db).await;
    let refused = |draft: super::sample::Draft| {
        let db = Arc::clone(&db);
        async move { conflict(draft.try_on(&db).await.expect_err("a condition is broken")) }
    };
    let other = || append(parcel(2), [weighed(1)]);
    assert_eq!(refused(other().unless(EventQuery::all(), 0)).await, found(0, 3));
    assert_eq!(refused(other().unless(kinds(&["Moved", "Booked"]), 0)).await, found(0, 2));
    assert_eq!(refused(other().unless(EventQuery::tag(tag("ann")), 2)).await, found(0, 3));
    let second = other().unless(EventQuery::tag(tag("bob")), 0).unless(kinds(&["Moved"]), 0);
    assert_eq!(refused(second).await, found(1, 2));
    other().unless(EventQuery::tag(tag("bob")), 0).unless(kinds(&["Purged"]), 0).on(&db).await;
}

/// What lies at or before the position of a condition was known.
pub async fn a_condition_counts_only_what_lies_after_its_position(db: Arc<dyn Database>) {
    let seen = append(parcel(1), [booked("ann"), weighed(1)]).tagged(&["ann"]).on(&db).await.position;
    append(parcel(2), [moved("here")]).on(&db).await;
    let claim =
        || append(parcel(3), [booked("ann")]).unless(EventQuery::tag(tag("ann")), seen.0).tagged(&["ann"]);
    claim().on(&db).await;
    let error = claim().try_on(&db).await.expect_err("the first claim lies after the position");
    assert_eq!(conflict(error), found(0, 4));
    append(parcel(4), [weighed(1)]).unless(EventQuery::all(), u64::MAX).on(&db).await;
}

/// A criterion is broken only by an event of its kinds that has all of its tags.
pub async fn a_condition_sees_kinds_and_tags_together(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann")]).tagged(&["ann"]).on(&db).await;
    append(parcel(2), [weighed(1)]).tagged(&["bob", "heavy"]).on(&db).await;
    let query = |name: &str, tags: &[&str]| -> EventQuery {
        let tags = tags.iter().map(|text| tag(text)).collect();
        Criterion { kinds: vec![kind(name)], tags, ..Criterion::default() }.into()
    };
    for harmless in
        [query("Weighed", &["ann"]), query("Booked", &["bob"]), query("Weighed", &["heavy", "ann"])]
    {
        append(parcel(3), [moved("on")]).unless(harmless, 0).on(&db).await;
    }
    let broken = append(parcel(3), [moved("on")]).unless(query("Weighed", &["heavy", "bob"]), 0);
    assert_eq!(conflict(broken.try_on(&db).await.expect_err("it is met")), found(0, 2));
}

/// Of an append that is refused nothing is left, not even a place in the log.
pub async fn an_append_that_is_refused_writes_nothing(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann")]).tagged(&["ann"]).on(&db).await;
    let refused = append(parcel(2), [booked("bob"), weighed(1)]).tagged(&["bob"]).once(7);
    let command = refused.command();
    refused.unless(EventQuery::tag(tag("ann")), 0).try_on(&db).await.expect_err("the condition is broken");
    assert_eq!(whole_log(&db).await.len(), 1);
    assert_eq!(
        db.last_position(&tenant(0), &EventQuery::tag(tag("bob"))).await.expect("it can be read"),
        None
    );
    assert_eq!(db.outcome(&tenant(0), command).await.expect("it can be read"), None);
    let next = append(parcel(2), [booked("bob")]).at(0).on(&db).await;
    assert_eq!((next.version, next.position), (Version(1), Position(2)));
}

/// However many append at one version, one of them does.
pub async fn of_racing_appends_at_one_version_exactly_one_wins(db: Arc<dyn Database>) {
    for version in 0..5 {
        let drafts = (0..RACERS).map(|grams| append(parcel(1), [weighed(grams.into())]).at(version));
        let outcomes = all_at_once(&db, drafts).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for lost in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(
                conflict(lost),
                Conflict::Version { expected: Version(version), actual: Version(version + 1) }
            );
        }
    }
    assert_eq!(stream(&db, &parcel(1)).await.len(), 5);
}

/// However many streams claim what only one may have, one of them gets it.
pub async fn of_racing_claims_exactly_one_wins(db: Arc<dyn Database>) {
    for round in 0..5 {
        let email = format!("ann-{round}@example.org");
        let claims = (0..RACERS).map(|number| {
            let claim = append(parcel(round * RACERS + number), [booked("ann")]).at(0).tagged(&[&email]);
            claim.unless(EventQuery::tag(tag(&email)), 0)
        });
        let outcomes = all_at_once(&db, claims).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(
            outcomes
                .into_iter()
                .filter_map(Result::err)
                .all(|lost| matches!(conflict(lost), Conflict::Query { .. }))
        );
    }
    assert_eq!(whole_log(&db).await.len(), 5);
}

/// Claims of different things all succeed, whatever races.
pub async fn disjoint_conditions_do_not_conflict(db: Arc<dyn Database>) {
    let claims = (0..RACERS * 4).map(|number| {
        let email = format!("{number}@example.org");
        append(parcel(number), [booked("ann")])
            .at(0)
            .tagged(&[&email])
            .unless(EventQuery::tag(tag(&email)), 0)
    });
    for outcome in all_at_once(&db, claims).await {
        outcome.expect("nobody else has claimed it");
    }
}

pub(super) fn conflict(error: AppendError) -> Conflict {
    match error {
        AppendError::Conflict(conflict) => conflict,
        other => panic!("a conflict was expected: {other}"),
    }
}

fn found(index: usize, position: u64) -> Conflict {
    Conflict::Query { index, found: Position(position) }
}
