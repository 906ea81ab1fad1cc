//! Aggregates that stay in memory: the laws of commands hold as they do without, and case by case.

mod laws {
    //! The laws, over a database in memory.

    use std::sync::Arc;

    use freehold::memory::Memory;

    freehold_testkit::conformance::commands::suite!(async || (vec![Arc::new(Memory::new()) as _], ()));
}
