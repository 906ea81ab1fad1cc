//! What is wrong with a model file: collected while it is read, then put in the order of the file.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use crate::source::Span;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The model cannot be used.
    Error,
    /// The model can be used, and someone should look at it.
    Warning,
}

/// One thing that is wrong, or odd, with a model file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// How much it weighs.
    pub severity: Severity,
    /// The line it is on, from 1.
    pub line: usize,
    /// The character of that line it starts at, from 1.
    pub column: usize,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Everything that was found in one file, in the order of the file.
#[derive(Clone, Debug)]
pub struct Mistakes {
    path: String,
    source: String,
    list: Vec<Mistake>,
}

impl Mistakes {
    /// The path as it was given to [`read`](crate::read).
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Each finding, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.list.iter()
    }

    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn none() -> Self {
        Self { path: String::new(), source: String::new(), list: Vec::new() }
    }

    /// The text of the file that spans point into.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.list.iter().any(|mistake| mistake.severity == Severity::Error)
    }
}

impl<'a> IntoIterator for &'a Mistakes {
    type Item = &'a Mistake;
    type IntoIter = std::slice::Iter<'a, Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Mistakes {}

/// Where those who read the file put what they find.
#[derive(Debug, Default)]
pub(crate) struct Report {
    found: RefCell<Vec<Found>>,
}

#[derive(Debug)]
struct Found {
    severity: Severity,
    span: Span,
    message: String,
    help: Option<String>,
}

/// A finding that was just reported and may still get its help.
pub(crate) struct Reported<'a>(&'a Report);

impl Reported<'_> {
    pub(crate) fn help(self, help: impl Into<Help>) {
        if let Some(found) = self.0.found.borrow_mut().last_mut() {
            found.help = help.into().0;
        }
    }
}

/// Help that may be missing.
pub(crate) struct Help(Option<String>);

impl From<&str> for Help {
    fn from(help: &str) -> Self {
        Self(Some(help.to_owned()))
    }
}

impl From<String> for Help {
    fn from(help: String) -> Self {
        Self(Some(help))
    }
}

impl From<Option<String>> for Help {
    fn from(help: Option<String>) -> Self {
        Self(help)
    }
}

impl Report {
    pub(crate) fn mistake(&self, span: Span, message: impl Into<String>) -> Reported<'_> {
        self.add(Severity::Error, span, message.into())
    }

    pub(crate) fn warning(&self, span: Span, message: impl Into<String>) -> Reported<'_> {
        self.add(Severity::Warning, span, message.into())
    }

    fn add(&self, severity: Severity, span: Span, message: String) -> Reported<'_> {
        self.found.borrow_mut().push(Found { severity, span, message, help: None });
        Reported(self)
    }

    /// How many findings there are so far; to see whether a step found any.
    pub(crate) fn count(&self) -> usize {
        self.found.borrow().len()
    }

    /// Puts all findings in the order of the file.
    pub(crate) fn close(self, path: &str, source: &str) -> Mistakes {
        let mut found = self.found.into_inner();
        found.sort_by_key(|found| found.span.start);
        let mut list: Vec<Mistake> = Vec::new();
        for found in found {
            let mistake = placed(source, found);
            if !list
                .iter()
                .rev()
                .take_while(|other| other.span.start == mistake.span.start)
                .any(|other| *other == mistake)
            {
                list.push(mistake);
            }
        }
        Mistakes { path: path.to_owned(), source: source.to_owned(), list }
    }
}

fn placed(source: &str, found: Found) -> Mistake {
    let start = boundary(source, found.span.start);
    let end = boundary(source, found.span.end.max(found.span.start));
    let before = source.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Mistake {
        severity: found.severity,
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        span: start..end,
        message: found.message,
        help: found.help,
    }
}

/// The nearest place at or before `at` where the source can be cut.
fn boundary(source: &str, at: usize) -> usize {
    source.floor_char_boundary(at.min(source.len()))
}
