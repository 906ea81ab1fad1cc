//! As it is.

use freehold_memory::Memory;

freehold_testkit::conformance::suite!(async || (Memory::new(), ()));
