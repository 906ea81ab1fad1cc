//! Lets contenders take turns.

use anyhow::ensure;
use bench_harness::protocol::Round;

use crate::{
    flush::Flush,
    machine::Machine,
    postgres::Server,
    results::{Key, Measured},
    session::Session,
    stage::{Cell, Heat, Stage},
};

/// How often and how long is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) rounds: usize,
    /// In seconds, as the next.
    pub(crate) warm_up: f64,
    pub(crate) seconds: f64,
}

/// A server, made sure to be as slow as it is wanted.
pub(crate) fn server(flush: Flush, machine: &mut Machine) -> anyhow::Result<Server> {
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
struct Standing<'s, 'p, K> {
    stage: &'p Stage<K>,
    session: Option<Session<'s>>,
    measured: Vec<Measured<K>>,
}

/// Measures round by round, on SQLite where there is no server. The name of the heat is for whoever looks on.
pub(crate) fn run<K: Key>(
    name: &str,
    heat: &Heat<K>,
    server: Option<&Server>,
    pace: &Pace,
) -> Vec<Measured<K>> {
    let mut standings = Vec::new();
    for (number, stage) in heat.iter().enumerate() {
        eprintln!("{name}: {} makes ready", stage.contender.variant.name);
        let mut measured: Vec<_> = stage.cells.iter().map(|cell| Measured::new(cell.key.clone())).collect();
        let session = Session::start(stage, server, number);
        let session = session.map_err(|error| fail(&mut measured, &error)).ok();
        standings.push(Standing { stage, session, measured });
    }
    for round in 0..pace.rounds {
        for number in 0..standings.len() {
            // Another one begins each time, so that no one always comes after the same one.
            let number = (number + round) % standings.len();
            standings[number].run_round(name, pace);
        }
    }
    standings.into_iter().flat_map(|standing| standing.measured).collect()
}

impl<K: Key> Standing<'_, '_, K> {
    fn run_round(&mut self, name: &str, pace: &Pace) {
        for (cell, measured) in self.stage.cells.iter().zip(&mut self.measured) {
            let Some(session) = &mut self.session else { return };
            let (&Cell { work, callers, .. }, &Pace { warm_up, seconds, .. }) = (cell, pace);
            match session.round(&Round { work, callers, warm_up, seconds }) {
                Ok(report) => {
                    eprintln!("{}", measured.line(&report));
                    measured.rounds.push(report);
                }
                Err(error) => {
                    eprintln!("{name}: {}: {error:#}", self.stage.contender.variant.name);
                    measured.failed = Some(format!("{error:#}"));
                }
            }
        }
    }
}

fn fail<K>(measured: &mut [Measured<K>], error: &anyhow::Error) {
    eprintln!("{error:#}");
    for measured in measured {
        measured.failed = Some(format!("{error:#}"));
    }
}
