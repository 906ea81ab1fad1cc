//! The n-th sample of each type that is not made of others.

use super::super::clock::now;
use super::super::sample::Sample;
use super::super::world::World;
use super::{CURRENCIES, text};
use freehold_model::{Bounds, DecimalBounds, Type};
use jiff::civil::date;
use jiff::{SignedDuration, ToSpan};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

const COUNTRIES: [&str; 10] = ["DE", "US", "FR", "GB", "NL", "AT", "CH", "PL", "IT", "ES"];

/// No sample is longer, whatever the bounds ask for.
const LONGEST: u32 = 10_000;

/// The n-th value of a type, from 1, named after the field that it is for. Values of the model are not made here.
pub(super) fn scalar(world: &World, name: &str, ty: &Type, n: usize) -> Option<Sample> {
    Some(match ty {
        Type::Text(bounds) if bounds.min > Some(LONGEST) => return None,
        Type::Text(bounds) => Sample::Text(text::readable(name, *bounds, n)),
        Type::Bool => Sample::Bool(n % 2 == 1),
        Type::Int(bounds) => Sample::Int(int(*bounds, n)?),
        Type::Decimal(bounds) => Sample::Decimal(decimal(bounds, n)?),
        Type::Money => Sample::Money { amount: amount(n), currency: CURRENCIES[0].to_owned() },
        Type::Currency => Sample::Currency(turn(&CURRENCIES, n)),
        Type::Country => Sample::Country(turn(&COUNTRIES, n)),
        Type::Date => Sample::Date(date(2026, 2, 1).checked_add(days(n)).ok()?),
        Type::Timestamp => {
            Sample::Timestamp(now().checked_sub(SignedDuration::from_hours(120)).ok()? + hours(n))
        }
        Type::Duration => Sample::Duration(hours(n)),
        Type::Uuid => Sample::Uuid(uuid(name, n)),
        Type::Email => Sample::Email(format!("anna{n}@example.com")),
        Type::Phone => Sample::Phone(format!("+493090182{:04}", n % 10_000)),
        Type::Url => Sample::Url(format!("https://example.com/{}/{n}", name.replace('_', "-"))),
        Type::Json => Sample::Json(json!({ "note": format!("{} {n}", name.replace('_', " ")) })),
        Type::Enum(name) => {
            let variants = &world.enumeration(name)?.variants;
            Sample::Enum { name: name.clone(), variant: nth(variants, n)?.clone() }
        }
        Type::State(aggregate) => {
            let states = &world.aggregate(aggregate)?.states;
            Sample::State { aggregate: aggregate.clone(), variant: nth(states, n)?.clone() }
        }
        Type::Id { context, of } => {
            Sample::Id { context: context.clone(), of: of.clone(), uuid: uuid(of, n) }
        }
        Type::Value(_) => return None,
    })
}

fn nth<T>(items: &[T], n: usize) -> Option<&T> {
    items.get(n.saturating_sub(1) % items.len().max(1))
}

fn turn(codes: &[&str], n: usize) -> String {
    codes[n.saturating_sub(1) % codes.len()].to_owned()
}

fn small(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn days(n: usize) -> jiff::Span {
    small(n.saturating_sub(1) % 100_000).days()
}

fn hours(n: usize) -> SignedDuration {
    SignedDuration::from_hours(small(n % 100_000))
}

/// 12.50, 22.50 and so on.
fn amount(n: usize) -> Decimal {
    Decimal::new(small(n).saturating_mul(1000).saturating_add(250), 2)
}

/// n itself where the bounds allow it, else as far from the nearer end.
fn int(bounds: Bounds<i64>, n: usize) -> Option<i64> {
    let (n, min, max) = (small(n), bounds.min.unwrap_or(i64::MIN), bounds.max.unwrap_or(i64::MAX));
    if min > max {
        return None;
    }
    if (min..=max).contains(&n) {
        return Some(n);
    }
    let span = i128::from(max) - i128::from(min) + 1;
    let step = (i128::from(n) - 1).rem_euclid(span);
    let from_min = bounds.min.is_some();
    i64::try_from(if from_min { i128::from(min) + step } else { i128::from(max) - step }).ok()
}

/// 12.5, 22.5 and so on where the bounds allow it; else smaller numbers, else steps between the ends.
fn decimal(bounds: &DecimalBounds, n: usize) -> Option<Decimal> {
    let count = Decimal::from(small(n));
    let half = Decimal::new(5, 1);
    let wished = [amount(n).normalize(), count + half, count, count * Decimal::new(1, 2)];
    wished.into_iter().chain(between(bounds, n)).find(|it| inside(bounds, *it))
}

fn between(bounds: &DecimalBounds, n: usize) -> impl Iterator<Item = Decimal> {
    let (min, max) = (bounds.min.map(|it| it.value), bounds.max.map(|it| it.value));
    let count = Decimal::from(small(n));
    let part = Decimal::from(small(n % 99) + 1);
    let ends = [
        min.zip(max).and_then(|(min, max)| {
            max.checked_sub(min)?.checked_mul(part)?.checked_div(Decimal::ONE_HUNDRED)?.checked_add(min)
        }),
        min.and_then(|min| min.checked_add(count)),
        max.and_then(|max| max.checked_sub(count)),
        min,
        max,
    ];
    ends.into_iter().flatten()
}

fn inside(bounds: &DecimalBounds, it: Decimal) -> bool {
    bounds.min.is_none_or(|min| it > min.value || (!min.exclusive && it == min.value))
        && bounds.max.is_none_or(|max| it < max.value || (!max.exclusive && it == max.value))
}

/// A version 7 id whose random part is the name and the number.
fn uuid(name: &str, n: usize) -> Uuid {
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let moment = u128::from(now().as_millisecond().unsigned_abs());
    let noise = u128::from(seed & 0xfff);
    let tail = u128::from(n as u64) & 0xffff_ffff_ffff;
    Uuid::from_u128(
        (moment << 80) | (7 << 76) | (noise << 64) | (2 << 62) | (u128::from(seed >> 48) << 46) | tail,
    )
}
