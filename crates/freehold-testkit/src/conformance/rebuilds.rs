//! Rebuilds: what is filled beside a view takes its place, and nothing is lost or doubled at the seam.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use freehold_domain::{Position, SyncMode};
use freehold_ports::{
    Batch, Claimed, Comparison, Database, DeadLetterQuery, Projection, Rebuild, Scope, Shadow, Share, Stage,
    ViewVersion, Work,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    inline::assert_equals_log,
    rows::{catch_up, rows},
    sample::{Parcel, append, booked, moved, parcel, purged, tenant, weighed},
    views::{LATER_TALLIES, TALLIES, owners, tallies},
};

/// What takes the place of a view holds what the log says, and goes on from there.
pub async fn a_view_that_was_rebuilt_holds_what_the_log_says(db: Arc<dyn Database>) {
    let view = owners(SyncMode::Async).arc();
    some_parcels(&db).await;
    catch_up(&db, &view, 7).await;
    let shadow = begun(&db, &view, 3).await;
    assert_eq!(the_rebuild(&db).await.stage, Stage::Filling);
    fill(&db, &shadow, 4).await;
    let compared = db.compare(&shadow).await.expect("the store works").expect("it has taken in all");
    assert!(compared.is_same() && compared.rows > 0, "{compared:?}");
    assert_eq!(
        (the_rebuild(&db).await.stage, the_rebuild(&db).await.comparison),
        (Stage::Waiting, Some(compared))
    );
    append(parcel(1), [moved("dan")]).on(&db).await;
    catch_up(&db, &view, 7).await;
    // What was appended meanwhile is taken in before it takes over.
    let compared = taken_over(&db, &shadow).await;
    assert!(compared.is_same(), "{compared:?}");
    assert_equals_log(&db, &view).await;
    append(parcel(2), [moved("eve")]).on(&db).await;
    fill(&db, &view, 4).await;
    assert_equals_log(&db, &view).await;
}

/// What was wrong is put right and told, the rows that waited are no longer among the dead letters, and rolled back both are
/// as they were and go on.
pub async fn what_differs_is_told_and_can_be_put_back(db: Arc<dyn Database>) {
    let (view, mended) = (tallies(SyncMode::Async).arc(), tallies(SyncMode::Async).mended().arc());
    append(parcel(1), [booked("ann"), Parcel::Broken {}, weighed(1)]).on(&db).await;
    append(parcel(2), [Parcel::Broken {}, weighed(1)]).on(&db).await;
    append(parcel(3), [booked("bob"), weighed(1)]).on(&db).await;
    catch_up(&db, &view, 9).await;
    let before = rows(&db, &tenant(0), &TALLIES).await;
    let shadow = begun(&db, &mended, 2).await;
    fill(&db, &shadow, 2).await;
    let compared = taken_over(&db, &shadow).await;
    assert_eq!((compared.rows, compared.added, compared.gone, compared.changed), (3, 1, 0, 1));
    let mut kinds: Vec<_> = compared.samples.iter().map(|sample| (&*sample.key, &*sample.kind)).collect();
    kinds.sort_unstable_by_key(|(_, kind)| *kind);
    let key = |number: u32| format!("[\"{}\"]", parcel(number).id());
    assert_eq!(kinds, [(&*key(2), "added"), (&*key(1), "changed")]);
    assert_equals_log(&db, &mended).await;
    assert_eq!(letters(&db, &view).await, 0);

    append(parcel(3), [weighed(2)]).on(&db).await;
    assert!(db.roll_back(&shadow).await.expect("the store works"));
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await, before);
    assert_eq!(letters(&db, &view).await, 2);
    assert!(!db.roll_back(&shadow).await.expect("the store works"), "it was put back");
    fill(&db, &view, 9).await;
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await.len(), 2);
    db.end_rebuild(&shadow).await.expect("the store works");
    assert_eq!((db.rebuilds().await.expect("the store works"), letters(&db, &view).await), (Vec::new(), 2));
}

/// A rebuild that is ended leaves what serves as it is, and nothing of itself.
pub async fn a_rebuild_that_is_ended_leaves_nothing(db: Arc<dyn Database>) {
    let view = tallies(SyncMode::Async).arc();
    some_parcels(&db).await;
    append(parcel(9), [Parcel::Broken {}]).on(&db).await;
    catch_up(&db, &view, 9).await;
    let shadow = begun(&db, &view, 2).await;
    fill(&db, &shadow, 9).await;
    db.end_rebuild(&shadow).await.expect("the store works");
    assert_eq!(db.rebuilds().await.expect("the store works"), []);
    assert_eq!(db.take_over(&shadow).await.expect("the store works"), None);
    let of_shadow = db.cluster().await.expect("the store works").partitions;
    assert!(of_shadow.iter().all(|partition| partition.of != shadow.view()));
    assert_eq!(letters(&db, &view).await, 1);
    db.end_rebuild(&shadow).await.expect("there is nothing to end");
    // It can be begun again, from the beginning.
    let again = begun(&db, &view, 1).await;
    fill(&db, &again, 9).await;
    assert!(taken_over(&db, &again).await.is_same());
}

/// What lacks more than can be taken in at once does not take over, and goes on being filled.
pub async fn what_is_far_behind_does_not_take_over(db: Arc<dyn Database>) {
    let view = tallies(SyncMode::Async).arc();
    for number in 0..5 {
        append(parcel(number), (0..500).map(weighed)).on(&db).await;
    }
    catch_up(&db, &view, 500).await;
    let shadow = begun(&db, &view, 1).await;
    assert_eq!(db.take_over(&shadow).await.expect("the store works"), None);
    assert_eq!(the_rebuild(&db).await.stage, Stage::Filling);
    fill(&db, &shadow, 900).await;
    assert!(taken_over(&db, &shadow).await.is_same());
    assert_equals_log(&db, &view).await;
}

/// Another version is filled beside the one that serves, which stays what is served until then.
pub async fn another_version_takes_over_from_the_one_before(db: Arc<dyn Database>) {
    let (view, later) =
        (tallies(SyncMode::Async).arc(), tallies(SyncMode::Async).mended().with_schema(&LATER_TALLIES).arc());
    append(parcel(1), [booked("ann"), Parcel::Broken {}]).on(&db).await;
    assert_eq!(db.live_version(&view).await.expect("the store works"), 1);
    catch_up(&db, &view, 9).await;
    assert_eq!(db.live_version(&later).await.expect("the store works"), 1, "that is what the table holds");
    let shadow = begun(&db, &later, 2).await;
    assert_eq!(the_rebuild(&db).await.version, 2);
    fill(&db, &shadow, 9).await;
    taken_over(&db, &shadow).await;
    assert_eq!(db.live_version(&later).await.expect("the store works"), 2);
    assert_equals_log(&db, &later).await;
    append(parcel(1), [weighed(1)]).on(&db).await;
    fill(&db, &later, 9).await;
    assert_equals_log(&db, &later).await;
    assert!(!db.roll_back(&Shadow::of(&view)).await.expect("the store works"), "that is another version");
    assert!(db.roll_back(&shadow).await.expect("the store works"));
    assert_eq!(db.live_version(&later).await.expect("the store works"), 1);
    fill(&db, &view, 9).await;
    assert_eq!(letters(&db, &view).await, 1);
}

/// The same where appends bring the view up to date: they go on in the new rows at once, also in what they know of them.
pub async fn a_synchronous_view_takes_over_between_two_appends(db: Arc<dyn Database>) {
    let view = tallies(SyncMode::Sync).arc();
    for number in 1..=3 {
        append(parcel(number), [booked("ann"), weighed(1)]).inline(&view).on(&db).await;
    }
    let shadow = begun(&db, &view, 2).await;
    fill(&db, &shadow, 2).await;
    append(parcel(1), [weighed(2)]).inline(&view).on(&db).await;
    assert!(taken_over(&db, &shadow).await.is_same());
    append(parcel(1), [weighed(3)]).inline(&view).on(&db).await;
    append(parcel(4), [booked("dan")]).inline(&view).on(&db).await;
    assert_equals_log(&db, &view).await;
    // A row that the code of today would make otherwise is put right, and not written over from memory.
    let mended = tallies(SyncMode::Sync).marked().arc();
    let shadow = begun(&db, &mended, 1).await;
    fill(&db, &shadow, 9).await;
    assert_eq!(taken_over(&db, &shadow).await.changed, 4);
    append(parcel(1), [weighed(4)]).inline(&mended).on(&db).await;
    append(parcel(2), [purged()]).inline(&mended).on(&db).await;
    assert_equals_log(&db, &mended).await;
    // Put back, it is brought to where appends are, and they go on.
    assert!(db.roll_back(&shadow).await.expect("it lacks little"));
    append(parcel(3), [weighed(5)]).inline(&mended).on(&db).await;
    append(parcel(5), [booked("eve")]).inline(&mended).on(&db).await;
    assert_eq!(rows(&db, &tenant(0), &TALLIES).await.len(), 4);
}

/// Nothing is missed or taken in twice while writers go on throughout.
pub async fn nothing_is_lost_while_writers_go_on(db: Arc<dyn Database>) {
    for sync in [SyncMode::Async, SyncMode::Sync, SyncMode::Events(&["Booked", "Purged"])] {
        let view = tallies(sync).arc();
        // What another mode has left is taken in as it stands.
        let into = (sync != SyncMode::Sync).then_some(2);
        db.divide(&ViewVersion::of(&TALLIES), into, Position::START).await.expect("nobody holds it");
        go_on_while_it_is_rebuilt(&db, &view, sync).await;
        assert_equals_log(&db, &view).await;
        let rebuild = Shadow::of(&view);
        db.end_rebuild(&rebuild).await.expect("the store works");
    }
}

async fn go_on_while_it_is_rebuilt(db: &Arc<dyn Database>, view: &Arc<dyn Projection>, sync: SyncMode) {
    let done = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for writer in 0..3 {
        let (db, view, done) = (Arc::clone(db), Arc::clone(view), Arc::clone(&done));
        tasks.spawn(async move {
            let mut number = 0;
            while !done.load(Ordering::Relaxed) && number < 500 {
                let event = if number % 7 == 0 { booked("ann") } else { weighed(number) };
                let draft =
                    append(parcel(writer * 10 + u32::try_from(number % 5).expect("it is small")), [event]);
                let draft = if sync == SyncMode::Async { draft } else { draft.inline(&view) };
                draft.on(&db).await;
                number += 1;
            }
        });
    }
    let shadow = begun(db, view, 2).await;
    let mut is_there = false;
    while !is_there {
        if sync != SyncMode::Sync {
            fill(db, view, 50).await;
        }
        fill(db, &shadow, 50).await;
        is_there = db.take_over(&shadow).await.expect("the store works").is_some();
    }
    done.store(true, Ordering::Relaxed);
    tasks.join_all().await;
    if sync != SyncMode::Sync {
        fill(db, view, 50).await;
    }
}

async fn some_parcels(db: &Arc<dyn Database>) {
    for (number, owner) in [(1, "ann"), (2, "bob"), (3, "ann")] {
        append(parcel(number), [booked(owner), weighed(1), moved("cat")]).on(db).await;
        append(parcel(number), [booked(owner)]).of(tenant(1)).on(db).await;
    }
}

pub(super) async fn begun(db: &Arc<dyn Database>, view: &Arc<dyn Projection>, of: u32) -> Shadow {
    db.live_version(view).await.expect("the store works");
    let shadow = Shadow::of(view);
    db.begin_rebuild(&shadow, of, true).await.expect("the store works");
    shadow
}

pub(super) async fn taken_over(db: &Arc<dyn Database>, shadow: &Shadow) -> Comparison {
    let compared = db.take_over(shadow).await.expect("the store works").expect("it has taken in all");
    assert_eq!(the_rebuild(db).await.stage, Stage::TakenOver);
    compared
}

async fn the_rebuild(db: &Arc<dyn Database>) -> Rebuild {
    let mut rebuilds = db.rebuilds().await.expect("the store works");
    assert_eq!(rebuilds.len(), 1);
    rebuilds.remove(0)
}

/// How many rows of a view wait.
async fn letters(db: &Arc<dyn Database>, view: &Arc<dyn Projection>) -> usize {
    let view = Some(view.schema().view.to_owned());
    let query = DeadLetterQuery { view, limit: 100, ..DeadLetterQuery::default() };
    db.dead_letters(&query).await.expect("they can be read").len()
}

/// Has a node bring a view up to date, so many events at a time.
pub(super) async fn fill(db: &Arc<dyn Database>, view: &(impl Into<Filled> + Clone), limit: usize) {
    let Filled(view) = view.clone().into();
    let (node, of) = (Uuid::from_u128(77), ViewVersion::of(view.schema()));
    let me = freehold_ports::Node {
        id: node,
        name: "filler".to_owned(),
        roles: ["worker".to_owned()].into(),
        views: [of.clone()].into(),
        report: "[]".to_owned(),
    };
    db.beat(&me, Duration::from_hours(1)).await.expect("it lives");
    let count = db.divide(&of, Some(2), Position::START).await.expect("the store works");
    let numbers: Vec<u32> = (0..count).collect();
    let end = db.end().await.expect("the store works");
    loop {
        let held = db.claim(node, &of, &numbers).await.expect("the store works");
        let Some(after) = held.iter().map(|claimed| claimed.position).min().filter(|at| *at < end) else {
            break;
        };
        let behind: Vec<Claimed> = held.iter().copied().filter(|claimed| claimed.position == after).collect();
        let next = held.iter().map(|claimed| claimed.position).filter(|at| *at > after).min();
        let mut batch =
            db.read_all(&Scope::EveryTenant, after, view.query(), limit).await.expect("it can be read");
        if let Some(next) = next.filter(|next| *next < batch.read_to) {
            batch = Batch {
                events: batch.events.into_iter().filter(|event| event.position <= next).collect(),
                read_to: next,
            };
        }
        let share = Share { of: count, leases: behind.iter().map(|claimed| claimed.lease).collect() };
        db.apply(&view, Work { share, after, batch, park: None }).await.expect("it holds them");
    }
    db.leave(node).await.expect("the store works");
}

/// What is filled: a view, or what takes the place of one.
#[derive(Clone)]
pub(super) struct Filled(Arc<dyn Projection>);

impl From<Arc<dyn Projection>> for Filled {
    fn from(view: Arc<dyn Projection>) -> Self {
        Self(view)
    }
}

impl From<Shadow> for Filled {
    fn from(shadow: Shadow) -> Self {
        Self(Arc::new(shadow))
    }
}
