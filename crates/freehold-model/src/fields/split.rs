//! Splits a string of fields into its words; white space inside quotes and parentheses belongs to the word.

use std::ops::Range;

/// The words of a string of fields.
pub(super) struct Split {
    pub(super) words: Vec<Range<usize>>,
    /// Where a quote or a parenthesis opens that is never closed.
    pub(super) unclosed: Option<Range<usize>>,
}

pub(super) fn split(text: &str) -> Split {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut parentheses: Vec<usize> = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '\'' if quote.is_some() => quote = None,
            '\'' => quote = Some(at),
            _ if quote.is_some() => {}
            '(' => parentheses.push(at),
            ')' => drop(parentheses.pop()),
            _ if c.is_whitespace() && parentheses.is_empty() => {
                words.extend(start.take().map(|start| start..at));
                continue;
            }
            _ => {}
        }
        start = start.or(Some(at));
    }
    words.extend(start.map(|start| start..text.len()));
    let unclosed = quote.or(parentheses.first().copied()).map(|at| at..at + 1);
    Split { words, unclosed }
}

/// The first of some characters outside of quotes and parentheses.
pub(super) fn find_outside(text: &str, wanted: &[char]) -> Option<usize> {
    let mut quoted = false;
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == '\'' {
            quoted = !quoted;
        } else if !quoted && depth == 0 && wanted.contains(&c) {
            return Some(at);
        } else if !quoted && c == '(' {
            depth += 1;
        } else if !quoted && c == ')' {
            depth = depth.saturating_sub(1);
        }
    }
    None
}
