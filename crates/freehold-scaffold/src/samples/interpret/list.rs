//! Methods of lists and of iterators over them.

use super::super::sample::Sample;
use super::call::apply;
use super::compare;
use super::method::Call;
use super::operator::{Arithmetic, arithmetic, whole};
use super::scope::{Failure, Scope};
use super::value::Value;
use std::cmp::Ordering;

type Outcome = Result<Value, Failure>;

/// No rule counts further, and a sample would not be readable.
const LONGEST: i128 = 10_000;

pub(super) fn call(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    if let Value::Range(range) = receiver {
        let (start, end) = (whole(range.start.as_ref()?)?, whole(range.end.as_ref()?)?);
        let end = if range.inclusive { end + 1 } else { end };
        if end - start > LONGEST {
            return None;
        }
        let numbers = (start..end).filter_map(|it| i64::try_from(it).ok().map(Value::int)).collect();
        return self::call(&Value::List(numbers), call, scope);
    }
    let Value::List(elements) = receiver else {
        return None;
    };
    match call.args.len() {
        0 => plain(elements, call, scope),
        _ => with_argument(elements, call, scope),
    }
}

fn plain(elements: &[Value], call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    let at = |element: Option<&Value>| Some(Ok(element.cloned().unwrap_or(Value::NONE)));
    match call.name.as_str() {
        "len" | "count" => Some(Ok(Value::size(elements.len()))),
        "is_empty" => Some(Ok(Value::bool(elements.is_empty()))),
        "iter" | "into_iter" | "collect" | "copied" | "cloned" | "peekable" => {
            Some(Ok(Value::List(elements.to_vec())))
        }
        "first" | "next" => at(elements.first()),
        "last" | "next_back" => at(elements.last()),
        "rev" => Some(Ok(Value::List(elements.iter().rev().cloned().collect()))),
        "flatten" => Some(Ok(Value::List(flattened(elements)))),
        "enumerate" => Some(Ok(Value::List(enumerated(elements)))),
        "sum" => Some(total(elements, Arithmetic::Add, call.hint.as_deref())),
        "product" => Some(total(elements, Arithmetic::Mul, call.hint.as_deref())),
        "min" => Some(extreme(elements, Ordering::Less, scope)),
        "max" => Some(extreme(elements, Ordering::Greater, scope)),
        _ => None,
    }
}

fn with_argument(elements: &[Value], call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    match call.name.as_str() {
        "any" => Some(search(elements, call, scope).map(|found| Value::bool(found.is_some()))),
        "find" => {
            Some(search(elements, call, scope).map(|at| at.map_or(Value::NONE, |at| elements[at].clone())))
        }
        "position" => Some(search(elements, call, scope).map(|at| at.map_or(Value::NONE, Value::size))),
        "all" => Some(kept(elements, call, scope).map(|kept| Value::bool(kept.len() == elements.len()))),
        "filter" => Some(kept(elements, call, scope).map(Value::List)),
        "map" => Some(mapped(elements, call, scope).map(Value::List)),
        "filter_map" => Some(
            mapped(elements, call, scope)
                .map(|mapped| Value::List(mapped.into_iter().filter(|it| !it.is_none()).collect())),
        ),
        "flat_map" => Some(mapped(elements, call, scope).map(|mapped| Value::List(flattened(&mapped)))),
        "contains" => Some(call.arg(0, scope).map(|wanted| {
            Value::bool(elements.iter().any(|element| compare::equal(element, &wanted, scope)))
        })),
        "get" | "nth" => Some(at(elements, call, scope).map(|at| at.cloned().unwrap_or(Value::NONE))),
        "skip" | "take" => Some(part(elements, call, scope)),
        "fold" => Some(fold(elements, call, scope)),
        "windows" => Some(windows(elements, call, scope)),
        "chain" => Some(call.arg(0, scope).and_then(|other| match other {
            Value::List(more) => Ok(Value::List(elements.iter().cloned().chain(more).collect())),
            _ => Err(call.unknown()),
        })),
        "zip" => Some(call.arg(0, scope).and_then(|other| match other {
            Value::List(other) => Ok(Value::List(
                elements.iter().cloned().zip(other).map(|(a, b)| Value::Tuple(vec![a, b])).collect(),
            )),
            _ => Err(call.unknown()),
        })),
        _ => None,
    }
}

fn test(element: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    apply(call.expr(0)?, std::slice::from_ref(element), scope)?.as_bool().ok_or_else(|| call.unknown())
}

fn search(elements: &[Value], call: &Call<'_>, scope: &mut Scope<'_>) -> Result<Option<usize>, Failure> {
    for (at, element) in elements.iter().enumerate() {
        if test(element, call, scope)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn kept(elements: &[Value], call: &Call<'_>, scope: &mut Scope<'_>) -> Result<Vec<Value>, Failure> {
    let mut kept = Vec::new();
    for element in elements {
        if test(element, call, scope)? {
            kept.push(element.clone());
        }
    }
    Ok(kept)
}

fn mapped(elements: &[Value], call: &Call<'_>, scope: &mut Scope<'_>) -> Result<Vec<Value>, Failure> {
    let closure = call.expr(0)?;
    elements.iter().map(|element| apply(closure, std::slice::from_ref(element), scope)).collect()
}

fn flattened(elements: &[Value]) -> Vec<Value> {
    let mut flat = Vec::new();
    for element in elements {
        match element {
            Value::List(inner) => flat.extend(inner.iter().cloned()),
            other if other.is_none() => {}
            other => flat.push(other.clone()),
        }
    }
    flat
}

fn enumerated(elements: &[Value]) -> Vec<Value> {
    elements.iter().enumerate().map(|(at, it)| Value::Tuple(vec![Value::size(at), it.clone()])).collect()
}

fn at<'v>(
    elements: &'v [Value],
    call: &Call<'_>,
    scope: &mut Scope<'_>,
) -> Result<Option<&'v Value>, Failure> {
    let index = whole(&call.arg(0, scope)?).ok_or_else(|| call.unknown())?;
    Ok(usize::try_from(index).ok().and_then(|index| elements.get(index)))
}

fn part(elements: &[Value], call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let count = whole(&call.arg(0, scope)?).ok_or_else(|| call.unknown())?;
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(elements.len());
    let part = if call.name == "skip" { &elements[count..] } else { &elements[..count] };
    Ok(Value::List(part.to_vec()))
}

fn windows(elements: &[Value], call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let size = whole(&call.arg(0, scope)?).and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0);
    let size = size.ok_or_else(|| call.unknown())?;
    Ok(Value::List(elements.windows(size).map(|it| Value::List(it.to_vec())).collect()))
}

fn fold(elements: &[Value], call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let mut sum = call.arg(0, scope)?;
    for element in elements {
        sum = apply(call.expr(1)?, &[sum, element.clone()], scope)?;
    }
    Ok(sum)
}

fn total(elements: &[Value], op: Arithmetic, hint: Option<&str>) -> Outcome {
    let neutral = i64::from(op == Arithmetic::Mul);
    let mut sum = match hint {
        Some("Decimal") => Value::Sample(Sample::Decimal(neutral.into())),
        _ => Value::int(neutral),
    };
    for element in elements {
        sum = arithmetic(op, &sum, element)?;
    }
    Ok(sum)
}

fn extreme(elements: &[Value], wanted: Ordering, scope: &mut Scope<'_>) -> Outcome {
    let mut best: Option<&Value> = None;
    for element in elements {
        let better = match best {
            Some(best) => compare::ordered(element, best, scope)? == wanted,
            None => true,
        };
        if better {
            best = Some(element);
        }
    }
    Ok(best.cloned().unwrap_or(Value::NONE))
}
