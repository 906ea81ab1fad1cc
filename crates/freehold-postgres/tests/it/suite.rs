//! The conformance suite.

use crate::server;

freehold_testkit::conformance::suite!({
    let Some(server) = server::url() else { return };
    async move || server::open(&server).await
});

freehold_testkit::conformance::sql_suite!({
    let Some(server) = server::url() else { return };
    async move || server::open(&server).await
});
