//! Members: the nodes of a round, each a process of its own that is told what to do by lines, or a thread of this one.

use std::{
    io::{BufRead, BufReader, Write, stdin},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use freehold::{app::DatabaseUrl, memory::Memory, ports::StoreError, postgres, sqlite::Sqlite};
use freehold_testkit::faults::Seed;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{runtime::Runtime, sync::watch, time::sleep};

use crate::load::{self, Dice, Phase, Said, Settings};

/// How long anything may take that is to happen by itself. What takes longer does not happen.
const PATIENCE: Duration = Duration::from_mins(2);

/// How a member is started.
pub(super) struct Start<'s> {
    pub(super) name: String,
    pub(super) life: usize,
    pub(super) folder: &'s Path,
    pub(super) seed: Seed,
    pub(super) database: &'s str,
    pub(super) program: &'s Path,
}

/// A node of a round.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) life: usize,
    body: Body,
    done: Arc<AtomicU64>,
    said: mpsc::Receiver<Said>,
}

enum Body {
    Process(Child, ChildStdin),
    Thread { orders: watch::Sender<Phase>, memory: Memory, thread: Option<JoinHandle<anyhow::Result<()>>> },
}

impl Member {
    pub(super) fn start(start: &Start<'_>) -> anyhow::Result<Self> {
        let (done, (says, said)) = (Arc::new(AtomicU64::new(0)), mpsc::channel());
        let hears = Hears { done: Arc::clone(&done), says };
        let body = if start.database == "memory" { thread(start, hears) } else { process(start, hears)? };
        Ok(Self { name: start.name.clone(), life: start.life, body, done, said })
    }

    /// With which life it is.
    pub(super) fn full_name(&self) -> String {
        format!("{}.{}", self.name, self.life)
    }

    /// How many requests it has carried out.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(super) fn memory(&self) -> Option<Memory> {
        match &self.body {
            Body::Thread { memory, .. } => Some(memory.clone()),
            Body::Process(..) => None,
        }
    }

    pub(super) fn order(&mut self, phase: Phase) -> anyhow::Result<()> {
        match &mut self.body {
            Body::Process(_, orders) => writeln!(orders, "{phase}").context("a node has gone")?,
            Body::Thread { orders, .. } => _ = orders.send_replace(phase),
        }
        Ok(())
    }

    pub(super) fn await_ready(&mut self) -> anyhow::Result<()> {
        self.await_said("starts", |said| (said == Said::Ready).then_some(()))
    }

    /// How far the log goes then.
    pub(super) fn await_quiet(&mut self) -> anyhow::Result<u64> {
        self.await_said("comes to rest", |said| match said {
            Said::Quiet(head) => Some(head),
            _ => None,
        })
    }

    pub(super) fn await_read(&mut self) -> anyhow::Result<()> {
        self.await_said("reads to the end", |said| (said == Said::Read).then_some(()))
    }

    fn await_said<T>(&mut self, what: &str, is: impl Fn(Said) -> Option<T>) -> anyhow::Result<T> {
        let mut heard = None;
        patiently(&format!("{} {what}", self.full_name()), || {
            heard = heard.take().or_else(|| self.said.try_iter().find_map(&is));
            if heard.is_none() {
                self.must_live()?;
            }
            Ok(heard.is_some())
        })?;
        heard.context("it was heard")
    }

    /// Errors: that it has ended though nobody has told it to.
    pub(super) fn must_live(&mut self) -> anyhow::Result<()> {
        let name = self.full_name();
        match &mut self.body {
            Body::Process(process, _) => {
                let ended = process.try_wait()?;
                ensure!(ended.is_none(), "{name} has ended by itself with {ended:?}");
            }
            Body::Thread { thread, .. } => {
                if let Some(thread) = thread.take_if(|thread| thread.is_finished()) {
                    joined(thread).with_context(|| format!("{name} has ended by itself"))?;
                }
            }
        }
        Ok(())
    }

    /// Waits until it has ended well.
    pub(super) fn await_end(&mut self) -> anyhow::Result<()> {
        let name = self.full_name();
        match &mut self.body {
            Body::Process(process, _) => {
                let mut status = None;
                patiently(&format!("{name} ends"), || {
                    status = process.try_wait()?;
                    Ok(status.is_some())
                })?;
                ensure!(status.is_some_and(|status| status.success()), "{name} has ended with {status:?}");
            }
            Body::Thread { thread, .. } => thread.take().map_or(Ok(()), joined)?,
        }
        Ok(())
    }

    /// Sends it a signal, if it is a process: its id.
    pub(super) fn signal(&self, signal: Signal) -> anyhow::Result<u32> {
        let Body::Process(process, _) = &self.body else { bail!("a thread cannot be killed") };
        kill_process(Pid::from_child(process), signal)?;
        Ok(process.id())
    }

    /// Kills it, as `kill -9` does: the id that it had.
    pub(super) fn kill(&mut self) -> anyhow::Result<u32> {
        let pid = self.signal(Signal::KILL)?;
        if let Body::Process(process, _) = &mut self.body {
            process.wait()?;
        }
        Ok(pid)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Body::Process(process, _) = &mut self.body {
            // It has mostly ended before.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn joined(thread: JoinHandle<anyhow::Result<()>>) -> anyhow::Result<()> {
    thread.join().unwrap_or_else(|_| bail!("it has panicked"))
}

/// Takes what a node says.
#[derive(Clone)]
struct Hears {
    done: Arc<AtomicU64>,
    says: mpsc::Sender<Said>,
}

impl Hears {
    fn hear(&self, said: Said) {
        match said {
            Said::Done(done) => self.done.store(done, Ordering::Relaxed),
            // Nobody listens any more when a round was given up.
            said => _ = self.says.send(said),
        }
    }
}

fn process(start: &Start<'_>, hears: Hears) -> anyhow::Result<Body> {
    let mut process = Command::new(start.program)
        .args(["node", "--name", &start.name, "--life", &start.life.to_string()])
        .args(["--seed", &start.seed.0.to_string(), "--database", start.database, "--folder"])
        .arg(start.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` cannot be run", start.program.display()))?;
    let (orders, said) = (process.stdin.take().context("piped")?, process.stdout.take().context("piped")?);
    thread::spawn(move || {
        // What a killed node says last may be cut off, and then says nothing.
        let lines = BufReader::new(said).lines().map_while(Result::ok);
        lines.filter_map(|line| line.parse().ok()).for_each(|said| hears.hear(said));
    });
    Ok(Body::Process(process, orders))
}

fn thread(start: &Start<'_>, hears: Hears) -> Body {
    let (orders, phase) = watch::channel(Phase::Load);
    let (memory, settings) =
        (Memory::new(), settings(start.name.clone(), start.life, start.folder, start.seed));
    let database = memory.clone();
    let thread = thread::spawn(move || {
        Runtime::new()?.block_on(load::run(database, settings, phase, move |said| hears.hear(said)))
    });
    Body::Thread { orders, memory, thread: Some(thread) }
}

/// What a node is, as its dice say.
fn settings(name: String, life: usize, folder: &Path, seed: Seed) -> Settings {
    let mut dice = Dice::of(seed, &format!("{name}.{life}"));
    let writers = usize::try_from(4 + dice.below(9)).unwrap_or_default();
    let senders = usize::try_from(2 + dice.below(7)).unwrap_or_default();
    let hot = dice.one_of(&[0, 3, 10_000, 10_000]);
    Settings { name, life, folder: folder.to_owned(), seed, writers, senders, hot }
}

/// Serves as a node of this process's own, told by lines of its input and telling by lines of its output. That its
/// input ends is the end.
pub fn serve(name: String, life: usize, folder: &Path, seed: Seed, database: &str) -> anyhow::Result<()> {
    let settings = settings(name, life, folder, seed);
    let (orders, phase) = watch::channel(Phase::Load);
    thread::spawn(move || {
        let told = stdin().lines().map_while(Result::ok).filter_map(|line| line.parse().ok());
        told.for_each(|phase| _ = orders.send_replace(phase));
        orders.send_replace(Phase::End);
    });
    let database: DatabaseUrl = database.parse()?;
    Runtime::new()?.block_on(async {
        match database {
            DatabaseUrl::Sqlite(path) => {
                let sqlite = Sqlite::open(path).await?;
                load::run(sqlite.clone(), settings, phase, say).await?;
                sqlite.close().await;
            }
            DatabaseUrl::Postgres(url) => {
                let postgres = open(options(url.reveal(), &settings)).await?;
                load::run(postgres.clone(), settings, phase, say).await?;
                postgres.close().await;
            }
        }
        Ok(())
    })
}

/// As soon as there is a server that answers: one that has just been killed may not do so at once.
async fn open(options: postgres::Options) -> Result<postgres::Postgres, StoreError> {
    loop {
        match postgres::Postgres::open(options.clone()).await {
            Err(StoreError::Unavailable { .. }) => sleep(load::PAUSE).await,
            opened => return opened,
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is what the output of a node is for")]
fn say(said: Said) {
    println!("{said}");
}

/// Queues, batches and pools of all sizes, and a name by which connections are found.
fn options(url: &str, settings: &Settings) -> postgres::Options {
    let name = format!("{}.{}", settings.name, settings.life);
    let mut dice = Dice::of(settings.seed, &format!("{name}.options"));
    postgres::Options::new(format!("{url}?application_name={name}"))
        .queue(dice.one_of(&[2, 64, 1024]))
        .batch(dice.one_of(&[1, 5, 256, 256]))
        .readers(dice.one_of(&[4, 8, 16]))
}

/// Until it is so.
///
/// Errors: that it is not, for a long time.
#[expect(clippy::disallowed_methods, reason = "nothing wakes this process when others have got on")]
pub(super) fn patiently(what: &str, mut is_so: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !is_so()? {
        ensure!(begun.elapsed() < PATIENCE, "it was waited for {PATIENCE:?} until {what}");
        thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
