//! What each case consists of.

use bench_harness::{Case, Shortcut, protocol::Work};

use crate::{
    arguments::{Arguments, Databases},
    contenders::Contender,
};

/// One measurement of a contender, and where it stands in the tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) work: Work,
    pub(crate) callers: usize,
    /// How many events the account has (C) or the log (D, H).
    pub(crate) events: Option<u64>,
    pub(crate) shortcut: Shortcut,
}

/// A database of a contender, and what is measured on it.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) contender: Contender,
    /// How many events the log holds before the first round.
    pub(crate) grown: u64,
    pub(crate) shortcut: Shortcut,
    pub(crate) cells: Vec<Cell>,
    /// How many connections the contender opens, if it is not as it would have it.
    pub(crate) connections: Option<usize>,
}

/// So many callers are few, and nobody opens more connections for them.
const FEW: usize = 8;

/// Stages whose rounds alternate.
pub(crate) type Heat = Vec<Stage>;

/// The databases by the names that contenders have for them.
pub(crate) fn databases(arguments: &Arguments) -> Vec<&'static str> {
    match arguments.database {
        Databases::Postgres => vec!["postgres"],
        Databases::Sqlite => vec!["sqlite"],
        Databases::All => vec!["postgres", "sqlite"],
    }
}

/// The heats of a case.
pub(crate) fn heats(
    case: Case,
    database: &str,
    contenders: &[Contender],
    arguments: &Arguments,
) -> Vec<Heat> {
    // SQLite is there for services of one process; what is asked of it is how many commands it makes durable.
    if database == "sqlite" && case != Case::A {
        return Vec::new();
    }
    let takes_part = |contender: &&Contender| {
        contender.variant.databases.iter().any(|name| name == database)
            && contender.variant.refuses.iter().all(|(refused, _)| *refused != case)
    };
    let taking_part = contenders.iter().filter(takes_part);
    let alone = |contender: &Contender| stages(case, contender, arguments);
    match case {
        // All at once they would not fit on the disk; so each contender's sizes alternate.
        Case::H => taking_part.map(alone).collect(),
        _ => vec![taking_part.flat_map(alone).collect()],
    }
}

fn stages(case: Case, contender: &Contender, arguments: &Arguments) -> Heat {
    let stage = |grown, shortcut, cells: Vec<Cell>| {
        let few = cells.iter().all(|cell| cell.callers <= FEW).then_some(FEW);
        let connections = arguments.connections.or(few);
        Stage { contender: contender.clone(), grown, shortcut, cells, connections }
    };
    let of = |work, callers: &[usize], events| {
        let asked = |callers: &&usize| arguments.callers.is_empty() || arguments.callers.contains(callers);
        let cell = |&callers: &usize| Cell { work, callers, events, shortcut: Shortcut::None };
        callers.iter().filter(asked).map(cell).collect::<Vec<_>>()
    };
    // Few callers have a process of their own: a pool that has served many keeps as many connections, and may lead one caller
    // through all of them.
    let by_callers = |work, many: &[usize]| {
        let cells = [&[1], &[8], many].map(|callers| of(work, callers, None));
        let some = cells.into_iter().filter(|cells| !cells.is_empty());
        some.map(|cells| stage(0, Shortcut::None, cells)).collect()
    };
    match case {
        Case::A | Case::F | Case::G => by_callers(Work::Deposit, &[64, 256]),
        Case::B => vec![stage(0, Shortcut::None, of(Work::DepositIntoOne, &[64], None))],
        Case::C => {
            let shortcuts = contender.variant.shortcuts.iter();
            shortcuts.map(|&shortcut| stage(0, shortcut, loads(contender, shortcut))).collect()
        }
        Case::D => {
            let events = arguments.millions.first().copied().unwrap_or(1) * 1_000_000;
            vec![stage(events, Shortcut::None, of(Work::Scan, &[1], Some(events)))]
        }
        Case::E => by_callers(Work::Claim, &[64]),
        Case::H => {
            let sizes = arguments.millions.iter().map(|millions| millions * 1_000_000);
            sizes.map(|size| stage(size, Shortcut::None, of(Work::Deposit, &[1, 64], Some(size)))).collect()
        }
    }
}

fn loads(contender: &Contender, shortcut: Shortcut) -> Vec<Cell> {
    let longest = contender.variant.longest.as_ref().map_or(u64::MAX, |(events, _)| *events);
    let lengths = [10, 1_000, 10_000, 100_000].into_iter().filter(|events| *events <= longest);
    let cell =
        |events| Cell { work: Work::Load { events, shortcut }, callers: 1, events: Some(events), shortcut };
    lengths.map(cell).collect()
}
