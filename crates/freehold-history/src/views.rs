//! The views of the load: what their rows have to be, as a fold over the log, event by event.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{Event, Log, Row, RowId};

/// Appended to through the port, without views that appends wait for.
pub const PLAIN: &str = "history.Plain";
/// Appended to through the port, with views that appends wait for.
pub const VIEWED: &str = "history.Viewed";
/// Written by commands.
pub const ACCOUNT: &str = "history.Account";

/// The row after an event.
type Fold = fn(Option<Vec<String>>, &Event) -> Option<Vec<String>>;

/// A view as a law sees it.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Its name.
    pub name: &'static str,
    /// When its rows are brought up to date.
    pub pace: Pace,
    /// Whether a row belongs to a stream, whose version is then its own.
    pub by_stream: bool,
    /// The row that an event touches.
    key: fn(&Event) -> Option<String>,
    fold: Fold,
}

/// When rows are brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// With each append.
    Inline,
    /// With some appends, and by a worker.
    Mixed,
    /// By a worker.
    Worker,
}

/// Rows that streams share, inline.
pub const SHARED: View = View {
    name: "history.Shared",
    pace: Pace::Inline,
    by_stream: false,
    key: |event| (event.address.aggregate == VIEWED).then(|| bucket(event.mark.number)),
    fold: count,
};

/// Streams, inline for some events.
pub const MIXED: View = View {
    name: "history.Mixed",
    pace: Pace::Mixed,
    by_stream: true,
    key: |event| (event.address.aggregate == VIEWED).then(|| event.address.id.to_string()),
    fold: count,
};

/// Streams of two kinds, by a worker.
pub const FOLLOWED: View = View {
    name: "history.Followed",
    pace: Pace::Worker,
    by_stream: false,
    key: |event| {
        [PLAIN, VIEWED]
            .contains(&event.address.aggregate.as_str())
            .then(|| format!("{}/{}", event.address.aggregate, event.address.id))
    },
    fold: count,
};

/// Accounts, inline.
pub const BALANCES: View = View {
    name: "history.Balance",
    pace: Pace::Inline,
    by_stream: true,
    key: |event| (event.address.aggregate == ACCOUNT).then(|| event.address.id.to_string()),
    fold: pay,
};

/// Accounts, by workers of the host that share its partitions.
pub const STATEMENTS: View = View { name: "history.Statement", pace: Pace::Worker, ..BALANCES };

/// All of them.
pub const VIEWS: [View; 5] = [SHARED, MIXED, FOLLOWED, BALANCES, STATEMENTS];

/// The row that an event of this number touches, among those that streams share.
pub fn bucket(number: u64) -> String {
    format!("bucket-{}", number % 4)
}

/// What an event adds to a row: a number that tells it and its place from every other.
pub fn chained(chain: i64, token: &str, part: usize) -> i64 {
    let mut digest = DefaultHasher::new();
    (token, part).hash(&mut digest);
    chain.wrapping_mul(31).wrapping_add(digest.finish().cast_signed())
}

#[expect(clippy::needless_pass_by_value, reason = "a fold takes the row")]
fn count(row: Option<Vec<String>>, event: &Event) -> Option<Vec<String>> {
    if event.name == "Removed" {
        return None;
    }
    let number = |place: usize| -> i64 {
        let cell = row.as_ref().and_then(|cells| cells.get(place));
        cell.and_then(|cell| cell.parse().ok()).unwrap_or_default()
    };
    let chain = chained(number(1), &event.mark.token, event.mark.part);
    Some(vec![(number(0) + 1).to_string(), chain.to_string()])
}

#[expect(clippy::needless_pass_by_value, reason = "a fold takes the row")]
fn pay(row: Option<Vec<String>>, event: &Event) -> Option<Vec<String>> {
    let (name, balance) = match row.as_deref() {
        Some([name, balance]) => (name.clone(), balance.parse::<i64>().unwrap_or_default()),
        _ => (String::new(), 0),
    };
    let called = event.mark.name.clone();
    let (name, balance) = match event.name.as_str() {
        "Opened" => (called.unwrap_or_default(), 0),
        "Renamed" => (called.unwrap_or_default(), balance),
        "Deposited" => (name, balance + event.mark.amount),
        "Withdrawn" | "Charged" => (name, balance - event.mark.amount),
        _ => return None,
    };
    Some(vec![name, balance.to_string()])
}

/// What a row was, from which position on.
pub type Timeline = Vec<(u64, Option<Row>)>;

impl View {
    /// What all of its rows were over time, a state for every event that touches them.
    pub fn timelines(&self, log: &Log) -> HashMap<RowId, Timeline> {
        let mut timelines: HashMap<RowId, Timeline> = HashMap::new();
        for (id, events) in self.touched(log) {
            let timeline = timelines.entry(id).or_default();
            for event in events.into_iter().take_while(|event| event.is_readable()) {
                let before = timeline.last().and_then(|(_, row)| row.clone());
                timeline.push((event.position(), self.step(before, event)));
            }
        }
        timelines
    }

    /// The rows that stand at an event which nobody can read: its position, and how many events wait there.
    pub fn waiting(&self, log: &Log) -> BTreeMap<u64, u64> {
        let waiting = |events: Vec<&Event>| {
            let readable = events.iter().take_while(|event| event.is_readable()).count();
            let first = events.get(readable)?.position();
            Some((first, (events.len() - readable) as u64))
        };
        self.touched(log).into_values().filter_map(waiting).collect()
    }

    /// The events that touch each row.
    fn touched<'l>(&self, log: &'l Log) -> HashMap<RowId, Vec<&'l Event>> {
        let mut touched: HashMap<RowId, Vec<&Event>> = HashMap::new();
        for event in &log.events {
            let Some(key) = (self.key)(event) else { continue };
            let (view, tenant) = (self.name.to_owned(), event.address.tenant.clone());
            touched.entry(RowId { view, tenant, key }).or_default().push(event);
        }
        touched
    }

    /// All of its rows in the end.
    pub fn rows(&self, log: &Log) -> BTreeMap<RowId, Row> {
        let last = |(id, timeline): (RowId, Timeline)| Some((id, timeline.into_iter().next_back()?.1?));
        self.timelines(log).into_iter().filter_map(last).collect()
    }

    fn step(&self, before: Option<Row>, event: &Event) -> Option<Row> {
        let counted = before.as_ref().map_or(0, |row| row.version) + 1;
        let version = if self.by_stream { event.version } else { counted };
        let cells = (self.fold)(before.map(|row| row.cells), event)?;
        Some(Row { cells, version, position: event.position() })
    }
}
