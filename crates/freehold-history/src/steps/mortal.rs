//! The process that ends at a step.

use std::{
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use anyhow::{Context, ensure};
use freehold_testkit::{
    deaths::{Step, live},
    faults::{Faults, Trouble},
};
use rustix::process::{Signal, getpid, kill_process};
use tokio::{runtime::Runtime, time::timeout};

use crate::{ledger, round::Opened, views::STATEMENTS};

/// How long a life may take that has not come to its step.
const PATIENCE: Duration = Duration::from_mins(2);
/// What it says when it has.
const THERE: &str = "there";

/// Runs it until it ends.
///
/// Errors: that it ends otherwise than at this step.
pub(super) fn ends(step: Step, database: &str, program: &Path) -> anyhow::Result<()> {
    let number = Step::all().iter().position(|other| *other == step).context("it is one of them")?;
    let Output { status, stdout, stderr } = Command::new(program)
        .args(["mortal", "--step", &number.to_string(), "--database", database])
        .output()
        .with_context(|| format!("`{}` cannot be run", program.display()))?;
    let (said, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    let is_killed = status.signal() == Some(Signal::KILL.as_raw());
    ensure!(is_killed && said.trim() == THERE, "it has not ended there, but with {status}: {stderr}");
    Ok(())
}

/// Lives over a database until it comes to the step of this number among [all](Step::all), and ends there.
///
/// Errors: that it has not come there.
///
/// # Panics
/// If it has come to its end without.
pub fn die(step: usize, database: &str) -> anyhow::Result<()> {
    let step = *Step::all().get(step).context("there is no step of this number")?;
    let faults = Faults::default();
    step.plan(&faults, Trouble::Call(end));
    Runtime::new()?.block_on(async {
        let opened = Opened::at(database).await?;
        let life = live(opened.database(), &faults, ledger::statements(), STATEMENTS.name);
        timeout(PATIENCE, life).await.with_context(|| format!("it has not come to where it is {step}"))
    })
}

/// Nothing of the process is left behind this: no destructor runs, and nobody takes leave.
#[expect(clippy::print_stdout, reason = "whoever started it listens")]
fn end() {
    println!("{THERE}");
    kill_process(getpid(), Signal::KILL).expect("a process may end itself");
}
