//! What a process writes down of what it asks for, is told and sees.
//!
//! A request is written down before it is sent, its answer after it has come: what a process that is killed was told,
//! and what it may have done, can be told from its file.

use std::hash::{DefaultHasher, Hash, Hasher};

use freehold::{RawEvent, Recorded, ports};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Address, Moment, Query};

/// Names a request, and is written into every event of it.
pub type Token = String;

/// One line of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// A request is about to be sent, for the first time or again.
    Asked {
        /// When.
        at: Moment,
        /// Its number in the file.
        attempt: u64,
        /// The whole of it.
        request: Request,
    },
    /// It was answered.
    Answered {
        /// When.
        at: Moment,
        /// The number of what was asked.
        attempt: u64,
        /// With what.
        answer: Answer,
    },
    /// Something was seen.
    Saw(Seen),
    /// A reader that goes on until it is told to stop has come to its end, with nothing left to read up to there.
    Finished {
        /// Which.
        reader: String,
        /// Up to where it had to read.
        at_least: u64,
    },
}

/// Something that writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its name.
    pub token: Token,
    /// The stream.
    pub address: Address,
    /// Its command id.
    pub command: Uuid,
    /// Whether it is carried out once, however often it is sent, and what tells it from others of its command id.
    pub once: Option<Uuid>,
    /// What is to be done.
    pub what: What,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// An append through the port.
    Append {
        /// Where its stream must be.
        expected: Expected,
        /// What must not have happened.
        unless: Vec<Unless>,
        /// What it writes.
        events: Vec<New>,
    },
    /// A command through the command bus.
    Command {
        /// Which.
        act: Act,
        /// The version that its sender has seen.
        expected: Option<u64>,
    },
    /// That the stream is closed and archived.
    Archive {
        /// The version that it has to be at.
        at: u64,
    },
}

/// Where a stream must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// Anywhere.
    Any,
    /// At this version.
    Version(u64),
    /// At this version, by this event.
    Event(u64, Uuid),
}

/// No event that is meant lies behind the position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unless {
    /// Which are meant.
    pub query: Query,
    /// The position.
    pub after: u64,
}

/// An event of an append.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct New {
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    pub name: String,
    /// What it can be found by.
    pub tags: Vec<String>,
    /// What views fold.
    pub number: u64,
    /// How many signs it carries beside.
    pub pad: usize,
}

impl New {
    /// What is stored.
    pub fn payload(&self, token: &str, part: usize) -> String {
        let mut text = format!(r#"{{"token":"{token}","part":{part},"number":{},"pad":""#, self.number);
        text.extend(std::iter::repeat_n('.', self.pad));
        text.push_str("\"}");
        text
    }
}

/// A command to an account of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// There is to be one. Nobody else of the tenant has the name.
    Open {
        /// The name.
        name: Option<String>,
    },
    /// Add to its balance.
    Deposit {
        /// So much.
        amount: i64,
    },
    /// Take from its balance, for a fee of 1.
    Withdraw {
        /// So much.
        amount: i64,
    },
    /// Give it a name that nobody else of the tenant has.
    Rename {
        /// The name.
        name: String,
    },
    /// End it.
    Close,
}

impl Act {
    /// The events that it leads to.
    pub fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Open { .. } => &["Opened"],
            Self::Deposit { .. } => &["Deposited"],
            Self::Withdraw { .. } => &["Withdrawn", "Charged"],
            Self::Rename { .. } => &["Renamed"],
            Self::Close => &["Closed"],
        }
    }
}

impl Request {
    /// The names of the events that it leads to, in order.
    pub fn names(&self) -> Vec<&str> {
        match &self.what {
            What::Append { events, .. } => events.iter().map(|new| new.name.as_str()).collect(),
            What::Command { act, .. } => act.names().to_vec(),
            What::Archive { .. } => Vec::new(),
        }
    }

    /// What an event of it can be found by, as far as its sender knows.
    pub fn tags(&self, part: usize) -> &[String] {
        match &self.what {
            What::Append { events, .. } => events.get(part).map_or(&[], |new| new.tags.as_slice()),
            What::Command { .. } | What::Archive { .. } => &[],
        }
    }
}

/// What a request was answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It was carried out.
    Done {
        /// The version of the stream after it.
        version: u64,
        /// The position of its last event, or the head of the log.
        position: u64,
        /// Whether it had been carried out before.
        replayed: bool,
    },
    /// The stream was closed, by this request or before.
    Archived,
    /// Nothing was written.
    Refused(Refusal),
    /// Nobody knows whether it was carried out.
    Unknown(String),
    /// Nobody waited for the answer.
    Dropped,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The stream is elsewhere.
    Version {
        /// Where it is.
        actual: u64,
    },
    /// Another event is at the version.
    Event {
        /// The version.
        at: u64,
    },
    /// The stream was closed.
    Archived {
        /// The version of its last event.
        at: u64,
    },
    /// Something has happened that must not have.
    Query {
        /// Which condition.
        index: usize,
        /// The last event that meets it.
        found: u64,
    },
    /// The command id was used by another.
    Reused,
    /// A view took too long.
    Slow,
    /// A view could not take the events in.
    View(String),
    /// There is no such account.
    NotFound,
    /// There is such an account.
    Exists,
    /// Another account has the name.
    Taken,
    /// The balance does not allow it.
    Balance(i64),
    /// The account was closed.
    Closed,
    /// Others were faster again and again.
    Contended,
    /// Anything else, which has no place in a history.
    Wrong(String),
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When it was asked for.
    pub begun: Moment,
    /// When it had come.
    pub ended: Moment,
    /// What it was.
    pub what: Sight,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sight {
    /// A part of the log.
    Page(Page),
    /// A whole stream.
    Stream {
        /// Which.
        address: Address,
        /// Its events.
        events: Vec<Glimpse>,
    },
    /// The last event of a tenant that is meant.
    Last {
        /// Whose.
        tenant: String,
        /// Which are meant.
        query: Query,
        /// Its position.
        found: Option<u64>,
    },
    /// What a command had led to.
    Outcome {
        /// Whose.
        tenant: String,
        /// The command.
        command: Uuid,
        /// Version and position.
        found: Option<(u64, u64)>,
    },
    /// How far the log was said to go.
    Head {
        /// Who was told.
        watcher: String,
        /// The position.
        position: u64,
    },
    /// A row of a view.
    Row {
        /// Which.
        id: RowId,
        /// The row, if there was one.
        row: Option<Row>,
    },
}

/// A part of the log, as a reader was given it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Who reads, from page to page. Another life of a process is another reader.
    pub reader: String,
    /// Whose events; all, if nobody is named.
    pub tenant: Option<String>,
    /// Which are meant.
    pub query: Query,
    /// Those behind this position.
    pub after: u64,
    /// Nothing at or before this position is left.
    pub read_to: u64,
    /// What limits it.
    pub end: PageEnd,
    /// Them.
    pub events: Vec<Glimpse>,
}

/// What limits a part of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageEnd {
    /// How many events a page may have.
    Limit,
    /// Where the log ended.
    Head,
    /// How far a subscription had come.
    Cursor,
}

/// An event that was seen: where, and a digest of all that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glimpse(pub u64, pub u64);

/// Which row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowId {
    /// The view.
    pub view: String,
    /// Whose.
    pub tenant: String,
    /// Its key, as text.
    pub key: String,
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its cells behind its key, as text.
    pub cells: Vec<String>,
    /// See [`freehold::Stored::version`].
    pub version: u64,
    /// The position of the last event in it.
    pub position: u64,
}

impl Glimpse {
    /// What is seen of an event.
    pub fn of(event: &Recorded<RawEvent>) -> Self {
        let mut digest = DefaultHasher::new();
        format!("{event:?}").hash(&mut digest);
        Self(event.position.0, digest.finish())
    }
}

impl Answer {
    /// Whether what was asked for may have been done.
    pub fn may_be_done(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Unknown(_) | Self::Dropped)
    }

    /// What an append was answered with.
    pub fn of_append(result: Result<ports::Outcome, ports::AppendError>) -> Self {
        match result {
            Ok(ports::Outcome { version, position, replayed, .. }) => {
                Self::Done { version: version.0, position: position.0, replayed }
            }
            Err(error) => Self::of_append_error(error),
        }
    }

    /// What an append, or that a stream is archived, was refused with.
    pub fn of_append_error(error: ports::AppendError) -> Self {
        use ports::{AppendError, InlineError};
        match error {
            AppendError::Conflict(conflict) => Self::Refused(conflict.into()),
            AppendError::CommandIdReused(_) => Self::Refused(Refusal::Reused),
            AppendError::Inline { error: InlineError::TimedOut(_), .. } => Self::Refused(Refusal::Slow),
            AppendError::Inline { view, error: InlineError::Failed(reason) } => {
                Self::Refused(Refusal::View(format!("{view}: {reason}")))
            }
            AppendError::Store(error @ ports::StoreError::Unavailable { .. }) => {
                Self::Unknown(error.to_string())
            }
            AppendError::Store(error) => Self::Refused(Refusal::Wrong(error.to_string())),
        }
    }
}

impl From<ports::Conflict> for Refusal {
    fn from(conflict: ports::Conflict) -> Self {
        use ports::Conflict;
        match conflict {
            Conflict::Version { actual, .. } => Self::Version { actual: actual.0 },
            Conflict::Event { at } => Self::Event { at: at.0 },
            Conflict::Archived { at } => Self::Archived { at: at.0 },
            Conflict::Query { index, found } => Self::Query { index, found: found.0 },
        }
    }
}
