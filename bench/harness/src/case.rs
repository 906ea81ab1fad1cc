//! The cases, by the letters that they go by.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Case {
    /// Load, decide, append one event, over 1,000 accounts of about ten events.
    A,
    /// The same on one account.
    B,
    /// Load an account.
    C,
    /// Read the whole log in order and fold it.
    D,
    /// Append on the condition that nothing in the log has a certain mark.
    E,
    /// A with a view that is up to date before the command returns.
    F,
    /// A on a disk whose flush takes 1 ms.
    G,
    /// A in a log that has grown.
    H,
}

impl Case {
    /// All of them.
    pub const ALL: [Self; 8] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::F, Self::G, Self::H];
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let case = Self::ALL.into_iter().find(|case| case.to_string().eq_ignore_ascii_case(text));
        case.ok_or_else(|| format!("`{text}` is no case; the cases are A to H"))
    }
}
