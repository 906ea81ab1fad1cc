//! The values that are worth a try in a field: samples, the ends of its bounds, and what its rules compare with.

use super::super::check;
use super::super::clock::now;
use super::super::generate::{self, CURRENCIES, sized};
use super::super::sample::{Fields, Sample};
use super::super::world::World;
use super::leads::Leads;
use freehold_model::{Bounds, DecimalBounds, Field, Type, ValueShape};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

/// Longer texts and lists are not tried: nobody could read the test.
const LONGEST_TEXT: usize = 300;
const LONGEST_LIST: usize = 20;

/// Valid values for a field, without repetition, the more natural ones first.
pub(super) fn candidates(world: &World, field: &Field, leads: &Leads, n: usize) -> Vec<Sample> {
    let mut found = Vec::new();
    if field.optional && !field.list {
        found.push(Sample::Null);
    }
    if field.list {
        found.extend(lists(world, field, leads, n));
    } else {
        found.extend(values(world, &field.name, &field.ty, leads, n));
    }
    distinct(found).into_iter().filter(|it| check::field(world, field, it).is_ok()).collect()
}

fn distinct(samples: Vec<Sample>) -> Vec<Sample> {
    let mut distinct: Vec<Sample> = Vec::with_capacity(samples.len());
    for sample in samples {
        if !distinct.contains(&sample) {
            distinct.push(sample);
        }
    }
    distinct
}

/// Values of a type, valid or not.
fn values(world: &World, name: &str, ty: &Type, leads: &Leads, n: usize) -> Vec<Sample> {
    let mut found: Vec<Sample> =
        [n, n + 1, n + 2].iter().filter_map(|n| generate::typed(world, name, ty, *n)).collect();
    found.extend(leads.others.iter().cloned());
    match ty {
        Type::Text(bounds) => found.extend(texts(name, *bounds, leads, n).into_iter().map(Sample::Text)),
        Type::Int(bounds) => found.extend(ints(*bounds, leads).into_iter().map(Sample::Int)),
        Type::Decimal(bounds) => {
            found.extend(decimals(bounds, leads).into_iter().map(|it| Sample::Decimal(it.normalize())));
        }
        Type::Bool => found.extend([Sample::Bool(true), Sample::Bool(false)]),
        Type::Currency => found.extend(codes(leads, 3).map(Sample::Currency)),
        Type::Country => found.extend(codes(leads, 2).map(Sample::Country)),
        Type::Date => found.extend(dates(leads)),
        Type::Timestamp => found.extend(moments(leads)),
        Type::Duration => found.extend(lengths_of_time(leads)),
        Type::Enum(name) => found.extend(variants(world, name)),
        Type::Json => found.push(Sample::Json(serde_json::Value::Object(serde_json::Map::new()))),
        Type::Value(value) => found.extend(of_value(world, value, leads, n)),
        Type::Email | Type::Url => found.extend(forms(ty, leads)),
        _ => {}
    }
    found
}

fn texts(name: &str, bounds: Bounds<u32>, leads: &Leads, n: usize) -> Vec<String> {
    let plain = format!("{} {n}", name.replace('_', " "));
    let mut found = leads.texts.clone();
    for text in &leads.texts {
        found.extend([
            format!("{text}{plain}"),
            format!("{plain}{text}"),
            text.to_uppercase(),
            text.to_lowercase(),
        ]);
    }
    found.extend([String::new(), " ".to_owned(), plain.to_uppercase(), capitalized(&plain)]);
    found.extend(["anna", "ANNA", "Anna", "12345", "anna12", "é"].map(str::to_owned));
    let ends = [bounds.min, bounds.max].into_iter().flatten().map(i64::from);
    for length in leads.ints.iter().copied().chain(ends) {
        for length in [length.saturating_sub(1), length, length.saturating_add(1)] {
            if let Some(length) = usize::try_from(length).ok().filter(|it| (1..=LONGEST_TEXT).contains(it)) {
                found.extend([sized(name, length), "1234567890".chars().cycle().take(length).collect()]);
            }
        }
    }
    found
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn codes(leads: &Leads, length: usize) -> impl Iterator<Item = String> {
    let own = leads.texts.iter().filter(move |it| it.len() == length).cloned();
    own.chain(CURRENCIES.iter().filter(move |it| it.len() == length).map(|it| (*it).to_owned()))
}

fn ints(bounds: Bounds<i64>, leads: &Leads) -> Vec<i64> {
    let whole = leads.decimals.iter().filter_map(|it| i64::try_from(*it).ok());
    let ends = [bounds.min, bounds.max].into_iter().flatten();
    let mut found = vec![0, 1, -1, 2];
    for known in leads.ints.iter().copied().chain(whole).chain(ends) {
        found.extend([known, known.saturating_add(1), known.saturating_sub(1)]);
        found.extend(known.checked_neg());
    }
    found.push(1_000_000);
    found
}

fn decimals(bounds: &DecimalBounds, leads: &Leads) -> Vec<Decimal> {
    let ends = [bounds.min, bounds.max].into_iter().flatten().map(|it| it.value);
    let whole = leads.ints.iter().map(|it| Decimal::from(*it));
    let small = Decimal::new(1, 2);
    let mut found = vec![Decimal::ZERO, Decimal::ONE, Decimal::NEGATIVE_ONE];
    for known in leads.decimals.iter().copied().chain(whole).chain(ends) {
        found.push(known);
        let near = [Decimal::ONE, small].map(|step| [known.checked_add(step), known.checked_sub(step)]);
        found.extend(near.into_iter().flatten().flatten());
        found.push(-known);
    }
    found.extend([small, Decimal::from(1_000_000), Decimal::new(12345, 3)]);
    found
}

fn steps(leads: &Leads) -> Vec<SignedDuration> {
    let second = SignedDuration::from_secs(1);
    let mut steps = vec![SignedDuration::ZERO, second, SignedDuration::from_hours(24)];
    for known in &leads.durations {
        steps.push(*known);
        steps.extend(known.checked_add(second));
        steps.extend(known.checked_sub(second));
    }
    steps
}

fn moments(leads: &Leads) -> Vec<Sample> {
    let mut found = Vec::new();
    for step in steps(leads) {
        found.extend(now().checked_sub(step));
        found.extend(now().checked_add(step));
    }
    found.extend(
        far().iter().filter_map(|it| it.to_zoned(jiff::tz::TimeZone::UTC).map(|it| it.timestamp()).ok()),
    );
    found.into_iter().map(Sample::Timestamp).collect()
}

/// Days that lie behind or before any clock that a test will ever see.
fn far() -> [jiff::civil::Date; 2] {
    [date(2999, 12, 31), date(2000, 1, 1)]
}

fn dates(leads: &Leads) -> Vec<Sample> {
    let today = day(now());
    let mut found = Vec::new();
    for step in steps(leads) {
        found.extend(today.checked_sub(step));
        found.extend(today.checked_add(step));
    }
    found.extend(far());
    found.into_iter().map(Sample::Date).collect()
}

fn day(moment: Timestamp) -> jiff::civil::Date {
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn lengths_of_time(leads: &Leads) -> Vec<Sample> {
    let mut found = steps(leads);
    for count in &leads.ints {
        found.extend(SignedDuration::try_from_hours(*count));
        found.push(SignedDuration::from_secs(*count));
    }
    found.extend([SignedDuration::from_secs(-1), SignedDuration::from_hours(24 * 365)]);
    found.into_iter().map(Sample::Duration).collect()
}

fn variants(world: &World, name: &str) -> Vec<Sample> {
    let variants = world.enumeration(name).map(|it| it.variants.clone()).unwrap_or_default();
    variants.into_iter().map(|variant| Sample::Enum { name: name.to_owned(), variant }).collect()
}

fn forms(ty: &Type, leads: &Leads) -> Vec<Sample> {
    let written = leads.texts.iter();
    match ty {
        Type::Email => written
            .flat_map(|it| {
                let host = it.trim_start_matches('@');
                [it.clone(), format!("anna@{host}"), format!("{it}anna@example.com")]
            })
            .chain(["Anna@Example.com".to_owned()])
            .map(Sample::Email)
            .collect(),
        _ => written
            .flat_map(|it| [it.clone(), format!("{it}/1"), format!("{it}example.com/1")])
            .map(Sample::Url)
            .collect(),
    }
}

fn of_value(world: &World, name: &str, leads: &Leads, n: usize) -> Vec<Sample> {
    match world.value(name).map(|it| &it.shape) {
        Some(ValueShape::Newtype { inner, .. }) => values(world, name, inner, leads, n)
            .into_iter()
            .map(|inner| Sample::Newtype { value: name.to_owned(), inner: Box::new(inner) })
            .collect(),
        _ => Vec::new(),
    }
}

/// Lists of none, one and more, and lists with one telling element.
fn lists(world: &World, field: &Field, leads: &Leads, n: usize) -> Vec<Sample> {
    let nth = |n| generate::typed(world, &field.name, &field.ty, n);
    let Some((first, second)) = nth(n).zip(nth(n + 1)) else {
        return vec![Sample::List(Vec::new())];
    };
    let mut found = vec![
        vec![first.clone()],
        Vec::new(),
        vec![first.clone(), second],
        vec![first.clone(), first.clone()],
    ];
    let lengths =
        leads.ints.iter().chain([&3]).flat_map(|it| [it.saturating_sub(1), *it, it.saturating_add(1)]);
    for length in lengths.filter_map(|it| usize::try_from(it).ok()).filter(|it| *it <= LONGEST_LIST) {
        found.push((n..n + length).filter_map(nth).collect());
    }
    for element in elements(world, field, leads, n, &first) {
        found.push(vec![element.clone()]);
        found.push(vec![first.clone(), element]);
    }
    found.into_iter().map(Sample::List).collect()
}

/// Values of an element; of a composite, the first one with one field changed.
fn elements(world: &World, field: &Field, leads: &Leads, n: usize, first: &Sample) -> Vec<Sample> {
    let Sample::Composite { value, fields } = first else {
        return values(world, &field.name, &field.ty, leads, n);
    };
    let mut found = Vec::new();
    for part in world.parts(value).unwrap_or_default() {
        for sample in candidates(world, part, leads, n) {
            found.push(Sample::Composite {
                value: value.clone(),
                fields: replaced(fields, &part.name, &sample),
            });
        }
    }
    found
}

fn replaced(fields: &Fields, name: &str, sample: &Sample) -> Fields {
    fields
        .iter()
        .map(|(known, old)| (known.clone(), if known == name { sample.clone() } else { old.clone() }))
        .collect()
}
