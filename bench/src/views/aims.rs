//! What views are held to: figures of one run, and their bounds.

use bench_harness::ViewCase;

use super::Key;
use crate::aim::{Aim, Bound};

type Measured = crate::results::Measured<Key>;
type Results = crate::results::Results<Key>;

const FREEHOLD: &str = "freehold";

/// All of them; those that were not measured say so.
pub(crate) fn all(results: &Results) -> Vec<Aim> {
    let rate = |case| results.of(case, FREEHOLD, |_| true).and_then(rate);
    let lag = results.of(ViewCase::B, FREEHOLD, |key| key.rate == 5_000);
    let lag = lag.and_then(|cell| cell.median(|report| report.p99));
    let aim = |what: &str, measured, bound| Aim { what: what.to_owned(), measured, bound };
    vec![
        aim("A1: events a second into 100 rows", rate(ViewCase::A1), Bound::Rate(100_000.0)),
        aim("A2: events a second into a row for each account", rate(ViewCase::A2), Bound::Rate(50_000.0)),
        aim("A1: beside the best peer", results.beside_peers(ViewCase::A1), Bound::AtLeast(5.0)),
        aim("A2: beside the best peer", results.beside_peers(ViewCase::A2), Bound::AtLeast(5.0)),
        aim("B, 5,000 commands a second: p99 of the lag", lag, Bound::Under(50_000.0)),
        aim(
            "C, 2,000 commands a second: those beside a rebuild",
            results.left(|key| key.rate > 0),
            Bound::AtLeast(0.8),
        ),
        aim(
            "C, 64 callers: commands beside a rebuild",
            results.left(|key| key.rate == 0),
            Bound::AtLeast(0.8),
        ),
    ]
}

fn rate(cell: &Measured) -> Option<f64> {
    cell.rates().map(|(median, ..)| median)
}

impl Results {
    /// The cell of a contender in a case.
    pub(crate) fn of(
        &self,
        case: ViewCase,
        contender: &str,
        which: impl Fn(&Key) -> bool,
    ) -> Option<&Measured> {
        let is_it = |key: &Key| key.case == case && key.contender == contender && which(key);
        self.cells.iter().find(|cell| is_it(&cell.key))
    }

    /// The cells of a case.
    pub(crate) fn of_case(&self, case: ViewCase) -> Vec<&Measured> {
        self.cells.iter().filter(|cell| cell.key.case == case).collect()
    }

    /// The share of commands that is left beside a rebuild.
    fn left(&self, which: impl Fn(&Key) -> bool) -> Option<f64> {
        let without = self.of(ViewCase::C, FREEHOLD, |key| !key.rebuilt && which(key))?;
        let key = Key { rebuilt: true, ..without.key.clone() };
        let beside = self.of(ViewCase::C, FREEHOLD, |other| *other == key)?;
        Some(rate(beside)? / rate(without)?)
    }

    fn beside_peers(&self, case: ViewCase) -> Option<f64> {
        let own = self.of(case, FREEHOLD, |_| true).and_then(rate)?;
        Some(own / self.best_peer(&self.of_case(case))?)
    }
}
