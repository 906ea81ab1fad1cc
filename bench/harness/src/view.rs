//! The views that contenders keep beside the log, and the cases that they are measured in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A view over the accounts. Its rows count the events that are in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// None.
    #[default]
    None,
    /// A row for each account, up to date before the command returns.
    Inline,
    /// 100 rows, each for as many accounts; brought up to date behind the commands.
    Few,
    /// A row for each account; brought up to date behind the commands.
    Many,
    /// Rows that are written by SQL, and asked for.
    Holders,
}

/// How many rows [`View::Few`] has.
pub const FEW: u64 = 100;

/// The row of [`View::Few`] that an account goes into.
pub fn few(account: Uuid) -> i64 {
    let [first, second, ..] = account.into_bytes();
    i64::from(u16::from_be_bytes([first, second])) % 100
}

/// How the rows of a view are looked at from outside, by SQL.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    /// How many there are, and how many events they have taken in: two columns of `bigint`.
    pub total: &'static str,
    /// Of the accounts in `$1`, an array of `uuid`, those that have a row, and how many events it has taken in: a column of
    /// `uuid` and one of `bigint`. Where accounts have rows of their own.
    pub of_accounts: Option<&'static str>,
    /// Empties the view, and forgets how far it has come.
    pub empty: &'static str,
}

/// What is measured of views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ViewCase {
    /// From an empty view to one that has taken in the whole log: into 100 rows.
    A1,
    /// The same into a row for each account.
    A2,
    /// How far a view is behind commands that come at a fixed rate.
    B,
    /// A view is built anew while commands come.
    C,
    /// Commands with a view that is up to date before they return, and without.
    D,
    /// Queries over a million rows.
    E,
}

impl ViewCase {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::A1, Self::A2, Self::B, Self::C, Self::D, Self::E];
}

impl fmt::Display for ViewCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for ViewCase {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let case = Self::ALL.into_iter().find(|case| case.to_string().eq_ignore_ascii_case(text));
        case.ok_or_else(|| format!("`{text}` is no case; the cases are A1, A2 and B to E"))
    }
}

/// What is asked of [`View::Holders`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// A row by its key.
    Point,
    /// The 50 rows after some row, in the order of their nicknames.
    Page,
    /// The rows whose nickname contains a text: ten of them.
    Search,
}

/// A question about a row that is there.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// What is asked.
    pub question: Question,
    /// The number of the row.
    pub number: u64,
}

/// How many rows a page has.
pub const PAGE: u64 = 50;

/// The nickname of the row of a number.
pub fn nickname(number: u64) -> String {
    format!("household-{number:010}")
}

impl Asked {
    /// Any of a question over so many rows whose answer does not meet their end.
    pub(crate) fn any(question: Question, rows: u64, random: &mut fastrand::Rng) -> Self {
        Self { question, number: random.u64(PAGE..rows - PAGE) }
    }

    /// The text that is searched for.
    pub fn text(&self) -> String {
        let nickname = nickname(self.number);
        nickname[..nickname.len() - 1].trim_start_matches("household").to_owned()
    }

    /// The numbers of the rows that answer it, in order.
    pub fn answer(&self) -> Vec<u64> {
        let number = self.number;
        match self.question {
            Question::Point => vec![number],
            Question::Page => (number + 1..=number + PAGE).collect(),
            Question::Search => (number / 10 * 10..=number / 10 * 10 + 9).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_spread_over_the_few_rows() {
        let rows: std::collections::BTreeSet<_> =
            (0..10_000).map(|number| few(crate::workload::id(number))).collect();
        assert_eq!((rows.len() as u64, rows.first(), rows.last()), (FEW, Some(&0), Some(&99)));
    }

    #[test]
    fn a_search_is_for_a_part_of_ten_nicknames() {
        let asked = Asked { question: Question::Search, number: 1_234_567 };
        assert!(asked.answer().iter().all(|&number| nickname(number).contains(&asked.text())));
        assert!(!nickname(1_234_570).contains(&asked.text()));
    }
}
