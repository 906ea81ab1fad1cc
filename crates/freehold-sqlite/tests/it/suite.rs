//! The conformance suite.

use freehold_sqlite::Sqlite;

freehold_testkit::conformance::suite!(async || {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(folder.path().join("suite.db")).await.unwrap();
    (database, folder)
});

freehold_testkit::conformance::sql_suite!(async || {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(folder.path().join("suite.db")).await.unwrap();
    (database, folder)
});
