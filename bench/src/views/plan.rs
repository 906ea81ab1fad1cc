//! What each case consists of.

use bench_harness::{Case, Question, View, ViewCase, protocol::Work};

use super::{Key, arguments::Arguments};
use crate::{contenders::Contender, stage::FEW};

type Cell = crate::stage::Cell<Key>;
type Stage = crate::stage::Stage<Key>;
type Heat = crate::stage::Heat<Key>;

/// How many commands come in a second beside a rebuild, and how many callers send as many as they get done.
const BESIDE: (u64, usize) = (2_000, 64);

/// The cases that were asked for.
pub(crate) fn cases(arguments: &Arguments) -> Vec<ViewCase> {
    let asked: Vec<_> = arguments.cases.iter().flat_map(|cases| cases.iter().copied()).collect();
    if asked.is_empty() { ViewCase::ALL.to_vec() } else { asked }
}

/// The stages of a case whose rounds alternate.
pub(crate) fn heat(case: ViewCase, contenders: &[Contender], arguments: &Arguments) -> Heat {
    let taking_part = contenders.iter().filter(|contender| contender.variant.views.contains(&case));
    taking_part.flat_map(|contender| stages(case, contender, arguments)).collect()
}

fn stages(case: ViewCase, contender: &Contender, arguments: &Arguments) -> Heat {
    match case {
        ViewCase::A1 => vec![catch_up(case, contender, View::Few, arguments)],
        ViewCase::A2 => vec![catch_up(case, contender, View::Many, arguments)],
        ViewCase::B => vec![steady(contender, &arguments.rates)],
        ViewCase::C => vec![beside_rebuild(contender, arguments)],
        ViewCase::D => arguments.callers.iter().flat_map(|&callers| inline(contender, callers)).collect(),
        ViewCase::E => vec![questions(contender, arguments.rows)],
    }
}

fn catch_up(case: ViewCase, contender: &Contender, view: View, arguments: &Arguments) -> Stage {
    let key = sized(case, contender, arguments);
    let grown = key.size;
    let cells = vec![Cell { key, work: Work::CatchUp, callers: 1 }];
    Stage { view, grown, ..Stage::new(contender, Case::A, cells) }
}

/// Of a log of as many events as were asked for, if it is not too much for the contender.
fn sized(case: ViewCase, contender: &Contender, arguments: &Arguments) -> Key {
    let size = arguments.events.min(contender.variant.catches_up.unwrap_or(u64::MAX));
    Key { size, ..Key::new(case, contender) }
}

fn steady(contender: &Contender, rates: &[u64]) -> Stage {
    let cell = |&rate: &u64| {
        let key = Key { rate, ..Key::new(ViewCase::B, contender) };
        // As many may be at it as are late.
        Cell { key, work: Work::Steady { rate }, callers: usize::MAX }
    };
    Stage { view: View::Many, ..Stage::new(contender, Case::A, rates.iter().map(cell).collect()) }
}

/// Each without a rebuild first, and then beside one, on the same log.
fn beside_rebuild(contender: &Contender, arguments: &Arguments) -> Stage {
    let (rate, callers) = BESIDE;
    let sized = sized(ViewCase::C, contender, arguments);
    let cell = |rebuilt, rate: Option<u64>| {
        let key = Key { rebuilt, rate: rate.unwrap_or_default(), ..sized.clone() };
        let work = Work::Beside { rate, rebuilt };
        match rate {
            // As many may be at it as are late.
            Some(_) => Cell { key, work, callers: usize::MAX },
            None => Cell { key: Key { callers, ..key }, work, callers },
        }
    };
    let cells = [Some(rate), None].into_iter().flat_map(|rate| [cell(false, rate), cell(true, rate)]);
    Stage { view: View::Many, grown: sized.size, ..Stage::new(contender, Case::A, cells.collect()) }
}

fn inline(contender: &Contender, callers: usize) -> Heat {
    let stage = |kept: bool| {
        let key = Key { callers, kept, ..Key::new(ViewCase::D, contender) };
        let (case, view) = if kept { (Case::F, View::Inline) } else { (Case::A, View::None) };
        let cells = vec![Cell { key, work: Work::Deposit, callers }];
        Stage { view, ..Stage::new(contender, case, cells) }
    };
    vec![stage(false), stage(true)]
}

fn questions(contender: &Contender, rows: u64) -> Stage {
    let cell = |question| {
        let key =
            Key { size: rows, callers: FEW, question: Some(question), ..Key::new(ViewCase::E, contender) };
        Cell { key, work: Work::Ask(question), callers: FEW }
    };
    let cells = [Question::Point, Question::Page, Question::Search].map(cell).to_vec();
    Stage { view: View::Holders, grown: rows, ..Stage::new(contender, Case::A, cells) }
}
