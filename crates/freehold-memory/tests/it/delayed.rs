//! With delays that a seed draws, which change nothing.

use std::sync::Arc;

use freehold_memory::Memory;
use freehold_testkit::faults::{Faults, Seed};

freehold_testkit::conformance::suite!(async || {
    let faults = Faults::delays(Seed::given_or_new());
    (faults.around(Arc::new(Memory::new())), faults)
});
