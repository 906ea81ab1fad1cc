//! `cargo xtask history`: `freehold-history` with what it needs.

use crate::{
    command::{command, run as run_command},
    tools,
};

/// Builds it with optimisations, since what is slow meets few others, and runs rounds as the arguments say.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    // Rounds kill the server that they use, and so start one of their own.
    tools::postgres()?;
    let mut cargo = command("cargo", &["run", "--release", "--quiet", "--locked", "-p", "freehold-history"]);
    cargo.args(["--", "run"]).args(arguments);
    run_command(cargo)
}
