//! The fields of commands, events and values: their declaration, their bounds, and the move from one to another.

use freehold_model::{Bounds, DecimalBounds, Field, Literal, Type};
use serde::Serialize;

use super::Source;
use crate::{names, rust};

/// A field of a generated struct or variant.
#[derive(Serialize)]
pub(super) struct FieldData {
    pub(super) name: String,
    pub(super) ty: String,
    /// `personal` or `secret`.
    pub(super) mark: Option<&'static str>,
    /// What stands inside `#[garde(..)]`.
    pub(super) bounds: Vec<String>,
    /// The function that makes the default, or `default` for that of the type.
    pub(super) default: Option<DefaultData>,
}

impl FieldData {
    /// One with nothing but a type.
    pub(super) fn plain(name: &str, ty: String) -> Self {
        Self { name: name.to_owned(), ty, mark: None, bounds: Vec::new(), default: None }
    }
}

/// The default of a field.
#[derive(Serialize)]
pub(super) struct DefaultData {
    /// The function; none for the default of the type itself.
    pub(super) function: Option<String>,
    pub(super) expression: String,
}

impl Source<'_> {
    /// A field, with the bounds that hold for it where it enters.
    pub(super) fn field(&self, field: &Field, owner: &str) -> FieldData {
        let mark = match (field.secret, field.personal) {
            (true, _) => Some("secret"),
            (_, true) => Some("personal"),
            _ => None,
        };
        FieldData {
            name: names::snake(&field.name),
            ty: self.types.field(field),
            mark,
            bounds: bounds(field),
            default: self.default(field, owner),
        }
    }

    /// Every field of these.
    pub(super) fn fields(&self, fields: &[Field], owner: &str) -> Vec<FieldData> {
        fields.iter().map(|field| self.field(field, owner)).collect()
    }

    fn default(&self, field: &Field, owner: &str) -> Option<DefaultData> {
        let expression = self.types.default_of(field);
        let of_type = match &field.default {
            None => field.list && !field.optional,
            Some(Literal::Bool(false) | Literal::Int(0)) => !matches!(field.ty, Type::Value(_)),
            Some(Literal::Text(text)) => text.is_empty() && matches!(field.ty, Type::Text(_)),
            Some(_) => false,
        };
        if !of_type && field.default.is_none() {
            return None;
        }
        let function = (!of_type).then(|| format!("{}_{}", names::snake(owner), field.name));
        Some(DefaultData { function, expression })
    }

    /// What a field of one kind becomes as a field of another of the same name: `expression` holds `from`, and the
    /// result fits `to`.
    pub(super) fn converted(expression: String, from: &Field, to: &Field) -> String {
        if to.optional && !from.optional { format!("Some({expression})") } else { expression }
    }
}

/// The rules of a field's bounds in the words of `garde`.
fn bounds(field: &Field) -> Vec<String> {
    let rules = type_bounds(&field.ty);
    if !field.list {
        let wrap = |rule: String| {
            if field.optional && rule.starts_with("custom") { format!("inner({rule})") } else { rule }
        };
        return rules.into_iter().map(wrap).collect();
    }
    let inner = |rule: String| {
        if field.optional { format!("inner(inner({rule}))") } else { format!("inner({rule})") }
    };
    rules.into_iter().map(inner).collect()
}

/// The rules of a type's bounds.
pub(super) fn type_bounds(ty: &Type) -> Vec<String> {
    match ty {
        Type::Text(bounds) => range("length(chars, ", *bounds, |length| length.to_string()),
        Type::Int(bounds) => range("range(", *bounds, rust::int),
        Type::Decimal(bounds) => decimal(bounds),
        _ => Vec::new(),
    }
}

fn range<T: Copy>(open: &str, bounds: Bounds<T>, write: impl Fn(T) -> String) -> Vec<String> {
    let ends = [
        bounds.min.map(|min| format!("min = {}", write(min))),
        bounds.max.map(|max| format!("max = {}", write(max))),
    ];
    let ends: Vec<_> = ends.into_iter().flatten().collect();
    if ends.is_empty() { Vec::new() } else { vec![format!("{open}{})", ends.join(", "))] }
}

fn decimal(bounds: &DecimalBounds) -> Vec<String> {
    let min = bounds.min.map(|min| (if min.exclusive { "above" } else { "at_least" }, min.value));
    let max = bounds.max.map(|max| (if max.exclusive { "below" } else { "at_most" }, max.value));
    let ends = min.into_iter().chain(max);
    ends.map(|(name, value)| format!("custom(bounds::{name}(dec!({value})))")).collect()
}
