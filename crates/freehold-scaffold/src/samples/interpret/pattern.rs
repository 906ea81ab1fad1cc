//! Whether a value matches a pattern, and which names the pattern binds.

use super::scope::{Failure, Scope};
use super::value::{Range, Value};
use super::{compare, expression, path};
use std::rc::Rc;
use syn::{Expr, Pat, RangeLimits};

/// Whether the value matches. The names that the pattern binds stay in the scope.
pub(super) fn matches(pat: &Pat, value: &Value, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => Ok(true),
        Pat::Ident(it) => ident(it, value, scope),
        Pat::Paren(it) => matches(&it.pat, value, scope),
        Pat::Reference(it) => matches(&it.pat, value, scope),
        Pat::Type(it) => matches(&it.pat, value, scope),
        Pat::Or(it) => any(it, value, scope),
        Pat::Guard(it) => Ok(matches(&it.pat, value, scope)? && super::holds(&it.guard, scope)?),
        Pat::Lit(it) => equals(&Expr::Lit(it.clone()), value, scope),
        Pat::Path(it) => {
            let expected = path::value(&it.path, scope)?;
            Ok(compare::equal(value, &expected, scope))
        }
        Pat::Range(it) => range(it, value, scope),
        Pat::Tuple(it) => match value {
            Value::Tuple(elements) => sequence(it.elems.iter(), elements, scope),
            _ => Ok(false),
        },
        Pat::Slice(it) => match value {
            Value::List(elements) => sequence(it.elems.iter(), elements, scope),
            _ => Ok(false),
        },
        Pat::TupleStruct(it) => wrapped(it, value, scope),
        _ => Err(Failure::unsupported("a pattern of this kind")),
    }
}

fn ident(it: &syn::PatIdent, value: &Value, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    if it.ident == "None" {
        return Ok(value.is_none());
    }
    if let Some((_, inner)) = &it.subpat
        && !matches(inner, value, scope)?
    {
        return Ok(false);
    }
    scope.bind(&it.ident.to_string(), value.clone());
    Ok(true)
}

fn any(it: &syn::PatOr, value: &Value, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    for case in &it.cases {
        if matches(case, value, scope)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equals(expr: &Expr, value: &Value, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    let expected = expression::evaluate(expr, scope)?;
    Ok(compare::equal(value, &expected, scope))
}

fn range(it: &syn::PatRange, value: &Value, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    let mut end = |e: &Option<Box<Expr>>| e.as_ref().map(|e| expression::evaluate(e, scope)).transpose();
    let range = Range {
        start: end(&it.start)?,
        end: end(&it.end)?,
        inclusive: !matches!(it.limits, RangeLimits::HalfOpen(_)),
    };
    compare::contains(&Rc::new(range), value, scope)
}

fn wrapped(it: &syn::PatTupleStruct, value: &Value, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    match path::last(&it.path).as_str() {
        "Some" | "Ok" if value.is_none() => Ok(false),
        "Err" => Ok(value.is_none()),
        "Some" | "Ok" => sequence(it.elems.iter(), std::slice::from_ref(value), scope),
        other => Err(Failure::unsupported(format!("the pattern {other}"))),
    }
}

fn sequence<'p>(
    pats: impl ExactSizeIterator<Item = &'p Pat>,
    values: &[Value],
    scope: &mut Scope<'_>,
) -> Result<bool, Failure> {
    let pats: Vec<_> = pats.collect();
    let Some(rest) = pats.iter().position(|pat| is_rest(pat)) else {
        return Ok(pats.len() == values.len() && pairs(&pats, values, scope)?);
    };
    let after = pats.len() - rest - 1;
    if values.len() < rest + after {
        return Ok(false);
    }
    let tail = values.len() - after;
    Ok(pairs(&pats[..rest], &values[..rest], scope)?
        && matches_rest(pats[rest], &values[rest..tail], scope)?
        && pairs(&pats[rest + 1..], &values[tail..], scope)?)
}

fn is_rest(pat: &Pat) -> bool {
    match pat {
        Pat::Rest(_) => true,
        Pat::Ident(it) => it.subpat.as_ref().is_some_and(|(_, inner)| matches!(**inner, Pat::Rest(_))),
        _ => false,
    }
}

fn matches_rest(pat: &Pat, values: &[Value], scope: &mut Scope<'_>) -> Result<bool, Failure> {
    matches(pat, &Value::List(values.to_vec()), scope)
}

fn pairs(pats: &[&Pat], values: &[Value], scope: &mut Scope<'_>) -> Result<bool, Failure> {
    for (pat, value) in pats.iter().zip(values) {
        if !matches(pat, value, scope)? {
            return Ok(false);
        }
    }
    Ok(true)
}
