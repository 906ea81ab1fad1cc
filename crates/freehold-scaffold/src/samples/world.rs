//! A model with all that looking up and checking needs prepared once.

use super::expand;
use freehold_model::{Aggregate, Enum, Event, Field, Model, Value, ValueShape};
use regex::Regex;
use std::collections::BTreeMap;

/// A model whose expressions are expanded and whose patterns are compiled.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) model: Model,
    patterns: BTreeMap<String, Regex>,
}

impl World {
    pub(super) fn of(model: &Model) -> Self {
        Self { model: expand::model(model), patterns: patterns(model) }
    }

    pub(super) fn aggregate(&self, name: &str) -> Option<&Aggregate> {
        self.model.aggregates.iter().find(|it| it.name == name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.model.values.iter().find(|it| it.name == name)
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<&Enum> {
        self.model.enums.iter().find(|it| it.name == name)
    }

    /// The fields of a value that has several.
    pub(super) fn parts(&self, name: &str) -> Option<&[Field]> {
        match &self.value(name)?.shape {
            ValueShape::Composite { fields } => Some(fields),
            ValueShape::Newtype { .. } => None,
        }
    }

    /// Whether a pattern of the model matches; one that cannot be compiled matches nothing.
    pub(super) fn matches(&self, pattern: &str, text: &str) -> bool {
        self.patterns.get(pattern).is_some_and(|it| it.is_match(text))
    }
}

fn patterns(model: &Model) -> BTreeMap<String, Regex> {
    let patterns = model.values.iter().filter_map(|value| match &value.shape {
        ValueShape::Newtype { pattern, .. } => pattern.as_deref(),
        ValueShape::Composite { .. } => None,
    });
    patterns.filter_map(|it| Regex::new(it).ok().map(|regex| (it.to_owned(), regex))).collect()
}

/// The event of that name.
pub(super) fn event<'a>(aggregate: &'a Aggregate, name: &str) -> Option<&'a Event> {
    aggregate.events.iter().find(|it| it.name == name)
}
