//! Rounds: a fresh database, nodes that load it, crashes meanwhile, and the laws in the end.

mod crash;
mod member;
mod nodes;
mod place;
mod plan;
mod totals;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use anyhow::{Context, ensure};

pub use crash::{Crash, Drawn, Happened, Told};
pub use member::serve;
pub use nodes::Nodes;
pub(crate) use place::Opened;
pub use place::{Place, Servers};
pub use plan::{Choices, Plan};
pub use totals::Totals;

use crate::{Violation, load::Phase};
use member::{Member, Start};

/// What a round has shown.
#[derive(Debug)]
pub struct Report {
    /// What was killed, and when.
    pub crashes: Vec<Happened>,
    /// How many requests were sent.
    pub requests: usize,
    /// How many of them were carried out.
    pub done: usize,
    /// How many events there are.
    pub events: usize,
    /// How many times something was looked at.
    pub seen: usize,
    /// The laws that do not hold.
    pub violations: Vec<Violation>,
    /// Where the files are, if some do not.
    pub kept: Option<PathBuf>,
}

/// Runs a round.
///
/// Errors: that nodes do not start, go on, come to rest or read to the end, which are violations as well, or that there
/// is no server.
pub fn run(plan: &Plan, servers: &mut Servers) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("history-").tempdir()?;
    let run = Round::begin(plan, servers, folder.path()).and_then(|mut round| round.run());
    let report = run.with_context(|| format!("{} with {}", plan.place, plan.seed));
    match report {
        Ok(report) if report.violations.is_empty() => Ok(report),
        Ok(report) => Ok(Report { kept: Some(folder.keep()), ..report }),
        Err(error) => Err(error.context(format!("the files are in {}", folder.keep().display()))),
    }
}

struct Round<'a> {
    plan: &'a Plan,
    servers: &'a mut Servers,
    folder: &'a Path,
    name: String,
    database: String,
    begun: Instant,
    members: Vec<Member>,
    /// How many there ever were.
    joined: usize,
    crashes: Vec<Happened>,
}

impl<'a> Round<'a> {
    fn begin(plan: &'a Plan, servers: &'a mut Servers, folder: &'a Path) -> anyhow::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let name = format!("history_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let database = servers.database(plan.place, folder, &name)?;
        let (begun, members, crashes) = (Instant::now(), Vec::new(), Vec::new());
        let mut round = Self { plan, servers, folder, name, database, begun, members, joined: 0, crashes };
        for _ in 0..plan.first() {
            round.join()?;
        }
        Ok(round)
    }

    /// Has one more node start.
    fn join(&mut self) -> anyhow::Result<&mut Member> {
        let member = self.start(format!("n{}", self.joined), 0)?;
        self.joined += 1;
        self.members.push(member);
        self.members.last_mut().context("it has joined")
    }

    fn start(&mut self, name: String, life: usize) -> anyhow::Result<Member> {
        let start = Start {
            name,
            life,
            folder: self.folder,
            seed: self.plan.seed,
            database: &self.database,
            program: &self.plan.program,
        };
        Member::start(&start)
    }

    fn run(&mut self) -> anyhow::Result<Report> {
        for member in &mut self.members {
            member.await_ready()?;
        }
        self.await_load(self.plan.load)?;
        for drawn in Drawn::of(self.plan) {
            self.crash(drawn)?;
        }
        self.rest()
    }

    fn crash(&mut self, Drawn { crash, behind }: Drawn) -> anyhow::Result<()> {
        self.await_load(behind)?;
        let told = crash::happen(self, crash).with_context(|| format!("{crash:?}"))?;
        self.crashes.push(Happened { crash, at: self.begun.elapsed(), told });
        self.await_load(self.plan.load).with_context(|| format!("behind {crash:?}"))
    }

    /// Until every member has carried out some requests more, and all of them so many.
    fn await_load(&mut self, more: u64) -> anyhow::Result<()> {
        let begun: Vec<u64> = self.members.iter().map(Member::done).collect();
        let share = more / self.members.len() as u64 / 4;
        member::patiently("the load goes on", || {
            for member in &mut self.members {
                member.must_live()?;
            }
            let done: Vec<u64> =
                self.members.iter().zip(&begun).map(|(member, begun)| member.done() - begun).collect();
            Ok(done.iter().sum::<u64>() >= more && done.iter().all(|done| *done >= share))
        })
    }

    /// Everybody comes to rest and reads to the end; then the laws are held against what is there.
    fn rest(&mut self) -> anyhow::Result<Report> {
        for member in &mut self.members {
            member.order(Phase::Quiet)?;
        }
        let mut head = 0;
        for member in &mut self.members {
            head = head.max(member.await_quiet()?);
        }
        if self.plan.place == Place::Postgres {
            let live: Vec<String> = self.members.iter().map(Member::full_name).collect();
            head = self.servers.await_stragglers(&self.name, &live)?;
        }
        for member in &mut self.members {
            member.order(Phase::ReadTo(head))?;
        }
        for member in &mut self.members {
            member.await_read()?;
        }
        for member in &mut self.members {
            member.order(Phase::End)?;
        }
        let memory = self.members.first().and_then(Member::memory);
        for member in &mut self.members {
            member.await_end()?;
        }
        let report = self.report(memory)?;
        self.servers.drop_database(self.plan.place, &self.name)?;
        Ok(report)
    }

    fn report(&mut self, memory: Option<freehold::memory::Memory>) -> anyhow::Result<Report> {
        let evidence = place::inspect(&self.database, memory, self.folder)?;
        let history = &evidence.history;
        ensure!(!evidence.log.events.is_empty(), "nothing was written");
        Ok(Report {
            crashes: self.crashes.clone(),
            requests: history.asked.len(),
            done: history.done(),
            events: evidence.log.events.len(),
            seen: history.seen.len(),
            violations: evidence.violations(),
            kept: None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, done, events, seen, .. } = self;
        write!(f, "{requests} requests, {done} carried out, {events} events, {seen} sights")?;
        for crash in &self.crashes {
            write!(f, "\n    {crash}")?;
        }
        for violation in &self.violations {
            write!(f, "\n  VIOLATED {violation}")?;
        }
        if let Some(kept) = &self.kept {
            write!(f, "\n  the files are in {}", kept.display())?;
        }
        Ok(())
    }
}
