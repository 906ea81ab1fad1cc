//! Lets contenders take turns.

use std::fs;

use anyhow::ensure;
use bench_harness::{Case, protocol::Round};

use crate::{
    arguments::Arguments,
    command::target,
    contenders,
    flush::{self, Flush},
    machine::Machine,
    plan::{self, Cell, Heat, Stage},
    postgres::Server,
    results::{Key, Measured, Results, Revision},
    session::Session,
};

/// Measures what was asked for, and writes it down case by case.
pub(crate) fn run(arguments: &Arguments, results: &mut Results) -> anyhow::Result<()> {
    fs::create_dir_all(target())?;
    let contenders = contenders::built(&arguments.contenders)?;
    ensure!(!contenders.is_empty(), "nobody has such a name");
    let (mut machine, revision) = (Machine::this(), Revision::now()?);
    let (median, p99) = flush::latency()?;
    machine.flush = (median.as_micros(), p99.as_micros());
    let cases = if arguments.cases.is_empty() { &Case::ALL[..] } else { &arguments.cases };
    for database in plan::databases(arguments) {
        for &case in cases {
            let heats = plan::heats(case, database, &contenders, arguments);
            if heats.iter().all(Vec::is_empty) {
                continue;
            }
            let server = if database == "postgres" { Some(server(case, &mut machine)?) } else { None };
            for heat in heats {
                let measured = run_heat(case, database, &heat, server.as_ref(), arguments);
                if !arguments.dry {
                    results.take(&machine, &revision, &contenders, measured);
                    results.write()?;
                }
            }
        }
    }
    Ok(())
}

/// The server of a case, made sure to be as slow as the case wants it.
fn server(case: Case, machine: &mut Machine) -> anyhow::Result<Server> {
    let flush = if case == Case::G { Flush::Millisecond } else { Flush::Disk };
    let server = Server::start(flush)?;
    machine.postgres = server.version()?;
    if flush == Flush::Millisecond {
        let commit = server.commit_latency()?;
        ensure!(commit.as_micros() >= 1_000, "a commit takes {commit:?}: the slow flush does not bite");
        machine.slow_commit = Some(commit.as_micros());
    }
    Ok(server)
}

/// A stage that is on, or why it is not.
struct Standing<'s, 'p> {
    stage: &'p Stage,
    session: Option<Session<'s>>,
    measured: Vec<Measured>,
}

fn run_heat(
    case: Case,
    database: &str,
    heat: &Heat,
    server: Option<&Server>,
    arguments: &Arguments,
) -> Vec<Measured> {
    let mut standings = Vec::new();
    for (number, stage) in heat.iter().enumerate() {
        eprintln!("{case} on {database}: {} makes ready", stage.contender.variant.name);
        let key = |cell: &Cell| Key::new(database, case, &stage.contender, cell);
        let mut measured: Vec<_> = stage.cells.iter().map(|cell| Measured::new(key(cell))).collect();
        let session = Session::start(stage, case, server, number);
        let session = session.map_err(|error| fail(&mut measured, &error)).ok();
        standings.push(Standing { stage, session, measured });
    }
    for round in 0..arguments.rounds {
        for number in 0..standings.len() {
            // Another one begins each time, so that no one always comes after the same one.
            let number = (number + round) % standings.len();
            standings[number].run_round(case, arguments);
        }
    }
    standings.into_iter().flat_map(|standing| standing.measured).collect()
}

impl Standing<'_, '_> {
    fn run_round(&mut self, case: Case, arguments: &Arguments) {
        for (cell, measured) in self.stage.cells.iter().zip(&mut self.measured) {
            let Some(session) = &mut self.session else { return };
            let Cell { work, callers, .. } = *cell;
            let (warm_up, seconds) = (arguments.warm_up, arguments.seconds);
            match session.round(Round { work, callers, warm_up, seconds }) {
                Ok(report) => {
                    eprintln!("{}", measured.line(&report));
                    measured.rounds.push(report);
                }
                Err(error) => {
                    eprintln!("{case}: {}: {error:#}", self.stage.contender.variant.name);
                    measured.failed = Some(format!("{error:#}"));
                }
            }
        }
    }
}

fn fail(measured: &mut [Measured], error: &anyhow::Error) {
    eprintln!("{error:#}");
    for measured in measured {
        measured.failed = Some(format!("{error:#}"));
    }
}
