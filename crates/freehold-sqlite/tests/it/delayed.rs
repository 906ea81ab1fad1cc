//! The conformance suite with delays that a seed draws, which change nothing.

use std::sync::Arc;

use freehold_sqlite::Sqlite;
use freehold_testkit::faults::{Faults, Seed};

freehold_testkit::conformance::suite!(async || {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(folder.path().join("suite.db")).await.unwrap();
    let faults = Faults::delays(Seed::given_or_new());
    (faults.around(Arc::new(database)), (faults, folder))
});
