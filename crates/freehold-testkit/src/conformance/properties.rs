//! Laws: what holds for every script of appends and every pace of the workers.
//!
//! Each takes what makes a fresh database, since it needs many.

mod queries;
mod retries;
mod selections;

use std::{collections::HashMap, fmt::Debug, sync::Arc};

use freehold_domain::{SyncMode, Version};
use freehold_ports::{Database, Expected, Projection};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy},
    prop_oneof,
    sample::select as one_of,
    test_runner::{Config, TestRunner},
};

use super::{
    concurrency::all_at_once,
    inline::assert_equals_log,
    prepared,
    rows::{catch_up, work},
    runtime,
    sample::{
        Draft, Parcel, append, assert_dense, booked, moved, parcel, positions, purged, tenant, weighed,
        whole_log,
    },
    views::{owners, tallies},
};

pub use queries::any_query_over_any_log_finds_what_matches;
pub use retries::commands_sent_again_until_they_are_answered_are_carried_out_once;
pub use selections::any_selection_equals_one_over_the_rows_in_memory;

/// How many scripts a law is tried on.
const CASES: u32 = 24;

/// Whatever is appended at the same time, positions and versions are dense, and every append that returned is there.
pub fn any_interleaving_of_appends_is_dense<D: Database, G>(fresh: impl AsyncFn() -> (D, G)) {
    let drafts = vec((append_step(), proptest::option::of(0..4_u64)), 1..40);
    holds(fresh, &drafts, async |db, drafts| {
        let drafts = drafts.into_iter().map(|(step, expected)| {
            let mut draft = step.draft();
            draft.0.expected = expected.map_or(Expected::Any, |version| Expected::Version(Version(version)));
            draft
        });
        let drafts: Vec<_> = drafts.collect();
        let sizes: Vec<_> = drafts.iter().map(|draft| draft.0.events.len()).collect();
        let outcomes = all_at_once(&db, drafts.into_iter()).await;

        let log = whole_log(&db).await;
        assert_dense(&positions(&log));
        let mut written = 0;
        for (outcome, size) in
            outcomes.into_iter().zip(sizes).filter_map(|(outcome, size)| Some((outcome.ok()?, size)))
        {
            written += size;
            let last = &log[usize::try_from(outcome.position.0).expect("a short log") - 1];
            assert_eq!((&last.stream, last.version), (&outcome.stream, outcome.version));
        }
        assert_eq!(log.len(), written);
        let mut streams: HashMap<_, Vec<u64>> = HashMap::new();
        for event in &log {
            streams.entry((&event.tenant, &event.stream)).or_default().push(event.version.0);
        }
        for versions in streams.values() {
            assert_dense(versions);
        }
    });
}

/// A worker leaves the same rows and versions, however the log is cut into batches.
pub fn a_worker_in_any_batching_equals_a_fold_over_the_log<D: Database, G>(fresh: impl AsyncFn() -> (D, G)) {
    holds(fresh, &script(), async |db, script| {
        let views = [tallies(SyncMode::Async).arc(), owners(SyncMode::Async).arc()];
        play(&db, script, &views).await;
    });
}

/// Synchronous views are a fold over the log after every append.
pub fn a_synchronous_view_equals_a_fold_over_the_log<D: Database, G>(fresh: impl AsyncFn() -> (D, G)) {
    holds(fresh, &vec(append_step(), 1..20), async |db, script| {
        let views = [tallies(SyncMode::Sync).arc(), owners(SyncMode::Sync).arc()];
        for step in script {
            step.draft().inline(&views[0]).inline(&views[1]).on(&db).await;
            for view in &views {
                assert_equals_log(&db, view).await;
            }
        }
    });
}

/// So are views that are synchronous for some events, wherever their worker is when appends come, and whether or not
/// there was the view from the beginning.
pub fn a_mixed_view_equals_a_fold_over_the_log_however_far_its_worker_is<D: Database, G>(
    fresh: impl AsyncFn() -> (D, G),
) {
    let modes: [&'static [&'static str]; 4] = [&["Booked"], &["Purged"], &["Weighed", "Purged"], &["Moved"]];
    let before = vec(append_step(), 0..4);
    holds(fresh, &(before, script(), one_of(modes.to_vec())), async |db, (before, script, names)| {
        for step in before {
            step.draft().on(&db).await;
        }
        play(&db, script, &[tallies(SyncMode::Events(names)).arc()]).await;
    });
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Append(AppendStep),
    /// The workers apply a batch of so many events.
    Work(usize),
}

#[derive(Clone, Debug)]
struct AppendStep {
    tenant: usize,
    parcel: u32,
    events: Vec<Parcel>,
}

impl AppendStep {
    fn draft(self) -> Draft {
        append(parcel(self.parcel), self.events).of(tenant(self.tenant))
    }
}

/// Does the steps, lets the workers finish, and compares.
async fn play(db: &Arc<dyn Database>, script: Vec<Step>, views: &[Arc<dyn Projection>]) {
    for step in script {
        match step {
            Step::Append(step) => {
                let draft = views.iter().fold(step.draft(), Draft::inline);
                draft.on(db).await;
            }
            Step::Work(limit) => {
                for view in views {
                    work(db, view, limit).await.expect("it can be taken in");
                }
            }
        }
    }
    for view in views {
        catch_up(db, view, 3).await;
        assert_equals_log(db, view).await;
    }
}

fn script() -> impl Strategy<Value = Vec<Step>> {
    vec(prop_oneof![3 => append_step().prop_map(Step::Append), 2 => (1..6_usize).prop_map(Step::Work)], 1..30)
}

fn append_step() -> impl Strategy<Value = AppendStep> {
    let owner = || one_of(vec!["ann", "bob", "eve"]);
    let event = prop_oneof![
        2 => owner().prop_map(booked),
        3 => (0..9_i64).prop_map(weighed),
        2 => owner().prop_map(moved),
        1 => Just(purged()),
    ];
    let step = (0..2_usize, 0..3_u32, vec(event, 1..5));
    step.prop_map(|(tenant, parcel, events)| AppendStep { tenant, parcel, events })
}

/// Checks a law on many inputs, each with a database of its own, and narrows a counterexample down.
fn holds<D: Database, G, I: Debug + Clone>(
    fresh: impl AsyncFn() -> (D, G),
    inputs: &impl Strategy<Value = I>,
    law: impl AsyncFn(Arc<dyn Database>, I),
) {
    let runtime = runtime();
    check(inputs, CASES, |input| {
        runtime.block_on(async {
            let (database, _guard) = fresh().await;
            law(prepared(database).await, input).await;
        });
    });
}

fn check<I: Debug>(inputs: &impl Strategy<Value = I>, cases: u32, law: impl Fn(I)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(inputs, |input| {
        law(input);
        Ok(())
    });
    if let Err(counterexample) = result {
        panic!("{counterexample}");
    }
}
