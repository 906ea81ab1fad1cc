//! The value of each kind of expression.

use super::super::sample::{Sample, field};
use super::scope::{Failure, Scope};
use super::value::{Range, Value};
use super::{call, method, operator, path, pattern};
use std::rc::Rc;
use syn::{Block, Expr, Lit, Member, RangeLimits, Stmt};

type Outcome = Result<Value, Failure>;

pub(super) fn evaluate(expr: &Expr, scope: &mut Scope<'_>) -> Outcome {
    match expr {
        Expr::Lit(it) => literal(&it.lit),
        Expr::Path(it) => path::value(&it.path, scope),
        Expr::Paren(it) => evaluate(&it.expr, scope),
        Expr::Group(it) => evaluate(&it.expr, scope),
        Expr::Reference(it) => evaluate(&it.expr, scope),
        Expr::Field(it) => member(&evaluate(&it.base, scope)?, &it.member),
        Expr::MethodCall(it) => scope.nested(|scope| method::call(it, scope)),
        Expr::Call(it) => scope.nested(|scope| call::call(it, scope)),
        Expr::Unary(it) => scope.nested(|scope| operator::unary(it, scope)),
        Expr::Binary(it) => scope.nested(|scope| operator::binary(it, scope)),
        Expr::Cast(it) => operator::cast(&evaluate(&it.expr, scope)?, &it.ty),
        Expr::Let(it) => {
            let value = evaluate(&it.expr, scope)?;
            pattern::matches(&it.pat, &value, scope).map(Value::bool)
        }
        other => compound(other, scope),
    }
}

fn compound(expr: &Expr, scope: &mut Scope<'_>) -> Outcome {
    match expr {
        Expr::If(it) => scope.nested(|scope| branch(it, scope)),
        Expr::Match(it) => scope.nested(|scope| arms(it, scope)),
        Expr::Block(it) => block(&it.block, scope),
        Expr::Array(it) => all(&it.elems, scope).map(Value::List),
        Expr::Tuple(it) => all(&it.elems, scope).map(Value::Tuple),
        Expr::Range(it) => range(it, scope),
        Expr::Index(it) => index(it, scope),
        Expr::Closure(_) => Err(Failure::unsupported("a closure in this place")),
        Expr::Macro(it) => Err(Failure::unsupported(format!("the macro {}", path::last(&it.mac.path)))),
        Expr::Struct(it) => Err(Failure::unsupported(format!("a literal of {}", path::last(&it.path)))),
        Expr::Try(_) => Err(Failure::unsupported("the operator ?")),
        _ => Err(Failure::unsupported("an expression of this kind")),
    }
}

fn literal(lit: &Lit) -> Outcome {
    match lit {
        Lit::Bool(it) => Ok(Value::bool(it.value)),
        Lit::Str(it) => Ok(Value::text(it.value())),
        Lit::Char(it) => Ok(Value::Char(it.value())),
        Lit::Int(it) => {
            it.base10_parse().map(Value::int).map_err(|_| Failure::Fault("a number out of range"))
        }
        _ => Err(Failure::unsupported("a literal of this kind")),
    }
}

fn all<'e>(exprs: impl IntoIterator<Item = &'e Expr>, scope: &mut Scope<'_>) -> Result<Vec<Value>, Failure> {
    exprs.into_iter().map(|expr| evaluate(expr, scope)).collect()
}

fn member(base: &Value, member: &Member) -> Outcome {
    match member {
        Member::Named(name) => named(base, &name.to_string()),
        Member::Unnamed(index) => match base {
            Value::Tuple(elements) => elements.get(index.index as usize).cloned(),
            Value::Sample(Sample::Newtype { inner, .. }) if index.index == 0 => {
                Some(Value::from((**inner).clone()))
            }
            _ => None,
        }
        .ok_or_else(|| Failure::unsupported(format!("the field {}", index.index))),
    }
}

fn named(base: &Value, name: &str) -> Outcome {
    let found = match base {
        Value::Record(fields) => field(fields, name).cloned(),
        Value::Sample(Sample::Composite { fields, .. }) => field(fields, name).cloned(),
        Value::Sample(Sample::Money { amount, currency }) => match name {
            "amount" => Some(Sample::Decimal(*amount)),
            "currency" => Some(Sample::Currency(currency.clone())),
            _ => None,
        },
        _ => None,
    };
    found.map(Value::from).ok_or_else(|| Failure::unsupported(format!("the field {name}")))
}

fn branch(it: &syn::ExprIf, scope: &mut Scope<'_>) -> Outcome {
    let condition = evaluate(&it.cond, scope)?;
    match (condition.as_bool(), &it.else_branch) {
        (Some(true), _) => block(&it.then_branch, scope),
        (Some(false), Some((_, otherwise))) => evaluate(otherwise, scope),
        (Some(false), None) => Ok(Value::Tuple(Vec::new())),
        (None, _) => Err(Failure::unsupported("a condition that is neither true nor false")),
    }
}

fn arms(it: &syn::ExprMatch, scope: &mut Scope<'_>) -> Outcome {
    let value = evaluate(&it.expr, scope)?;
    for arm in &it.arms {
        let taken = scope.nested(|scope| {
            if pattern::matches(&arm.pat, &value, scope)? {
                evaluate(&arm.body, scope).map(Some)
            } else {
                Ok(None)
            }
        })?;
        if let Some(taken) = taken {
            return Ok(taken);
        }
    }
    Err(Failure::unsupported("a match without an arm for every value"))
}

fn block(block: &Block, scope: &mut Scope<'_>) -> Outcome {
    scope.nested(|scope| {
        let mut last = Value::Tuple(Vec::new());
        for statement in &block.stmts {
            last = run(statement, scope)?;
        }
        Ok(last)
    })
}

fn run(statement: &Stmt, scope: &mut Scope<'_>) -> Outcome {
    match statement {
        Stmt::Expr(expr, None) => evaluate(expr, scope),
        Stmt::Local(local) => match &local.init {
            Some(init) if init.diverge.is_none() => {
                let value = evaluate(&init.expr, scope)?;
                if pattern::matches(&local.pat, &value, scope)? {
                    Ok(Value::Tuple(Vec::new()))
                } else {
                    Err(Failure::unsupported("a pattern of this kind"))
                }
            }
            _ => Err(Failure::unsupported("a let of this kind")),
        },
        _ => Err(Failure::unsupported("a statement of this kind")),
    }
}

fn range(it: &syn::ExprRange, scope: &mut Scope<'_>) -> Outcome {
    let mut end = |expr: &Option<Box<Expr>>| expr.as_ref().map(|expr| evaluate(expr, scope)).transpose();
    Ok(Value::Range(Rc::new(Range {
        start: end(&it.start)?,
        end: end(&it.end)?,
        inclusive: matches!(it.limits, RangeLimits::Closed(_)),
    })))
}

fn index(it: &syn::ExprIndex, scope: &mut Scope<'_>) -> Outcome {
    let base = evaluate(&it.expr, scope)?;
    let at = evaluate(&it.index, scope)?;
    let (Value::List(elements), Some(at)) = (base, operator::whole(&at)) else {
        return Err(Failure::unsupported("an index into this"));
    };
    let element = usize::try_from(at).ok().and_then(|at| elements.into_iter().nth(at));
    element.ok_or(Failure::Fault("an index out of bounds"))
}
