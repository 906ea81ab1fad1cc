//! Steps: a process ends at each step of a worker, of a rebuild and of handing over, as by `kill -9`, and whoever comes next
//! brings to its end what it has left.

mod mortal;
mod node;
mod point;
mod site;

use std::{
    fmt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use freehold_testkit::{deaths::Step, faults::Seed};

pub use mortal::die;

use crate::{
    load::Dice,
    round::{Place, Servers},
};

/// Which steps are gone through, and how.
#[derive(Clone, Debug)]
pub struct Steps {
    /// Where the log is: where it outlives a process.
    pub place: Place,
    /// Those at which a process ends, each over a database of its own.
    pub steps: Vec<Step>,
    /// How many at the same time.
    pub at_once: usize,
    /// This program, to be run as the process that ends.
    pub program: PathBuf,
}

/// What has come of a step.
#[derive(Debug)]
pub struct Outcome {
    /// The step.
    pub step: Step,
    /// How long it took until everything was in order.
    pub took: Duration,
    /// What was not in order, the step not having been reached among it.
    pub faults: Vec<String>,
}

/// One step of each operation, as the seed has it.
pub fn drawn(seed: Seed) -> Vec<Step> {
    let (mut dice, all) = (Dice::of(seed, "steps"), Step::all());
    all.chunk_by(|one, other| one.operation == other.operation).map(|steps| dice.one_of(steps)).collect()
}

impl Steps {
    /// Goes through all of them. What has come of each is told as soon as it is known, too.
    pub fn run(&self, servers: &mut Servers, tell: impl Fn(&Outcome) + Sync) -> Vec<Outcome> {
        let (left, servers) = (Mutex::new(self.steps.iter()), Mutex::new(servers));
        let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
        let outcomes = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..self.at_once.max(1) {
                scope.spawn(|| {
                    while let Some(step) = next() {
                        let outcome = self.go_through(*step, &servers);
                        tell(&outcome);
                        outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                    }
                });
            }
        });
        outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn go_through(&self, step: Step, servers: &Mutex<&mut Servers>) -> Outcome {
        let begun = Instant::now();
        let found = site::with(self.place, servers, |database| point::run(step, database, &self.program));
        let faults = found.unwrap_or_else(|error| vec![format!("{error:#}")]);
        Outcome { step, took: begun.elapsed(), faults }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5.1} s: {}", self.took.as_secs_f64(), self.step)?;
        for fault in &self.faults {
            write!(f, "\n  FAULT {fault}")?;
        }
        Ok(())
    }
}
