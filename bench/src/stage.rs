//! What a contender is asked to measure, whichever benchmark asks.

use bench_harness::{Case, Shortcut, View, protocol::Work};

use crate::contenders::Contender;

/// One measurement of a contender, and where it stands in the tables.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell<K> {
    pub(crate) key: K,
    pub(crate) work: Work,
    pub(crate) callers: usize,
}

/// A database of a contender, and what is measured on it.
#[derive(Clone, Debug)]
pub(crate) struct Stage<K> {
    pub(crate) contender: Contender,
    pub(crate) case: Case,
    pub(crate) shortcut: Shortcut,
    pub(crate) view: View,
    /// How many events the log holds before the first round, or rows the view.
    pub(crate) grown: u64,
    pub(crate) cells: Vec<Cell<K>>,
    /// How many connections the contender opens, if it is not as it would have it.
    pub(crate) connections: Option<usize>,
}

/// So many callers are few, and nobody opens more connections for them.
pub(crate) const FEW: usize = 8;

/// Stages whose rounds alternate.
pub(crate) type Heat<K> = Vec<Stage<K>>;

impl<K> Stage<K> {
    /// Of a fresh database, with as many connections as suit the callers.
    pub(crate) fn new(contender: &Contender, case: Case, cells: Vec<Cell<K>>) -> Self {
        let connections = cells.iter().all(|cell| cell.callers <= FEW).then_some(FEW);
        let (contender, shortcut, view) = (contender.clone(), Shortcut::None, View::None);
        Self { contender, case, shortcut, view, grown: 0, cells, connections }
    }
}
