//! The n-th sample of a field or of a value of the model, rules included.

use super::super::check::{self, Trouble};
use super::super::sample::{Fields, Sample};
use super::super::world::World;
use super::satisfy;
use super::{pattern, scalar};
use freehold_model::{Bounds, Field, Literal, Type, Value, ValueShape};

/// How many of a value are looked at before a search begins.
const NATURAL: usize = 24;

/// The n-th valid value of a field, from 1; a list has one element.
pub(in super::super) fn field(world: &World, field: &Field, n: usize) -> Option<Sample> {
    let sample = typed(world, &field.name, &field.ty, n)?;
    Some(if field.list { Sample::List(vec![sample]) } else { sample })
}

/// The n-th valid value of each field.
pub(in super::super) fn fields(world: &World, expected: &[Field], n: usize) -> Option<Fields> {
    expected.iter().map(|it| Some((it.name.clone(), field(world, it, n)?))).collect()
}

/// The n-th valid value of a type, named after the field that it is for.
pub(in super::super) fn typed(world: &World, name: &str, ty: &Type, n: usize) -> Option<Sample> {
    match ty {
        Type::Value(value) => self::value(world, value, n),
        _ => scalar::scalar(world, name, ty, n),
    }
}

/// The n-th valid instance of a value of the model, from 1.
pub(in super::super) fn value(world: &World, name: &str, n: usize) -> Option<Sample> {
    let value = world.value(name)?;
    if value.require.is_empty() {
        return unruled(world, value, n);
    }
    ruled(world, value, n).or_else(|| {
        let from = unruled(world, value, n)?;
        satisfy::value(world, value, from, None)
    })
}

/// The n-th of those that hold the rules without any search, as long as there are such.
fn ruled(world: &World, value: &Value, n: usize) -> Option<Sample> {
    let ty = Type::Value(value.name.clone());
    let mut found: Vec<Sample> = Vec::new();
    for k in 1..=NATURAL + 2 * n {
        let sample = unruled(world, value, k)?;
        match check::ty(world, &ty, &sample) {
            Ok(()) if !found.contains(&sample) => found.push(sample),
            Ok(()) | Err(Trouble::Refused(..)) => {}
            Err(_) => return None,
        }
        if found.len() == n {
            return found.pop();
        }
    }
    let index = n.checked_sub(1)? % found.len().max(1);
    found.into_iter().nth(index)
}

/// An instance whose parts are valid, whatever the rules over the whole say.
pub(super) fn unruled(world: &World, value: &Value, n: usize) -> Option<Sample> {
    match &value.shape {
        ValueShape::Composite { fields: expected } => {
            Some(Sample::Composite { value: value.name.clone(), fields: fields(world, expected, n)? })
        }
        ValueShape::Newtype { inner: Type::Text(bounds), pattern: Some(pattern) } => {
            patterned(world, value, pattern, *bounds, n)
        }
        ValueShape::Newtype { inner, .. } => {
            let words = heck::AsSnakeCase(&value.name).to_string();
            Some(newtype(value, typed(world, &words, inner, n)?))
        }
    }
}

/// Strings that match and hold the rules, where there are such; else strings that match.
fn patterned(world: &World, value: &Value, pattern: &str, bounds: Bounds<u32>, n: usize) -> Option<Sample> {
    let whole = |text: &str| newtype(value, Sample::Text(text.to_owned()));
    let ty = Type::Value(value.name.clone());
    let holds = |text: &str| check::ty(world, &ty, &whole(text)).is_ok();
    let text = pattern::matching(pattern, bounds, n, holds)
        .or_else(|| pattern::matching(pattern, bounds, n, |text| world.matches(pattern, text)))?;
    Some(whole(&text))
}

fn newtype(value: &Value, inner: Sample) -> Sample {
    Sample::Newtype { value: value.name.clone(), inner: Box::new(inner) }
}

/// What a field starts from: its default, nothing, or an empty list.
pub(in super::super) fn default_of(world: &World, field: &Field) -> Option<Sample> {
    if let Some(literal) = &field.default {
        return of_literal(world, &field.ty, literal);
    }
    if field.list {
        return Some(Sample::List(Vec::new()));
    }
    field.optional.then_some(Sample::Null)
}

fn of_literal(world: &World, ty: &Type, literal: &Literal) -> Option<Sample> {
    match (ty, literal) {
        (Type::Value(name), _) => {
            let value = world.value(name)?;
            match &value.shape {
                ValueShape::Newtype { inner, .. } => Some(newtype(value, of_literal(world, inner, literal)?)),
                ValueShape::Composite { .. } => None,
            }
        }
        (Type::Decimal(_), Literal::Int(it)) => Some(Sample::Decimal((*it).into())),
        (_, Literal::Bool(it)) => Some(Sample::Bool(*it)),
        (_, Literal::Int(it)) => Some(Sample::Int(*it)),
        (_, Literal::Decimal(it)) => Some(Sample::Decimal(*it)),
        (_, Literal::Text(it)) => of_text(ty, it),
    }
}

fn of_text(ty: &Type, text: &str) -> Option<Sample> {
    let owned = text.to_owned();
    match ty {
        Type::Text(_) => Some(Sample::Text(owned)),
        Type::Enum(name) => Some(Sample::Enum { name: name.clone(), variant: owned }),
        Type::State(aggregate) => Some(Sample::State { aggregate: aggregate.clone(), variant: owned }),
        Type::Currency => Some(Sample::Currency(owned)),
        Type::Country => Some(Sample::Country(owned)),
        Type::Email => Some(Sample::Email(owned)),
        Type::Phone => Some(Sample::Phone(owned)),
        Type::Url => Some(Sample::Url(owned)),
        Type::Date => text.parse().ok().map(Sample::Date),
        Type::Timestamp => text.parse().ok().map(Sample::Timestamp),
        Type::Duration => text.parse().ok().map(Sample::Duration),
        Type::Uuid => text.parse().ok().map(Sample::Uuid),
        Type::Json => serde_json::from_str(text).ok().map(Sample::Json),
        _ => None,
    }
}
