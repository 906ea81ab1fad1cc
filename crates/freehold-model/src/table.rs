//! Reads TOML tables key by key, so that whatever was not asked for is an unknown key.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::mistakes::Report;
use crate::nearest::{did_you_mean, nearest};
use crate::source::{Span, Text, Word};

/// A table of the file that is being read.
pub(crate) struct Table<'a> {
    file: File<'a>,
    /// What the table is, as mistakes call it: ``command `BookShipment` ``.
    title: String,
    /// The name or the key that it stands under.
    span: Span,
    entries: Vec<Entry<'a>>,
    asked: Vec<&'static str>,
    /// Whether it is not a table at all, which has been reported.
    broken: bool,
}

/// The text of a file and where to report about it.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) source: &'a str,
    pub(crate) report: &'a Report,
}

/// A key with its value.
#[derive(Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) key: Word,
    value: &'a DeValue<'a>,
    span: Range<usize>,
}

/// Several names under one key.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    pub(crate) list: Vec<Word>,
    /// Where all of them stand.
    pub(crate) span: Span,
    /// Whether some could not be read, which has been reported.
    pub(crate) broken: bool,
}

impl Words {
    /// Whether the file says that there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && !self.broken
    }
}

impl<'a> Table<'a> {
    pub(crate) fn new(file: File<'a>, title: impl Into<String>, span: Span, table: &'a DeTable<'a>) -> Self {
        let mut entries: Vec<Entry<'a>> = table.iter().map(|(key, value)| Entry::new(key, value)).collect();
        // The parser sorts by name; mistakes and everything generated follow the file.
        entries.sort_by_key(|entry| entry.key.span.start);
        Self { file, title: title.into(), span, entries, asked: Vec::new(), broken: false }
    }

    /// The table in an entry; one without keys, reported, when the entry holds something else.
    pub(crate) fn of(file: File<'a>, title: impl Into<String>, entry: &Entry<'a>) -> Self {
        let title = title.into();
        if let DeValue::Table(table) = entry.value {
            return Self::new(file, title, entry.key.span, table);
        }
        let message = format!("{title} must be a table, not {}", kind(entry.value));
        file.report.mistake(entry.span.clone().into(), message);
        Self { file, title, span: entry.key.span, entries: Vec::new(), asked: Vec::new(), broken: true }
    }

    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn span(&self) -> Span {
        self.span
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether a key that was not yet taken is missing, and not just mistyped: that is an unknown key, and telling it
    /// once is enough.
    pub(crate) fn misses(&self, key: &str) -> bool {
        !self.broken && !self.entries.iter().any(|entry| nearest(&entry.key.value, [key]).is_some())
    }

    /// Takes every entry that is left: for tables whose keys are names.
    pub(crate) fn rest(mut self) -> Vec<Entry<'a>> {
        std::mem::take(&mut self.entries)
    }

    /// Takes the entry of a key.
    pub(crate) fn entry(&mut self, key: &'static str) -> Option<Entry<'a>> {
        self.asked.push(key);
        let at = self.entries.iter().position(|entry| entry.key.value == key)?;
        Some(self.entries.remove(at))
    }

    /// The tables under a key, by name: `[aggregate.*]`.
    pub(crate) fn named(&mut self, key: &'static str) -> Vec<Entry<'a>> {
        let title = format!("`{key}`");
        self.entry(key).map(|entry| Table::of(self.file, title, &entry).rest()).unwrap_or_default()
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<Text> {
        let entry = self.entry(key)?;
        entry.text(self.file, &format!("`{key}` of {}", self.title))
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Option<(bool, Span)> {
        let entry = self.entry(key)?;
        match entry.value {
            DeValue::Boolean(flag) => Some((*flag, entry.key.span)),
            _ => self.wrong(&entry, "`true` or `false`"),
        }
    }

    pub(crate) fn integer(&mut self, key: &'static str) -> Option<(i64, Span)> {
        let entry = self.entry(key)?;
        let DeValue::Integer(integer) = entry.value else {
            return self.wrong(&entry, "a whole number");
        };
        let value = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        value
            .map(|value| (value, entry.span.clone().into()))
            .or_else(|| self.wrong(&entry, "a smaller number"))
    }

    /// Names in one string, separated by spaces, or in an array of strings.
    pub(crate) fn words(&mut self, key: &'static str) -> Option<Words> {
        let entry = self.entry(key)?;
        Some(entry.words(self.file, &format!("`{key}` of {}", self.title)))
    }

    /// Strings by name: `require = { TooHeavy = "…" }`.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<(Word, Text)> {
        let Some(entry) = self.entry(key) else {
            return Vec::new();
        };
        let file = self.file;
        let title = format!("`{key}` of {}", self.title);
        let entries = Table::of(file, title.as_str(), &entry).rest();
        let text = |entry: Entry<'a>| {
            let text = entry.text(file, &format!("`{}` in {title}", entry.key.value))?;
            Some((entry.key, text))
        };
        entries.into_iter().filter_map(text).collect()
    }

    /// Reports each key that nobody asked for.
    pub(crate) fn finish(self) {
        for entry in &self.entries {
            let message = format!("{} has no key `{}`", self.title, entry.key.value);
            self.file
                .report
                .mistake(entry.key.span, message)
                .help(did_you_mean(&entry.key.value, self.asked.iter().copied()));
        }
    }

    fn wrong<T>(&self, entry: &Entry<'a>, expected: &str) -> Option<T> {
        entry.wrong(self.file, &format!("`{}` of {}", entry.key.value, self.title), expected)
    }
}

impl<'a> Entry<'a> {
    fn new(key: &Spanned<std::borrow::Cow<'a, str>>, value: &'a Spanned<DeValue<'a>>) -> Self {
        let key = Word { value: key.get_ref().to_string(), span: key.span().into() };
        Self { key, value: value.get_ref(), span: value.span() }
    }

    /// Where the value stands; the key where the value is a section of its own.
    pub(crate) fn span(&self) -> Span {
        match self.value {
            DeValue::Table(_) => self.key.span,
            _ => self.span.clone().into(),
        }
    }

    pub(crate) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    pub(crate) fn flag(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The elements of an array, each under this entry's key but at its own place.
    pub(crate) fn elements(&self) -> Option<Vec<Entry<'a>>> {
        let DeValue::Array(array) = self.value else {
            return None;
        };
        let element = |value: &'a Spanned<DeValue<'a>>| {
            let key = Word { value: self.key.value.clone(), span: value.span().into() };
            Entry { key, value: value.get_ref(), span: value.span() }
        };
        Some(array.iter().map(element).collect())
    }

    pub(crate) fn text(&self, file: File<'a>, title: &str) -> Option<Text> {
        match self.value {
            DeValue::String(value) => Some(Text::new(file.source, self.span.clone(), value)),
            _ => self.wrong(file, title, "a string"),
        }
    }

    pub(crate) fn words(&self, file: File<'a>, title: &str) -> Words {
        let span = self.span();
        if let DeValue::String(value) = self.value {
            return Words {
                list: Text::new(file.source, self.span.clone(), value).words(),
                span,
                broken: false,
            };
        }
        let Some(elements) = self.elements() else {
            self.wrong::<()>(file, title, "a string or an array of strings");
            return Words { list: Vec::new(), span, broken: true };
        };
        let title = format!("each element of {title}");
        let list: Vec<Word> =
            elements.iter().filter_map(|element| Some(element.text(file, &title)?.whole())).collect();
        let broken = list.len() < elements.len();
        Words { list, span, broken }
    }

    pub(crate) fn wrong<T>(&self, file: File<'a>, title: &str, expected: &str) -> Option<T> {
        let message = format!("{title} must be {expected}, not {}", kind(self.value));
        file.report.mistake(self.span(), message);
        None
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
