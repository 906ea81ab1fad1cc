//! The field grammar, as [`Field`] documents it.

mod bounds;
mod defaults;
mod parse;
mod split;
mod types;

pub(crate) use types::{Foreign, Types};

use crate::model::{Field, Type};
use crate::raw::RawFields;
use crate::source::{Span, Text};

/// What the fields belong to; it decides which attributes and types they may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Composite,
    Command,
    Event,
    State,
    View,
}

/// A word after a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    Unique,
    Personal,
    Secret,
    Index,
}

/// A field with the places that mistakes about it point at.
#[derive(Clone, Debug)]
pub(crate) struct FieldAt {
    pub(crate) field: Field,
    /// Whether its name and type are right; if not, that has been reported and the type may mean nothing.
    pub(crate) known: bool,
    pub(crate) name_at: Span,
    pub(crate) type_at: Span,
    pub(crate) attributes: Vec<(Attribute, Span)>,
}

impl FieldAt {
    pub(crate) fn name(&self) -> &str {
        &self.field.name
    }

    /// Whether it may be missing and nothing stands in for it.
    pub(crate) fn may_be_left_out(&self) -> bool {
        self.field.optional || self.field.list || self.field.default.is_some()
    }

    pub(crate) fn attribute_at(&self, attribute: Attribute) -> Option<Span> {
        self.attributes.iter().find(|(other, _)| *other == attribute).map(|(_, at)| *at)
    }

    /// Whether both are of the same type; bounds and `?` do not count, and what is unknown agrees with all.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        let known = self.known && other.known;
        !known || (self.field.list == other.field.list && same_base(&self.field.ty, &other.field.ty))
    }
}

/// All fields of one thing.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) list: Vec<FieldAt>,
    /// Whether all of them could be read; if not, a name that is missing may be one of those.
    pub(crate) complete: bool,
}

impl Fields {
    pub(crate) fn none() -> Self {
        Self { list: Vec::new(), complete: true }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&FieldAt> {
        self.list.iter().find(|field| field.field.name == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.list.iter().map(FieldAt::name)
    }

    pub(crate) fn into_fields(self) -> Vec<Field> {
        self.list.into_iter().map(|field| field.field).collect()
    }
}

/// Reads the fields that the file gives; none where it gives none.
pub(crate) fn read(raw: &RawFields, owner: Owner, types: &Types<'_>) -> Fields {
    match &raw.text {
        Some(text) => parse::parse(text, owner, types),
        None => Fields { list: Vec::new(), complete: !raw.broken },
    }
}

/// Reads the type inside a newtype: a primitive with its bounds.
pub(crate) fn inner_type(types: &Types<'_>, text: &Text) -> Option<Type> {
    parse::inner_type(text, types)
}

/// Whether two types differ at most in their bounds.
pub(crate) fn same_base(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Text(_), Type::Text(_))
        | (Type::Int(_), Type::Int(_))
        | (Type::Decimal(_), Type::Decimal(_)) => true,
        _ => one == other,
    }
}

/// A type as the field grammar writes it, without its bounds.
pub(crate) fn spelled(field: &Field) -> String {
    let list = if field.list { "[]" } else { "" };
    format!("{}{list}", types::spelled(&field.ty))
}
