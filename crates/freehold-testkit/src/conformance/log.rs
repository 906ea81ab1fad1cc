//! The log: dense, whole, and found by what is asked.

use std::sync::Arc;

use freehold_domain::{EventId, Position, Version};
use freehold_ports::{Criterion, Database, EventQuery, Scope, StoreError, StreamEvent, Versions};
use uuid::Uuid;

use super::sample::{
    append, assert_dense, booked, kind, kinds, moved, new_id, parcel, positions, purged, read, stream,
    stream_within, tag, tenant, versions, weighed, whole_log,
};

/// Positions are 1, 2, 3, … over all tenants and streams, in the order of the appends.
pub async fn positions_are_dense_over_all_tenants(db: Arc<dyn Database>) {
    for number in 0..6 {
        let outcome = append(parcel(number % 2), [booked("ann"), weighed(number.into())]);
        let outcome = outcome.of(tenant(number as usize % 3)).on(&db).await;
        assert_eq!(outcome.position, Position(u64::from(number) * 2 + 2));
    }
    let log = whole_log(&db).await;
    assert_eq!(log.len(), 12);
    assert_dense(&positions(&log));
}

/// Versions are 1, 2, 3, … in each stream, in the order of the positions.
pub async fn versions_are_dense_in_each_stream(db: Arc<dyn Database>) {
    for number in [0, 1, 0, 0, 1] {
        append(parcel(number), [weighed(1), moved("here")]).on(&db).await;
    }
    for (number, events) in [(0, 6), (1, 4)] {
        let stream = stream(&db, &parcel(number)).await;
        assert_eq!(stream.len(), events);
        assert_dense(&versions(&stream));
        assert!(positions(&stream).is_sorted());
    }
}

/// Events come back with everything that they were appended with.
pub async fn what_is_read_is_what_was_appended(db: Arc<dyn Database>) {
    let mut draft = append(parcel(1), [booked("Åsa \"quoted\" \u{0} 🙂"), weighed(i64::MIN)]).of(tenant(1));
    draft.0.metadata.causation = Some(EventId(new_id()));
    draft.0.events[1].event.version = 7;
    let written = draft.0.clone();
    let outcome = draft.on(&db).await;
    assert_eq!((outcome.stream, outcome.version, outcome.replayed), (parcel(1), Version(2), false));

    let by_position = whole_log(&db).await;
    let by_stream = stream_within(&db, &tenant(1), &parcel(1), Versions::ALL).await;
    assert_eq!(by_position, by_stream);
    for (read, written_event) in by_position.iter().zip(&written.events) {
        assert_eq!(read.event, written_event.event);
        assert_eq!(
            (read.id, &read.tenant, &read.stream),
            (written_event.id, &written.tenant, &written.stream)
        );
        assert_eq!(read.metadata, written.metadata);
    }
}

/// A stream is read after a version; past its end, or where there is none, it is empty.
pub async fn a_stream_is_read_from_a_version_on(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1), weighed(2)]).on(&db).await;
    for (after, expected) in [(0, vec![1, 2, 3]), (1, vec![2, 3]), (3, vec![]), (9, vec![])] {
        let events = stream_within(&db, &tenant(0), &parcel(1), Versions::after(Version(after))).await;
        assert_eq!(versions(&events), expected);
    }
    assert_eq!(stream(&db, &parcel(2)).await, []);
}

/// A range of a stream has its end in it, and not its beginning.
pub async fn a_stream_is_read_within_a_range(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1), weighed(2), moved("here")]).on(&db).await;
    append(parcel(2), [booked("bob")]).on(&db).await;
    for (after, until, expected) in [
        (0, 4, vec![1, 2, 3, 4]),
        (0, 2, vec![1, 2]),
        (1, 3, vec![2, 3]),
        (3, 9, vec![4]),
        (0, 0, vec![]),
        (2, 2, vec![]),
        (3, 1, vec![]),
        (9, u64::MAX, vec![]),
    ] {
        let range = Versions { after: Version(after), until: Version(until) };
        let events = stream_within(&db, &tenant(0), &parcel(1), range).await;
        assert_eq!(versions(&events), expected, "{range:?}");
    }
}

/// A stream of any length is read and folded, also where pages of it end.
pub async fn a_long_stream_is_read_within_a_range(db: Arc<dyn Database>) {
    let page = Versions::PAGE as u64;
    append(parcel(1), (0..2 * Versions::PAGE).map(|_| weighed(1))).on(&db).await;
    for (after, until) in [(0, u64::MAX), (0, page), (page - 1, 2 * page), (page, 2 * page - 1)] {
        let range = Versions { after: Version(after), until: Version(until) };
        let events = stream_within(&db, &tenant(0), &parcel(1), range).await;
        assert_eq!(versions(&events), (after + 1..=until.min(2 * page)).collect::<Vec<_>>(), "{range:?}");
    }
}

/// A fold that fails is shown nothing more, and its error comes back.
pub async fn a_fold_that_fails_ends_there(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1), weighed(2)]).on(&db).await;
    let mut shown = 0;
    let mut fold = |event: &StreamEvent| {
        shown += 1;
        let reason = "it cannot be read".to_owned();
        if event.version < Version(2) { Ok(()) } else { Err(StoreError::Corrupt { reason }) }
    };
    let folded = db.fold_stream(&tenant(0), &parcel(1), Versions::ALL, &mut fold).await;
    assert!(matches!(folded, Err(StoreError::Corrupt { reason }) if reason == "it cannot be read"));
    assert_eq!(shown, 2);
    assert_eq!(stream(&db, &parcel(1)).await.len(), 3);
}

/// Pages of any size hold together the whole log.
pub async fn a_log_is_read_in_pages(db: Arc<dyn Database>) {
    append(parcel(1), (0..10).map(weighed)).on(&db).await;
    for limit in [1, 3, 5, 10, 11] {
        let (mut read, mut after) = (Vec::new(), Position::START);
        while after < Position(10) {
            let page = db
                .read_all(&Scope::EveryTenant, after, &EventQuery::all(), limit)
                .await
                .expect("it can be read");
            assert!(page.events.len() <= limit);
            after = page.read_to;
            read.extend(positions(&page.events));
        }
        assert_dense(&read);
        assert_eq!(read.len(), 10);
    }
}

/// A full page was read up to its last event, any other up to the head of the log.
pub async fn a_batch_says_how_far_it_was_read(db: Arc<dyn Database>) {
    append(parcel(1), [weighed(1), moved("here"), weighed(2), moved("there")]).on(&db).await;
    let weighings = kinds(&["Weighed"]);
    for (after, limit, expected) in [(0, 1, 1), (0, 2, 3), (0, 3, 4), (3, 5, 4), (4, 5, 4)] {
        let batch = db
            .read_all(&Scope::EveryTenant, Position(after), &weighings, limit)
            .await
            .expect("it can be read");
        assert_eq!(batch.read_to, Position(expected), "after {after}, {limit} at most");
    }
    let none =
        db.read_all(&Scope::EveryTenant, Position::START, &kinds(&["Unheard"]), 5).await.expect("as above");
    assert_eq!((none.events.len(), none.read_to), (0, Position(4)));
}

/// A kind is an aggregate and a name; several kinds are read in the order of the log.
pub async fn a_log_is_filtered_by_kind(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1), moved("here")]).on(&db).await;
    append(freehold_domain::StreamId::new("conformance.Crate", Uuid::from_u128(1)), [weighed(2)])
        .on(&db)
        .await;
    append(parcel(2), [weighed(3), purged()]).on(&db).await;
    for (names, expected) in
        [(&["Weighed"][..], vec![2, 5]), (&["Moved", "Booked"], vec![1, 3]), (&["Unheard"], vec![])]
    {
        let found = read(&db, &Scope::EveryTenant, &kinds(names)).await;
        assert_eq!(positions(&found), expected, "{names:?}");
    }
    let page =
        db.read_all(&Scope::EveryTenant, Position(1), &kinds(&["Moved", "Purged", "Weighed"]), 3).await;
    assert_eq!(positions(&page.expect("it can be read").events), [2, 3, 5]);
}

/// All tags of a criterion have to be there; with kinds beside them, one of those too.
pub async fn a_log_is_filtered_by_tag(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).tagged(&["red"]).on(&db).await;
    append(parcel(2), [weighed(2)]).tagged(&["red", "big", "red"]).on(&db).await;
    append(parcel(3), [weighed(3)]).tagged(&["big"]).on(&db).await;
    append(parcel(4), [weighed(4)]).tagged(&["red"]).of(tenant(1)).on(&db).await;
    let criterion = |names: &[&str], tags: &[&str]| -> EventQuery {
        let (kinds, tags) = (names.iter().map(|name| kind(name)), tags.iter().map(|text| tag(text)));
        Criterion { kinds: kinds.collect(), tags: tags.collect(), ..Criterion::default() }.into()
    };
    for (query, own, all) in [
        (criterion(&[], &["red"]), vec![1, 2, 3], vec![1, 2, 3, 5]),
        (criterion(&[], &["big", "red"]), vec![3], vec![3]),
        (criterion(&["Weighed", "Moved"], &["red"]), vec![2, 3], vec![2, 3, 5]),
        (criterion(&["Moved"], &["red"]), vec![], vec![]),
        (criterion(&[], &["re"]), vec![], vec![]),
    ] {
        assert_eq!(positions(&read(&db, &Scope::Tenant(tenant(0)), &query).await), own, "{query:?}");
        assert_eq!(positions(&read(&db, &Scope::EveryTenant, &query).await), all, "{query:?}");
    }
}

/// A kind, a stream or a tag that a query names twice is read like one that it names once, page by page.
pub async fn what_is_named_twice_is_read_once_and_whole(db: Arc<dyn Database>) {
    append(parcel(1), (0..9).map(weighed)).tagged(&["heavy"]).on(&db).await;
    let twice = [
        Criterion { kinds: vec![kind("Weighed"); 2], ..Criterion::default() },
        Criterion { streams: vec![parcel(1); 2], ..Criterion::default() },
        Criterion { tags: vec![tag("heavy"); 2], ..Criterion::default() },
        Criterion {
            kinds: vec![kind("Weighed"); 2],
            streams: vec![parcel(1); 2],
            tags: vec![tag("heavy"); 2],
        },
    ];
    for criterion in twice {
        let query = EventQuery { any_of: vec![criterion; 2] };
        for scope in [Scope::EveryTenant, Scope::Tenant(tenant(0))] {
            let (mut read, mut after) = (Vec::new(), Position::START);
            while after < Position(9) {
                let page = db.read_all(&scope, after, &query, 4).await.expect("it can be read");
                after = page.read_to;
                read.extend(positions(&page.events));
            }
            assert_eq!(read, (1..=9).collect::<Vec<_>>(), "{scope:?} {query:?}");
        }
    }
}

/// An event that meets several criteria is read once.
pub async fn criteria_that_overlap_repeat_nothing(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1), moved("here")]).tagged(&["red"]).on(&db).await;
    append(parcel(2), [weighed(2), moved("there")]).on(&db).await;
    let criterion = |kinds, tags| Criterion { kinds, tags, ..Criterion::default() };
    let query = EventQuery {
        any_of: vec![
            criterion(vec![kind("Weighed"), kind("Weighed")], vec![]),
            criterion(vec![], vec![tag("red")]),
            criterion(vec![kind("Weighed")], vec![tag("red")]),
        ],
    };
    assert_eq!(positions(&read(&db, &Scope::Tenant(tenant(0)), &query).await), [1, 2, 3, 4]);
    let page =
        db.read_all(&Scope::Tenant(tenant(0)), Position::START, &query, 2).await.expect("it can be read");
    assert_eq!((positions(&page.events), page.read_to), (vec![1, 2], Position(2)));
    let all = EventQuery { any_of: vec![criterion(vec![kind("Moved")], vec![]), Criterion::default()] };
    assert_eq!(positions(&read(&db, &Scope::EveryTenant, &all).await), [1, 2, 3, 4, 5]);
}

/// The last position of a query is that of its last event, or nothing.
pub async fn the_last_event_of_a_query_is_found(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1), moved("here")]).tagged(&["red"]).on(&db).await;
    append(parcel(2), [weighed(2)]).of(tenant(1)).on(&db).await;
    for (query, expected) in [
        (EventQuery::all(), Some(3)),
        (kinds(&["Booked", "Weighed"]), Some(2)),
        (EventQuery::tag(tag("red")), Some(3)),
        (EventQuery::tag(tag("blue")), None),
        (kinds(&["Unheard"]), None),
    ] {
        let last = db.last_position(&tenant(0), &query).await.expect("it can be read");
        assert_eq!(last, expected.map(Position), "{query:?}");
    }
    assert_eq!(db.last_position(&tenant(2), &EventQuery::all()).await.expect("as above"), None);
}

/// The head is where the log ends once an append has returned, and an append that is refused leaves it.
pub async fn the_head_is_the_last_position(db: Arc<dyn Database>) {
    let head = db.head();
    assert_eq!((*head.borrow(), end(&db).await), (Position::START, Position::START));
    append(parcel(1), [booked("ann"), weighed(1)]).on(&db).await;
    assert_eq!(*head.borrow(), Position(2));
    append(parcel(1), [weighed(2)]).at(9).try_on(&db).await.expect_err("the version is stale");
    append(parcel(1), []).once(1).on(&db).await;
    assert_eq!((*head.borrow(), *db.head().borrow()), (Position(2), Position(2)));
    append(parcel(1), [weighed(3)]).of(tenant(1)).on(&db).await;
    assert_eq!((*head.borrow(), end(&db).await), (Position(3), Position(3)));
}

async fn end(db: &Arc<dyn Database>) -> Position {
    db.end().await.expect("it can be read")
}
