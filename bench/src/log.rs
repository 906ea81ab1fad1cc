//! `cargo xtask bench log`: how fast commands are made durable, and how fast the log is read.

mod aims;
mod arguments;
mod chart;
mod page;
mod plan;

use std::fs;

use anyhow::ensure;
use bench_harness::{Case, Shortcut};
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
    database: String,
    case: Case,
    contender: String,
    callers: usize,
    /// How many events the account has (C) or the log (D, H).
    events: Option<u64>,
    shortcut: Shortcut,
}

/// Measures what was asked for, and writes the page and its chart.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut results = Results::read()?;
    if !arguments.only_report {
        measure(arguments, &mut results)?;
    }
    page::write(&results)?;
    chart::write(&results)
}

/// Measures case by case, and writes each down.
fn measure(arguments: &Arguments, results: &mut Results<Key>) -> anyhow::Result<()> {
    fs::create_dir_all(target())?;
    let contenders = contenders::built(Part::Log, &arguments.contenders)?;
    ensure!(!contenders.is_empty(), "nobody has such a name");
    let (mut machine, revision) = (Machine::measured()?, Revision::now()?);
    let cases = if arguments.cases.is_empty() { &Case::ALL[..] } else { &arguments.cases };
    let pace = Pace { rounds: arguments.rounds, warm_up: arguments.warm_up, seconds: arguments.seconds };
    for database in plan::databases(arguments) {
        for &case in cases {
            let heats = plan::heats(case, database, &contenders, arguments);
            if heats.iter().all(Vec::is_empty) {
                continue;
            }
            let flush = if case == Case::G { Flush::Millisecond } else { Flush::Disk };
            let server = if database == "postgres" { Some(heat::server(flush, &mut machine)?) } else { None };
            for heat in heats {
                let measured = heat::run(&format!("{case} on {database}"), &heat, server.as_ref(), &pace);
                if !arguments.dry {
                    results.take(&machine, &revision, &contenders, measured);
                    results.write()?;
                }
            }
        }
    }
    Ok(())
}

impl Key {
    fn new(
        (database, case): (&str, Case),
        contender: &Contender,
        callers: usize,
        events: Option<u64>,
        shortcut: Shortcut,
    ) -> Self {
        let (database, contender) = (database.to_owned(), contender.variant.name.clone());
        Self { database, case, contender, callers, events, shortcut }
    }
}

impl crate::results::Key for Key {
    const FILE: &'static str = "results.json";

    fn contender(&self) -> &str {
        &self.contender
    }

    fn who(&self) -> String {
        format!("{} with {} callers", self.contender, self.callers)
    }

    fn shown(&self) -> String {
        let Self { case, contender, callers, events, shortcut, .. } = self;
        let events = events.map_or_else(String::new, |events| format!(", {events} events"));
        let from = if *shortcut == Shortcut::None { String::new() } else { format!(" from {shortcut:?}") };
        format!("{case} {contender}, {callers} callers{events}{from}")
    }

    fn shares_row(&self, other: &Self) -> bool {
        (&self.database, self.case, &self.contender) == (&other.database, other.case, &other.contender)
    }

    fn counts_events(&self) -> bool {
        self.case == Case::D
    }
}
