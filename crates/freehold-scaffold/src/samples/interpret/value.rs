//! What an expression evaluates to: samples, and what exists only while a rule is looked at.

use super::super::sample::Sample;
use jiff::Span;
use std::rc::Rc;

/// A value in the middle of an evaluation. `None` is [`Sample::Null`] and `Some(x)` is `x`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// What a field can hold; never a list, which is [`Value::List`].
    Sample(Sample),
    /// A list, an array, or an iterator over one.
    List(Vec<Value>),
    /// `(a, b)`; empty is the unit.
    Tuple(Vec<Value>),
    /// A character.
    Char(char),
    /// An unsigned number, such as a length, which must not fall below zero.
    Size(u64),
    /// A length of time in units of the calendar.
    Span(SpanValue),
    /// `a..b`, open at an end that is `None`.
    Range(Rc<Range>),
    /// `self`, `command`, `event` or `row`.
    Record(Rc<Vec<(String, Sample)>>),
    /// What `cmp` answers.
    Ordering(std::cmp::Ordering),
}

/// A span that compares by its fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanValue(pub(crate) Span);

impl PartialEq for SpanValue {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

/// A range of values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) start: Option<Value>,
    pub(crate) end: Option<Value>,
    pub(crate) inclusive: bool,
}

impl Value {
    pub(crate) const NONE: Self = Self::Sample(Sample::Null);

    pub(crate) fn bool(it: bool) -> Self {
        Self::Sample(Sample::Bool(it))
    }

    pub(crate) fn int(it: i64) -> Self {
        Self::Sample(Sample::Int(it))
    }

    pub(crate) fn text(it: impl Into<String>) -> Self {
        Self::Sample(Sample::Text(it.into()))
    }

    pub(crate) fn size(it: usize) -> Self {
        Self::Size(it as u64)
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::Sample(Sample::Null))
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Sample(Sample::Bool(it)) => Some(*it),
            _ => None,
        }
    }

    /// The text of anything that is one: a checked text, a code, an address.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Sample(sample) => text_of(sample),
            _ => None,
        }
    }

    /// What a field could hold, when it is that.
    pub(crate) fn into_sample(self) -> Option<Sample> {
        match self {
            Self::Sample(sample) => Some(sample),
            Self::List(elements) => {
                elements.into_iter().map(Self::into_sample).collect::<Option<_>>().map(Sample::List)
            }
            Self::Size(it) => i64::try_from(it).ok().map(Sample::Int),
            Self::Char(it) => Some(Sample::Text(it.to_string())),
            _ => None,
        }
    }
}

impl From<Sample> for Value {
    fn from(sample: Sample) -> Self {
        match sample {
            Sample::List(elements) => Self::List(elements.into_iter().map(Self::from).collect()),
            other => Self::Sample(other),
        }
    }
}

/// The text of a sample that is one.
pub(crate) fn text_of(sample: &Sample) -> Option<&str> {
    match sample.bare() {
        Sample::Text(it)
        | Sample::Currency(it)
        | Sample::Email(it)
        | Sample::Phone(it)
        | Sample::Url(it)
        | Sample::Country(it) => Some(it),
        _ => None,
    }
}
