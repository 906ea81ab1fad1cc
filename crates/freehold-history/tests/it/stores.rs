//! Every law on every store, with nobody killed.

use std::path::Path;

use freehold_history::round::{self, Nodes, Place, Plan, Servers};
use freehold_testkit::faults::Seed;

/// A round is run, and breaks no law. Its seed and what was killed are printed.
pub(crate) fn holds(place: Place, nodes: Nodes, crashes: usize) {
    let seed = Seed::given_or_new();
    let program = env!("CARGO_BIN_EXE_freehold-history").into();
    let plan = Plan { place, nodes, crashes, load: 200, seed, program };
    println!("{plan}");
    let mut servers = Servers::below(Path::new(env!("CARGO_TARGET_TMPDIR"))).without_flush();
    let report = round::run(&plan, &mut servers).unwrap_or_else(|error| panic!("{error:#}"));
    println!("{report}");
    assert!(report.violations.is_empty(), "{seed} breaks laws");
}

#[test]
fn the_laws_hold_in_memory() {
    holds(Place::Memory, Nodes::ONE, 0);
}

#[test]
fn the_laws_hold_in_a_file() {
    holds(Place::Sqlite, Nodes::ONE, 0);
}

#[test]
fn the_laws_hold_on_a_server_with_one_node() {
    if has_server() {
        holds(Place::Postgres, Nodes::ONE, 0);
    }
}

#[test]
fn the_laws_hold_on_a_server_with_three_nodes() {
    if has_server() {
        holds(Place::Postgres, Nodes::always(3), 0);
    }
}

/// Whether servers are to be tested with. Else it is said, past the capturing of the test's output, that none is.
pub(crate) fn has_server() -> bool {
    let has = std::env::var_os("FREEHOLD_POSTGRES").is_some_and(|url| !url.is_empty());
    if !has {
        use std::io::Write;
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let told = writeln!(
            std::io::stderr(),
            "SKIPPED {test}: FREEHOLD_POSTGRES is not set; `cargo xtask test` sets it"
        );
        told.expect("there is a standard error");
    }
    has
}
