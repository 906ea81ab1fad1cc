//! What was measured, kept from run to run in `results.json`.

use std::{fs, path::PathBuf, process::Command};

use bench_harness::{Case, Shortcut, Variant, protocol::Report};
use serde::{Deserialize, Serialize};

use crate::{
    command::{output, root},
    contenders::Contender,
    machine::Machine,
    plan::Cell,
};

/// All that was measured on one machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) machine: Option<Machine>,
    /// Who took part, each with the versions of its packages.
    pub(crate) contenders: Vec<(Variant, String)>,
    pub(crate) cells: Vec<Measured>,
}

/// What was measured of one cell, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    #[serde(flatten)]
    pub(crate) key: Key,
    #[serde(flatten)]
    pub(crate) revision: Revision,
    pub(crate) versions: String,
    pub(crate) rounds: Vec<Report>,
    /// Why there are not as many rounds as were asked for.
    pub(crate) failed: Option<String>,
}

/// Where it stands in the tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) database: String,
    pub(crate) case: Case,
    pub(crate) contender: String,
    pub(crate) callers: usize,
    pub(crate) events: Option<u64>,
    pub(crate) shortcut: Shortcut,
}

/// The code that was measured, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Revision {
    pub(crate) commit: String,
    pub(crate) date: String,
}

impl Key {
    pub(crate) fn new(database: &str, case: Case, contender: &Contender, cell: &Cell) -> Self {
        Self {
            database: database.to_owned(),
            case,
            contender: contender.variant.name.clone(),
            callers: cell.callers,
            events: cell.events,
            shortcut: cell.shortcut,
        }
    }

    /// Whether both stand in one row, whose cells must be of one commit.
    fn shares_row(&self, other: &Self) -> bool {
        (&self.database, self.case, &self.contender) == (&other.database, other.case, &other.contender)
    }
}

impl Revision {
    /// The commit that is checked out, with a `+` if the tree differs from it, and the day.
    pub(crate) fn now() -> anyhow::Result<Self> {
        let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(root()));
        let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
        let changed = git(&["status", "--porcelain", "--", ":/", ":!results*", ":!README.md"])?;
        let plus = if changed.trim().is_empty() { "" } else { "+" };
        let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        Ok(Self { commit: format!("{}{plus}", commit.trim()), date })
    }
}

impl Measured {
    pub(crate) fn new(key: Key) -> Self {
        Self { key, revision: Revision::default(), versions: String::new(), rounds: Vec::new(), failed: None }
    }

    /// A round, for whoever looks on.
    pub(crate) fn line(&self, report: &Report) -> String {
        let Key { case, contender, callers, events, shortcut, .. } = &self.key;
        let events = events.map_or_else(String::new, |events| format!(", {events} events"));
        let from = if *shortcut == Shortcut::None { String::new() } else { format!(" from {shortcut:?}") };
        let rate = self.rate(report);
        let cores = cores(report);
        format!(
            "{case} {contender}, {callers} callers{events}{from}: {rate:.0}/s, p50 {:.0} µs, p99 {:.0} µs, {cores:.2} cores, \
             {} retries, {} errors {}",
            report.p50,
            report.p99,
            report.retries,
            report.errors,
            report.error.as_deref().unwrap_or_default(),
        )
    }

    /// What is counted a second: events in D, else operations.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub(crate) fn rate(&self, report: &Report) -> f64 {
        let counted = if self.key.case == Case::D { report.events } else { report.operations };
        counted as f64 / report.seconds
    }

    /// The median over the rounds of what is asked of each.
    pub(crate) fn median(&self, of: impl Fn(&Report) -> f64) -> Option<f64> {
        let mut values: Vec<_> = self.rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = [values.len().checked_sub(1)? / 2, values.len() / 2];
        Some(middle.map(|place| values[place]).iter().sum::<f64>() / 2.0)
    }

    /// The rate in the median; below all others, if there is none.
    pub(crate) fn rate_or_none(&self) -> f64 {
        self.rates().map_or(-1.0, |(median, ..)| median)
    }

    /// The rate in the median, and the lowest and the highest.
    pub(crate) fn rates(&self) -> Option<(f64, f64, f64)> {
        let rates = || self.rounds.iter().map(|report| self.rate(report));
        let median = self.median(|report| self.rate(report))?;
        Some((median, rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max)))
    }
}

/// How many cores client and server kept busy.
pub(crate) fn cores(report: &Report) -> f64 {
    (report.client_cpu + report.server_cpu) / report.seconds
}

impl Results {
    fn file() -> PathBuf {
        root().join("results.json")
    }

    /// What was measured before.
    pub(crate) fn read() -> anyhow::Result<Self> {
        match fs::read_to_string(Self::file()) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(_) => Ok(Self::default()),
        }
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        Ok(fs::write(Self::file(), serde_json::to_string_pretty(self)? + "\n")?)
    }

    /// Takes in what was measured now. What was measured on another machine goes, and so does what stands in the same
    /// row and was measured with other code.
    pub(crate) fn take(
        &mut self,
        machine: &Machine,
        revision: &Revision,
        contenders: &[Contender],
        measured: Vec<Measured>,
    ) {
        if self.machine.as_ref().is_some_and(|before| !before.is(machine)) {
            *self = Self::default();
        }
        let slow_commit = self.machine.as_ref().and_then(|before| before.slow_commit);
        self.machine = Some(Machine { slow_commit: machine.slow_commit.or(slow_commit), ..machine.clone() });
        for contender in contenders {
            self.contenders.retain(|(variant, _)| variant.name != contender.variant.name);
            self.contenders.push((contender.variant.clone(), contender.versions.clone()));
        }
        for mut new in measured {
            new.revision = revision.clone();
            let versions = contenders.iter().find(|contender| contender.variant.name == new.key.contender);
            new.versions = versions.map(|contender| contender.versions.clone()).unwrap_or_default();
            self.cells.retain(|old| {
                old.key != new.key
                    && (!old.key.shares_row(&new.key)
                        || (&old.revision.commit, &old.versions) == (&new.revision.commit, &new.versions))
            });
            self.cells.push(new);
        }
    }
}
