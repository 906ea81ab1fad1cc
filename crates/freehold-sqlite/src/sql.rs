//! The statements that do not depend on a view, from their files.

use freehold_ports::Migration;

pub(crate) const ARCHIVE_STREAM: &str = include_str!("sql/archive_stream.sql");
pub(crate) const BEGIN_REBUILD: &str = include_str!("sql/begin_rebuild.sql");
pub(crate) const CHECKPOINT: &str = include_str!("sql/checkpoint.sql");
pub(crate) const CLAIM: &str = include_str!("sql/claim.sql");
pub(crate) const CLEAR_TOMBSTONES: &str = include_str!("sql/clear_tombstones.sql");
pub(crate) const COMMAND: &str = include_str!("sql/command.sql");
pub(crate) const COUNT_PARKED: &str = include_str!("sql/count_parked.sql");
pub(crate) const CREATE_MIGRATIONS: &str = include_str!("sql/create_migrations.sql");
pub(crate) const DEAD_LETTERS: &str = include_str!("sql/dead_letters.sql");
pub(crate) const DELETE_STREAM: &str = include_str!("sql/delete_stream.sql");
pub(crate) const DIVIDE: &str = include_str!("sql/divide.sql");
pub(crate) const DIVIDED: &str = include_str!("sql/divided.sql");
pub(crate) const EVENTS: &str = include_str!("sql/events.sql");
pub(crate) const EVENTS_AT: &str = include_str!("sql/events_at.sql");
pub(crate) const EVENT_OF_VERSION: &str = include_str!("sql/event_of_version.sql");
pub(crate) const FAIL_AGAIN: &str = include_str!("sql/fail_again.sql");
pub(crate) const FIND_LIVE_VERSION: &str = include_str!("sql/find_live_version.sql");
pub(crate) const HEAD: &str = include_str!("sql/head.sql");
pub(crate) const INSERT_COMMAND: &str = include_str!("sql/insert_command.sql");
pub(crate) const INSERT_EVENT: &str = include_str!("sql/insert_event.sql");
pub(crate) const INSERT_EVENT_TAG: &str = include_str!("sql/insert_event_tag.sql");
pub(crate) const INSERT_MIGRATION: &str = include_str!("sql/insert_migration.sql");
pub(crate) const LAST: &str = include_str!("sql/last.sql");
pub(crate) const LAST_EPOCH: &str = include_str!("sql/last_epoch.sql");
pub(crate) const LAST_OF_KIND: &str = include_str!("sql/last_of_kind.sql");
pub(crate) const LAST_OF_STREAM: &str = include_str!("sql/last_of_stream.sql");
pub(crate) const LAST_TAGGED: &str = include_str!("sql/last_tagged.sql");
pub(crate) const LEAVE_TOMBSTONE: &str = include_str!("sql/leave_tombstone.sql");
pub(crate) const LETTER: &str = include_str!("sql/letter.sql");
pub(crate) const LETTER_OF_ROW: &str = include_str!("sql/letter_of_row.sql");
pub(crate) const LIVE_VERSION: &str = include_str!("sql/live_version.sql");
pub(crate) const MIGRATIONS_OF_CONTEXT: &str = include_str!("sql/migrations_of_context.sql");
pub(crate) const MOVE_CHECKPOINT: &str = include_str!("sql/move_checkpoint.sql");
pub(crate) const NOW: &str = include_str!("sql/now.sql");
pub(crate) const PARK: &str = include_str!("sql/park.sql");
pub(crate) const PARTITIONS: &str = include_str!("sql/partitions.sql");
pub(crate) const PARTITIONS_OF_VIEW: &str = include_str!("sql/partitions_of_view.sql");
pub(crate) const PAUSE: &str = include_str!("sql/pause.sql");
pub(crate) const POSITIONS_CORRELATED: &str = include_str!("sql/positions_correlated.sql");
pub(crate) const POSITIONS_OF_KIND: &str = include_str!("sql/positions_of_kind.sql");
pub(crate) const POSITIONS_OF_STREAM: &str = include_str!("sql/positions_of_stream.sql");
pub(crate) const POSITIONS_TAGGED: &str = include_str!("sql/positions_tagged.sql");
pub(crate) const POSITIONS_TAGGED_ANYWHERE: &str = include_str!("sql/positions_tagged_anywhere.sql");
pub(crate) const POSITION_OF_VERSION: &str = include_str!("sql/position_of_version.sql");
pub(crate) const READ_AUDIT: &str = include_str!("sql/read_audit.sql");
pub(crate) const REBUILD: &str = include_str!("sql/rebuild.sql");
pub(crate) const REBUILDS: &str = include_str!("sql/rebuilds.sql");
pub(crate) const RELEASE: &str = include_str!("sql/release.sql");
pub(crate) const RELEASE_ALL: &str = include_str!("sql/release_all.sql");
pub(crate) const REMOVE_LETTER: &str = include_str!("sql/remove_letter.sql");
pub(crate) const REMOVE_LETTERS: &str = include_str!("sql/remove_letters.sql");
pub(crate) const REMOVE_PARTITIONS: &str = include_str!("sql/remove_partitions.sql");
pub(crate) const REMOVE_REBUILD: &str = include_str!("sql/remove_rebuild.sql");
pub(crate) const REMOVE_TOMBSTONES: &str = include_str!("sql/remove_tombstones.sql");
pub(crate) const RENAME_LETTERS: &str = include_str!("sql/rename_letters.sql");
pub(crate) const RENAME_PARTITIONS: &str = include_str!("sql/rename_partitions.sql");
pub(crate) const SAVE_SNAPSHOT: &str = include_str!("sql/save_snapshot.sql");
pub(crate) const SET_AUTOMATIC: &str = include_str!("sql/set_automatic.sql");
pub(crate) const SET_LIVE_VERSION: &str = include_str!("sql/set_live_version.sql");
pub(crate) const SET_STAGE: &str = include_str!("sql/set_stage.sql");
pub(crate) const SNAPSHOT: &str = include_str!("sql/snapshot.sql");
pub(crate) const STREAM: &str = include_str!("sql/stream.sql");
pub(crate) const STREAM_PLACE: &str = include_str!("sql/stream_place.sql");
pub(crate) const INDEXES_SQL: &str = include_str!("sql/indexes_sql.sql");
pub(crate) const TABLE_SQL: &str = include_str!("sql/table_sql.sql");
pub(crate) const TAKEN_UP: &str = include_str!("sql/taken_up.sql");
pub(crate) const TENANT_AFTER: &str = include_str!("sql/tenant_after.sql");
pub(crate) const TOMBSTONE: &str = include_str!("sql/tombstone.sql");
pub(crate) const UNDIVIDE: &str = include_str!("sql/undivide.sql");
pub(crate) const WAIT: &str = include_str!("sql/wait.sql");
pub(crate) const WAITING: &str = include_str!("sql/waiting.sql");
pub(crate) const WRITE_AUDIT: &str = include_str!("sql/write_audit.sql");

/// The tables of the adapter itself, brought up to date like those of a context.
pub(crate) const SCHEMA: &[Migration] = &[
    Migration { name: "0001_events", sql: include_str!("sql/schema/0001_events.sql") },
    Migration { name: "0002_events_by_kind", sql: include_str!("sql/schema/0002_events_by_kind.sql") },
    Migration { name: "0003_event_tags", sql: include_str!("sql/schema/0003_event_tags.sql") },
    Migration { name: "0004_commands", sql: include_str!("sql/schema/0004_commands.sql") },
    Migration { name: "0005_partitions", sql: include_str!("sql/schema/0005_partitions.sql") },
    Migration { name: "0006_tombstones", sql: include_str!("sql/schema/0006_tombstones.sql") },
    Migration { name: "0007_snapshots", sql: include_str!("sql/schema/0007_snapshots.sql") },
    Migration { name: "0008_archived_events", sql: include_str!("sql/schema/0008_archived_events.sql") },
    Migration {
        name: "0009_archived_events_by_kind",
        sql: include_str!("sql/schema/0009_archived_events_by_kind.sql"),
    },
    Migration { name: "0010_log", sql: include_str!("sql/schema/0010_log.sql") },
    Migration { name: "0011_dead_letters", sql: include_str!("sql/schema/0011_dead_letters.sql") },
    Migration { name: "0012_audit", sql: include_str!("sql/schema/0012_audit.sql") },
    Migration { name: "0013_rebuilds", sql: include_str!("sql/schema/0013_rebuilds.sql") },
];

/// As a column holds it. No table grows past the largest number that a column can hold, so that what lies beyond is
/// as good as that.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    #[test]
    fn no_statement_reads_a_table_through() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(super::CREATE_MIGRATIONS).unwrap();
        for step in super::SCHEMA {
            connection.execute_batch(step.sql).unwrap();
        }
        for sql in [
            super::ARCHIVE_STREAM,
            super::CHECKPOINT,
            super::CLEAR_TOMBSTONES,
            super::COMMAND,
            super::DELETE_STREAM,
            super::EVENT_OF_VERSION,
            super::EVENTS,
            super::EVENTS_AT,
            super::HEAD,
            super::LAST,
            super::LAST_OF_KIND,
            super::LAST_OF_STREAM,
            super::LAST_TAGGED,
            super::MIGRATIONS_OF_CONTEXT,
            super::POSITION_OF_VERSION,
            super::POSITIONS_OF_KIND,
            super::POSITIONS_OF_STREAM,
            super::POSITIONS_TAGGED,
            super::POSITIONS_TAGGED_ANYWHERE,
            super::SNAPSHOT,
            super::STREAM,
            super::STREAM_PLACE,
            super::TENANT_AFTER,
            super::TOMBSTONE,
        ] {
            for step in plan(&connection, sql) {
                let is_small = step.contains("VIRTUAL TABLE") || step == "SCAN CONSTANT ROW";
                assert!(
                    is_small || !(step.contains("SCAN") || step.contains("TEMP B-TREE")),
                    "{sql}: {step}"
                );
            }
        }
    }

    fn plan(connection: &Connection, sql: &str) -> Vec<String> {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        // Without values in its places: a plan does not depend on them.
        let mut steps = statement.raw_query();
        let mut plan = Vec::new();
        while let Some(step) = steps.next().unwrap() {
            plan.push(step.get("detail").unwrap());
        }
        plan
    }
}
