//! `README.md`: what was measured, in tables.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use bench_harness::{Case, Kind, Shortcut};

use super::{Key, aims};
use crate::{
    command::root,
    numbers::{count, latency, ratio},
    page,
    results::cores,
};

type Measured = crate::results::Measured<Key>;
type Results = crate::results::Results<Key>;

/// What each case is, in the words of its section.
const CASES: [(Case, &str, &str); 8] = [
    (
        Case::A,
        "load, decide, append",
        "Each caller picks one of 1,000 accounts, loads it, decides on a deposit and appends one event of about 250 bytes \
         of JSON with about 200 bytes of metadata, durably; then the next. An account that has 20 events makes place for \
         one that has only been opened, so that they have about ten at all times, however fast a contender is.",
    ),
    (
        Case::B,
        "one hot account",
        "The same with 64 callers on one account, which begins each round with ten events. An attempt that meets a \
         conflict is begun again at once; an operation is as long as all of its attempts.",
    ),
    (
        Case::C,
        "load",
        "One caller loads accounts of a length, one after the other: the median, and the 99th percentile in brackets.",
    ),
    (Case::D, "read the whole log", "One reader folds all events of the log in order."),
    (
        Case::E,
        "a condition over the log",
        "Each caller opens an account on the condition that no other account has its nickname, in a log of 10,000 events \
         and more.",
    ),
    (
        Case::F,
        "a view in the same transaction",
        "A with a row of the account's balance that is up to date before the command returns, in the transaction of the \
         append.",
    ),
    (
        Case::G,
        "a flush of 1 ms",
        "A on a disk as clouds have them: the server is started with a shim (`src/slow_flush.c`, by `LD_PRELOAD`) that \
         makes `fdatasync` and `fsync` take 1 ms at least. Nothing else differs.",
    ),
    (
        Case::H,
        "a log that has grown",
        "A, on accounts that are scattered over a log of 1, 5 and 20 million events. Each contender runs on its own; its \
         sizes take turns.",
    ),
];

/// Writes it anew.
pub(crate) fn write(results: &Results) -> anyhow::Result<()> {
    let page = Page { results, text: String::new() };
    fs::write(root().join("README.md"), page.written()?)?;
    Ok(())
}

struct Page<'r> {
    results: &'r Results,
    text: String,
}

impl Page<'_> {
    fn written(mut self) -> Result<String, std::fmt::Error> {
        self.head()?;
        self.aims()?;
        for (case, title, text) in CASES {
            self.case(case, title, text)?;
        }
        self.sqlite()?;
        self.contenders()?;
        self.method()?;
        Ok(self.text)
    }

    fn head(&mut self) -> std::fmt::Result {
        self.text += include_str!("head.md");
        let machine = self.results.machine.as_ref();
        page::machine(&mut self.text, machine)?;
        if let Some(commit) = machine.and_then(|machine| machine.slow_commit) {
            writeln!(self.text, "In G a transaction of one row takes {commit} µs.")?;
        }
        Ok(())
    }

    fn aims(&mut self) -> std::fmt::Result {
        page::aims(&mut self.text, &aims::all(self.results))
    }

    fn case(&mut self, case: Case, title: &str, text: &str) -> std::fmt::Result {
        let cells = self.cells("postgres", case);
        if cells.is_empty() {
            return Ok(());
        }
        writeln!(self.text, "\n## {case}: {title}\n\n{text}\n")?;
        match case {
            Case::C => self.loads(&cells)?,
            _ => self.rates(&cells)?,
        }
        self.refusals(case)?;
        page::revisions(&mut self.text, &cells.iter().collect::<Vec<_>>())
    }

    fn sqlite(&mut self) -> std::fmt::Result {
        let cells = self.cells("sqlite", Case::A);
        if cells.is_empty() {
            return Ok(());
        }
        writeln!(self.text, "\n## A on SQLite\n\nThe same in one file, each commit flushed.\n")?;
        self.rates(&cells)?;
        page::revisions(&mut self.text, &cells.iter().collect::<Vec<_>>())
    }

    fn cells(&self, database: &str, case: Case) -> Vec<Measured> {
        let of_case = |cell: &&Measured| cell.key.database == database && cell.key.case == case;
        self.results.cells.iter().filter(of_case).cloned().collect()
    }

    /// A table for each number of callers and each size of the log.
    fn rates(&mut self, cells: &[Measured]) -> std::fmt::Result {
        let mut tables: BTreeMap<_, Vec<&Measured>> = BTreeMap::new();
        for cell in cells {
            tables.entry((cell.key.events, cell.key.callers)).or_default().push(cell);
        }
        for ((events, callers), mut rows) in tables {
            let best = self.results.best_peer(&rows);
            rows.sort_by(|a, b| {
                self.rank(a).cmp(&self.rank(b)).then(b.rate_or_none().total_cmp(&a.rate_or_none()))
            });
            let size =
                events.map_or_else(String::new, |events| format!(", {} million events", events / 1_000_000));
            let callers = if callers == 1 { "1 caller".to_owned() } else { format!("{callers} callers") };
            writeln!(
                self.text,
                "| {callers}{size} | per second | lowest – highest | p50 | p99 | p99.9 | cores | retries | × best peer |\n\
                 |---|---:|---:|---:|---:|---:|---:|---:|---:|"
            )?;
            for row in rows {
                self.rate_row(row, best)?;
            }
            writeln!(self.text)?;
        }
        page::failures(&mut self.text, &cells.iter().collect::<Vec<_>>())
    }

    fn rate_row(&mut self, row: &Measured, best: Option<f64>) -> std::fmt::Result {
        let name = self.shown(row);
        let Some((median, lowest, highest)) = row.rates() else {
            return writeln!(self.text, "| {name} | – | | | | | | | |");
        };
        let of = |of: fn(&bench_harness::protocol::Report) -> f64| row.median(of).unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let retries = of(|report| report.retries as f64 / report.operations as f64);
        writeln!(
            self.text,
            "| {name} | {} | {} – {} | {} | {} | {} | {:.2} | {retries:.2} | {} |",
            count(median),
            count(lowest),
            count(highest),
            latency(of(|report| report.p50)),
            latency(of(|report| report.p99)),
            latency(of(|report| report.p999)),
            of(cores),
            best.map(|best| ratio(median / best)).unwrap_or_default(),
        )
    }

    /// A row for each contender and what it loads from, a column for each length.
    fn loads(&mut self, cells: &[Measured]) -> std::fmt::Result {
        let mut rows: BTreeMap<_, BTreeMap<u64, &Measured>> = BTreeMap::new();
        for cell in cells {
            let row = (self.rank(cell), cell.key.contender.clone(), cell.key.shortcut);
            rows.entry(row).or_default().insert(cell.key.events.unwrap_or_default(), cell);
        }
        writeln!(self.text, "| | 10 events | 1,000 | 10,000 | 100,000 |\n|---|---:|---:|---:|---:|")?;
        for ((kind, contender, shortcut), lengths) in rows {
            let name = if kind == Kind::Own { format!("**{contender}**") } else { contender };
            let from = match shortcut {
                Shortcut::None => "",
                Shortcut::Snapshot => ", from a snapshot",
                Shortcut::Memory => ", from memory",
            };
            write!(self.text, "| {name}{from} |")?;
            for length in [10, 1_000, 10_000, 100_000] {
                let percentiles = lengths
                    .get(&length)
                    .and_then(|cell| Some((cell.median(|r| r.p50)?, cell.median(|r| r.p99)?)));
                match percentiles {
                    Some((p50, p99)) => write!(self.text, " {} ({}) |", latency(p50), latency(p99))?,
                    None => write!(self.text, " – |")?,
                }
            }
            writeln!(self.text)?;
        }
        for (variant, _) in &self.results.contenders {
            if let Some((longest, reason)) = &variant.longest {
                #[expect(clippy::cast_precision_loss, reason = "a small number")]
                let longest = count(*longest as f64);
                write!(self.text, "\n{} loads no more than {longest} events: {reason}.", variant.name)?;
            }
        }
        writeln!(self.text)?;
        page::failures(&mut self.text, &cells.iter().collect::<Vec<_>>())
    }

    /// Who does not take part, and why.
    fn refusals(&mut self, case: Case) -> std::fmt::Result {
        let peers = self.results.contenders.iter().filter(|(variant, _)| variant.kind == Kind::Peer);
        let refusals = peers.flat_map(|(variant, _)| {
            let of_case = variant.refuses.iter().filter(|(refused, _)| *refused == case);
            of_case.map(|(_, reason)| format!("{} ({reason})", variant.name))
        });
        let refusals: Vec<_> = refusals.collect();
        if !refusals.is_empty() {
            writeln!(self.text, "\nWithout: {}.", refusals.join("; "))?;
        }
        Ok(())
    }

    fn contenders(&mut self) -> std::fmt::Result {
        page::contenders(&mut self.text, self.results, |variant| (&variant.setup, &variant.remarks))
    }

    fn method(&mut self) -> std::fmt::Result {
        self.text += include_str!("method.md");
        page::settings(&mut self.text)
    }

    fn rank(&self, cell: &Measured) -> Kind {
        self.results.kind(&cell.key.contender)
    }

    fn shown(&self, cell: &Measured) -> String {
        page::shown(&cell.key.contender, self.rank(cell))
    }
}
