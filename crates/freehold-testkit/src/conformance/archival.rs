//! Archival: a closed stream is out of the way of the others, and no reader can tell.

use std::sync::Arc;

use freehold_domain::{Position, StreamId, SyncMode, Version};
use freehold_ports::{
    AppendError, Batch, Conflict, Criterion, Database, EventQuery, InlineError, Outcome, Scope, Snapshot,
    Versions,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    concurrency::reader,
    conditions::conflict,
    inline::assert_equals_log,
    rows::{catch_up, work},
    sample::{
        Draft, append, assert_dense, booked, kind, kinds, moved, parcel, positions, purged, read, stream,
        stream_within, tag, tenant, versions, weighed, whole_log,
    },
    views::{owners, tallies},
};

/// By stream, by kind, by tag and as a whole, in pages of any size: readers find what they found before.
pub async fn readers_find_what_was_archived_where_it_was(db: Arc<dyn Database>) {
    write(&db).await;
    let before = seen(&db).await;
    for (tenant, number, at) in [(0, 1, 4), (1, 1, 2), (0, 3, 1)] {
        archive_of(&db, tenant, number, at).await.expect("it is at that version");
        assert_eq!(seen(&db).await, before);
    }
    assert_dense(&positions(&whole_log(&db).await));
}

/// Nothing follows the last event of an archived stream, wherever it is expected to be.
pub async fn an_archived_stream_takes_no_more(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).on(&db).await;
    archive(&db, 1, 2).await.expect("it is at that version");
    let drafts = [
        append(parcel(1), [weighed(2)]),
        append(parcel(1), [weighed(2)]).at(2).once(5),
        append(parcel(1), [weighed(2)]).at(0),
        append(parcel(1), [weighed(2)]).unless(EventQuery::all(), 0),
        append(parcel(1), []).once(5),
    ];
    for draft in drafts {
        let command = draft.command();
        assert_eq!(refused(draft, &db).await, Conflict::Archived { at: Version(2) });
        assert_eq!(db.outcome(&tenant(0), command).await.expect("it can be read"), None);
    }
    assert_eq!((whole_log(&db).await.len(), *db.head().borrow()), (2, Position(2)));
}

/// A command that was carried out is answered as it was then.
pub async fn a_repetition_on_an_archived_stream_is_answered(db: Arc<dyn Database>) {
    let draft = append(parcel(1), [booked("ann")]).at(0).once(5);
    let first = draft.clone().on(&db).await;
    append(parcel(1), [weighed(1)]).on(&db).await;
    archive(&db, 1, 2).await.expect("it is at that version");
    assert_eq!(draft.on(&db).await, Outcome { replayed: true, ..first });
}

/// The second time there is nothing left to do.
pub async fn archiving_twice_does_nothing(db: Arc<dyn Database>) {
    write(&db).await;
    archive(&db, 1, 4).await.expect("it is at that version");
    let once = seen(&db).await;
    archive(&db, 1, 4).await.expect("it was done before");
    assert_eq!(seen(&db).await, once);
}

/// What is archived is what was seen: a stream that has gone on stays open, and so does one that never began.
pub async fn archiving_at_another_version_is_a_conflict(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).on(&db).await;
    for (number, at, actual) in [(1, 1, 2), (1, 3, 2), (1, 0, 2), (2, 0, 0), (2, 1, 0)] {
        let error = archive(&db, number, at).await.expect_err("the version is another, or none");
        let expected = Conflict::Version { expected: Version(at), actual: Version(actual) };
        assert_eq!(conflict(error), expected);
    }
    append(parcel(1), [weighed(2)]).at(2).on(&db).await;
    append(parcel(2), [booked("ann")]).at(0).on(&db).await;
    archive(&db, 1, 3).await.expect("it is at that version");
    let error = archive(&db, 1, 2).await.expect_err("it was closed later");
    assert_eq!(conflict(error), Conflict::Version { expected: Version(2), actual: Version(3) });
}

/// A tenant archives its own stream and leaves that of the same id with another tenant open.
pub async fn archival_crosses_no_tenant(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann")]).on(&db).await;
    archive_of(&db, 1, 1, 1).await.expect_err("it is another tenant's");
    append(parcel(1), [booked("bob")]).of(tenant(1)).at(0).on(&db).await;
    archive_of(&db, 1, 1, 1).await.expect("it is at that version");
    assert_eq!(append(parcel(1), [weighed(1)]).at(1).on(&db).await.version, Version(2));
    let closed = append(parcel(1), [weighed(1)]).of(tenant(1));
    assert_eq!(refused(closed, &db).await, Conflict::Archived { at: Version(1) });
    for (number, expected) in [(0, vec![1, 3]), (1, vec![2]), (2, vec![])] {
        let found = read(&db, &Scope::Tenant(tenant(number)), &EventQuery::all()).await;
        assert_eq!(positions(&found), expected);
    }
}

/// The same id of another aggregate is another stream.
pub async fn archival_crosses_no_aggregate(db: Arc<dyn Database>) {
    let crated = StreamId::new("conformance.Crate", parcel(1).id());
    append(parcel(1), [booked("ann")]).on(&db).await;
    append(crated.clone(), [weighed(1)]).on(&db).await;
    archive(&db, 1, 1).await.expect("it is at that version");
    append(crated, [weighed(2)]).at(1).on(&db).await;
}

/// Positions go on from the head, though the last event of the log is archived, or all of them are.
pub async fn the_log_goes_on_behind_what_was_archived(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann")]).on(&db).await;
    append(parcel(2), [booked("bob"), weighed(1)]).on(&db).await;
    archive(&db, 2, 2).await.expect("it is at that version");
    assert_eq!(*db.head().borrow(), Position(3));
    assert_eq!(append(parcel(1), [weighed(1)]).at(1).on(&db).await.position, Position(4));
    archive(&db, 1, 2).await.expect("it is at that version");
    let outcome = append(parcel(3), [booked("eve")]).at(0).on(&db).await;
    assert_eq!((outcome.version, outcome.position), (Version(1), Position(5)));
    assert_dense(&positions(&whole_log(&db).await));
}

/// What must not have happened has happened, though it is archived.
pub async fn conditions_count_what_was_archived(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann")]).tagged(&["ann"]).on(&db).await;
    archive(&db, 1, 1).await.expect("it is at that version");
    let weighed_in =
        Criterion { kinds: vec![kind("Booked")], tags: vec![tag("ann")], ..Criterion::default() };
    for query in [
        EventQuery::all(),
        kinds(&["Booked"]),
        EventQuery::tag(tag("ann")),
        EventQuery::stream(parcel(1)),
        weighed_in.into(),
    ] {
        let draft = append(parcel(2), [booked("ann")]).unless(query, 0);
        assert_eq!(refused(draft, &db).await, Conflict::Query { index: 0, found: Position(1) });
    }
}

/// Workers fold what was archived before they came to it, and rows that were folded stay.
pub async fn views_take_in_what_was_archived(db: Arc<dyn Database>) {
    let views = [tallies(SyncMode::Async).arc(), owners(SyncMode::Async).arc()];
    append(parcel(1), [booked("ann"), weighed(1), moved("bob")]).on(&db).await;
    append(parcel(2), [booked("ann"), weighed(2)]).on(&db).await;
    for view in &views {
        work(&db, view, 2).await.expect("it can be taken in");
    }
    archive(&db, 1, 3).await.expect("it is at that version");
    append(parcel(2), [moved("eve")]).on(&db).await;
    for view in &views {
        catch_up(&db, view, 1).await;
        assert_equals_log(&db, view).await;
    }
}

/// A wholly synchronous view lacks what it has not taken in, though that is archived.
pub async fn a_synchronous_view_that_lacks_what_was_archived_is_refused(db: Arc<dyn Database>) {
    let view = owners(SyncMode::Sync).arc();
    append(parcel(1), [booked("ann")]).on(&db).await;
    archive(&db, 1, 1).await.expect("it is at that version");
    let draft = append(parcel(2), [booked("ann")]).inline(&view);
    match draft.clone().try_on(&db).await.expect_err("the view is behind") {
        AppendError::Inline { error: InlineError::Failed(_), .. } => {}
        other => panic!("another error was expected: {other}"),
    }
    catch_up(&db, &view, 1).await;
    draft.on(&db).await;
    assert_equals_log(&db, &view).await;
}

/// The snapshot of a stream is there whether or not its events were moved.
pub async fn a_snapshot_stays_when_its_stream_is_archived(db: Arc<dyn Database>) {
    append(parcel(1), [booked("ann")]).on(&db).await;
    let snapshot = Snapshot { version: Version(1), fingerprint: Uuid::from_u128(7), state: "{}".to_owned() };
    db.save_snapshot(&tenant(0), &parcel(1), snapshot.clone()).await.expect("it can be saved");
    archive(&db, 1, 1).await.expect("it is at that version");
    assert_eq!(db.snapshot(&tenant(0), &parcel(1)).await.expect("it can be read"), Some(snapshot));
}

/// Of an append and an archival at the same version one comes first, and the other is told so.
pub async fn of_a_racing_append_and_archival_one_wins(db: Arc<dyn Database>) {
    for number in 0..20 {
        append(parcel(number), [booked("ann")]).on(&db).await;
        let racing = Arc::clone(&db);
        let append = append(parcel(number), [weighed(1)]).at(1);
        let append = tokio::spawn(async move { append.try_on(&racing).await });
        let archived = archive(&db, number, 1).await;
        let appended = append.await.expect("no append panics");
        let length = stream(&db, &parcel(number)).await.len();
        match (appended, archived) {
            (Ok(_), Err(error)) => {
                let expected = Conflict::Version { expected: Version(1), actual: Version(2) };
                assert_eq!((conflict(error), length), (expected, 2));
            }
            (Err(error), Ok(())) => {
                assert_eq!((conflict(error), length), (Conflict::Archived { at: Version(1) }, 1));
            }
            outcomes => panic!("one was to win: {outcomes:?}"),
        }
    }
}

/// Readers that page on while streams are written and archived see every event once, in order.
pub async fn readers_miss_nothing_while_streams_are_archived(db: Arc<dyn Database>) {
    const STREAMS: u32 = 60;
    let total = u64::from(STREAMS * 3);
    let of_streams =
        Criterion { streams: (0..STREAMS).step_by(7).map(parcel).collect(), ..Criterion::default() };
    let own = || Scope::Tenant(tenant(0));
    let readers = [
        (Scope::EveryTenant, EventQuery::all(), 2),
        (own(), EventQuery::all(), 100),
        (Scope::EveryTenant, kinds(&["Weighed", "Moved"]), 3),
        (own(), EventQuery::tag(tag("red")), 2),
        (Scope::EveryTenant, EventQuery::tag(tag("red")), 2),
        (own(), of_streams.into(), 2),
    ];
    let readers = readers
        .map(|(scope, query, limit)| (reader(&db, scope.clone(), query.clone(), limit, total), scope, query));
    write_and_archive(&db, STREAMS).await;
    for (reader, scope, query) in readers {
        let found = reader.await.expect("the reader has not panicked");
        assert_eq!(positions(&found), positions(&read(&db, &scope, &query).await), "{query:?}");
    }
    assert_eq!(whole_log(&db).await.len() as u64, total);
}

/// Four write so many streams of three events between them, and archive every one as soon as it is there.
async fn write_and_archive(db: &Arc<dyn Database>, streams: u32) {
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let db = Arc::clone(db);
        writers.spawn(async move {
            for number in (writer..streams).step_by(4) {
                append(parcel(number), [booked("ann"), weighed(1)]).tagged(&["red"]).on(&db).await;
                append(parcel(number), [moved("on")]).on(&db).await;
                archive(&db, number, 3).await.expect("it is at that version");
            }
        });
    }
    writers.join_all().await;
}

async fn archive(db: &Arc<dyn Database>, number: u32, at: u64) -> Result<(), AppendError> {
    archive_of(db, 0, number, at).await
}

async fn archive_of(
    db: &Arc<dyn Database>,
    tenant_number: usize,
    number: u32,
    at: u64,
) -> Result<(), AppendError> {
    db.archive(&tenant(tenant_number), &parcel(number), Version(at)).await
}

async fn refused(draft: Draft, db: &Arc<dyn Database>) -> Conflict {
    conflict(draft.try_on(db).await.expect_err("the append is refused"))
}

/// Streams of two tenants between one another: parcel 1 of four events, parcel 2 of two and parcel 3 of one, and
/// parcel 1 of the other tenant of two.
async fn write(db: &Arc<dyn Database>) {
    append(parcel(1), [booked("ann"), weighed(1)]).tagged(&["red"]).on(db).await;
    append(parcel(2), [weighed(2)]).tagged(&["red", "big"]).on(db).await;
    append(parcel(1), [booked("bob"), weighed(3)]).tagged(&["big"]).of(tenant(1)).on(db).await;
    append(parcel(1), [moved("eve"), purged()]).on(db).await;
    append(parcel(2), [moved("ann")]).on(db).await;
    append(parcel(3), [booked("kim")]).tagged(&["red"]).on(db).await;
}

/// All that readers can find, asked in every way.
async fn seen(db: &Arc<dyn Database>) -> Seen {
    let mut seen = Seen { head: *db.head().borrow(), ..Seen::default() };
    for query in queries() {
        for scope in [Scope::EveryTenant, Scope::Tenant(tenant(0)), Scope::Tenant(tenant(1))] {
            for (after, limit) in [(0, usize::MAX), (0, 2), (2, 3), (6, 1)] {
                let batch = db.read_all(&scope, Position(after), &query, limit).await;
                seen.batches.push(batch.expect("it can be read"));
            }
        }
        for number in 0..2 {
            seen.last.push(db.last_position(&tenant(number), &query).await.expect("it can be read"));
        }
    }
    for (tenant_number, number) in [(0, 1), (0, 2), (0, 3), (1, 1)] {
        for range in [Versions::ALL, Versions::after(Version(1)), Versions::until(Version(1))] {
            let events = stream_within(db, &tenant(tenant_number), &parcel(number), range).await;
            seen.streams.push(versions(&events));
        }
    }
    seen
}

#[derive(Debug, Default, PartialEq)]
struct Seen {
    head: Position,
    batches: Vec<Batch>,
    last: Vec<Option<Position>>,
    streams: Vec<Vec<u64>>,
}

fn queries() -> Vec<EventQuery> {
    let criterion = |names: &[&str], streams: &[u32], tags: &[&str]| Criterion {
        kinds: names.iter().map(|name| kind(name)).collect(),
        streams: streams.iter().map(|number| parcel(*number)).collect(),
        tags: tags.iter().map(|text| tag(text)).collect(),
    };
    vec![
        EventQuery::all(),
        kinds(&["Weighed"]),
        kinds(&["Booked", "Moved", "Purged"]),
        EventQuery::tag(tag("red")),
        criterion(&[], &[], &["red", "big"]).into(),
        criterion(&["Weighed"], &[], &["red"]).into(),
        EventQuery::stream(parcel(1)),
        criterion(&["Weighed"], &[1, 2], &[]).into(),
        criterion(&[], &[1, 3], &["red"]).into(),
        EventQuery { any_of: vec![criterion(&["Purged"], &[], &[]), criterion(&[], &[2], &["big"])] },
    ]
}
