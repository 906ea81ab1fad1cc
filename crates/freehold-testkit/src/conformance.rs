//! The conformance suite of databases: every obligation of [`EventStore`](freehold_ports::EventStore),
//! [`SnapshotStore`](freehold_ports::SnapshotStore), [`ViewStore`](freehold_ports::ViewStore) and
//! [`Migrator`](freehold_ports::Migrator) as a test.
//!
//! An adapter passes it with a few lines. What the closure gives beside the database lives as long as the test:
//!
//! ```
//! # #[cfg(test)]
//! mod conformance {
//!     use freehold_memory::Memory;
//!
//!     freehold_testkit::conformance::suite!(async || (Memory::new(), ()));
//! }
//! ```
//!
//! Where a database needs a server and there is none, the tests can be left with `return`, since the expression is
//! worked out inside each of them:
//!
//! ```
//! # #[cfg(test)]
//! mod conformance {
//!     use freehold_memory::Memory;
//!
//!     freehold_testkit::conformance::suite!({
//!         let Ok(server) = std::env::var("SERVER") else { return };
//!         async move || (Memory::new(), server.clone())
//!     });
//! }
//! ```
//!
//! Each behaviour is a function of its own as well, for an adapter that cannot take the suite whole.

use std::{future::Future, sync::Arc};

use freehold_ports::Database;
use tokio::runtime::{Builder, Runtime};

pub mod archival;
pub mod commands;
pub mod concurrency;
pub mod conditions;
pub mod dead_letters;
pub mod idempotency;
pub mod inline;
pub mod leases;
pub mod log;
pub mod migrations;
pub mod mixed;
pub mod operations;
pub mod parts;
pub mod properties;
pub mod ranges;
pub mod rebuilds;
mod rows;
mod sample;
pub mod scripts;
pub mod selections;
pub mod snapshots;
pub mod streams;
pub mod submissions;
pub mod tenants;
mod views;
pub mod workers;

pub use crate::{conformance_suite as suite, sql_conformance_suite as sql_suite};
pub use views::MIGRATIONS;

/// Runs one behaviour on a fresh database that has the tables of the suite.
///
/// The closure makes the database, empty, and whatever has to live as long as it.
pub fn run<D: Database, G, F: Future<Output = ()>>(
    fresh: impl AsyncFn() -> (D, G),
    behaviour: impl FnOnce(Arc<dyn Database>) -> F,
) {
    runtime().block_on(async {
        let (database, _guard) = fresh().await;
        behaviour(prepared(database).await).await;
    });
}

/// Several threads, so that what races does.
fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("the system gives a few threads")
}

async fn prepared(database: impl Database) -> Arc<dyn Database> {
    database.migrate(&[MIGRATIONS]).await.expect("the tables of the suite can be made");
    Arc::new(database)
}

/// Makes one test of each behaviour of a database that knows SQL, as [`suite`](crate::conformance::suite) does of those of
/// every database.
#[macro_export]
macro_rules! sql_conformance_suite {
    ($fresh:expr) => {
        $crate::conformance_suite! { @behaviours $fresh;
            scripts::statements_take_each_event_in_once_in_any_batching,
            scripts::statements_of_a_batch_that_fails_leave_nothing,
            scripts::statements_of_a_lane_wait_behind_what_failed,
            scripts::what_is_written_by_statements_is_rebuilt,
            scripts::values_of_every_kind_go_through_statements,
            scripts::values_that_are_absent_keep_their_type,
            scripts::a_value_that_no_column_can_hold_is_refused,
            scripts::statements_find_their_indexes_in_a_rebuild,
            scripts::statements_that_cannot_be_run_are_told,
        }
    };
}

/// Makes one test of each behaviour. Takes an async closure that gives an empty database and whatever has to live as
/// long as it; an expression that gives such a closure may leave the test with `return`.
#[macro_export]
macro_rules! conformance_suite {
    ($fresh:expr) => {
        $crate::conformance_suite! { @behaviours $fresh;
            log::positions_are_dense_over_all_tenants,
            log::versions_are_dense_in_each_stream,
            log::what_is_read_is_what_was_appended,
            log::a_stream_is_read_from_a_version_on,
            log::a_stream_is_read_within_a_range,
            log::a_long_stream_is_read_within_a_range,
            log::a_fold_that_fails_ends_there,
            log::a_log_is_read_in_pages,
            log::a_batch_says_how_far_it_was_read,
            log::a_log_is_filtered_by_kind,
            log::a_log_is_filtered_by_tag,
            log::what_is_named_twice_is_read_once_and_whole,
            log::criteria_that_overlap_repeat_nothing,
            log::the_last_event_of_a_query_is_found,
            log::the_head_is_the_last_position,
            streams::a_log_is_filtered_by_stream,
            streams::streams_kinds_and_tags_are_asked_together,
            streams::a_stream_is_read_in_pages_of_the_log,
            streams::a_condition_can_name_a_stream,
            submissions::appends_to_a_stream_are_tried_in_the_order_they_were_handed_over,
            submissions::what_is_behind_a_refused_append_is_a_conflict,
            submissions::appends_to_many_streams_keep_the_order_of_each,
            submissions::outcomes_can_be_awaited_in_any_order,
            submissions::what_was_handed_over_is_done_before_anybody_waits,
            submissions::what_was_handed_over_is_done_though_nobody_waits,
            submissions::a_command_that_is_handed_over_twice_is_written_once,
            concurrency::writers_and_readers_see_every_event_once_in_order,
            concurrency::filtered_readers_miss_nothing_that_is_written_meanwhile,
            concurrency::an_announced_head_can_be_read,
            concurrency::racing_appends_to_one_stream_are_all_there,
            concurrency::losers_disturb_no_other,
            conditions::an_append_at_a_stale_version_is_a_conflict,
            conditions::a_new_stream_is_expected_at_no_version,
            conditions::an_append_behind_another_event_is_a_conflict,
            conditions::an_append_anywhere_follows_what_is_there,
            conditions::a_condition_over_a_query_is_held_to,
            conditions::a_condition_counts_only_what_lies_after_its_position,
            conditions::a_condition_sees_kinds_and_tags_together,
            conditions::an_append_that_is_refused_writes_nothing,
            conditions::of_racing_appends_at_one_version_exactly_one_wins,
            conditions::of_racing_claims_exactly_one_wins,
            conditions::disjoint_conditions_do_not_conflict,
            idempotency::the_same_command_again_returns_the_first_outcome,
            idempotency::a_repetition_is_answered_though_its_conditions_hold_no_more,
            idempotency::another_command_under_the_same_id_is_refused,
            idempotency::racing_repetitions_are_written_once,
            idempotency::an_append_without_events_writes_only_its_record,
            idempotency::a_refused_append_can_be_tried_again,
            idempotency::without_a_fingerprint_nothing_is_recorded,
            tenants::the_same_stream_id_in_two_tenants_is_two_streams,
            tenants::reads_cross_no_tenant,
            tenants::conditions_cross_no_tenant,
            tenants::commands_cross_no_tenant,
            tenants::rows_cross_no_tenant,
            archival::readers_find_what_was_archived_where_it_was,
            archival::an_archived_stream_takes_no_more,
            archival::a_repetition_on_an_archived_stream_is_answered,
            archival::archiving_twice_does_nothing,
            archival::archiving_at_another_version_is_a_conflict,
            archival::archival_crosses_no_tenant,
            archival::archival_crosses_no_aggregate,
            archival::the_log_goes_on_behind_what_was_archived,
            archival::conditions_count_what_was_archived,
            archival::views_take_in_what_was_archived,
            archival::a_synchronous_view_that_lacks_what_was_archived_is_refused,
            archival::a_snapshot_stays_when_its_stream_is_archived,
            archival::of_a_racing_append_and_archival_one_wins,
            archival::readers_miss_nothing_while_streams_are_archived,
            snapshots::a_snapshot_comes_back_as_it_was,
            snapshots::the_newest_snapshot_is_kept,
            snapshots::a_snapshot_of_another_shape_takes_the_place,
            snapshots::of_racing_snapshots_the_newest_stays,
            snapshots::snapshots_cross_no_tenant_and_no_aggregate,
            snapshots::a_snapshot_leaves_the_log_as_it_is,
            inline::rows_are_there_when_the_append_returns,
            inline::a_fold_that_fails_fails_only_its_append,
            inline::a_fold_that_panics_fails_only_its_append,
            inline::an_append_whose_view_fails_writes_nothing,
            inline::a_view_that_takes_too_long_fails_its_append,
            inline::views_are_applied_by_priority,
            inline::a_synchronous_view_moves_its_checkpoint,
            inline::a_synchronous_view_that_is_behind_is_refused,
            inline::racing_appends_keep_a_shared_row_right,
            mixed::a_synchronous_event_takes_in_what_the_worker_has_not,
            mixed::events_between_synchronous_ones_are_not_lost,
            mixed::what_follows_the_synchronous_event_is_left_to_the_worker,
            mixed::a_worker_passes_over_what_appends_took_in,
            mixed::a_worker_does_not_bring_back_what_an_append_deleted,
            mixed::a_row_can_begin_again_after_it_was_deleted,
            mixed::a_view_that_is_new_to_a_log_is_filled_by_its_worker,
            mixed::a_view_that_is_not_keyed_by_its_stream_is_refused,
            workers::a_batch_moves_rows_and_checkpoint_together,
            workers::a_batch_is_applied_once,
            workers::of_racing_workers_one_applies,
            workers::a_fold_that_fails_changes_nothing,
            workers::a_fold_that_panics_names_its_event,
            workers::a_batch_without_events_moves_the_checkpoint,
            workers::each_version_of_a_view_has_its_own_checkpoint,
            leases::a_partition_that_is_held_is_claimed_by_nobody_else,
            leases::a_node_that_is_not_heard_of_is_taken_from,
            leases::who_has_lost_a_partition_writes_nothing_to_it,
            leases::a_claim_ends_what_was_under_way,
            leases::partitions_take_in_every_event_once,
            leases::a_view_is_divided_anew_only_where_it_is_even_and_free,
            leases::partitions_begin_where_they_are_told_to,
            leases::who_leaves_gives_back_what_they_hold,
            leases::nodes_see_each_other_as_they_show_themselves,
            leases::a_view_rests_as_a_whole,
            leases::of_racing_claims_the_last_holds_it,
            dead_letters::a_row_waits_alone,
            dead_letters::a_row_that_panics_waits_in_any_batching,
            dead_letters::a_row_that_is_mended_takes_in_what_waits,
            dead_letters::an_event_that_is_left_out_leaves_nothing_of_itself,
            dead_letters::what_an_append_took_in_meanwhile_does_not_wait,
            dead_letters::an_event_can_stop_one_of_the_rows_that_it_touches,
            dead_letters::an_event_without_a_key_waits,
            dead_letters::letters_cross_no_view,
            dead_letters::rows_can_be_parked_for_a_reason_of_their_own,
            dead_letters::a_long_queue_is_taken_up_in_parts,
            workers::an_event_can_touch_several_rows,
            operations::what_is_written_down_is_read_in_order,
            operations::what_happened_for_one_reason_is_found,
            rebuilds::a_view_that_was_rebuilt_holds_what_the_log_says,
            rebuilds::what_differs_is_told_and_can_be_put_back,
            rebuilds::a_rebuild_that_is_ended_leaves_nothing,
            rebuilds::what_is_far_behind_does_not_take_over,
            rebuilds::another_version_takes_over_from_the_one_before,
            rebuilds::a_synchronous_view_takes_over_between_two_appends,
            rebuilds::nothing_is_lost_while_writers_go_on,
            selections::every_kind_of_cell_comes_back_as_it_was,
            selections::rows_are_filtered_by_every_kind_of_cell,
            selections::a_sign_that_text_cannot_hold_stops_nothing,
            selections::absent_equals_nothing,
            selections::decimals_are_equal_across_scales,
            selections::text_is_searched_whatever_its_case,
            selections::signs_in_a_search_stand_for_themselves,
            selections::rows_are_ordered_by_every_kind_of_cell,
            selections::pages_neither_skip_nor_repeat,
            selections::keys_of_several_columns_are_ordered_one_by_one,
            ranges::rows_lie_in_ranges_of_every_kind_of_cell,
            ranges::a_range_has_two_ends,
            ranges::rows_have_one_of_a_list_of_every_kind_of_cell,
            ranges::nothing_lies_beside_what_is_absent,
            ranges::a_range_may_end_where_no_column_reaches,
            parts::columns_are_read_as_they_are_asked_for,
            parts::pages_of_some_columns_neither_skip_nor_repeat,
            parts::a_page_begins_behind_so_many_rows,
            parts::a_count_is_of_all_pages_and_ends_in_time,
            parts::counts_cross_no_tenant,
            migrations::a_second_run_does_nothing,
            migrations::steps_can_be_added,
            migrations::a_changed_step_is_refused,
            migrations::an_unknown_step_is_refused,
            migrations::runs_at_the_same_time_run_each_step_once,
        }
        $crate::conformance_suite! { @properties $fresh;
            any_interleaving_of_appends_is_dense,
            any_query_over_any_log_finds_what_matches,
            commands_sent_again_until_they_are_answered_are_carried_out_once,
            a_worker_in_any_batching_equals_a_fold_over_the_log,
            a_synchronous_view_equals_a_fold_over_the_log,
            a_mixed_view_equals_a_fold_over_the_log_however_far_its_worker_is,
            any_selection_equals_one_over_the_rows_in_memory,
        }
    };
    (@behaviours $fresh:expr; $($module:ident :: $behaviour:ident,)+) => {$(
        #[test]
        fn $behaviour() {
            $crate::conformance::run($fresh, $crate::conformance::$module::$behaviour);
        }
    )+};
    (@properties $fresh:expr; $($property:ident,)+) => {$(
        #[test]
        fn $property() {
            $crate::conformance::properties::$property($fresh);
        }
    )+};
}
