//! Function calls, and closures that are called.

use super::super::sample::Sample;
use super::method::{self, Call};
use super::operator::{OVERFLOW, decimal, whole};
use super::path::{ends, last, written};
use super::pattern;
use super::scope::{Failure, Scope};
use super::value::Value;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use std::str::FromStr;
use syn::{Expr, ExprCall};

type Outcome = Result<Value, Failure>;

/// The value of `f(a, b)`.
pub(super) fn call(it: &ExprCall, scope: &mut Scope<'_>) -> Outcome {
    let Expr::Path(function) = &*it.func else {
        return Err(Failure::unsupported("a call of this kind"));
    };
    let args = it.args.iter().map(|arg| super::evaluate(arg, scope)).collect::<Result<Vec<_>, _>>()?;
    named(&function.path, &args, scope)
}

/// Calls what a method was given as a closure or as the path of a function.
pub(super) fn apply(function: &Expr, args: &[Value], scope: &mut Scope<'_>) -> Outcome {
    match function {
        Expr::Closure(it) => scope.nested(|scope| {
            for (pat, arg) in it.inputs.iter().zip(args) {
                if !pattern::matches(pat, arg, scope)? {
                    return Err(Failure::unsupported("a closure with this pattern"));
                }
            }
            super::evaluate(&it.body, scope)
        }),
        Expr::Path(it) => named(&it.path, args, scope),
        Expr::Paren(it) => apply(&it.expr, args, scope),
        Expr::Reference(it) => apply(&it.expr, args, scope),
        _ => Err(Failure::unsupported("a function of this kind")),
    }
}

fn named(path: &syn::Path, args: &[Value], scope: &mut Scope<'_>) -> Outcome {
    let name = last(path);
    if let ("Some" | "Ok", [value]) = (name.as_str(), args) {
        return Ok(value.clone());
    }
    if name == "Err" {
        return Ok(Value::NONE);
    }
    let owner = ends(path).map(|(owner, _)| owner).unwrap_or_default();
    if let Some(value) = constructor(&owner, &name, args) {
        return value;
    }
    match args {
        // `char::is_alphanumeric`, given as a function.
        [receiver] if !owner.is_empty() => {
            let call = Call { name, args: Vec::new(), hint: None };
            method::invoke(receiver, &call, scope).map_err(|_| unknown(path))
        }
        _ => Err(unknown(path)),
    }
}

fn unknown(path: &syn::Path) -> Failure {
    Failure::unsupported(format!("the function {}", written(path)))
}

fn constructor(owner: &str, name: &str, args: &[Value]) -> Option<Outcome> {
    match (owner, name, args) {
        ("" | "Decimal", "dec" | "from_str", [text]) => parsed(text),
        ("", "format", parts) => {
            Some(Ok(Value::text(parts.iter().map(super::text::display).collect::<Option<String>>()?)))
        }
        ("Decimal", "from", [it]) => decimal(it).map(|it| Ok(Value::Sample(Sample::Decimal(it)))),
        ("Decimal", "new", [number, scale]) => {
            let number = i64::try_from(whole(number)?).ok()?;
            let scale = u32::try_from(whole(scale)?).ok()?;
            Some(
                Decimal::try_new(number, scale)
                    .map(|it| Value::Sample(Sample::Decimal(it)))
                    .map_err(|_| OVERFLOW),
            )
        }
        ("Duration" | "SignedDuration", _, [count]) => duration(name, i64::try_from(whole(count)?).ok()?),
        ("String", "new", []) => Some(Ok(Value::text(""))),
        ("String" | "Vec" | "str", "from", [it]) => Some(Ok(it.clone())),
        ("Vec", "new", []) => Some(Ok(Value::List(Vec::new()))),
        ("i64" | "i32" | "i128", "from" | "try_from", [it]) => {
            i64::try_from(whole(it)?).ok().map(Value::int).map(Ok)
        }
        ("u64" | "u32" | "usize", "from" | "try_from", [it]) => {
            Some(Ok(u64::try_from(whole(it)?).map_or(Value::NONE, Value::Size)))
        }
        ("Timestamp", "from_second", [it]) => {
            let second = i64::try_from(whole(it)?).ok()?;
            Some(Ok(
                Timestamp::from_second(second).map_or(Value::NONE, |it| Value::Sample(Sample::Timestamp(it)))
            ))
        }
        ("civil" | "", "date", [year, month, day]) => day_of(year, month, day),
        ("Date", "new" | "constant", [year, month, day]) => day_of(year, month, day),
        ("Currency", "new" | "parse" | "from_code", [it]) => {
            Some(Ok(Value::Sample(Sample::Currency(it.as_text()?.to_owned()))))
        }
        ("Country", "new" | "parse" | "from_code", [it]) => {
            Some(Ok(Value::Sample(Sample::Country(it.as_text()?.to_owned()))))
        }
        ("Money", "new", [amount, currency]) => Some(Ok(Value::Sample(Sample::Money {
            amount: decimal(amount)?,
            currency: currency.as_text()?.to_owned(),
        }))),
        ("Money", "zero", [currency]) => Some(Ok(Value::Sample(Sample::Money {
            amount: Decimal::ZERO,
            currency: currency.as_text()?.to_owned(),
        }))),
        ("cmp", "min" | "max", [a, b]) => lesser_or_greater(name, a, b),
        _ => None,
    }
}

fn parsed(text: &Value) -> Option<Outcome> {
    let text = text.as_text()?;
    Some(Ok(Decimal::from_str(text).map_or(Value::NONE, |it| Value::Sample(Sample::Decimal(it)))))
}

fn day_of(year: &Value, month: &Value, day: &Value) -> Option<Outcome> {
    let date = Date::new(
        i16::try_from(whole(year)?).ok()?,
        i8::try_from(whole(month)?).ok()?,
        i8::try_from(whole(day)?).ok()?,
    );
    Some(
        date.map(|it| Value::Sample(Sample::Date(it)))
            .map_err(|_| Failure::Fault("a day that does not exist")),
    )
}

fn duration(name: &str, count: i64) -> Option<Outcome> {
    let length = match name {
        "from_secs" => SignedDuration::from_secs(count),
        "from_millis" => SignedDuration::from_millis(count),
        "from_mins" => SignedDuration::try_from_mins(count)?,
        "from_hours" => SignedDuration::try_from_hours(count)?,
        "from_days" => SignedDuration::try_from_hours(count.checked_mul(24)?)?,
        "from_weeks" => SignedDuration::try_from_hours(count.checked_mul(168)?)?,
        _ => return None,
    };
    Some(Ok(Value::Sample(Sample::Duration(length))))
}

fn lesser_or_greater(name: &str, a: &Value, b: &Value) -> Option<Outcome> {
    let first = if name == "min" { decimal(a)? <= decimal(b)? } else { decimal(a)? > decimal(b)? };
    Some(Ok(if first { a.clone() } else { b.clone() }))
}
