//! Equality and order of values.

use super::super::sample::Sample;
use super::operator::{decimal, whole};
use super::scope::{Failure, Scope, Sight};
use super::value::{Range, Value};
use std::cmp::Ordering;

/// Whether two values are equal. A checked value equals what it wraps, so that references need no thought.
pub(super) fn equal(left: &Value, right: &Value, scope: &mut Scope<'_>) -> bool {
    note(left, right, scope);
    same(left, right)
}

/// Whether two values are equal, without noting it down.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Sample(a), Value::Sample(b)) => match (a.bare(), b.bare()) {
            (Sample::Composite { fields: a, .. }, Sample::Composite { fields: b, .. }) => a == b,
            (a @ (Sample::Money { .. } | Sample::Json(_)), b) => a == b,
            _ => order(left, right) == Some(Ordering::Equal),
        },
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Span(_) | Value::Ordering(_) | Value::Range(_), _) => left == right,
        _ => order(left, right) == Some(Ordering::Equal),
    }
}

/// The order of two values that have one.
pub(super) fn ordered(left: &Value, right: &Value, scope: &mut Scope<'_>) -> Result<Ordering, Failure> {
    note(left, right, scope);
    let places = |value: &Value| place(value, scope);
    match (places(left), places(right)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => order(left, right),
    }
    .ok_or_else(|| Failure::unsupported("a comparison of these types"))
}

/// Whether a range contains a value.
pub(super) fn contains(range: &Range, value: &Value, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    let above = match &range.start {
        Some(start) => ordered(start, value, scope)? != Ordering::Greater,
        None => true,
    };
    let below = match &range.end {
        Some(end) => match ordered(value, end, scope)? {
            Ordering::Less => true,
            Ordering::Equal => range.inclusive,
            Ordering::Greater => false,
        },
        None => true,
    };
    Ok(above && below)
}

/// The place of a variant among its siblings, which is what derived order goes by.
fn place(value: &Value, scope: &Scope<'_>) -> Option<usize> {
    match value {
        Value::Sample(Sample::Enum { name, variant }) => {
            let variants = &scope.model.enums.iter().find(|it| it.name == *name)?.variants;
            variants.iter().position(|it| it == variant)
        }
        Value::Sample(Sample::State { aggregate, variant }) => {
            let states = &scope.model.aggregates.iter().find(|it| it.name == *aggregate)?.states;
            states.iter().position(|it| it == variant)
        }
        _ => None,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    if left.is_none() || right.is_none() {
        return Some(right.is_none().cmp(&left.is_none()));
    }
    if let (Some(a), Some(b)) = (whole(left), whole(right)) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (decimal(left), decimal(right)) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (left.as_text(), right.as_text()) {
        return Some(a.cmp(b));
    }
    match (left, right) {
        (Value::Sample(a), Value::Sample(b)) => of_samples(a.bare(), b.bare()),
        (Value::Char(a), Value::Char(b)) => Some(a.cmp(b)),
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => sequence(a, b),
        _ => None,
    }
}

fn of_samples(left: &Sample, right: &Sample) -> Option<Ordering> {
    match (left, right) {
        (Sample::Bool(a), Sample::Bool(b)) => Some(a.cmp(b)),
        (Sample::Date(a), Sample::Date(b)) => Some(a.cmp(b)),
        (Sample::Timestamp(a), Sample::Timestamp(b)) => Some(a.cmp(b)),
        (Sample::Duration(a), Sample::Duration(b)) => Some(a.cmp(b)),
        (Sample::Uuid(a) | Sample::Id { uuid: a, .. }, Sample::Uuid(b) | Sample::Id { uuid: b, .. }) => {
            Some(a.cmp(b))
        }
        (Sample::Enum { variant: a, .. }, Sample::Enum { variant: b, .. })
        | (Sample::State { variant: a, .. }, Sample::State { variant: b, .. }) => Some(a.cmp(b)),
        _ => None,
    }
}

fn sequence(left: &[Value], right: &[Value]) -> Option<Ordering> {
    for (a, b) in left.iter().zip(right) {
        match order(a, b)? {
            Ordering::Equal => {}
            other => return Some(other),
        }
    }
    Some(left.len().cmp(&right.len()))
}

fn note(left: &Value, right: &Value, scope: &mut Scope<'_>) {
    scope.saw(|| distance(left, right));
    for side in [left, right] {
        scope.saw(|| match side {
            Value::Sample(sample) if !sample.is_null() => Some(Sight::Equal(sample.clone())),
            _ => None,
        });
    }
}

fn distance(left: &Value, right: &Value) -> Option<Sight> {
    if let (Some(a), Some(b)) = (decimal(left), decimal(right)) {
        return b.checked_sub(a).map(Sight::Number);
    }
    match (left, right) {
        (Value::Sample(Sample::Timestamp(a)), Value::Sample(Sample::Timestamp(b))) => {
            Some(Sight::Time(b.duration_since(*a)))
        }
        (Value::Sample(Sample::Duration(a)), Value::Sample(Sample::Duration(b))) => {
            b.checked_sub(*a).map(Sight::Time)
        }
        (Value::Sample(Sample::Date(a)), Value::Sample(Sample::Date(b))) => {
            Some(Sight::Time(b.duration_since(*a)))
        }
        _ => None,
    }
}
