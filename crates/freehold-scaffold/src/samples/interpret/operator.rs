//! Operators. Arithmetic is checked: what would panic in Rust is a fault here.

use super::super::sample::Sample;
use super::compare;
use super::scope::{Failure, Scope};
use super::value::{SpanValue, Value};
use rust_decimal::Decimal;
use std::cmp::Ordering;
use syn::{BinOp, ExprBinary, ExprUnary, Type, UnOp};

type Outcome = Result<Value, Failure>;

pub(super) const OVERFLOW: Failure = Failure::Fault("an overflow");

pub(super) fn unary(it: &ExprUnary, scope: &mut Scope<'_>) -> Outcome {
    let value = super::evaluate(&it.expr, scope)?;
    match it.op {
        UnOp::Deref(_) => Ok(match value {
            Value::Sample(Sample::Newtype { inner, .. }) => Value::from(*inner),
            other => other,
        }),
        UnOp::Not(_) => match value.as_bool() {
            Some(it) => Ok(Value::bool(!it)),
            None => Err(Failure::unsupported("the operator ! on this type")),
        },
        UnOp::Neg(_) => negate(&value),
        _ => Err(Failure::unsupported("an operator of this kind")),
    }
}

fn negate(value: &Value) -> Outcome {
    match value {
        Value::Sample(sample) => match sample.bare() {
            Sample::Int(it) => it.checked_neg().map(Value::int).ok_or(OVERFLOW),
            Sample::Decimal(it) => Ok(Value::Sample(Sample::Decimal(-*it))),
            Sample::Duration(it) => {
                it.checked_neg().map(|it| Value::Sample(Sample::Duration(it))).ok_or(OVERFLOW)
            }
            _ => Err(Failure::unsupported("the operator - on this type")),
        },
        Value::Span(SpanValue(it)) => Ok(Value::Span(SpanValue(it.negate()))),
        _ => Err(Failure::unsupported("the operator - on this type")),
    }
}

pub(super) fn binary(it: &ExprBinary, scope: &mut Scope<'_>) -> Outcome {
    match it.op {
        BinOp::And(_) => either(it, scope, false),
        BinOp::Or(_) => either(it, scope, true),
        _ => {
            let left = super::evaluate(&it.left, scope)?;
            let right = super::evaluate(&it.right, scope)?;
            apply(&it.op, &left, &right, scope)
        }
    }
}

/// `&&` and `||`: the right side is not looked at when the left one `decides`.
fn either(it: &ExprBinary, scope: &mut Scope<'_>, decides: bool) -> Outcome {
    if super::holds(&it.left, scope)? == decides {
        return Ok(Value::bool(decides));
    }
    super::holds(&it.right, scope).map(Value::bool)
}

fn apply(op: &BinOp, left: &Value, right: &Value, scope: &mut Scope<'_>) -> Outcome {
    match op {
        BinOp::Eq(_) => Ok(Value::bool(compare::equal(left, right, scope))),
        BinOp::Ne(_) => Ok(Value::bool(!compare::equal(left, right, scope))),
        BinOp::Lt(_) => compare::ordered(left, right, scope).map(|it| Value::bool(it == Ordering::Less)),
        BinOp::Le(_) => compare::ordered(left, right, scope).map(|it| Value::bool(it != Ordering::Greater)),
        BinOp::Gt(_) => compare::ordered(left, right, scope).map(|it| Value::bool(it == Ordering::Greater)),
        BinOp::Ge(_) => compare::ordered(left, right, scope).map(|it| Value::bool(it != Ordering::Less)),
        BinOp::Add(_) => arithmetic(Arithmetic::Add, left, right),
        BinOp::Sub(_) => arithmetic(Arithmetic::Sub, left, right),
        BinOp::Mul(_) => arithmetic(Arithmetic::Mul, left, right),
        BinOp::Div(_) => arithmetic(Arithmetic::Div, left, right),
        BinOp::Rem(_) => arithmetic(Arithmetic::Rem, left, right),
        BinOp::BitAnd(_) => logic(left, right, |a, b| a & b),
        BinOp::BitOr(_) => logic(left, right, |a, b| a | b),
        BinOp::BitXor(_) => logic(left, right, |a, b| a ^ b),
        _ => Err(Failure::unsupported("an operator of this kind")),
    }
}

fn logic(left: &Value, right: &Value, join: impl Fn(bool, bool) -> bool) -> Outcome {
    match (left.as_bool(), right.as_bool()) {
        (Some(a), Some(b)) => Ok(Value::bool(join(a, b))),
        _ => Err(Failure::unsupported("an operator of bits")),
    }
}

/// What arithmetic does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// Two numbers or times, joined.
pub(super) fn arithmetic(op: Arithmetic, left: &Value, right: &Value) -> Outcome {
    if let (Some(a), Some(b)) = (whole(left), whole(right)) {
        let result = of_whole(op, a, b).ok_or(OVERFLOW)?;
        let unsigned = matches!(left, Value::Size(_)) || matches!(right, Value::Size(_));
        return narrow(result, unsigned);
    }
    if let (Some(a), Some(b)) = (decimal(left), decimal(right)) {
        return of_decimals(op, a, b).map(|it| Value::Sample(Sample::Decimal(it))).ok_or(OVERFLOW);
    }
    if let (Arithmetic::Add, Some(a), Some(b)) = (op, left.as_text(), right.as_text()) {
        return Ok(Value::text(format!("{a}{b}")));
    }
    super::time::arithmetic(op, left, right)
}

fn narrow(result: i128, unsigned: bool) -> Outcome {
    if unsigned {
        u64::try_from(result).map(Value::Size).map_err(|_| OVERFLOW)
    } else {
        i64::try_from(result).map(Value::int).map_err(|_| OVERFLOW)
    }
}

fn of_whole(op: Arithmetic, a: i128, b: i128) -> Option<i128> {
    match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Sub => a.checked_sub(b),
        Arithmetic::Mul => a.checked_mul(b),
        Arithmetic::Div => a.checked_div(b),
        Arithmetic::Rem => a.checked_rem(b),
    }
}

fn of_decimals(op: Arithmetic, a: Decimal, b: Decimal) -> Option<Decimal> {
    match op {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Sub => a.checked_sub(b),
        Arithmetic::Mul => a.checked_mul(b),
        Arithmetic::Div => a.checked_div(b),
        Arithmetic::Rem => a.checked_rem(b),
    }
}

/// `as`, between whole numbers only.
pub(super) fn cast(value: &Value, ty: &Type) -> Outcome {
    let Type::Path(target) = ty else {
        return Err(Failure::unsupported("a cast of this kind"));
    };
    let Some(number) = whole(value) else {
        return Err(Failure::unsupported("a cast of this type"));
    };
    match super::path::last(&target.path).as_str() {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => narrow(number, false),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => narrow(number, true),
        other => Err(Failure::unsupported(format!("a cast to {other}"))),
    }
}

/// A whole number of either kind.
pub(super) fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Size(it) => Some((*it).into()),
        Value::Sample(sample) => match sample.bare() {
            Sample::Int(it) => Some((*it).into()),
            _ => None,
        },
        _ => None,
    }
}

/// Any number.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    if let Value::Sample(sample) = value
        && let Sample::Decimal(it) = sample.bare()
    {
        return Some(*it);
    }
    whole(value).and_then(|it| Decimal::try_from_i128_with_scale(it, 0).ok())
}
