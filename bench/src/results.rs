//! What was measured, kept from run to run in a file.

use std::{fs, path::PathBuf, process::Command};

use bench_harness::{
    Kind, Variant,
    protocol::{Rebuilt, Report, Resident},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    command::{output, root},
    contenders::Contender,
    machine::Machine,
    numbers::mebibytes,
};

/// Where a figure stands in the tables of a benchmark.
pub(crate) trait Key: Clone + PartialEq + Serialize + DeserializeOwned {
    /// The file that results are kept in.
    const FILE: &'static str;

    /// Whose it is.
    fn contender(&self) -> &str;

    /// Whose it is, among those of its case.
    fn who(&self) -> String;

    /// All of it, for whoever looks on.
    fn shown(&self) -> String;

    /// Whether both stand in one row, whose cells must be of one commit.
    fn shares_row(&self, other: &Self) -> bool;

    /// Whether it is events that are counted, and not operations.
    fn counts_events(&self) -> bool;
}

/// All that was measured on one machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "K: Key")]
pub(crate) struct Results<K> {
    pub(crate) machine: Option<Machine>,
    /// Who took part, each with the versions of its packages.
    pub(crate) contenders: Vec<(Variant, String)>,
    pub(crate) cells: Vec<Measured<K>>,
}

/// What was measured of one cell, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "K: Key")]
pub(crate) struct Measured<K> {
    #[serde(flatten)]
    pub(crate) key: K,
    #[serde(flatten)]
    pub(crate) revision: Revision,
    pub(crate) versions: String,
    pub(crate) rounds: Vec<Report>,
    /// Why there are not as many rounds as were asked for.
    pub(crate) failed: Option<String>,
}

/// The code that was measured, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Revision {
    pub(crate) commit: String,
    pub(crate) date: String,
}

impl Revision {
    /// The commit that is checked out, with a `+` if the tree differs from it, and the day.
    pub(crate) fn now() -> anyhow::Result<Self> {
        let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(root()));
        let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
        let changed = git(&[
            "status",
            "--porcelain",
            "--",
            ":/",
            ":!results*",
            ":!README.md",
            ":!views.json",
            ":!VIEWS.md",
        ])?;
        let plus = if changed.trim().is_empty() { "" } else { "+" };
        let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        Ok(Self { commit: format!("{}{plus}", commit.trim()), date })
    }
}

impl<K: Key> Measured<K> {
    pub(crate) fn new(key: K) -> Self {
        Self { key, revision: Revision::default(), versions: String::new(), rounds: Vec::new(), failed: None }
    }

    /// A round, for whoever looks on.
    pub(crate) fn line(&self, report: &Report) -> String {
        let mut said = vec![format!("{:.0}/s", self.rate(report))];
        // Where operations were not timed one by one, nothing is said of that.
        if report.max > 0.0 {
            said.push(format!("p50 {:.0} µs, p99 {:.0} µs", report.p50, report.p99));
        }
        said.push(format!("{:.2} cores", cores(report)));
        said.extend(report.rebuilt.map(|Rebuilt { rebuilds, events, seconds, .. }| {
            format!("rebuilds: {rebuilds}, of {events} events in {seconds:.1} s")
        }));
        said.extend(report.resident.map(|Resident { before, highest }| {
            let before = before.map(|before| format!("{}, then ", mebibytes(before))).unwrap_or_default();
            format!("resident: {before}{} at most", mebibytes(highest))
        }));
        if report.retries > 0 {
            said.push(format!("{} retries", report.retries));
        }
        format!("{}: {}", self.key.shown(), said.join(", "))
    }

    /// What is counted a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub(crate) fn rate(&self, report: &Report) -> f64 {
        let counted = if self.key.counts_events() { report.events } else { report.operations };
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

impl<K> Default for Results<K> {
    fn default() -> Self {
        Self { machine: None, contenders: Vec::new(), cells: Vec::new() }
    }
}

impl<K: Key> Results<K> {
    fn file() -> PathBuf {
        root().join(K::FILE)
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
        measured: Vec<Measured<K>>,
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
            let versions = contenders.iter().find(|contender| contender.variant.name == new.key.contender());
            new.versions = versions.map(|contender| contender.versions.clone()).unwrap_or_default();
            self.cells.retain(|old| {
                old.key != new.key
                    && (!old.key.shares_row(&new.key)
                        || (&old.revision.commit, &old.versions) == (&new.revision.commit, &new.versions))
            });
            self.cells.push(new);
        }
    }

    /// What this contender is to the others.
    pub(crate) fn kind(&self, contender: &str) -> Kind {
        let found = self.contenders.iter().find(|(variant, _)| variant.name == contender);
        found.map_or(Kind::Peer, |(variant, _)| variant.kind)
    }

    /// The rate of the fastest peer among the cells, of those that stood all rounds.
    pub(crate) fn best_peer(&self, cells: &[&Measured<K>]) -> Option<f64> {
        let peers = cells.iter().filter(|cell| self.kind(cell.key.contender()) == Kind::Peer);
        let peers = peers.filter(|cell| cell.failed.is_none());
        peers.filter_map(|cell| cell.rates().map(|(median, ..)| median)).max_by(f64::total_cmp)
    }
}
