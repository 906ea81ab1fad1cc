//! Names: local ones, variants, and the constants that rules are written with.

use super::super::sample::Sample;
use super::scope::{Failure, Scope};
use super::value::Value;
use freehold_model::Model;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use syn::Path;

/// The value that a path names.
pub(super) fn value(path: &Path, scope: &Scope<'_>) -> Result<Value, Failure> {
    if let Some(name) = path.get_ident() {
        if let Some(value) = scope.get(name) {
            return Ok(value.clone());
        }
        if name == "None" {
            return Ok(Value::NONE);
        }
    }
    let found = match ends(path) {
        Some((owner, name)) => variant(scope.model, &owner, &name).or_else(|| constant(&owner, &name)),
        None => None,
    };
    found.ok_or_else(|| Failure::unsupported(format!("the name {}", written(path))))
}

/// The variant of an enum, or of a life cycle: `Carrier::Dhl`, `ShipmentState::Booked`.
fn variant(model: &Model, owner: &str, name: &str) -> Option<Value> {
    let of_enum = model.enums.iter().find(|it| it.name == owner && it.variants.iter().any(|v| v == name));
    if of_enum.is_some() {
        return Some(Value::Sample(Sample::Enum { name: owner.to_owned(), variant: name.to_owned() }));
    }
    let aggregate = owner.strip_suffix("State")?;
    let known = model.aggregates.iter().find(|it| it.name == aggregate)?.states.iter().any(|s| s == name);
    known.then(|| Value::Sample(Sample::State { aggregate: aggregate.to_owned(), variant: name.to_owned() }))
}

fn constant(owner: &str, name: &str) -> Option<Value> {
    match (owner, name) {
        ("Decimal", _) => decimal(name).map(|it| Value::Sample(Sample::Decimal(it))),
        ("i64", "MAX") => Some(Value::int(i64::MAX)),
        ("i64", "MIN") => Some(Value::int(i64::MIN)),
        ("i32", "MAX") => Some(Value::int(i32::MAX.into())),
        ("u32", "MAX") => Some(Value::int(u32::MAX.into())),
        ("Duration" | "SignedDuration", _) => duration(name).map(|it| Value::Sample(Sample::Duration(it))),
        ("Timestamp", "MIN") => Some(Value::Sample(Sample::Timestamp(Timestamp::MIN))),
        ("Timestamp", "MAX") => Some(Value::Sample(Sample::Timestamp(Timestamp::MAX))),
        ("Timestamp", "UNIX_EPOCH") => Some(Value::Sample(Sample::Timestamp(Timestamp::UNIX_EPOCH))),
        ("Date", "MIN") => Some(Value::Sample(Sample::Date(Date::MIN))),
        ("Country", code) if is_code(code, 2) => Some(Value::Sample(Sample::Country(code.to_owned()))),
        ("Currency", code) if is_code(code, 3) => Some(Value::Sample(Sample::Currency(code.to_owned()))),
        ("Date", "MAX") => Some(Value::Sample(Sample::Date(Date::MAX))),
        _ => None,
    }
}

fn is_code(name: &str, length: usize) -> bool {
    name.len() == length && name.bytes().all(|it| it.is_ascii_uppercase())
}

fn decimal(name: &str) -> Option<Decimal> {
    match name {
        "ZERO" => Some(Decimal::ZERO),
        "ONE" => Some(Decimal::ONE),
        "TWO" => Some(Decimal::TWO),
        "TEN" => Some(Decimal::TEN),
        "ONE_HUNDRED" => Some(Decimal::ONE_HUNDRED),
        "ONE_THOUSAND" => Some(Decimal::ONE_THOUSAND),
        "NEGATIVE_ONE" => Some(Decimal::NEGATIVE_ONE),
        "MAX" => Some(Decimal::MAX),
        "MIN" => Some(Decimal::MIN),
        _ => None,
    }
}

fn duration(name: &str) -> Option<SignedDuration> {
    match name {
        "ZERO" => Some(SignedDuration::ZERO),
        "MAX" => Some(SignedDuration::MAX),
        "MIN" => Some(SignedDuration::MIN),
        _ => None,
    }
}

/// The last two segments: the owner and the name.
pub(super) fn ends(path: &Path) -> Option<(String, String)> {
    let mut segments = path.segments.iter().rev();
    let name = segments.next()?;
    let owner = segments.next()?;
    Some((owner.ident.to_string(), name.ident.to_string()))
}

/// The last segment.
pub(super) fn last(path: &Path) -> String {
    path.segments.last().map(|it| it.ident.to_string()).unwrap_or_default()
}

/// The path as written, without its generic arguments.
pub(super) fn written(path: &Path) -> String {
    path.segments.iter().map(|it| it.ident.to_string()).collect::<Vec<_>>().join("::")
}
