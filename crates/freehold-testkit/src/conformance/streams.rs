//! Queries that name streams: alone, several of them, and with kinds and tags beside them.

use std::sync::Arc;

use freehold_domain::{Position, StreamId};
use freehold_ports::{Criterion, Database, EventQuery, Scope};

use super::sample::{append, booked, kind, kinds, moved, parcel, positions, read, tag, tenant, weighed};

/// A stream is an aggregate and an id; with every tenant in scope, the streams of all that have one.
pub async fn a_log_is_filtered_by_stream(db: Arc<dyn Database>) {
    write(&db).await;
    let crated = StreamId::new("conformance.Crate", parcel(1).id());
    for (streams, own, all) in [
        (vec![parcel(1)], vec![1, 2, 7], vec![1, 2, 5, 6, 7]),
        (vec![parcel(2)], vec![3], vec![3]),
        (vec![parcel(2), parcel(1), parcel(2)], vec![1, 2, 3, 7], vec![1, 2, 3, 5, 6, 7]),
        (vec![crated], vec![4], vec![4]),
        (vec![parcel(9)], vec![], vec![]),
    ] {
        let query = Criterion { streams, ..Criterion::default() }.into();
        assert_eq!(positions(&read(&db, &Scope::Tenant(tenant(0)), &query).await), own, "{query:?}");
        assert_eq!(positions(&read(&db, &Scope::EveryTenant, &query).await), all, "{query:?}");
        let last = db.last_position(&tenant(0), &query).await.expect("it can be read");
        assert_eq!(last.map(|last| last.0), own.last().copied(), "{query:?}");
    }
}

/// Of the streams that a criterion names, the events of its kinds that have all of its tags.
pub async fn streams_kinds_and_tags_are_asked_together(db: Arc<dyn Database>) {
    write(&db).await;
    let criterion = |names: &[&str], streams: &[u32], tags: &[&str]| Criterion {
        kinds: names.iter().map(|name| kind(name)).collect(),
        streams: streams.iter().map(|number| parcel(*number)).collect(),
        tags: tags.iter().map(|text| tag(text)).collect(),
    };
    for (any_of, own, all) in [
        (vec![criterion(&["Weighed"], &[1], &[])], vec![2, 7], vec![2, 6, 7]),
        (vec![criterion(&["Weighed", "Moved"], &[1, 2], &[])], vec![2, 3, 7], vec![2, 3, 6, 7]),
        (vec![criterion(&[], &[1], &["red"])], vec![1, 2], vec![1, 2, 5, 6]),
        (vec![criterion(&["Weighed"], &[1], &["red"])], vec![2], vec![2, 6]),
        (vec![criterion(&["Weighed"], &[1], &["red", "big"])], vec![], vec![6]),
        (vec![criterion(&["Purged"], &[1], &[])], vec![], vec![]),
        (
            vec![criterion(&[], &[2], &[]), criterion(&["Weighed"], &[1], &[])],
            vec![2, 3, 7],
            vec![2, 3, 6, 7],
        ),
        (vec![criterion(&[], &[2], &[]), criterion(&[], &[], &["red"])], vec![1, 2, 3], vec![1, 2, 3, 5, 6]),
    ] {
        let query = EventQuery { any_of };
        assert_eq!(positions(&read(&db, &Scope::Tenant(tenant(0)), &query).await), own, "{query:?}");
        assert_eq!(positions(&read(&db, &Scope::EveryTenant, &query).await), all, "{query:?}");
        let last = db.last_position(&tenant(0), &query).await.expect("it can be read");
        assert_eq!(last.map(|last| last.0), own.last().copied(), "{query:?}");
    }
}

/// A stream is paged through like the log, from any position on.
pub async fn a_stream_is_read_in_pages_of_the_log(db: Arc<dyn Database>) {
    for number in 0..30 {
        append(parcel(number % 3), [weighed(number.into()), moved("on")]).on(&db).await;
    }
    let query = EventQuery::stream(parcel(1));
    for (scope, limit) in [(Scope::EveryTenant, 1), (Scope::Tenant(tenant(0)), 3), (Scope::EveryTenant, 7)] {
        let (mut found, mut after) = (Vec::new(), Position::START);
        while after < Position(60) {
            let page = db.read_all(&scope, after, &query, limit).await.expect("it can be read");
            assert!(page.events.len() <= limit);
            after = page.read_to;
            found.extend(positions(&page.events));
        }
        let expected: Vec<u64> = (0..10).flat_map(|round| [round * 6 + 3, round * 6 + 4]).collect();
        assert_eq!(found, expected);
    }
    let page = db.read_all(&Scope::EveryTenant, Position(3), &query, 2).await.expect("it can be read");
    assert_eq!((positions(&page.events), page.read_to), (vec![4, 9], Position(9)));
    let end = db.read_all(&Scope::EveryTenant, Position(58), &query, 2).await.expect("it can be read");
    assert_eq!((end.events.len(), end.read_to), (0, Position(60)));
}

/// What must not have happened can be confined to a stream.
pub async fn a_condition_can_name_a_stream(db: Arc<dyn Database>) {
    write(&db).await;
    let draft = || append(parcel(5), [moved("on")]);
    draft().unless(EventQuery::stream(parcel(9)), 0).on(&db).await;
    draft().unless(EventQuery::stream(parcel(1)), 7).on(&db).await;
    let weighed_of_second =
        Criterion { kinds: vec![kind("Moved")], streams: vec![parcel(2)], ..Criterion::default() };
    draft().unless(weighed_of_second.into(), 0).on(&db).await;
    for (query, after) in [(EventQuery::stream(parcel(1)), 6), (EventQuery::stream(parcel(2)), 0)] {
        draft().unless(query, after).try_on(&db).await.expect_err("the stream has such an event");
    }
    let other = draft().of(tenant(2)).unless(EventQuery::stream(parcel(1)), 0);
    other.on(&db).await;
    assert_eq!(read(&db, &Scope::EveryTenant, &kinds(&["Moved"])).await.len(), 4);
}

/// Events 1 to 7: two of parcel 1, one of parcel 2, one of a crate with the id of parcel 1, two of parcel 1 of another
/// tenant, and one more of parcel 1.
async fn write(db: &Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).tagged(&["red"]).on(db).await;
    append(parcel(2), [weighed(2)]).tagged(&["big"]).on(db).await;
    append(StreamId::new("conformance.Crate", parcel(1).id()), [weighed(3)]).on(db).await;
    append(parcel(1), [booked("bob"), weighed(4)]).tagged(&["red", "big"]).of(tenant(1)).on(db).await;
    append(parcel(1), [weighed(5)]).tagged(&["big"]).on(db).await;
}
