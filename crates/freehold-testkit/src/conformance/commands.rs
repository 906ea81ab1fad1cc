//! Laws of commands: what a service over a database tells whoever sends them, with hot state and without it, on one
//! node and on two.
//!
//! Each takes the number of scripts that it is tried on, and what gives the handles of an empty database, by which the
//! nodes reach it in turn, and whatever has to live as long as they:
//!
//! ```
//! # #[cfg(test)]
//! mod commands {
//!     use std::sync::Arc;
//!
//!     use freehold_memory::Memory;
//!
//!     freehold_testkit::conformance::commands::suite!(24, async || (vec![Arc::new(Memory::new()) as _], ()));
//! }
//! ```

mod chain;
mod history;
mod node;
mod order;
mod race;
mod same;
mod script;

use std::{
    fmt::Debug,
    sync::atomic::{AtomicUsize, Ordering},
};

use proptest::{
    prelude::{Strategy, any},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio::runtime::{Builder, Runtime};

pub use crate::commands_suite as suite;
use crate::faults::Seed;
pub use order::commands_at_once_lead_to_what_an_order_of_them_leads_to;
pub use race::{
    commands_at_once_are_decided_on_the_truth, commands_to_a_hot_and_a_cold_node_are_decided_on_the_truth,
    commands_to_aggregates_that_make_way_are_decided_on_the_truth,
    commands_to_two_hot_nodes_are_decided_on_the_truth,
};
pub use same::{
    commands_lead_to_the_same_though_answers_are_lost, commands_lead_to_the_same_with_and_without_hot_state,
};

/// How often a law is tried until all has happened that it would say nothing without.
const ATTEMPTS: usize = 20;

/// Who runs at the same time.
#[derive(Clone, Copy, Debug)]
enum Pace {
    /// One after the other, whenever one waits: in the same order whenever the seed is the same.
    OneThread,
    /// Whoever can.
    ManyThreads,
}

impl Pace {
    fn runtime(self) -> Runtime {
        match self {
            Self::OneThread => Builder::new_current_thread().enable_all().build().expect("it is here"),
            Self::ManyThreads => super::runtime(),
        }
    }
}

/// Checks a law on many inputs, each with a seed for what else is left to chance, and narrows a counterexample down.
fn check<I: Debug + Clone>(
    pace: Pace,
    cases: u32,
    inputs: &impl Strategy<Value = I>,
    law: impl AsyncFn(Seed, I),
) {
    let seed = Seed::given_or_new();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed.bytes());
    let runtime = pace.runtime();
    let result = TestRunner::new_with_rng(config, rng).run(&(any::<u64>(), inputs), |(seed, input)| {
        runtime.block_on(law(Seed(seed), input));
        Ok(())
    });
    if let Err(counterexample) = result {
        panic!("{seed} {pace:?}: {counterexample}");
    }
}

/// Tries again until every command of a kind was met that the law would say nothing without, which is left to chance.
fn until_all_has_happened(counts: &[(&str, &AtomicUsize)], mut attempt: impl FnMut()) {
    let missing = || counts.iter().find(|(_, count)| count.load(Ordering::Relaxed) == 0);
    for _ in 0..ATTEMPTS {
        attempt();
        if missing().is_none() {
            return;
        }
    }
    panic!("no command was {}", missing().map_or("missing", |(happened, _)| happened));
}

/// Makes one test of each law. Takes the number of scripts that each is tried on, and an async closure that gives the
/// handles of an empty database and whatever has to live as long as they.
#[macro_export]
macro_rules! commands_suite {
    ($cases:expr, $fresh:expr) => {
        $crate::commands_suite! { @laws $cases, $fresh;
            commands_lead_to_the_same_with_and_without_hot_state,
            commands_lead_to_the_same_though_answers_are_lost,
            commands_at_once_lead_to_what_an_order_of_them_leads_to,
            commands_at_once_are_decided_on_the_truth,
            commands_to_two_hot_nodes_are_decided_on_the_truth,
            commands_to_a_hot_and_a_cold_node_are_decided_on_the_truth,
            commands_to_aggregates_that_make_way_are_decided_on_the_truth,
        }
    };
    (@laws $cases:expr, $fresh:expr; $($law:ident,)+) => {$(
        #[test]
        fn $law() {
            $crate::conformance::commands::$law($cases, $fresh);
        }
    )+};
}
