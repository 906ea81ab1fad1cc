//! What the log is held to: figures of one run, and their bounds.

use bench_harness::{Case, Shortcut};

use super::Key;
use crate::aim::{Aim, Bound};

type Measured = crate::results::Measured<Key>;
type Results = crate::results::Results<Key>;

const FREEHOLD: &str = "freehold";
const BY_HAND: &str = "by hand";
const INSERT: &str = "by hand, insert only";

/// Those that both sides were measured of.
pub(crate) fn all(results: &Results) -> Vec<Aim> {
    let mut aims = Aims { results, aims: Vec::new() };
    aims.against_peers();
    aims.against_hand();
    aims.against_itself();
    aims.aims
}

struct Aims<'r> {
    results: &'r Results,
    aims: Vec<Aim>,
}

impl Aims<'_> {
    fn against_peers(&mut self) {
        let bounds = [
            (Case::A, 1, 2.0),
            (Case::A, 8, 3.5),
            (Case::A, 64, 8.0),
            (Case::A, 256, 8.0),
            (Case::B, 64, 20.0),
            (Case::E, 1, 5.0),
            (Case::E, 8, 5.0),
            (Case::E, 64, 5.0),
            (Case::G, 64, 4.0),
            (Case::G, 256, 8.0),
        ];
        for (case, callers, bound) in bounds {
            let cells: Vec<_> = self.results.cells.iter().collect();
            let at = |cell: &&&Measured| {
                (cell.key.database.as_str(), cell.key.case, cell.key.callers) == ("postgres", case, callers)
            };
            let cells: Vec<_> = cells.iter().filter(at).copied().collect();
            let (own, peer) =
                (self.rate("postgres", case, FREEHOLD, callers), self.results.best_peer(&cells));
            let what = format!("{case}, {}: beside the best peer", times(callers));
            self.add(what, own, peer, Bound::AtLeast(bound));
        }
    }

    fn against_hand(&mut self) {
        let p50 = |contender| self.median(Case::A, contender, 1);
        let (own, hand) = (p50(FREEHOLD), p50(INSERT));
        self.add("A, 1 caller: p50 beside that of a plain insert".into(), own, hand, Bound::AtMost(1.5));
        let own = self.rate("postgres", Case::A, FREEHOLD, 64);
        let hand = self.rate("postgres", Case::A, "by hand, multi-row inserts", 64);
        self.add(
            "A, 64 callers: beside multi-row inserts by one connection".into(),
            own,
            hand,
            Bound::AtLeast(0.6),
        );
        for length in [10, 1_000, 10_000, 100_000] {
            let (own, hand) =
                (self.load(FREEHOLD, length, Shortcut::None), self.load(BY_HAND, length, Shortcut::None));
            self.add(format!("C, {length} events: beside a load by hand"), own, hand, Bound::AtMost(1.2));
        }
        let snapshot = self.load(FREEHOLD, 100_000, Shortcut::Snapshot);
        self.add("C, 100000 events, from a snapshot".into(), snapshot, Some(1.0), Bound::Under(1_000.0));
        let memory = self.load(FREEHOLD, 10, Shortcut::Memory);
        self.add("C, from memory".into(), memory, Some(1.0), Bound::Under(10.0));
        let scan = |contender| self.rate("postgres", Case::D, contender, 1);
        let (own, hand) = (scan(FREEHOLD), scan(BY_HAND));
        self.add("D: beside keyset paging by hand".into(), own, hand, Bound::AtLeast(0.8));
        let (own, hand) =
            (self.rate("postgres", Case::G, FREEHOLD, 256), self.rate("postgres", Case::G, INSERT, 256));
        self.add("G, 256 callers: beside single inserts by hand".into(), own, hand, Bound::AtLeast(1.0));
        let own = self.rate("sqlite", Case::A, FREEHOLD, 64);
        let hand = self.rate("sqlite", Case::A, "by hand, one row per transaction", 64);
        self.add(
            "SQLite, A, 64 callers: beside one row per transaction by hand".into(),
            own,
            hand,
            Bound::AtLeast(3.0),
        );
    }

    fn against_itself(&mut self) {
        for callers in [1, 8, 64, 256] {
            let rate = |case| self.rate("postgres", case, FREEHOLD, callers);
            let (with, without) = (rate(Case::F), rate(Case::A));
            self.add(format!("F, {}: beside A", times(callers)), with, without, Bound::AtLeast(0.5));
        }
        for callers in [1, 64] {
            let rate = |events| {
                self.find("postgres", Case::H, FREEHOLD, |cell| {
                    cell.key.callers == callers && cell.key.events == Some(events)
                })
            };
            let rate = |events| rate(events).and_then(Measured::rates).map(|(median, ..)| median);
            let (grown, small) = (rate(20_000_000), rate(1_000_000));
            let what = format!("H, {}: with 20 million events beside 1 million", times(callers));
            self.add(what, grown, small, Bound::AtLeast(0.8));
        }
    }

    fn add(&mut self, what: String, own: Option<f64>, other: Option<f64>, bound: Bound) {
        if let (Some(own), Some(other)) = (own, other) {
            self.aims.push(Aim { what, measured: Some(own / other), bound });
        }
    }

    fn find(
        &self,
        database: &str,
        case: Case,
        contender: &str,
        which: impl Fn(&Measured) -> bool,
    ) -> Option<&Measured> {
        self.results.cells.iter().find(|cell| {
            (cell.key.database.as_str(), cell.key.case, cell.key.contender.as_str())
                == (database, case, contender)
                && which(cell)
        })
    }

    fn rate(&self, database: &str, case: Case, contender: &str, callers: usize) -> Option<f64> {
        let cell = self.find(database, case, contender, |cell| cell.key.callers == callers)?;
        cell.rates().map(|(median, ..)| median)
    }

    fn median(&self, case: Case, contender: &str, callers: usize) -> Option<f64> {
        self.find("postgres", case, contender, |cell| cell.key.callers == callers)?
            .median(|report| report.p50)
    }

    fn load(&self, contender: &str, events: u64, shortcut: Shortcut) -> Option<f64> {
        let which = |cell: &Measured| (cell.key.events, cell.key.shortcut) == (Some(events), shortcut);
        self.find("postgres", Case::C, contender, which)?.median(|report| report.p50)
    }
}

fn times(callers: usize) -> String {
    if callers == 1 { "1 caller".into() } else { format!("{callers} callers") }
}
