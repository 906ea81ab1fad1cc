//! The statements that do not depend on a view, from their files.

use freehold_domain::Position;
use freehold_ports::Migration;
use tokio_postgres::Row;

use crate::{events, fault::Fault};

macro_rules! statements {
    ($($name:ident = $file:literal),+ $(,)?) => {$(
        pub(crate) const $name: &str = include_str!(concat!("sql/", $file));
    )+};
}

statements! {
    APPEND = "append.sql",
    APPEND_WITH_VIEWS = "append_with_views.sql",
    ARCHIVE = "archive.sql",
    BEAT = "beat.sql",
    BEGIN_REBUILD = "begin_rebuild.sql",
    CHECKPOINT = "checkpoint.sql",
    CLAIM = "claim.sql",
    CLEAR_TOMBSTONES = "clear_tombstones.sql",
    COMMAND = "command.sql",
    COUNT_PARKED = "count_parked.sql",
    CREATE_MIGRATIONS = "create_migrations.sql",
    DEAD_LETTERS = "dead_letters.sql",
    DIVIDE = "divide.sql",
    DIVIDED = "divided.sql",
    DURABLE = "durable.sql",
    EVENTS_AT = "events_at.sql",
    EVENTS_AT_ANYWHERE = "events_at_anywhere.sql",
    FAIL_AGAIN = "fail_again.sql",
    FENCE = "fence.sql",
    FIND_LIVE_VERSION = "find_live_version.sql",
    FOLD = "fold.sql",
    FOLD_ARCHIVED = "fold_archived.sql",
    FORGET_NODES = "forget_nodes.sql",
    FORGET_ROWS = "forget_rows.sql",
    GRANT = "grant.sql",
    HASTEN = "hasten.sql",
    HEAD = "head.sql",
    INSERT_MIGRATION = "insert_migration.sql",
    LACKS_MIGRATIONS = "lacks_migrations.sql",
    LAST = "last.sql",
    LAST_EPOCH = "last_epoch.sql",
    LAST_OF_KIND = "last_of_kind.sql",
    LAST_OF_STREAM = "last_of_stream.sql",
    LAST_TAGGED = "last_tagged.sql",
    LEAVE = "leave.sql",
    LEAVE_TOMBSTONES = "leave_tombstones.sql",
    LETTER = "letter.sql",
    LIVE_VERSION = "live_version.sql",
    LOCK_MIGRATIONS = "lock_migrations.sql",
    LOCK_VIEW = "lock_view.sql",
    LOG = "log.sql",
    LOOK = "look.sql",
    MIGRATIONS_OF_CONTEXT = "migrations_of_context.sql",
    MOVE_CHECKPOINT = "move_checkpoint.sql",
    NODES = "nodes.sql",
    PARK = "park.sql",
    PARKED_ROWS = "parked_rows.sql",
    PARTITIONS = "partitions.sql",
    PAUSE = "pause.sql",
    POSITIONS = "positions.sql",
    POSITIONS_ANYWHERE = "positions_anywhere.sql",
    POSITIONS_CORRELATED = "positions_correlated.sql",
    POSITIONS_OF_KINDS = "positions_of_kinds.sql",
    POSITIONS_OF_KINDS_ANYWHERE = "positions_of_kinds_anywhere.sql",
    POSITIONS_OF_STREAMS = "positions_of_streams.sql",
    POSITIONS_OF_STREAMS_ANYWHERE = "positions_of_streams_anywhere.sql",
    POSITIONS_OF_VIEW = "positions_of_view.sql",
    POSITIONS_TAGGED = "positions_tagged.sql",
    POSITIONS_TAGGED_ANYWHERE = "positions_tagged_anywhere.sql",
    READ_AUDIT = "read_audit.sql",
    REBUILD = "rebuild.sql",
    REBUILDS = "rebuilds.sql",
    RELEASE = "release.sql",
    REMOVE_LETTER = "remove_letter.sql",
    REMOVE_LETTERS = "remove_letters.sql",
    REMOVE_PARTITIONS = "remove_partitions.sql",
    REMOVE_REBUILD = "remove_rebuild.sql",
    REMOVE_TOMBSTONES = "remove_tombstones.sql",
    REMOVE_WAITING = "remove_waiting.sql",
    RENAME_LETTERS = "rename_letters.sql",
    RENAME_PARTITIONS = "rename_partitions.sql",
    RENAME_WAITING = "rename_waiting.sql",
    SAVE_SNAPSHOT = "save_snapshot.sql",
    SET_AUTOMATIC = "set_automatic.sql",
    SET_LIVE_VERSION = "set_live_version.sql",
    SET_STAGE = "set_stage.sql",
    SNAPSHOT = "snapshot.sql",
    STREAM = "stream.sql",
    TAKEN_UP = "taken_up.sql",
    TELL = "tell.sql",
    TOMBSTONES = "tombstones.sql",
    UNDIVIDE = "undivide.sql",
    WAIT = "wait.sql",
    WAITING = "waiting.sql",
    WRITE_AUDIT = "write_audit.sql",
}

macro_rules! schema {
    ($($name:literal),+ $(,)?) => {
        /// The tables and functions of the adapter itself, brought up to date like those of a context.
        pub(crate) const SCHEMA: &[Migration] =
            &[$(Migration { name: $name, sql: include_str!(concat!("sql/schema/", $name, ".sql")) }),+];
    };
}

schema! {
    "0001_events",
    "0002_events_by_kind",
    "0003_event_tags",
    "0004_commands",
    "0005_partitions",
    "0006_tombstones",
    "0007_snapshots",
    "0008_archived_events",
    "0009_head",
    "0010_criteria",
    "0011_last",
    "0012_batches",
    "0013_look",
    "0014_append",
    "0015_archive",
    "0016_read",
    "0017_private",
    "0018_nodes",
    "0019_dead_letters",
    "0020_operations",
    "0021_rebuilds",
}

/// The position in a column.
pub(crate) fn position(row: &Row, column: usize) -> Result<Position, Fault> {
    events::number(row, column).map(Position)
}

/// The number of a partition in a column.
pub(crate) fn part(row: &Row, column: usize) -> Result<u32, Fault> {
    let number: i32 = row.try_get(column)?;
    u32::try_from(number).map_err(|_| Fault::Corrupt("the number of a partition is negative".into()))
}
