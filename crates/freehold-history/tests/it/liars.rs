//! A store that does wrong is found out by the load that right ones stand.

use freehold::memory::Memory;

use crate::{
    liar::{Liar, Wrong},
    played::played,
};

/// So many loads find every liar, whatever is drawn.
const LOADS: usize = 3;

/// A store that does this breaks one of these laws.
async fn breaks(wrong: Wrong, laws: &[&str]) {
    let mut found = Vec::new();
    for _ in 0..LOADS {
        let evidence = played(Liar::new(wrong), 1000).await;
        found = evidence.expect("the load is played to its end").violations();
        if found.iter().any(|violation| laws.contains(&violation.law)) {
            return;
        }
    }
    panic!("{wrong:?} has broken {found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_right_breaks_no_law() {
    let evidence = played(Memory::new(), 1000).await.expect("the load is played");
    assert_eq!(evidence.violations(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_loses_what_it_acknowledges_is_found_out() {
    breaks(Wrong::Loses, &["what was acknowledged is there, where its answer says"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_repeats_commands_is_found_out() {
    breaks(Wrong::Repeats, &["a request is written whole, in one place, once"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_ignores_versions_is_found_out() {
    breaks(Wrong::IgnoresVersions, &["conditions hold where their request was written"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_ignores_conditions_is_found_out() {
    breaks(Wrong::IgnoresConditions, &["conditions hold where their request was written"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_writes_what_it_refuses_is_found_out() {
    breaks(Wrong::WritesWhatItRefuses, &["what was refused is not there"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_forgets_views_is_found_out() {
    let laws = ["rows are a fold over the log", "what was refused met what it was refused for"];
    breaks(Wrong::ForgetsViews, &laws).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_readers_skip_events_is_found_out() {
    breaks(Wrong::SkipsLate, &["a page holds what matches, once and in order"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_crosses_tenants_is_found_out() {
    breaks(Wrong::CrossesTenants, &["a page holds what matches, once and in order"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_shows_streams_as_they_were_is_found_out() {
    let law = "what is seen is whole, no older than what was known, and no newer than was asked for";
    breaks(Wrong::ReadsStale, &[law]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_announces_what_is_not_there_is_found_out() {
    let laws = [
        "what is seen is whole, no older than what was known, and no newer than was asked for",
        "heads only grow",
    ];
    breaks(Wrong::AnnouncesEarly, &laws).await;
}
