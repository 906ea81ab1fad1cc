//! What orchestrator and contender say to each other: one JSON document a line.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Case, Question, View};

/// From the orchestrator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// Open the database.
    Prepare(Setup),
    /// Write accounts of ten events until the log holds this many, or rows, where it is those that are asked for.
    Grow {
        /// How many events, or rows.
        events: u64,
    },
    /// Write what the next round works on.
    Stage(Round),
    /// Measure the round that was staged.
    Run,
}

/// From the contender.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It was done.
    Done,
    /// What was measured.
    Measured(Box<Report>),
    /// Why it could not be done.
    Failed(String),
}

/// What a contender works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// The name of the variant.
    pub variant: String,
    /// The database.
    pub store: Store,
    /// The case.
    pub case: Case,
    /// What accounts may be loaded from, in case C.
    pub shortcut: Shortcut,
    /// The view that is kept.
    #[serde(default)]
    pub view: View,
    /// How many connections it may open, where that was asked for; else it knows best.
    pub connections: Option<usize>,
}

impl Setup {
    /// Whether a view of the balances is kept in the transaction of each append.
    pub fn inline_view(&self) -> bool {
        self.view == View::Inline
    }
}

/// A database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Store {
    /// On PostgreSQL.
    Postgres {
        /// Where it is.
        url: String,
        /// The process of the server, whose processor time is measured.
        server: u32,
    },
    /// One SQLite file, which may not be there yet.
    Sqlite(PathBuf),
}

impl Store {
    /// The URL of PostgreSQL; an error where it is another database.
    pub fn postgres(&self) -> anyhow::Result<&str> {
        match self {
            Self::Postgres { url, .. } => Ok(url),
            Self::Sqlite(_) => anyhow::bail!("this contender runs on PostgreSQL"),
        }
    }
}

/// Accounts to write.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Fill {
    /// The number of the first.
    pub first: u64,
    /// How many.
    pub accounts: u64,
    /// How many events each has, the opening among them.
    pub events: u64,
}

impl Fill {
    /// The number of the last.
    pub fn last(&self) -> u64 {
        self.first + self.accounts - 1
    }
}

/// One measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Round {
    /// What is done.
    pub work: Work,
    /// How many do it at once, each as soon as it is done with the last.
    pub callers: usize,
    /// How long it is done before it counts.
    pub warm_up: f64,
    /// How long, in seconds.
    pub seconds: f64,
}

/// What callers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Deposits over 1,000 accounts of about ten events.
    Deposit,
    /// Deposits into one account.
    DepositIntoOne,
    /// Loads of accounts.
    Load {
        /// How many events each has.
        events: u64,
        /// What they may be loaded from.
        shortcut: Shortcut,
    },
    /// Folds of the whole log.
    Scan,
    /// Openings on the condition that nobody has the nickname.
    Claim,
    /// The whole log into a view that is empty.
    CatchUp,
    /// Deposits at a fixed rate, however long each takes: how long until the view shows them.
    Steady {
        /// How many a second.
        rate: u64,
    },
    /// Deposits while the view follows, and how a rebuild of it bears on them.
    Beside {
        /// How many a second, however long each takes; as many as callers get done, if it is not said.
        rate: Option<u64>,
        /// Whether the view is built anew meanwhile, again and again.
        rebuilt: bool,
    },
    /// Questions to a view.
    Ask(Question),
}

/// What an account can be loaded from beside all its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shortcut {
    /// Nothing.
    None,
    /// A snapshot at its last event.
    Snapshot,
    /// The memory of the process.
    Memory,
}

/// What was measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// How many operations succeeded.
    pub operations: u64,
    /// How many events they read or wrote.
    pub events: u64,
    /// How often one was begun again after a conflict.
    pub retries: u64,
    /// How many failed.
    pub errors: u64,
    /// What the first that failed said.
    pub error: Option<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How long an operation took, in microseconds: the median, …
    pub p50: f64,
    /// … the 99th percentile, …
    pub p99: f64,
    /// … the 99.9th, …
    pub p999: f64,
    /// … and the longest.
    pub max: f64,
    /// Processor time of the contender, in seconds.
    pub client_cpu: f64,
    /// Processor time of the server, in seconds.
    pub server_cpu: f64,
    /// What became of the rebuilds that were under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<Rebuilt>,
    /// The memory of the contender, which it is not asked for: the orchestrator looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident: Option<Resident>,
}

/// Rebuilds, one after the other, each from its beginning to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// When the first began, in seconds from when the round was to be run.
    pub began: f64,
    /// How many there were.
    pub rebuilds: u64,
    /// How many events the log held when each began, all together.
    pub events: u64,
    /// How long they took all together, in seconds.
    pub seconds: f64,
}

impl Rebuilt {
    /// How many events they took in a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.seconds
    }
}

/// What of the contender's memory was in place, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resident {
    /// Before the first rebuild began, where there was one.
    pub before: Option<u64>,
    /// At most from then on.
    pub highest: u64,
}
