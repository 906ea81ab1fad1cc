//! The laws of commands, with nodes that share the one handle of the file.

use std::sync::Arc;

use freehold_sqlite::Sqlite;

freehold_testkit::conformance::commands::suite!(8, async || {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(folder.path().join("commands.db")).await.unwrap();
    (vec![Arc::new(database) as _], folder)
});
