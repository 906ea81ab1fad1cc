//! What each case consists of.

use bench_harness::{Case, Shortcut, View, protocol::Work};

use super::{
    Key,
    arguments::{Arguments, Databases},
};
use crate::contenders::Contender;

type Cell = crate::stage::Cell<Key>;
type Stage = crate::stage::Stage<Key>;
type Heat = crate::stage::Heat<Key>;

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
    let alone = |contender: &Contender| stages((database, case), contender, arguments);
    match case {
        // All at once they would not fit on the disk; so each contender's sizes alternate.
        Case::H => taking_part.map(alone).collect(),
        _ => vec![taking_part.flat_map(alone).collect()],
    }
}

fn stages(at: (&str, Case), contender: &Contender, arguments: &Arguments) -> Heat {
    let (_, case) = at;
    let stage = |grown, shortcut, cells: Vec<Cell>| {
        let stage = Stage::new(contender, case, cells);
        let view = if case == Case::F { View::Inline } else { View::None };
        Stage { grown, shortcut, view, connections: arguments.connections.or(stage.connections), ..stage }
    };
    let of = |work, callers: &[usize], events| {
        let asked = |callers: &&usize| arguments.callers.is_empty() || arguments.callers.contains(callers);
        let key = |callers| Key::new(at, contender, callers, events, Shortcut::None);
        let cell = |&callers: &usize| Cell { key: key(callers), work, callers };
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
            shortcuts.map(|&shortcut| stage(0, shortcut, loads(at, contender, shortcut))).collect()
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

fn loads(at: (&str, Case), contender: &Contender, shortcut: Shortcut) -> Vec<Cell> {
    let longest = contender.variant.longest.as_ref().map_or(u64::MAX, |(events, _)| *events);
    let lengths = [10, 1_000, 10_000, 100_000].into_iter().filter(|events| *events <= longest);
    let cell = |events| Cell {
        key: Key::new(at, contender, 1, Some(events), shortcut),
        work: Work::Load { events, shortcut },
        callers: 1,
    };
    lengths.map(cell).collect()
}
