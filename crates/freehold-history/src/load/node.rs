//! A node: a database with all who use it, from its start until it is told to end.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use freehold::{
    Position, StreamId,
    app::{Application, Host, StartError},
    ports::{ApplyError, Database, EventQuery, MigrationError, Scope, StoreError},
};
use freehold_testkit::faults::Seed;
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::sleep,
};
use uuid::Uuid;

use super::{Dice, readers, rebuilder, rows, sender, subscribers, twins, workers, writer};
use crate::{History, Request, What, ledger, recorder::Recorder};

/// How often it says how much was done.
const TICK: Duration = Duration::from_millis(5);

/// What makes a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the nodes of a history are told apart by.
    pub name: String,
    /// How often it was started before.
    pub life: usize,
    /// Where it writes down what happens.
    pub folder: PathBuf,
    /// What everything is drawn from.
    pub seed: Seed,
    /// How many clients append through the port.
    pub writers: usize,
    /// How many clients send commands.
    pub senders: usize,
    /// How many aggregates stay in memory.
    pub hot: usize,
}

/// What a node is told to do. It only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Everything.
    Load,
    /// To write no more.
    Quiet,
    /// To read up to a position.
    ReadTo(u64),
    /// To end.
    End,
}

impl Phase {
    /// Up to where everything has to be read, once that is known.
    pub(super) fn end(self) -> Option<u64> {
        match self {
            Self::ReadTo(end) => Some(end),
            Self::Load | Self::Quiet | Self::End => None,
        }
    }

    /// Whether readers still read.
    pub(super) fn is_read(self) -> bool {
        matches!(self, Self::Load | Self::Quiet)
    }
}

/// What a node says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It has started.
    Ready,
    /// So many requests were carried out.
    Done(u64),
    /// Nobody writes any more, and the log goes up to this position.
    Quiet(u64),
    /// Every reader has read up to where it was told to.
    Read,
}

impl fmt::Display for Phase {
    /// As a node is told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load => f.write_str("load"),
            Self::Quiet => f.write_str("quiet"),
            Self::ReadTo(end) => write!(f, "read-to {end}"),
            Self::End => f.write_str("end"),
        }
    }
}

impl FromStr for Phase {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Ok(match text.split_once(' ') {
            None if text == "load" => Self::Load,
            None if text == "quiet" => Self::Quiet,
            None if text == "end" => Self::End,
            Some(("read-to", end)) => Self::ReadTo(end.parse()?),
            _ => bail!("`{text}` is nothing that a node can do"),
        })
    }
}

impl fmt::Display for Said {
    /// As a node says it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::Done(done) => write!(f, "done {done}"),
            Self::Quiet(head) => write!(f, "quiet {head}"),
            Self::Read => f.write_str("read"),
        }
    }
}

impl FromStr for Said {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        Ok(match text.split_once(' ') {
            None if text == "ready" => Self::Ready,
            Some(("quiet", head)) => Self::Quiet(head.parse()?),
            None if text == "read" => Self::Read,
            Some(("done", done)) => Self::Done(done.parse()?),
            _ => bail!("`{text}` is nothing that a node says"),
        })
    }
}

/// What every client of a node has.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) seed: Seed,
    pub(super) database: Arc<dyn Database>,
    pub(super) application: Application,
    pub(super) recorder: Arc<Recorder>,
    phase: watch::Receiver<Phase>,
}

impl Node {
    pub(super) fn dice(&self, client: &str) -> Dice {
        Dice::of(self.seed, &format!("{}.{client}", self.name))
    }

    pub(super) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.phase() == Phase::Load
    }

    pub(super) fn is_over(&self) -> bool {
        self.phase() == Phase::End
    }

    /// Until its phase is another one.
    pub(super) async fn left(&self, phase: Phase) {
        // The sender goes with the process.
        self.phase.clone().wait_for(|now| *now != phase).await.ok();
    }

    /// The position that the node knows the log to go up to.
    pub(super) fn head(&self) -> u64 {
        self.database.head().borrow().0
    }
}

/// Runs a node until its phase is [`Phase::End`].
///
/// Errors: what a store should not have said, which is no refusal and no loss.
pub async fn run<D: Database + Clone>(
    database: D,
    settings: Settings,
    phase: watch::Receiver<Phase>,
    say: impl Fn(Said) + Send + Sync + 'static,
) -> anyhow::Result<()> {
    let unanswered = unanswered(&settings)?;
    let name = format!("{}.{}", settings.name, settings.life);
    let recorder = Arc::new(Recorder::create(&settings.folder.join(format!("{name}.jsonl")))?);
    let host = start(database.clone(), settings.hot).await.context("the node cannot start")?;
    let (database, application, seed) = (Arc::new(database), host.application(), settings.seed);
    let node = Node { name, seed, database, application, recorder, phase: phase.clone() };
    let say = Arc::new(say);
    say(Said::Ready);
    let progress = progress(&node, Arc::clone(&say));
    let readers = start_readers(&node);
    finish(start_writers(&node, &settings, unanswered)).await?;
    say(Said::Quiet(head(&*node.database).await?));
    finish(readers).await?;
    say(Said::Read);
    phase.clone().wait_for(|phase| *phase == Phase::End).await.ok();
    progress.abort();
    host.stop().await;
    Ok(())
}

/// A service over the database. A server that has just been killed may not answer at once.
async fn start<D: Database + Clone>(database: D, hot: usize) -> Result<Host, StartError> {
    loop {
        let host = Host::builder(database.clone()).context(ledger::context()).hot_aggregates(hot);
        match host.start().await {
            Err(error) if is_away(&error) => sleep(rows::PAUSE).await,
            started => return started,
        }
    }
}

fn is_away(error: &StartError) -> bool {
    let (StartError::Migration(MigrationError::Store(error))
    | StartError::CatchUp { source: ApplyError::Store(error), .. }
    | StartError::Store(error)) = error
    else {
        return false;
    };
    matches!(error, StoreError::Unavailable { .. })
}

/// How far the log goes, as it is read and not as it is announced.
async fn head(database: &dyn Database) -> anyhow::Result<u64> {
    let nothing = EventQuery::stream(StreamId::new("history.Nothing", Uuid::nil()));
    loop {
        let read = database.read_all(&Scope::EveryTenant, Position::START, &nothing, 1).await;
        if let Some(batch) = rows::available(read).await? {
            return Ok(batch.read_to.0);
        }
    }
}

/// What earlier lives of the node have sent and were not answered, and can be sent again.
fn unanswered(settings: &Settings) -> anyhow::Result<Vec<Request>> {
    let mut history = History::default();
    for life in 0..settings.life {
        let file = settings.folder.join(format!("{}.{life}.jsonl", settings.name));
        // One that was killed before it began has left none.
        if file.exists() {
            history.add(crate::recorder::read(&file)?);
        }
    }
    let open = history.asked.into_values().filter(|asked| {
        let is_answered = asked.attempts.iter().any(|attempt| attempt.ended.is_some());
        let is_append = matches!(asked.request.what, What::Append { .. });
        is_append && asked.request.once.is_some() && !is_answered
    });
    Ok(open.map(|asked| asked.request).collect())
}

fn start_writers(node: &Node, settings: &Settings, unanswered: Vec<Request>) -> JoinSet<anyhow::Result<()>> {
    let mut tasks = JoinSet::new();
    let mut left = vec![Vec::new(); settings.writers.max(1)];
    for (place, request) in unanswered.into_iter().enumerate() {
        left[place % settings.writers.max(1)].push(request);
    }
    for (number, again) in (0..settings.writers).zip(left) {
        tasks.spawn(writer::run(node.clone(), number, again));
    }
    for number in 0..settings.senders {
        tasks.spawn(sender::run(node.clone(), number));
    }
    tasks.spawn(twins::run(node.clone()));
    tasks.spawn(rebuilder::run(node.clone()));
    tasks
}

fn start_readers(node: &Node) -> JoinSet<anyhow::Result<()>> {
    let mut tasks = JoinSet::new();
    readers::start(node, &mut tasks);
    subscribers::start(node, &mut tasks);
    workers::start(node, &mut tasks);
    tasks.spawn(rebuilder::follow(node.clone()));
    tasks
}

async fn finish(mut tasks: JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

fn progress(node: &Node, say: Arc<impl Fn(Said) + Send + Sync + 'static>) -> JoinHandle<()> {
    let recorder = Arc::clone(&node.recorder);
    tokio::spawn(async move {
        let mut told = 0;
        loop {
            sleep(TICK).await;
            let done = recorder.done();
            if done > told {
                told = done;
                say(Said::Done(done));
            }
        }
    })
}
