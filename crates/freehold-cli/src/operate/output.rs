//! Printing what a service says: as it is for programs, in tables for people.

use std::io::{self, Write};

use serde::de::{DeserializeOwned, IgnoredAny};

use super::{client::Answer, error::Error};

/// For whom an answer is printed.
pub(crate) enum Output {
    Tables,
    Json,
}

impl Output {
    /// Prints an answer, in words that `shown` finds where it is for people.
    pub(crate) fn show<T: DeserializeOwned>(
        &self,
        answer: &Answer,
        shown: impl FnOnce(T) -> String,
    ) -> Result<(), Error> {
        match self {
            Self::Tables => print(&shown(answer.read()?)),
            // What is not JSON came from something else than a service, and is no answer for programs.
            Self::Json => answer.read::<IgnoredAny>().and_then(|_| print_line(&answer.text)),
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        matches!(self, Self::Json)
    }
}

/// Prints at once, since whoever follows a log waits for each line.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Error::Output)
}

pub(crate) fn print_line(text: &str) -> Result<(), Error> {
    print(&format!("{}\n", text.trim_end()))
}
