//! The conformance suite with delays that a seed draws, which change nothing.

use std::sync::Arc;

use freehold_testkit::faults::{Faults, Seed};

use crate::server;

freehold_testkit::conformance::suite!({
    let Some(server) = server::url() else { return };
    async move || {
        let (database, guard) = server::open(&server).await;
        let faults = Faults::delays(Seed::given_or_new());
        (faults.around(Arc::new(database)), (faults, guard))
    }
});
