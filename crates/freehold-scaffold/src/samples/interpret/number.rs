//! Methods of whole numbers and decimals.

use super::super::sample::Sample;
use super::method::Call;
use super::operator::{Arithmetic, OVERFLOW, arithmetic, whole};
use super::scope::{Failure, Scope};
use super::value::Value;
use rust_decimal::Decimal;

type Outcome = Result<Value, Failure>;

pub(super) fn call(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    if let Some(value) = checked(receiver, call, scope) {
        return Some(value);
    }
    if let Value::Sample(sample) = receiver
        && let Sample::Decimal(it) = sample.bare()
    {
        return of_decimal(*it, call, scope);
    }
    of_whole(whole(receiver)?, receiver, call, scope)
}

/// `checked_add`, `saturating_sub` and their kin.
fn checked(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    let (kind, name) = call.name.split_once('_')?;
    let op = match name {
        "add" => Arithmetic::Add,
        "sub" => Arithmetic::Sub,
        "mul" => Arithmetic::Mul,
        "div" => Arithmetic::Div,
        "rem" => Arithmetic::Rem,
        _ => return None,
    };
    let other = match call.arg(0, scope) {
        Ok(other) => other,
        Err(failure) => return Some(Err(failure)),
    };
    match (kind, arithmetic(op, receiver, &other)) {
        ("checked", Err(Failure::Fault(_))) => Some(Ok(Value::NONE)),
        ("saturating", Err(Failure::Fault(_))) => Some(saturated(receiver, op, call)),
        ("checked" | "saturating", outcome) => Some(outcome),
        _ => None,
    }
}

/// Only the end that a rule can mean: a length does not fall below zero.
fn saturated(receiver: &Value, op: Arithmetic, call: &Call<'_>) -> Outcome {
    match (receiver, op) {
        (Value::Size(_), Arithmetic::Sub) => Ok(Value::Size(0)),
        _ => Err(call.unknown()),
    }
}

fn of_whole(it: i128, receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    let back = |it: i128| match receiver {
        Value::Size(_) => u64::try_from(it).map(Value::Size).map_err(|_| OVERFLOW),
        _ => i64::try_from(it).map(Value::int).map_err(|_| OVERFLOW),
    };
    match (call.name.as_str(), call.args.len()) {
        ("abs" | "unsigned_abs", 0) => Some(back(it.abs())),
        ("signum", 0) => Some(back(it.signum())),
        ("is_positive", 0) => Some(Ok(Value::bool(it > 0))),
        ("is_negative", 0) => Some(Ok(Value::bool(it < 0))),
        ("pow", 1) => Some(call.arg(0, scope).and_then(|exponent| {
            let exponent =
                whole(&exponent).and_then(|it| u32::try_from(it).ok()).ok_or_else(|| call.unknown())?;
            it.checked_pow(exponent).ok_or(OVERFLOW).and_then(back)
        })),
        ("rem_euclid" | "div_euclid" | "abs_diff" | "is_multiple_of", 1) => {
            Some(call.arg(0, scope).and_then(|other| {
                let other = whole(&other).ok_or_else(|| call.unknown())?;
                match call.name.as_str() {
                    "rem_euclid" => it.checked_rem_euclid(other).ok_or(OVERFLOW).and_then(back),
                    "div_euclid" => it.checked_div_euclid(other).ok_or(OVERFLOW).and_then(back),
                    "abs_diff" => back((it - other).abs()),
                    _ => it.checked_rem(other).ok_or(OVERFLOW).map(|rest| Value::bool(rest == 0)),
                }
            }))
        }
        _ => None,
    }
}

fn of_decimal(it: Decimal, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    let number = |it: Decimal| Some(Ok(Value::Sample(Sample::Decimal(it))));
    match (call.name.as_str(), call.args.len()) {
        ("abs", 0) => number(it.abs()),
        ("round", 0) => number(it.round()),
        ("trunc", 0) => number(it.trunc()),
        ("fract", 0) => number(it.fract()),
        ("floor", 0) => number(it.floor()),
        ("ceil", 0) => number(it.ceil()),
        ("normalize", 0) => number(it.normalize()),
        ("is_zero", 0) => Some(Ok(Value::bool(it.is_zero()))),
        ("is_integer", 0) => Some(Ok(Value::bool(it.is_integer()))),
        ("is_sign_negative", 0) => Some(Ok(Value::bool(it.is_sign_negative()))),
        ("is_sign_positive", 0) => Some(Ok(Value::bool(it.is_sign_positive()))),
        ("scale", 0) => Some(Ok(Value::Size(it.scale().into()))),
        ("round_dp" | "trunc_with_scale", 1) => Some(call.arg(0, scope).and_then(|places| {
            let places =
                whole(&places).and_then(|it| u32::try_from(it).ok()).ok_or_else(|| call.unknown())?;
            Ok(Value::Sample(Sample::Decimal(if call.name == "round_dp" {
                it.round_dp(places)
            } else {
                it.trunc_with_scale(places)
            })))
        })),
        _ => None,
    }
}
