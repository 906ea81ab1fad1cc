//! Whether a sample is valid where it stands, by the same rules that the generated types hold.

use super::case::Reason;
use super::interpret::{Failure, Scope, Value, holds, text_of};
use super::sample::{Fields, Sample, field as named};
use super::world::World;
use freehold_model::{Bounds, DecimalBounds, Field, Rule, Type, ValueShape};
use rust_decimal::Decimal;

/// Why a sample cannot stand where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    /// It is refused: where, from the outermost field inwards, and why.
    Refused(Vec<String>, Reason),
    /// It is of another type, or missing.
    Misplaced,
    /// A rule cannot be evaluated.
    Unknown(Failure),
}

impl Trouble {
    fn within(self, name: &str) -> Self {
        match self {
            Self::Refused(mut path, reason) => {
                path.insert(0, name.to_owned());
                Self::Refused(path, reason)
            }
            other => other,
        }
    }
}

type Verdict = Result<(), Trouble>;

/// Whether a field can hold a sample.
pub(super) fn field(world: &World, field: &Field, sample: &Sample) -> Verdict {
    match sample {
        Sample::Null if field.optional && !field.list => Ok(()),
        Sample::List(elements) if field.list => {
            elements.iter().try_for_each(|element| ty(world, &field.ty, element))
        }
        _ if field.list => Err(Trouble::Misplaced),
        other => ty(world, &field.ty, other),
    }
}

/// Whether all fields are there and valid.
pub(super) fn fields(world: &World, expected: &[Field], samples: &Fields) -> Verdict {
    expected.iter().try_for_each(|it| {
        let sample = named(samples, &it.name).ok_or(Trouble::Misplaced)?;
        field(world, it, sample).map_err(|trouble| trouble.within(&it.name))
    })
}

/// Whether a type has a sample among its values.
pub(super) fn ty(world: &World, ty: &Type, sample: &Sample) -> Verdict {
    match (ty, sample) {
        (Type::Text(bounds), Sample::Text(it)) => length(*bounds, it),
        (Type::Int(bounds), Sample::Int(it)) => int(*bounds, *it),
        (Type::Decimal(bounds), Sample::Decimal(it)) => decimal(bounds, *it),
        (Type::Value(name), _) => value(world, name, sample),
        (Type::Enum(name), Sample::Enum { name: of, .. }) if name == of => Ok(()),
        (Type::State(name), Sample::State { aggregate, .. }) if name == aggregate => Ok(()),
        (Type::Id { context, of }, Sample::Id { context: c, of: o, .. }) if context == c && of == o => Ok(()),
        (Type::Email | Type::Phone | Type::Url | Type::Country | Type::Currency, _)
            if same_kind(ty, sample) =>
        {
            form(ty, sample)
        }
        _ if same_kind(ty, sample) => Ok(()),
        _ => Err(Trouble::Misplaced),
    }
}

fn same_kind(ty: &Type, sample: &Sample) -> bool {
    matches!(
        (ty, sample),
        (Type::Bool, Sample::Bool(_))
            | (Type::Money, Sample::Money { .. })
            | (Type::Currency, Sample::Currency(_))
            | (Type::Date, Sample::Date(_))
            | (Type::Timestamp, Sample::Timestamp(_))
            | (Type::Duration, Sample::Duration(_))
            | (Type::Uuid, Sample::Uuid(_))
            | (Type::Email, Sample::Email(_))
            | (Type::Phone, Sample::Phone(_))
            | (Type::Url, Sample::Url(_))
            | (Type::Country, Sample::Country(_))
            | (Type::Json, Sample::Json(_))
    )
}

fn refused(reason: Reason) -> Verdict {
    Err(Trouble::Refused(Vec::new(), reason))
}

fn length(bounds: Bounds<u32>, text: &str) -> Verdict {
    let length = text.chars().count();
    let out = |end: Option<u32>| end.map(|end| end as usize);
    if out(bounds.min).is_some_and(|min| length < min) {
        return refused(Reason::TooShort);
    }
    if out(bounds.max).is_some_and(|max| length > max) {
        return refused(Reason::TooLong);
    }
    Ok(())
}

fn int(bounds: Bounds<i64>, it: i64) -> Verdict {
    if bounds.min.is_some_and(|min| it < min) {
        return refused(Reason::BelowMin);
    }
    if bounds.max.is_some_and(|max| it > max) {
        return refused(Reason::AboveMax);
    }
    Ok(())
}

fn decimal(bounds: &DecimalBounds, it: Decimal) -> Verdict {
    if bounds.min.is_some_and(|min| it < min.value || (min.exclusive && it == min.value)) {
        return refused(Reason::BelowMin);
    }
    if bounds.max.is_some_and(|max| it > max.value || (max.exclusive && it == max.value)) {
        return refused(Reason::AboveMax);
    }
    Ok(())
}

/// A rough look at texts with a form, enough to keep constants of rules apart from addresses and codes.
fn form(ty: &Type, sample: &Sample) -> Verdict {
    let text = text_of(sample).unwrap_or_default();
    let capitals = |count| text.len() == count && text.bytes().all(|it| it.is_ascii_uppercase());
    let fits = match ty {
        Type::Email => {
            text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        }
        Type::Phone => phone(text),
        Type::Url => text.starts_with("http://") || text.starts_with("https://"),
        Type::Country => capitals(2),
        _ => capitals(3),
    };
    if fits && !text.contains(char::is_whitespace) { Ok(()) } else { refused(Reason::Malformed) }
}

fn phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|it| it.is_ascii_digit())
    })
}

fn value(world: &World, name: &str, sample: &Sample) -> Verdict {
    let known = world.value(name).ok_or(Trouble::Misplaced)?;
    match (&known.shape, sample) {
        (ValueShape::Newtype { inner, pattern }, Sample::Newtype { value, inner: sample })
            if value == name =>
        {
            ty(world, inner, sample)?;
            let text = text_of(sample).unwrap_or_default();
            if pattern.as_ref().is_some_and(|pattern| !world.matches(pattern, text)) {
                return refused(Reason::Pattern);
            }
            let scope = || Scope::new(&world.model).with("value", Value::from((**sample).clone()));
            rules(&known.require, scope)
        }
        (ValueShape::Composite { fields: expected }, Sample::Composite { value, fields: samples })
            if value == name =>
        {
            fields(world, expected, samples)?;
            rules(&known.require, || locals(world, samples))
        }
        _ => Err(Trouble::Misplaced),
    }
}

/// The rules of a composite name its fields.
pub(super) fn locals<'a>(world: &'a World, samples: &Fields) -> Scope<'a> {
    let scope = Scope::new(&world.model);
    samples.iter().fold(scope, |scope, (name, sample)| scope.with(name.clone(), Value::from(sample.clone())))
}

fn rules<'a>(rules: &[Rule], scope: impl Fn() -> Scope<'a>) -> Verdict {
    for rule in rules {
        match holds(&rule.expression.tree, &mut scope()) {
            Ok(true) => {}
            Ok(false) => return refused(Reason::Rule(rule.name.clone())),
            Err(failure) => return Err(Trouble::Unknown(failure)),
        }
    }
    Ok(())
}
