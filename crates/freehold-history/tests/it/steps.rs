//! A process that ends at a step of a worker, of a rebuild or of handing over leaves it to the next. Here at one step of each
//! operation; `cargo xtask history steps` goes through all of them.

use std::path::Path;

use freehold_history::{
    round::{Place, Servers},
    steps::{self, Steps},
};
use freehold_testkit::{deaths::Step, faults::Seed};

use crate::stores::has_server;

fn are_left_to_the_next(place: Place) {
    let seed = Seed::given_or_new();
    println!("{seed} on {place}");
    let program = env!("CARGO_BIN_EXE_freehold-history").into();
    let steps = Steps { place, steps: steps::drawn(seed), at_once: 8, program };
    let mut servers = Servers::below(Path::new(env!("CARGO_TARGET_TMPDIR"))).without_flush();
    let outcomes = steps.run(&mut servers, |outcome| println!("{outcome}"));
    assert_eq!(outcomes.len(), steps.steps.len());
    assert!(outcomes.iter().all(|outcome| outcome.faults.is_empty()), "{seed} leaves faults");
}

#[test]
fn steps_in_a_file_are_left_to_the_next_process() {
    are_left_to_the_next(Place::Sqlite);
}

#[test]
fn steps_on_a_server_are_left_to_the_next_node() {
    if has_server() {
        are_left_to_the_next(Place::Postgres);
    }
}

#[test]
fn each_operation_has_a_step_that_is_drawn_again_by_its_seed() {
    let operations = |steps: &[Step]| steps.iter().map(|step| step.operation).collect::<Vec<_>>();
    let mut all = operations(&Step::all());
    all.dedup();
    for seed in (0..100).map(Seed) {
        assert_eq!(operations(&steps::drawn(seed)), all);
        assert_eq!(steps::drawn(seed), steps::drawn(seed));
    }
}
