//! `cargo xtask history`: `freehold-history` with what it needs.

use crate::{
    command::{command, run as run_command},
    tools,
};

/// What it does beside rounds.
const STEPS: &str = "steps";

/// Builds it with optimisations, since what is slow meets few others, and runs rounds, or goes through steps, as the arguments
/// say.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    // Rounds kill the server that they use, and so start one of their own.
    tools::postgres()?;
    let mut cargo = command("cargo", &["run", "--release", "--quiet", "--locked", "-p", "freehold-history"]);
    let verb = if arguments.first().is_some_and(|first| first == STEPS) { None } else { Some("run") };
    cargo.arg("--").args(verb).args(arguments);
    run_command(cargo)
}
