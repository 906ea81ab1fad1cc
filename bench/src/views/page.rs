//! `VIEWS.md`: what was measured, in tables.

use std::{
    collections::BTreeMap,
    fmt::{Display, Formatter, Result, Write as _},
    fs,
};

use bench_harness::{
    Kind, Question, ViewCase,
    protocol::{Report, Resident},
};

use super::{Key, aims};
use crate::{
    command::root,
    numbers::{count, latency, mebibytes, ratio},
    page,
};

type Measured = crate::results::Measured<Key>;
type Results = crate::results::Results<Key>;

/// What each case is, in the words of its section.
const CASES: [(ViewCase, &str, &str); 6] = [
    (
        ViewCase::A1,
        "catch up, 100 rows",
        "From an empty view to one that has taken in the whole log, of accounts with ten events each. Every event goes into one \
         of 100 rows, which counts events and sums up amounts.",
    ),
    (ViewCase::A2, "catch up, a row for each account", "The same into as many rows as there are accounts."),
    (
        ViewCase::B,
        "how far behind",
        "Commands come at a fixed rate, and the view of A2 follows. The lag is the time from when a command is acknowledged \
         until the row of its account shows it.",
    ),
    (
        ViewCase::C,
        "built anew beside commands",
        "The view of A2 is built anew from the whole log, from beginning to end and again, while commands come and the view that \
         serves follows them: 2,000 a second, and as many as 64 callers get done. Beside it the same without a rebuild.",
    ),
    (
        ViewCase::D,
        "up to date before the command returns",
        "The log's case A with and without a row of the account's balance that is up to date before the command returns.",
    ),
    (
        ViewCase::E,
        "queries",
        "Eight callers ask a view of many rows: a row by its key; the 50 rows after a place in the middle, in the order of \
         another column; and the ten rows of which a column contains a text, whatever the case of its letters.",
    ),
];

/// Writes it anew.
pub(crate) fn write(results: &Results) -> anyhow::Result<()> {
    let mut text = String::new();
    text += include_str!("head.md");
    page::machine(&mut text, results.machine.as_ref())?;
    text += &figures(results)?;
    page::contenders(&mut text, results, |variant| (&variant.view_setup, &[]))?;
    text += include_str!("method.md");
    page::settings(&mut text)?;
    fs::write(root().join("VIEWS.md"), text)?;
    Ok(())
}

/// What it is held to, and the tables of all cases.
pub(crate) fn figures(results: &Results) -> std::result::Result<String, std::fmt::Error> {
    let mut page = Page { results, text: String::new() };
    page::aims(&mut page.text, &aims::all(results))?;
    for (case, title, text) in CASES {
        writeln!(page.text, "\n## {case}: {title}\n\n{text}")?;
        page.case(case)?;
    }
    Ok(page.text)
}

struct Page<'r> {
    results: &'r Results,
    text: String,
}

impl Page<'_> {
    fn case(&mut self, case: ViewCase) -> Result {
        let mut cells = self.results.of_case(case);
        if !cells.is_empty() {
            cells.sort_by(|a, b| {
                self.rank(a).cmp(&self.rank(b)).then(b.rate_or_none().total_cmp(&a.rate_or_none()))
            });
            writeln!(self.text)?;
            match case {
                ViewCase::A1 | ViewCase::A2 => self.catch_up(&cells)?,
                ViewCase::B => self.steady(&cells)?,
                ViewCase::C => self.beside(&cells)?,
                ViewCase::D => self.inline(&cells)?,
                ViewCase::E => self.questions(&cells)?,
            }
            page::failures(&mut self.text, &cells)?;
            page::revisions(&mut self.text, &cells)?;
        }
        self.without(case)
    }

    fn catch_up(&mut self, cells: &[&Measured]) -> Result {
        let best = self.results.best_peer(cells);
        writeln!(
            self.text,
            "| | events | per second | lowest – highest | cores, client | cores, server | × best peer |\n\
             |---|---:|---:|---:|---:|---:|---:|"
        )?;
        for cell in cells {
            let (name, events) = (self.name(cell), figure(cell.key.size));
            let Some((median, lowest, highest)) = cell.rates() else {
                writeln!(self.text, "| {name} | {events} | – | | | | |")?;
                continue;
            };
            let best = best.map(|best| ratio(median / best)).unwrap_or_default();
            let (median, range) = (count(median), range(lowest, highest));
            writeln!(self.text, "| {name} | {events} | {median} | {range} | {} | {best} |", cores(cell))?;
        }
        Ok(())
    }

    /// A table for each rate.
    fn steady(&mut self, cells: &[&Measured]) -> Result {
        for (rate, cells) in grouped(cells, |key| key.rate) {
            writeln!(
                self.text,
                "| {} a second | acknowledged a second | lag, p50 | p99 | longest | cores, client | cores, server |\n\
                 |---|---:|---:|---:|---:|---:|---:|",
                figure(rate)
            )?;
            for cell in cells {
                let name = self.name(cell);
                let Some((median, ..)) = cell.rates() else {
                    writeln!(self.text, "| {name} | – | | | | | |")?;
                    continue;
                };
                let longest = latency(of(cell, |report| report.max));
                let (median, lag, cores) = (count(median), latencies(cell), cores(cell));
                writeln!(self.text, "| {name} | {median} | {lag} | {longest} | {cores} |")?;
            }
            writeln!(self.text)?;
        }
        Ok(())
    }

    /// A table for those that come at a rate, one for callers in a closed loop, and one of the rebuilds themselves.
    fn beside(&mut self, cells: &[&Measured]) -> Result {
        for (writers, cells) in grouped(cells, writers) {
            writeln!(
                self.text,
                "| {writers} | events | per second, without | beside | share that is left | p50, without | beside | \
                 p99, without | beside |\n\
                 |---|---:|---:|---:|---:|---:|---:|---:|---:|"
            )?;
            for (without, beside) in pairs(&cells) {
                let (name, events) = (self.name(without), figure(without.key.size));
                let both = beside.and_then(|beside| Some((beside, without.rates()?.0, beside.rates()?.0)));
                let Some((beside, rate, rate_beside)) = both else {
                    writeln!(self.text, "| {name} | {events} | – | | | | | | |")?;
                    continue;
                };
                let (share, rates) = (ratio(rate_beside / rate), [rate, rate_beside].map(count));
                let at = |of_report: fn(&Report) -> f64| {
                    [without, beside].map(|cell| latency(of(cell, of_report)))
                };
                let (p50, p99) = (at(|report| report.p50), at(|report| report.p99));
                writeln!(
                    self.text,
                    "| {name} | {events} | {} | {share} | {} | {} |",
                    rates.join(" | "),
                    p50.join(" | "),
                    p99.join(" | ")
                )?;
            }
            writeln!(self.text)?;
        }
        self.rebuilds(cells)
    }

    fn rebuilds(&mut self, cells: &[&Measured]) -> Result {
        writeln!(
            self.text,
            "| the rebuild | beside | events | events a second | resident, without one | before it begins | at most meanwhile |\n\
             |---|---|---:|---:|---:|---:|---:|"
        )?;
        for (without, beside) in pairs(cells) {
            let Some(beside) = beside.filter(|beside| !beside.rounds.is_empty()) else { continue };
            let (name, events, writers) = (self.name(beside), figure(beside.key.size), writers(&beside.key));
            let rate = of(beside, |report| report.rebuilt.map(|rebuilt| rebuilt.rate()).unwrap_or_default());
            let rest = [
                most(without, |resident| Some(resident.highest)),
                most(beside, |resident| resident.before),
                most(beside, |resident| Some(resident.highest)),
            ];
            let (rate, rest) = (count(rate), rest.map(mebibytes).join(" | "));
            writeln!(self.text, "| {name} | {writers} | {events} | {rate} | {rest} |")?;
        }
        Ok(())
    }

    fn inline(&mut self, cells: &[&Measured]) -> Result {
        for (callers, cells) in grouped(cells, |key| key.callers) {
            let callers = if callers == 1 { "1 caller".to_owned() } else { format!("{callers} callers") };
            writeln!(
                self.text,
                "| {callers} | per second, without | with | share that is left | p99, without | with |\n\
                 |---|---:|---:|---:|---:|---:|"
            )?;
            for without in cells.iter().filter(|cell| !cell.key.kept) {
                let with = cells.iter().find(|cell| cell.key == Key { kept: true, ..without.key.clone() });
                let both = with.and_then(|with| Some((without.rates()?.0, with.rates()?.0, *with)));
                let name = self.name(without);
                let Some((rate_without, rate_with, with)) = both else {
                    writeln!(self.text, "| {name} | – | | | | |")?;
                    continue;
                };
                writeln!(
                    self.text,
                    "| {name} | {} | {} | {} | {} | {} |",
                    count(rate_without),
                    count(rate_with),
                    ratio(rate_with / rate_without),
                    latency(of(without, |report| report.p99)),
                    latency(of(with, |report| report.p99)),
                )?;
            }
            writeln!(self.text)?;
        }
        Ok(())
    }

    fn questions(&mut self, cells: &[&Measured]) -> Result {
        for ((question, rows), cells) in grouped(cells, |key| (key.question, key.size)) {
            let title = match question {
                Some(Question::Page) => "a page of 50",
                Some(Question::Search) => "a search",
                Some(Question::Point) | None => "a row by its key",
            };
            writeln!(
                self.text,
                "| {title}, {} rows | per second | lowest – highest | p50 | p99 | cores, client | cores, server |\n\
                 |---|---:|---:|---:|---:|---:|---:|",
                figure(rows)
            )?;
            for cell in cells {
                let name = self.name(cell);
                let Some((median, lowest, highest)) = cell.rates() else {
                    writeln!(self.text, "| {name} | – | | | | | |")?;
                    continue;
                };
                let (median, range) = (count(median), range(lowest, highest));
                let (latencies, cores) = (latencies(cell), cores(cell));
                writeln!(self.text, "| {name} | {median} | {range} | {latencies} | {cores} |")?;
            }
            writeln!(self.text)?;
        }
        Ok(())
    }

    /// Who does not take part, and why.
    fn without(&mut self, case: ViewCase) -> Result {
        let reasons = self.results.contenders.iter().flat_map(|(variant, _)| {
            let of_case = variant.without.iter().filter(|(without, _)| *without == case);
            of_case.map(|(_, reason)| format!("{} ({reason})", variant.name))
        });
        let reasons: Vec<_> = reasons.collect();
        if reasons.is_empty() {
            return Ok(());
        }
        writeln!(self.text, "\nWithout: {}.", reasons.join("; "))
    }

    fn rank(&self, cell: &Measured) -> Kind {
        self.results.kind(&cell.key.contender)
    }

    fn name(&self, cell: &Measured) -> String {
        page::shown(&cell.key.contender, self.rank(cell))
    }
}

/// Cells by what is the same in them, in order.
fn grouped<'c, G: Ord>(cells: &[&'c Measured], by: impl Fn(&Key) -> G) -> BTreeMap<G, Vec<&'c Measured>> {
    let mut groups: BTreeMap<G, Vec<&Measured>> = BTreeMap::new();
    for cell in cells {
        groups.entry(by(&cell.key)).or_default().push(cell);
    }
    groups
}

/// Who writes beside a rebuild; those at a fixed rate come first.
fn writers(key: &Key) -> Writers {
    match key.rate {
        0 => Writers::Callers(key.callers),
        rate => Writers::Rate(rate),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Writers {
    Rate(u64),
    Callers(usize),
}

impl Display for Writers {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Rate(rate) => write!(f, "{} a second", figure(*rate)),
            Self::Callers(callers) => write!(f, "{callers} callers"),
        }
    }
}

/// Those without a rebuild, each with its like beside one.
fn pairs<'c>(cells: &[&'c Measured]) -> Vec<(&'c Measured, Option<&'c Measured>)> {
    let without = cells.iter().filter(|cell| !cell.key.rebuilt);
    let pair = |without: &&'c Measured| {
        let key = Key { rebuilt: true, ..without.key.clone() };
        (*without, cells.iter().find(|cell| cell.key == key).copied())
    };
    without.map(pair).collect()
}

/// The most of any round.
fn most(cell: &Measured, of: impl Fn(Resident) -> Option<u64>) -> u64 {
    cell.rounds.iter().filter_map(|report| of(report.resident?)).max().unwrap_or_default()
}

fn of(cell: &Measured, of: impl Fn(&Report) -> f64) -> f64 {
    cell.median(of).unwrap_or_default()
}

fn range(lowest: f64, highest: f64) -> String {
    format!("{} – {}", count(lowest), count(highest))
}

/// Two columns: the median, and the 99th percentile.
fn latencies(cell: &Measured) -> String {
    format!("{} | {}", latency(of(cell, |report| report.p50)), latency(of(cell, |report| report.p99)))
}

/// Two columns: how many the client kept busy, and how many the server.
fn cores(cell: &Measured) -> String {
    let client = of(cell, |report| report.client_cpu / report.seconds);
    let server = of(cell, |report| report.server_cpu / report.seconds);
    format!("{client:.2} | {server:.2}")
}

#[expect(clippy::cast_precision_loss, reason = "a number that people have chosen")]
fn figure(number: u64) -> String {
    count(number as f64)
}
