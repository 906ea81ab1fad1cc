//! `cargo xtask bench views`: how fast views take in the log, how far they are behind it, and how fast they are asked.

mod aims;
mod arguments;
mod page;
mod plan;

use std::fs;

use anyhow::ensure;
use bench_harness::{Question, ViewCase};
use serde::{Deserialize, Serialize};

pub(crate) use self::arguments::Arguments;
use crate::{
    command::target,
    contenders::{self, Contender, Part},
    flush::Flush,
    heat::{self, Pace},
    machine::Machine,
    results::{Results, Revision},
};

/// Where a figure stands in the tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    case: ViewCase,
    contender: String,
    /// How many events the log has (A, C), or rows the view (E).
    size: u64,
    /// How many commands come in a second (B); none, if it is as many as callers get done (C).
    rate: u64,
    callers: usize,
    /// Whether a view is kept (D).
    kept: bool,
    /// What is asked (E).
    question: Option<Question>,
    /// Whether the view is built anew meanwhile (C).
    rebuilt: bool,
}

/// Measures what was asked for, shows it, and writes it down with the page.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut results = Results::read()?;
    if !arguments.only_report {
        measure(arguments, &mut results)?;
    }
    if arguments.dry { Ok(()) } else { page::write(&results) }
}

/// Measures case by case, and writes each down.
fn measure(arguments: &Arguments, results: &mut Results<Key>) -> anyhow::Result<()> {
    fs::create_dir_all(target())?;
    let contenders = contenders::built(Part::Views, &arguments.contenders)?;
    ensure!(!contenders.is_empty(), "nobody who keeps views has such a name");
    let (mut machine, revision) = (Machine::measured()?, Revision::now()?);
    let pace = Pace { rounds: arguments.rounds, warm_up: arguments.warm_up, seconds: arguments.seconds };
    let mut now = Results::default();
    for case in plan::cases(arguments) {
        let heat = plan::heat(case, &contenders, arguments);
        if heat.is_empty() {
            eprintln!("{case}: nobody takes part");
            continue;
        }
        let server = heat::server(Flush::Disk, &mut machine)?;
        let measured = heat::run(&case.to_string(), &heat, Some(&server), &pace);
        now.take(&machine, &revision, &contenders, measured.clone());
        if !arguments.dry {
            results.take(&machine, &revision, &contenders, measured);
            results.write()?;
        }
    }
    println!("{}", page::figures(&now)?);
    Ok(())
}

impl Key {
    fn new(case: ViewCase, contender: &Contender) -> Self {
        let contender = contender.variant.name.clone();
        Self { case, contender, size: 0, rate: 0, callers: 1, kept: true, question: None, rebuilt: false }
    }
}

impl crate::results::Key for Key {
    const FILE: &'static str = "views.json";

    fn contender(&self) -> &str {
        &self.contender
    }

    fn who(&self) -> String {
        let Self { contender, rate, callers, .. } = self;
        match self.case {
            ViewCase::B => format!("{contender} at {rate} commands a second"),
            ViewCase::C if *rate > 0 => format!("{contender} at {rate} commands a second"),
            ViewCase::C | ViewCase::D | ViewCase::E => format!("{contender} with {callers} callers"),
            ViewCase::A1 | ViewCase::A2 => contender.clone(),
        }
    }

    fn shown(&self) -> String {
        let (who, Self { case, size, .. }) = (self.who(), self);
        match (case, self.question) {
            (ViewCase::A1 | ViewCase::A2, _) => format!("{case} {who}, {size} events"),
            (ViewCase::C, _) => {
                format!(
                    "{case} {who}, {size} events, {} a rebuild",
                    if self.rebuilt { "beside" } else { "without" }
                )
            }
            (ViewCase::D, _) if !self.kept => format!("{case} {who}, without a view"),
            (_, Some(question)) => format!("{case} {who}, {question:?} in {size} rows"),
            _ => format!("{case} {who}"),
        }
    }

    fn shares_row(&self, other: &Self) -> bool {
        (self.case, &self.contender) == (other.case, &other.contender)
    }

    fn counts_events(&self) -> bool {
        matches!(self.case, ViewCase::A1 | ViewCase::A2)
    }
}
