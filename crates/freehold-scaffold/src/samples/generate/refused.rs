//! Samples that must be refused, one for each reason, each checked to be refused for that reason.

use super::super::case::{Reason, Refused, RefusedCommand};
use super::super::check::{self, Trouble};
use super::super::interpret::text_of;
use super::super::sample::{Fields, Sample};
use super::super::world::World;
use super::satisfy;
use super::text::sized;
use super::value::{fields as valid_fields, unruled, value as valid_value};
use freehold_model::{Bounds, Command, DecimalBounds, Field, Type, Value, ValueShape};
use rust_decimal::Decimal;

/// Longer texts would make a test that nobody can read.
const LONGEST: u32 = 5_000;

/// Instances of a value that must be refused.
pub(in super::super) fn values(world: &World, name: &str) -> Vec<Refused> {
    let Some(value) = world.value(name) else {
        return Vec::new();
    };
    let parts = match &value.shape {
        ValueShape::Newtype { inner, pattern } => of_newtype(world, value, inner, pattern.as_deref()),
        ValueShape::Composite { fields } => of_composite(world, value, fields),
    };
    let mut found: Vec<_> = parts.into_iter().chain(of_rules(world, value)).collect();
    let ty = satisfy::type_of(value);
    found.retain(|it| is_refused_so(&check::ty(world, &ty, &it.sample), &it.path, &it.reason));
    found
}

/// Commands that must be refused before anything is decided.
pub(in super::super) fn commands(world: &World, command: &Command) -> Vec<RefusedCommand> {
    let Some(valid) = valid_fields(world, &command.fields, 1) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for field in &command.fields {
        for refused in of_field(world, field) {
            found.push(RefusedCommand {
                path: refused.path,
                reason: refused.reason,
                fields: replaced(&valid, &field.name, &refused.sample),
            });
        }
    }
    found
        .retain(|it| is_refused_so(&check::fields(world, &command.fields, &it.fields), &it.path, &it.reason));
    found
}

fn is_refused_so(verdict: &Result<(), Trouble>, path: &[String], reason: &Reason) -> bool {
    *verdict == Err(Trouble::Refused(path.to_vec(), reason.clone()))
}

fn replaced(fields: &Fields, name: &str, sample: &Sample) -> Fields {
    let pick = |(known, old): &(String, Sample)| {
        (known.clone(), if known == name { sample.clone() } else { old.clone() })
    };
    fields.iter().map(pick).collect()
}

/// What a field refuses, with the field's name in front of the path.
fn of_field(world: &World, field: &Field) -> Vec<Refused> {
    let refused = match &field.ty {
        Type::Value(name) => values(world, name),
        ty => of_type(&field.name, ty),
    };
    let whole = |sample: Sample| {
        if field.list { Sample::List(vec![sample]) } else { sample }
    };
    refused
        .into_iter()
        .map(|it| Refused {
            path: std::iter::once(field.name.clone()).chain(it.path).collect(),
            reason: it.reason,
            sample: whole(it.sample),
        })
        .collect()
}

fn of_composite(world: &World, value: &Value, fields: &[Field]) -> Vec<Refused> {
    let Some(Sample::Composite { fields: valid, .. }) = valid_value(world, &value.name, 1) else {
        return Vec::new();
    };
    let refused =
        fields.iter().flat_map(|field| of_field(world, field).into_iter().map(move |it| (field, it)));
    refused
        .map(|(field, it)| Refused {
            path: it.path,
            reason: it.reason,
            sample: Sample::Composite {
                value: value.name.clone(),
                fields: replaced(&valid, &field.name, &it.sample),
            },
        })
        .collect()
}

fn of_newtype(world: &World, value: &Value, inner: &Type, pattern: Option<&str>) -> Vec<Refused> {
    let words = heck::AsSnakeCase(&value.name).to_string();
    let plain = of_type(&words, inner).into_iter().map(|it| (it.reason, it.sample));
    let mismatch = pattern.and_then(|_| mismatched(world, value, inner)).map(|it| (Reason::Pattern, it));
    plain
        .chain(mismatch)
        .map(|(reason, sample)| Refused { path: Vec::new(), reason, sample: wrapped(value, sample) })
        .collect()
}

fn wrapped(value: &Value, inner: Sample) -> Sample {
    Sample::Newtype { value: value.name.clone(), inner: Box::new(inner) }
}

/// A text within the bounds that the pattern does not match, as near to a valid one as possible.
fn mismatched(world: &World, value: &Value, inner: &Type) -> Option<Sample> {
    let valid = unruled(world, value, 1)?;
    let text = text_of(&valid)?;
    let shorter: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
    let signs = |sign: &str| sign.repeat(text.chars().count().max(1));
    let tries = [
        text.to_lowercase(),
        text.to_uppercase(),
        shorter,
        format!("{text}!"),
        format!("{text} "),
        signs("?"),
        signs("a"),
        signs("1"),
        String::new(),
    ];
    let lengths = match inner {
        Type::Text(Bounds { min: Some(min), .. }) if *min <= LONGEST => vec!["?".repeat(*min as usize)],
        _ => Vec::new(),
    };
    let ty = satisfy::type_of(value);
    tries.into_iter().chain(lengths).map(Sample::Text).find(|it| {
        let verdict = check::ty(world, &ty, &wrapped(value, it.clone()));
        verdict == Err(Trouble::Refused(Vec::new(), Reason::Pattern))
    })
}

/// What breaks each rule of a value.
fn of_rules(world: &World, value: &Value) -> Vec<Refused> {
    let Some(valid) = valid_value(world, &value.name, 1).or_else(|| unruled(world, value, 1)) else {
        return Vec::new();
    };
    let rules = value.require.iter().enumerate();
    rules
        .filter_map(|(at, rule)| {
            let sample = satisfy::value(world, value, valid.clone(), Some(at))?;
            Some(Refused { path: Vec::new(), reason: Reason::Rule(rule.name.clone()), sample })
        })
        .collect()
}

/// What breaks the bounds or the form of a type that is not a value.
fn of_type(name: &str, ty: &Type) -> Vec<Refused> {
    let broken = match ty {
        Type::Text(bounds) => of_length(name, *bounds),
        Type::Int(bounds) => of_int(*bounds),
        Type::Decimal(bounds) => of_decimal(bounds),
        Type::Email => vec![(Reason::Malformed, Sample::Email("anna at example.com".to_owned()))],
        Type::Phone => vec![(Reason::Malformed, Sample::Phone("030 901820".to_owned()))],
        Type::Url => vec![(Reason::Malformed, Sample::Url("not a url".to_owned()))],
        Type::Country => vec![(Reason::Malformed, Sample::Country("Germany".to_owned()))],
        Type::Currency => vec![(Reason::Malformed, Sample::Currency("Euro".to_owned()))],
        _ => Vec::new(),
    };
    broken.into_iter().map(|(reason, sample)| Refused { path: Vec::new(), reason, sample }).collect()
}

fn of_length(name: &str, bounds: Bounds<u32>) -> Vec<(Reason, Sample)> {
    let exactly = |length: u32| Sample::Text(sized(name, length as usize));
    let short = bounds.min.and_then(|min| min.checked_sub(1)).filter(|it| *it <= LONGEST);
    let long = bounds.max.and_then(|max| max.checked_add(1)).filter(|it| *it <= LONGEST);
    let short = short.map(|it| (Reason::TooShort, exactly(it)));
    let long = long.map(|it| (Reason::TooLong, exactly(it)));
    short.into_iter().chain(long).collect()
}

fn of_int(bounds: Bounds<i64>) -> Vec<(Reason, Sample)> {
    let below = bounds.min.and_then(|min| min.checked_sub(1)).map(|it| (Reason::BelowMin, Sample::Int(it)));
    let above = bounds.max.and_then(|max| max.checked_add(1)).map(|it| (Reason::AboveMax, Sample::Int(it)));
    below.into_iter().chain(above).collect()
}

fn of_decimal(bounds: &DecimalBounds) -> Vec<(Reason, Sample)> {
    let cent = Decimal::new(1, 2);
    let below =
        bounds.min.and_then(|min| if min.exclusive { Some(min.value) } else { min.value.checked_sub(cent) });
    let above =
        bounds.max.and_then(|max| if max.exclusive { Some(max.value) } else { max.value.checked_add(cent) });
    let below = below.map(|it| (Reason::BelowMin, Sample::Decimal(it)));
    let above = above.map(|it| (Reason::AboveMax, Sample::Decimal(it)));
    below.into_iter().chain(above).collect()
}
