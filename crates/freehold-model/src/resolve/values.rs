//! Resolves enums and values.

use std::collections::{HashMap, HashSet};

use crate::expressions::{self, Root, Scope};
use crate::fields::{self, Fields, Owner, Types};
use crate::mistakes::Report;
use crate::model::{Enum, Rule, Type, Value, ValueShape};
use crate::raw::{RawEnum, RawValue};
use crate::source::{Text, Word};
use crate::symbols::{Newtype, Symbols};

pub(super) fn enums(report: &Report, raw: &[RawEnum]) -> Vec<Enum> {
    raw.iter().map(|raw| resolve_enum(report, raw)).collect()
}

fn resolve_enum(report: &Report, raw: &RawEnum) -> Enum {
    super::twice(report, &raw.variants);
    Enum {
        name: raw.named.name.value.clone(),
        description: raw.named.description.clone(),
        was: raw.named.was_name(),
        variants: raw.variants.iter().map(|variant| variant.value.clone()).collect(),
    }
}

/// What the newtypes are made of; read first, because the defaults of other fields are checked against it.
pub(super) fn newtypes(
    report: &Report,
    symbols: &Symbols,
    raw: &[RawValue],
) -> HashMap<String, Option<Newtype>> {
    let types = Types::new(report, symbols);
    let newtype = |raw: &RawValue| {
        let newtype = raw.inner.as_ref().and_then(|inner| newtype(&types, inner, raw));
        (raw.named.name.value.clone(), newtype)
    };
    raw.iter().filter(|raw| raw.inner.is_some() || !raw.fields.is_given()).map(newtype).collect()
}

fn newtype(types: &Types<'_>, inner: &Text, raw: &RawValue) -> Option<Newtype> {
    let ty = fields::inner_type(types, inner)?;
    let pattern = raw.pattern.as_ref();
    if !matches!(ty, Type::Text(_))
        && let Some(pattern) = pattern
    {
        types
            .report
            .mistake(pattern.span(), "only a value of `Text` has a pattern")
            .help("say it in `require`, as an expression over `value`");
        return Some(Newtype { inner: ty, pattern: None });
    }
    let pattern = match pattern {
        Some(pattern) => Some(regex(types.report, pattern)?),
        None => None,
    };
    Some(Newtype { inner: ty, pattern })
}

fn regex(report: &Report, pattern: &Text) -> Option<regex::Regex> {
    match regex::Regex::new(pattern.as_str()) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let message = error.to_string();
            // The library draws the place over several lines, of which the last says what is wrong.
            let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
            report.mistake(pattern.span(), format!("the pattern is not a regular expression: {reason}"));
            None
        }
    }
}

pub(super) fn resolve(types: &Types<'_>, raw: &[RawValue]) -> Vec<Value> {
    let values: Vec<Value> = raw.iter().map(|raw| resolve_value(types, raw)).collect();
    cycles(types.report, raw, &values);
    values
}

fn resolve_value(types: &Types<'_>, raw: &RawValue) -> Value {
    let (shape, scope) = shape(types, raw);
    Value {
        name: raw.named.name.value.clone(),
        description: raw.named.description.clone(),
        was: raw.named.was_name(),
        shape,
        require: rules(types.report, &raw.require, &scope),
    }
}

fn shape(types: &Types<'_>, raw: &RawValue) -> (ValueShape, Scope) {
    let name = &raw.named.name;
    if let (Some(inner), Some(_)) = (&raw.inner, &raw.fields.text) {
        let message = format!("value `{}` has both a type and fields", name.value);
        types
            .report
            .mistake(inner.span(), message)
            .help("a value is either one checked type or several fields");
    } else if !raw.shaped {
        let message = format!("value `{}` does not say what it is made of", name.value);
        types
            .report
            .mistake(name.span, message)
            .help("write `type = \"Text\"` for one value, `fields = \"…\"` for several");
    }
    let Some(text) = &raw.fields.text else {
        return (newtype_shape(types.symbols, raw), Scope::new(vec![Root::any("value")]));
    };
    if let Some(pattern) = &raw.pattern {
        types
            .report
            .mistake(pattern.span(), "only a value of `Text` has a pattern")
            .help("say it in `require`");
    }
    let fields = fields::read(&raw.fields, Owner::Composite, types);
    if fields.list.is_empty() && fields.complete {
        types.report.mistake(text.span(), format!("value `{}` has no fields", name.value));
    }
    let scope = composite_scope(&fields);
    (ValueShape::Composite { fields: fields.into_fields() }, scope)
}

fn composite_scope(fields: &Fields) -> Scope {
    Scope::new(fields.names().map(Root::any).collect())
        .without("value", "a value of several fields sees them by their names")
        .without("self", "a value of several fields sees them by their names")
}

fn newtype_shape(symbols: &Symbols, raw: &RawValue) -> ValueShape {
    let newtype = symbols.newtypes.get(&raw.named.name.value).and_then(Option::as_ref);
    ValueShape::Newtype {
        inner: newtype.map_or(Type::Json, |newtype| newtype.inner.clone()),
        pattern: raw.pattern.as_ref().map(|pattern| pattern.as_str().to_owned()),
    }
}

/// Rules with the names of their rejections.
pub(super) fn rules(report: &Report, raw: &[(Word, Text)], scope: &Scope) -> Vec<Rule> {
    let rule = |(name, text): &(Word, Text)| {
        let expression = expressions::parse(report, text, scope)?;
        Some(Rule { name: name.value.clone(), expression })
    };
    raw.iter().filter_map(rule).collect()
}

/// Reports values that contain themselves.
fn cycles(report: &Report, raw: &[RawValue], values: &[Value]) {
    for (raw, value) in raw.iter().zip(values) {
        if all_inside(values, value).contains(value.name.as_str()) {
            report
                .mistake(raw.named.name.span, format!("value `{}` contains itself", value.name))
                .help("a value has an end; keep the id of the other thing instead");
        }
    }
}

/// The names of the values inside a value, however deep.
fn all_inside<'a>(values: &'a [Value], value: &'a Value) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        for inner in directly_inside(value) {
            if found.insert(inner) {
                open.extend(values.iter().find(|value| value.name == inner));
            }
        }
    }
    found
}

fn directly_inside(value: &Value) -> Vec<&str> {
    let ValueShape::Composite { fields } = &value.shape else {
        return Vec::new();
    };
    let types = fields.iter().map(|field| &field.ty);
    types.filter_map(|ty| if let Type::Value(inner) = ty { Some(inner.as_str()) } else { None }).collect()
}
