//! The conformance suite.

use crate::server;

freehold_testkit::conformance::suite!(async || {
    let database = server::open(&server::url().expect("url")).await;
    (database, ())
});
