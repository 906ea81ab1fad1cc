//! The laws: what holds of every log, whatever was asked for and whatever was killed meanwhile.

mod accounts;
mod answers;
mod conditions;
mod log;
mod origins;
mod reads;
mod refusals;
mod repeats;
mod rows;
mod winners;

use std::{collections::BTreeMap, fmt};

pub(crate) use rows::differences;

use crate::{History, Log, Row, RowId, Window};

/// How many violations of one law are told.
const TOLD: usize = 5;

/// What was asked for and seen, and what is there in the end.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What all processes have written down.
    pub history: History,
    /// The log, read when nobody wrote any more.
    pub log: Log,
    /// The rows of all views, with the workers' caught up.
    pub rows: BTreeMap<RowId, Row>,
    /// What is known of the head of the log over time.
    pub window: Window,
}

/// A law that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The law.
    pub law: &'static str,
    /// Where.
    pub told: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.law, self.told)
    }
}

type Check = fn(&Evidence) -> Vec<String>;

const LAWS: &[(&str, Check)] = &[
    ("positions are dense", log::positions_are_dense),
    ("versions of a stream are dense, in the order of the log", log::versions_are_dense),
    ("requests are told apart by their names", origins::names_are_unique),
    ("every event is one that was asked for", origins::events_were_asked_for),
    ("a request is written whole, in one place, once", origins::requests_are_whole),
    ("what was acknowledged is there, where its answer says", answers::acknowledged),
    ("what was answered is no older than what was known, and no newer than was asked for", answers::in_time),
    ("a command id leads to one outcome", repeats::one_outcome),
    ("what was carried out once is not refused when it is sent again", repeats::answered_for_good),
    ("a command id is refused to another request only if it was used", repeats::reused),
    ("what was refused is not there", refusals::absent),
    ("what was refused met what it was refused for", refusals::justified),
    ("conditions hold where their request was written", conditions::hold),
    ("of those who ask for the same thing at most one has it", winners::at_most_one),
    ("a page holds what matches, once and in order", reads::pages_are_whole),
    ("a reader goes on where it has stopped", reads::readers_go_on),
    ("a reader that is awaited comes to the end", reads::readers_finish),
    ("what is seen is whole, no older than what was known, and no newer than was asked for", reads::in_time),
    ("what is seen of a stream is its beginning", reads::streams),
    ("heads only grow", reads::heads_grow),
    ("rows are a fold over the log", rows::are_a_fold),
    ("a row that is seen is one that was", rows::seen),
    ("accounts are used as they may be", accounts::are_sound),
    ("a name belongs to one open account", accounts::names_are_unique),
    ("commands are rejected for what was so", accounts::rejections_are_justified),
];

impl Evidence {
    /// Of a history that has led to a log and to rows.
    pub fn new(history: History, log: Log, rows: BTreeMap<RowId, Row>) -> Self {
        let window = Window::of(&history, &log);
        Self { history, log, rows, window }
    }

    /// Every law that does not hold.
    pub fn violations(&self) -> Vec<Violation> {
        let of = |(law, check): &(&'static str, Check)| {
            let mut told = check(self);
            if told.len() > TOLD {
                let more = told.len() - TOLD;
                told.truncate(TOLD);
                told.push(format!("and {more} more"));
            }
            told.into_iter().map(|told| Violation { law, told }).collect::<Vec<_>>()
        };
        LAWS.iter().flat_map(of).collect()
    }
}
