//! Method calls: which family of methods answers for a receiver.

use super::super::sample::Sample;
use super::compare;
use super::scope::{Failure, Scope};
use super::value::Value;
use super::{call, list, number, option, text, time, zero};
use syn::{Expr, ExprMethodCall, GenericArgument, Type};

type Outcome = Result<Value, Failure>;

/// A call on its way to the family that knows the method.
pub(super) struct Call<'e> {
    pub(super) name: String,
    pub(super) args: Vec<&'e Expr>,
    /// The type in `parse::<i64>()`.
    pub(super) hint: Option<String>,
}

impl Call<'_> {
    /// The value of an argument.
    pub(super) fn arg(&self, index: usize, scope: &mut Scope<'_>) -> Outcome {
        super::evaluate(self.expr(index)?, scope)
    }

    /// An argument, for closures.
    pub(super) fn expr(&self, index: usize) -> Result<&Expr, Failure> {
        self.args.get(index).copied().ok_or_else(|| self.unknown())
    }

    pub(super) fn unknown(&self) -> Failure {
        Failure::unsupported(format!("the method {}", self.name))
    }
}

pub(super) fn call(it: &ExprMethodCall, scope: &mut Scope<'_>) -> Outcome {
    let receiver = super::evaluate(&it.receiver, scope)?;
    if receiver.is_none()
        && it.method == "unwrap_or_default"
        && let Some(zero) = zero::of(&it.receiver, scope.model)
    {
        return Ok(zero);
    }
    let hint = it.turbofish.as_ref().and_then(|fish| match fish.args.first() {
        Some(GenericArgument::Type(Type::Path(ty))) => Some(super::path::last(&ty.path)),
        _ => None,
    });
    let call = Call { name: it.method.to_string(), args: it.args.iter().collect(), hint };
    invoke(&receiver, &call, scope)
}

/// Calls a method by name, as `Option::is_some` given as a function does.
pub(super) fn invoke(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    if let Some(value) = anything(receiver, call, scope) {
        return value;
    }
    let families = [option::call, text::call, list::call, number::call, time::call];
    for family in families {
        if let Some(value) = family(receiver, call, scope) {
            return value;
        }
    }
    match receiver {
        Value::Sample(Sample::Newtype { inner, .. }) => invoke(&Value::from((**inner).clone()), call, scope),
        _ => Err(call.unknown()),
    }
}

/// Methods that every type has.
fn anything(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    match (call.name.as_str(), call.args.len()) {
        (
            "clone" | "to_owned" | "as_ref" | "as_deref" | "borrow" | "into" | "deref" | "cloned" | "copied"
            | "as_slice" | "to_vec" | "try_into",
            0,
        ) => Some(Ok(receiver.clone())),
        ("get" | "value" | "inner" | "into_inner", 0) => Some(Ok(match receiver {
            Value::Sample(Sample::Newtype { inner, .. }) => Value::from((**inner).clone()),
            other => other.clone(),
        })),
        ("eq", 1) => {
            Some(call.arg(0, scope).map(|other| Value::bool(compare::equal(receiver, &other, scope))))
        }
        ("ne", 1) => {
            Some(call.arg(0, scope).map(|other| Value::bool(!compare::equal(receiver, &other, scope))))
        }
        ("cmp", 1) => Some(ordering(receiver, call, scope)),
        ("min" | "max", 1) => Some(extreme(receiver, call, scope)),
        ("clamp", 2) => Some(clamp(receiver, call, scope)),
        ("then_some", 1) => Some(match receiver.as_bool() {
            Some(true) => call.arg(0, scope),
            Some(false) => Ok(Value::NONE),
            None => Err(call.unknown()),
        }),
        ("then", 1) if receiver.as_bool().is_some() => Some(match receiver.as_bool() {
            Some(true) => call.expr(0).and_then(|body| call::apply(body, &[], scope)),
            _ => Ok(Value::NONE),
        }),
        ("contains", 1) => match receiver {
            Value::Range(range) => Some(
                call.arg(0, scope).and_then(|value| compare::contains(range, &value, scope)).map(Value::bool),
            ),
            _ => None,
        },
        _ => None,
    }
}

fn ordering(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let other = call.arg(0, scope)?;
    compare::ordered(receiver, &other, scope).map(Value::Ordering)
}

fn extreme(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let other = call.arg(0, scope)?;
    let order = compare::ordered(receiver, &other, scope)?;
    let receiver_wins = if call.name == "min" { order.is_le() } else { order.is_gt() };
    Ok(if receiver_wins { receiver.clone() } else { other })
}

fn clamp(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let (low, high) = (call.arg(0, scope)?, call.arg(1, scope)?);
    if compare::ordered(&low, &high, scope)?.is_gt() {
        return Err(Failure::Fault("a clamp between crossed ends"));
    }
    if compare::ordered(receiver, &low, scope)?.is_lt() {
        return Ok(low);
    }
    Ok(if compare::ordered(receiver, &high, scope)?.is_gt() { high } else { receiver.clone() })
}
