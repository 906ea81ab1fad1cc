//! Where things stand in the file: spans, the strings of the file, and the words in them.
//!
//! A mistake inside a string must point at the very word, so a [`Text`] remembers where each of its bytes was
//! written, escapes included.

use std::ops::Range;

/// A range of bytes of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// A name or another short piece of text, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) value: String,
    pub(crate) span: Span,
}

impl Word {
    pub(crate) fn as_str(&self) -> &str {
        &self.value
    }

    /// The same place under another spelling.
    pub(crate) fn spelled(&self, value: impl Into<String>) -> Self {
        Self { value: value.into(), span: self.span }
    }
}

/// A string of the file that mistakes can point into.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    value: String,
    span: Span,
    places: Places,
}

/// How the bytes of a string's value are found in the file.
#[derive(Clone, Debug)]
enum Places {
    /// Written as it is, from this offset on.
    Shift(usize),
    /// Written with escapes: one offset per byte of the value, and one for its end.
    Each(Vec<usize>),
    /// Not to be told; the whole string stands for each part of it.
    Unknown,
}

impl Text {
    /// The string that stands at `span` of `source`, quotes included, and means `value`.
    pub(crate) fn new(source: &str, span: Range<usize>, value: &str) -> Self {
        let places = source.get(span.clone()).map_or(Places::Unknown, |raw| places(raw, span.start, value));
        Self { value: value.to_owned(), span: span.into(), places }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.value
    }

    /// The whole string with its quotes.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// Where a range of the value's bytes stands.
    pub(crate) fn at(&self, range: Range<usize>) -> Span {
        match &self.places {
            Places::Shift(start) => Span { start: start + range.start, end: start + range.end },
            Places::Each(offsets) => match (offsets.get(range.start), offsets.get(range.end)) {
                (Some(&start), Some(&end)) => Span { start, end },
                _ => self.span,
            },
            Places::Unknown => self.span,
        }
    }

    /// A part of the value with its place.
    pub(crate) fn word(&self, range: Range<usize>) -> Word {
        Word { value: self.value.get(range.clone()).unwrap_or_default().to_owned(), span: self.at(range) }
    }

    /// The whole value, placed at the string with its quotes.
    pub(crate) fn whole(&self) -> Word {
        Word { value: self.value.clone(), span: self.span }
    }

    /// The parts between white space.
    pub(crate) fn words(&self) -> Vec<Word> {
        let base = self.value.as_ptr() as usize;
        let range = |part: &str| {
            let start = part.as_ptr() as usize - base;
            start..start + part.len()
        };
        self.value.split_whitespace().map(|part| self.word(range(part))).collect()
    }
}

fn places(raw: &str, start: usize, value: &str) -> Places {
    let (delimiter, basic) = match raw {
        _ if raw.starts_with("\"\"\"") => (3, true),
        _ if raw.starts_with("'''") => (3, false),
        _ if raw.starts_with('"') => (1, true),
        _ if raw.starts_with('\'') => (1, false),
        _ => return Places::Unknown,
    };
    let Some(mut inner) = raw.get(delimiter..raw.len().saturating_sub(delimiter)) else {
        return Places::Unknown;
    };
    if delimiter == 3 {
        inner = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).unwrap_or(inner);
    }
    let start = start + raw.len() - delimiter - inner.len();
    if inner == value {
        return Places::Shift(start);
    }
    if basic { escaped(inner, start, value) } else { Places::Unknown }
}

/// Decodes the escapes of a basic string and notes where each byte comes from.
fn escaped(inner: &str, start: usize, value: &str) -> Places {
    let mut decoded = String::new();
    let mut offsets = Vec::new();
    let mut rest = inner;
    while let Some(first) = rest.chars().next() {
        let at = start + inner.len() - rest.len();
        let (meant, length) = if first == '\\' { escape(rest) } else { (Some(first), first.len_utf8()) };
        if let Some(meant) = meant {
            decoded.push(meant);
            offsets.extend(std::iter::repeat_n(at, meant.len_utf8()));
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    offsets.push(start + inner.len());
    if decoded == value { Places::Each(offsets) } else { Places::Unknown }
}

/// What an escape means and how long it is; nothing for a line that goes on in the next.
fn escape(rest: &str) -> (Option<char>, usize) {
    let hex = |digits: usize| {
        let code = rest.get(2..2 + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
        (code.and_then(char::from_u32), 2 + digits)
    };
    match rest.chars().nth(1) {
        Some('n') => (Some('\n'), 2),
        Some('t') => (Some('\t'), 2),
        Some('r') => (Some('\r'), 2),
        Some('b') => (Some('\u{8}'), 2),
        Some('f') => (Some('\u{c}'), 2),
        Some('e') => (Some('\u{1b}'), 2),
        Some('x') => hex(2),
        Some('u') => hex(4),
        Some('U') => hex(8),
        Some(same @ ('"' | '\\')) => (Some(same), 2),
        _ => (None, rest.len() - rest.get(1..).unwrap_or_default().trim_start().len()),
    }
}
