//! What an expression can name, and what is noted down while it is evaluated.

use super::super::sample::Sample;
use super::value::Value;
use freehold_model::Model;
use jiff::SignedDuration;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::rc::Rc;

/// Deeper nesting than any rule has, and well within the stack.
const DEPTH: usize = 120;

/// More steps than any rule takes; loops within loops over ranges could go on for ever.
const STEPS: usize = 20_000;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It uses what this interpreter does not know, whatever the samples: `the method trunc_with_scale`.
    Unsupported(String),
    /// It would panic with these samples.
    Fault(&'static str),
}

impl Failure {
    pub(crate) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported(what.into())
    }
}

/// What a comparison saw. It tells a search which values would turn the answer around.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sight {
    /// The right side minus the left.
    Number(Decimal),
    /// The right side minus the left.
    Time(SignedDuration),
    /// One side of an equality.
    Equal(Sample),
}

/// Names and their values.
pub(crate) struct Scope<'a> {
    /// The model, for its enums and life cycles.
    pub(crate) model: &'a Model,
    names: Vec<(Cow<'a, str>, Value)>,
    sights: Option<Vec<Sight>>,
    depth: usize,
    steps: usize,
}

impl<'a> Scope<'a> {
    /// Nothing can be named yet.
    pub(crate) fn new(model: &'a Model) -> Self {
        Self { model, names: Vec::new(), sights: None, depth: 0, steps: 0 }
    }

    /// Also names this.
    #[must_use]
    pub(crate) fn with(mut self, name: impl Into<Cow<'a, str>>, value: Value) -> Self {
        self.names.push((name.into(), value));
        self
    }

    /// Also names this record: `self`, `command`, `event` or `row`.
    #[must_use]
    pub(crate) fn record(self, name: &'static str, fields: &Rc<Vec<(String, Sample)>>) -> Self {
        self.with(name, Value::Record(Rc::clone(fields)))
    }

    /// Also notes down what comparisons see.
    #[must_use]
    pub(crate) fn watched(mut self) -> Self {
        self.sights = Some(Vec::new());
        self
    }

    /// What comparisons saw.
    pub(crate) fn into_sights(self) -> Vec<Sight> {
        self.sights.unwrap_or_default()
    }

    pub(super) fn bind(&mut self, name: &str, value: Value) {
        self.names.push((Cow::Owned(name.to_owned()), value));
    }

    pub(super) fn get(&self, name: &syn::Ident) -> Option<&Value> {
        self.names.iter().rev().find(|(known, _)| name == known).map(|(_, value)| value)
    }

    /// Runs with names that end with it.
    pub(super) fn nested<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.depth >= DEPTH {
            return Err(Failure::unsupported("an expression of this depth"));
        }
        self.steps += 1;
        if self.steps > STEPS {
            return Err(Failure::unsupported("an expression that goes on for so long"));
        }
        let names = self.names.len();
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        self.names.truncate(names);
        result
    }

    pub(super) fn saw(&mut self, sight: impl FnOnce() -> Option<Sight>) {
        if let Some(sights) = &mut self.sights {
            sights.extend(sight());
        }
    }
}
