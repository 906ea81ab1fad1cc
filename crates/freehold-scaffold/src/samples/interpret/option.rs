//! Methods of options and results. A result is an option here: `Err` is `None`.

use super::call::apply;
use super::method::Call;
use super::scope::{Failure, Scope};
use super::value::Value;

type Outcome = Result<Value, Failure>;

pub(super) fn call(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    let none = receiver.is_none();
    match (call.name.as_str(), call.args.len()) {
        ("is_some" | "is_ok", 0) => Some(Ok(Value::bool(!none))),
        ("is_none" | "is_err", 0) => Some(Ok(Value::bool(none))),
        ("ok" | "flatten", 0) if !matches!(receiver, Value::List(_)) => Some(Ok(receiver.clone())),
        ("unwrap" | "expect", _) => Some(if none { Err(EMPTY) } else { Ok(receiver.clone()) }),
        ("unwrap_or" | "or", 1) => Some(if none { call.arg(0, scope) } else { Ok(receiver.clone()) }),
        ("unwrap_or_else" | "or_else", 1) => {
            Some(if none { closed(call, 0, &[], scope) } else { Ok(receiver.clone()) })
        }
        ("unwrap_or_default", 0) if none => {
            Some(Err(Failure::unsupported("the method unwrap_or_default on what is no field")))
        }
        ("unwrap_or_default", 0) => Some(Ok(receiver.clone())),
        ("is_some_and" | "is_ok_and", 1) => {
            Some(if none { Ok(Value::bool(false)) } else { with(receiver, call, 0, scope) })
        }
        ("is_none_or", 1) => Some(if none { Ok(Value::bool(true)) } else { with(receiver, call, 0, scope) }),
        ("map_or", 2) => Some(if none { call.arg(0, scope) } else { with(receiver, call, 1, scope) }),
        ("map_or_else", 2) => {
            Some(if none { closed(call, 0, &[], scope) } else { with(receiver, call, 1, scope) })
        }
        ("and", 1) => Some(if none { Ok(Value::NONE) } else { call.arg(0, scope) }),
        ("xor", 1) => Some(exclusive(receiver, call, scope)),
        _ if matches!(receiver, Value::List(_) | Value::Range(_)) => None,
        ("map" | "and_then", 1) => Some(if none { Ok(Value::NONE) } else { with(receiver, call, 0, scope) }),
        ("filter", 1) => Some(filter(receiver, call, scope)),
        ("zip", 1) => Some(zip(receiver, call, scope)),
        ("iter" | "into_iter", 0) => {
            Some(Ok(Value::List(if none { Vec::new() } else { vec![receiver.clone()] })))
        }
        _ => None,
    }
}

const EMPTY: Failure = Failure::Fault("an unwrap of nothing");

fn with(receiver: &Value, call: &Call<'_>, closure: usize, scope: &mut Scope<'_>) -> Outcome {
    closed(call, closure, std::slice::from_ref(receiver), scope)
}

fn closed(call: &Call<'_>, closure: usize, args: &[Value], scope: &mut Scope<'_>) -> Outcome {
    apply(call.expr(closure)?, args, scope)
}

fn filter(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    if receiver.is_none() {
        return Ok(Value::NONE);
    }
    let keep = with(receiver, call, 0, scope)?.as_bool();
    Ok(if keep.ok_or_else(|| call.unknown())? { receiver.clone() } else { Value::NONE })
}

fn zip(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let other = call.arg(0, scope)?;
    Ok(if receiver.is_none() || other.is_none() {
        Value::NONE
    } else {
        Value::Tuple(vec![receiver.clone(), other])
    })
}

fn exclusive(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let other = call.arg(0, scope)?;
    Ok(match (receiver.is_none(), other.is_none()) {
        (false, true) => receiver.clone(),
        (true, false) => other,
        _ => Value::NONE,
    })
}
