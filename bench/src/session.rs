//! A contender at work: its process, and what is said to it.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use anyhow::{Context, bail};
use bench_harness::{
    Setup, Store,
    protocol::{Answer, Report, Request, Round, Work},
};

use tempfile::TempDir;

use crate::{command::target, contenders::Contender, memory::Memory, postgres::Server, stage::Stage};

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_hours(1);

/// A process of a contender, with a database of its own. Both are gone when this is dropped.
pub(crate) struct Session<'s> {
    process: Child,
    requests: Option<ChildStdin>,
    answers: Receiver<String>,
    database: Database<'s>,
}

enum Database<'s> {
    Postgres(&'s Server, String),
    Sqlite { _folder: TempDir },
}

impl<'s> Database<'s> {
    fn create(server: Option<&'s Server>, number: usize) -> anyhow::Result<(Self, Store)> {
        if let Some(server) = server {
            let name = format!("contender_{number}");
            let store = server.create(&name)?;
            return Ok((Self::Postgres(server, name), store));
        }
        let folder = tempfile::tempdir_in(target())?;
        let store = Store::Sqlite(folder.path().join("events.db"));
        Ok((Self::Sqlite { _folder: folder }, store))
    }
}

impl<'s> Session<'s> {
    /// Starts the contender of a stage on a fresh database, on SQLite where there is no server.
    pub(crate) fn start(
        stage: &Stage<impl Sized>,
        server: Option<&'s Server>,
        number: usize,
    ) -> anyhow::Result<Self> {
        let Contender { program, variant, .. } = &stage.contender;
        let (database, store) = Database::create(server, number)?;
        let log = fs::OpenOptions::new().create(true).append(true).open(target().join("contenders.log"))?;
        let mut process =
            Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let requests = process.stdin.take();
        let answers = lines(process.stdout.take().context("it has an output")?);
        let mut session = Self { process, requests, answers, database };
        session.ask(&Request::Prepare(Setup {
            variant: variant.name.clone(),
            store,
            case: stage.case,
            shortcut: stage.shortcut,
            view: stage.view,
            connections: stage.connections,
        }))?;
        if stage.grown > 0 {
            session.ask(&Request::Grow { events: stage.grown })?;
        }
        Ok(session)
    }

    /// Measures once.
    pub(crate) fn round(&mut self, round: &Round) -> anyhow::Result<Report> {
        self.ask(&Request::Stage(round.clone()))?;
        if let Database::Postgres(server, name) = &self.database {
            server.settle(name)?;
        }
        let memory = matches!(round.work, Work::Beside { .. }).then(|| Memory::watch(self.process.id()));
        let Answer::Measured(mut report) = self.ask(&Request::Run)? else {
            bail!("it did not answer what was asked")
        };
        if let Some(memory) = memory {
            let began = report.rebuilt.map(|rebuilt| Duration::from_secs_f64(rebuilt.began));
            report.resident = memory.seen(began);
        }
        Ok(*report)
    }

    fn ask(&mut self, request: &Request) -> anyhow::Result<Answer> {
        let requests = self.requests.as_mut().context("it was asked to end")?;
        writeln!(requests, "{}", serde_json::to_string(request)?).context("it has ended")?;
        let answer = self.answers.recv_timeout(PATIENCE).context("it has ended, or takes too long")?;
        match serde_json::from_str(&answer)? {
            Answer::Failed(reason) => bail!(reason),
            answer => Ok(answer),
        }
    }
}

/// Lines as they come, so that they can be waited for with a limit.
fn lines(output: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Database::Postgres(server, name) = &self.database
            && let Err(error) = server.drop_database(name)
        {
            eprintln!("{error:#}");
        }
    }
}
