//! Many writers and readers at the same time.

use std::sync::Arc;

use freehold_domain::{Position, RawEvent, Recorded};
use freehold_ports::{AppendError, Database, EventQuery, Outcome, Scope};
use tokio::{
    sync::Barrier,
    task::{JoinHandle, JoinSet},
};

use super::sample::{
    Draft, append, assert_dense, kinds, moved, parcel, positions, stream, tag, tenant, versions, weighed,
    whole_log,
};

const WRITERS: u32 = 8;
const APPENDS: u32 = 30;

/// Readers that page with `position > p` while others write see every event once, in order and without holes.
pub async fn writers_and_readers_see_every_event_once_in_order(db: Arc<dyn Database>) {
    let total = u64::from(WRITERS * APPENDS * 2);
    let readers: Vec<_> =
        [1, 7, 100].map(|limit| reader(&db, Scope::EveryTenant, EventQuery::all(), limit, total)).into();
    write_much(&db).await;
    let log = whole_log(&db).await;
    for reader in readers {
        let read = reader.await.expect("the reader has not panicked");
        assert_dense(&positions(&read));
        assert_eq!(read, log);
    }
}

/// The same for readers of one kind, of one tag and of one tenant.
pub async fn filtered_readers_miss_nothing_that_is_written_meanwhile(db: Arc<dyn Database>) {
    let total = u64::from(WRITERS * APPENDS * 2);
    let own = || Scope::Tenant(tenant(0));
    let readers = [
        (reader(&db, Scope::EveryTenant, kinds(&["Weighed"]), 3, total), WRITERS * APPENDS),
        (reader(&db, own(), EventQuery::tag(tag("writer-2")), 3, total), APPENDS * 2),
        (reader(&db, own(), EventQuery::all(), 3, total), WRITERS * APPENDS),
    ];
    write_much(&db).await;
    for (reader, expected) in readers {
        let read = positions(&reader.await.expect("the reader has not panicked"));
        assert!(read.is_sorted_by(|a, b| a < b));
        assert_eq!(read.len(), expected as usize);
    }
}

/// Whoever is woken at a head can read everything up to it.
pub async fn an_announced_head_can_be_read(db: Arc<dyn Database>) {
    let total = u64::from(WRITERS * APPENDS * 2);
    let watcher = tokio::spawn({
        let db = Arc::clone(&db);
        async move {
            let (mut head, mut seen) = (db.head(), Position::START);
            while seen.0 < total {
                head.changed().await.expect("the store lives");
                let announced = *head.borrow_and_update();
                assert!(announced > seen, "the head has gone from {seen} to {announced}");
                seen = announced;
                let found = whole_log(&db).await.len() as u64;
                assert!(found >= announced.0, "{found} events can be read at the head {announced}");
            }
        }
    });
    write_much(&db).await;
    watcher.await.expect("every announced event could be read");
}

/// Appends that race for the end of a stream without conditions are all there.
pub async fn racing_appends_to_one_stream_are_all_there(db: Arc<dyn Database>) {
    let drafts = (0..WRITERS * APPENDS).map(|grams| append(parcel(1), [weighed(grams.into())]));
    for outcome in all_at_once(&db, drafts).await {
        outcome.expect("it has no conditions");
    }
    let events = stream(&db, &parcel(1)).await;
    assert_dense(&versions(&events));
    assert_eq!(events.len(), (WRITERS * APPENDS) as usize);
}

/// Appends that are refused leave those that are written in the same breath alone.
pub async fn losers_disturb_no_other(db: Arc<dyn Database>) {
    append(parcel(0), [weighed(0)]).on(&db).await;
    let drafts = (1..=100).map(|number| {
        if number % 2 == 0 {
            append(parcel(0), [weighed(1)]).at(9)
        } else {
            append(parcel(number), [weighed(1)]).at(0)
        }
    });
    let outcomes = all_at_once(&db, drafts).await;
    for (number, outcome) in (1..=100).zip(outcomes) {
        assert_eq!(outcome.is_ok(), number % 2 == 1, "append {number}");
    }
    let log = whole_log(&db).await;
    assert_eq!(log.len(), 51);
    assert_dense(&positions(&log));
}

/// Does all of it at the same moment: the outcomes in the order of the drafts.
pub(super) async fn all_at_once(
    db: &Arc<dyn Database>,
    drafts: impl Iterator<Item = Draft>,
) -> Vec<Result<Outcome, AppendError>> {
    let drafts: Vec<_> = drafts.collect();
    let start = Arc::new(Barrier::new(drafts.len()));
    let spawn = |draft: Draft| {
        let (db, start) = (Arc::clone(db), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            draft.try_on(&db).await
        })
    };
    let tasks: Vec<_> = drafts.into_iter().map(spawn).collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.expect("no append panics"));
    }
    outcomes
}

/// Every writer appends pairs of events to a stream of its own in turn with one that all share, for two tenants.
async fn write_much(db: &Arc<dyn Database>) {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let db = Arc::clone(db);
        writers.spawn(async move {
            for number in 0..APPENDS {
                let stream = if number % 2 == 0 { 1_000 } else { writer };
                let draft = append(parcel(stream), [weighed(number.into()), moved("on")]);
                let draft = draft.tagged(&[&format!("writer-{}", writer / 2 * 2)]);
                draft.of(tenant(writer as usize % 2)).on(&db).await;
            }
        });
    }
    writers.join_all().await;
}

/// Pages through what matches until it has read up to the end, waiting on the head where there is nothing.
pub(super) fn reader(
    db: &Arc<dyn Database>,
    scope: Scope,
    query: EventQuery,
    limit: usize,
    end: u64,
) -> JoinHandle<Vec<Recorded<RawEvent>>> {
    let db = Arc::clone(db);
    tokio::spawn(async move {
        let (mut head, mut after, mut read) = (db.head(), Position::START, Vec::new());
        while after.0 < end {
            head.wait_for(|head| *head > after).await.expect("the store lives");
            let batch = db.read_all(&scope, after, &query, limit).await.expect("the log can be read");
            after = batch.read_to;
            read.extend(batch.events);
        }
        read
    })
}
