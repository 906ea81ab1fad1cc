//! Evaluates the Rust expressions of a model over samples.
//!
//! It knows the part of the language that rules are written in: literals, operators, `if`, `match`, closures and the
//! common methods of text, numbers, options, lists and times. Everything else is [`Failure::Unsupported`], never a
//! guess, because a wrong answer here is a wrong test there.

mod call;
mod compare;
mod expression;
mod list;
mod method;
mod number;
mod operator;
mod option;
mod path;
mod pattern;
mod scope;
mod text;
mod time;
mod value;
mod zero;

pub(super) use scope::{Failure, Scope, Sight};
pub(super) use value::{Value, text_of};

use syn::Expr;

/// The value of an expression.
pub(super) fn evaluate(expr: &Expr, scope: &mut Scope<'_>) -> Result<Value, Failure> {
    expression::evaluate(expr, scope)
}

/// Whether a rule holds.
pub(super) fn holds(expr: &Expr, scope: &mut Scope<'_>) -> Result<bool, Failure> {
    let value = evaluate(expr, scope)?;
    value.as_bool().ok_or_else(|| Failure::unsupported("an expression that is neither true nor false"))
}
