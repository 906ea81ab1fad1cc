//! What an expression must not do: panic, leave the decision, assign, or ask the world.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{BinOp, Expr, ExprCall, ExprIndex, ExprLit, ExprMethodCall, Lit, Macro, Pat, Token};

use crate::expressions::Place;

const ALLOWED_MACROS: [&str; 4] = ["dec", "matches", "format", "vec"];
const PANICKING_MACROS: [&str; 9] = [
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
];
const PANICKING_METHODS: [&str; 4] = ["unwrap", "expect", "unwrap_err", "expect_err"];
const WORLDLY_MODULES: [&str; 7] = ["fs", "net", "process", "env", "time", "io", "thread"];

pub(super) fn check(place: &Place<'_>, tree: &Expr) {
    Refused { place }.visit_expr(tree);
}

struct Refused<'a> {
    place: &'a Place<'a>,
}

impl Refused<'_> {
    fn refuse(&self, span: Span, message: &str, help: &str) {
        let help = Some(help.to_owned()).filter(|help| !help.is_empty());
        self.place.report.mistake(self.place.at(span), message).help(help);
    }

    fn panics(&self, span: Span) {
        self.refuse(
            span,
            "a decision must not panic",
            "take the other case up, as with `unwrap_or` or `is_some_and`",
        );
    }
}

impl<'ast> Visit<'ast> for Refused<'_> {
    fn visit_expr(&mut self, expression: &'ast Expr) {
        if let Some((message, help)) = refused(expression) {
            self.refuse(expression.span(), message, help);
            return;
        }
        syn::visit::visit_expr(self, expression);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if PANICKING_METHODS.iter().any(|method| call.method == method) {
            self.panics(call.method.span());
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_index(&mut self, index: &'ast ExprIndex) {
        // JSON that is asked for a key answers `null`; all else that is indexed may panic.
        if !matches!(&*index.index, Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) {
            self.refuse(
                index.index.span(),
                "an index may lie outside, and a decision must not panic",
                "write `.get(…)`",
            );
        }
        syn::visit::visit_expr_index(self, index);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let names: Vec<String> =
                path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if let Some((message, help)) = worldly(&names) {
                self.refuse(path.span(), message, help);
            }
        }
        syn::visit::visit_expr_call(self, call);
    }

    fn visit_lit_float(&mut self, literal: &'ast syn::LitFloat) {
        self.refuse(
            literal.span(),
            "there are no floating point numbers",
            "write a decimal, as in `dec!(0.5)`",
        );
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let name = call.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if PANICKING_MACROS.contains(&name.as_str()) {
            self.panics(call.path.span());
        } else if !ALLOWED_MACROS.contains(&name.as_str()) {
            let message = format!("an expression cannot call the macro `{name}!`");
            self.refuse(call.path.span(), &message, "there are `dec!`, `matches!`, `format!` and `vec!`");
        } else if name != "dec" {
            self.arguments(call);
        }
    }
}

impl Refused<'_> {
    fn arguments(&mut self, call: &Macro) {
        match macro_arguments(call) {
            Some(arguments) => {
                arguments.expressions.iter().for_each(|expression| self.visit_expr(expression));
            }
            None => self.refuse(call.path.span(), "the arguments of this macro cannot be read", ""),
        }
    }
}

/// What an expression is, if it is of a kind that cannot be generated.
fn refused(expression: &Expr) -> Option<(&'static str, &'static str)> {
    let leaves = "it becomes a part of a function that decides";
    Some(match expression {
        Expr::Unsafe(_) => ("an expression cannot be `unsafe`", ""),
        Expr::Return(_) => ("an expression cannot `return`", leaves),
        Expr::Try(_) => ("an expression cannot leave with `?`", "take the other case up, as with `match`"),
        Expr::Async(_) | Expr::Await(_) => {
            ("a decision does not wait", "what it needs comes in with the command")
        }
        Expr::Assign(_) => ("an expression cannot assign", "the event's `set` says what changes"),
        Expr::Binary(binary) if assigns(&binary.op) => {
            ("an expression cannot assign", "say the new value: `self.count + 1`, not `self.count += 1`")
        }
        Expr::Loop(_) | Expr::While(_) => ("a decision must come to an end", "use an iterator, or `for`"),
        Expr::Yield(_) | Expr::Verbatim(_) => ("an expression cannot use what is not stable Rust", ""),
        _ => return None,
    })
}

fn assigns(op: &BinOp) -> bool {
    use BinOp::{
        AddAssign, BitAndAssign, BitOrAssign, BitXorAssign, DivAssign, MulAssign, RemAssign, ShlAssign,
        ShrAssign, SubAssign,
    };
    matches!(
        op,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitXorAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}

/// Whether a called path asks the world.
fn worldly(names: &[String]) -> Option<(&'static str, &'static str)> {
    let last = names.last().map(String::as_str);
    if names.len() > 1 && last == Some("now") {
        return Some(("a decision reads no clock", "the moment of decision is `now`"));
    }
    if names.len() > 1 && last.is_some_and(|last| last.starts_with("new_v") || last == "now_v7") {
        return Some(("a decision makes no ids", "an id comes in with the command"));
    }
    let standard = matches!(names.first().map(String::as_str), Some("std" | "core"));
    let worldly = standard && names.get(1).is_some_and(|module| WORLDLY_MODULES.contains(&module.as_str()));
    worldly.then_some(("a decision does not ask the world", "what it needs comes in with the command"))
}

/// What stands between the parentheses of a macro that is allowed.
pub(super) struct Arguments {
    pub(super) expressions: Vec<Expr>,
    pub(super) patterns: Vec<Pat>,
}

/// The arguments of `matches!`, `format!` and `vec!`; none of `dec!`, which takes a number.
pub(super) fn macro_arguments(call: &Macro) -> Option<Arguments> {
    if call.path.is_ident("dec") {
        return Some(Arguments { expressions: Vec::new(), patterns: Vec::new() });
    }
    if call.path.is_ident("matches") {
        return call.parse_body::<Matches>().ok().map(|matches| matches.0);
    }
    let expressions = call.parse_body_with(list).ok()?;
    Some(Arguments { expressions, patterns: Vec::new() })
}

/// `a, b`, `a; 3` and `"{x}", x = a`.
fn list(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let mut list = Vec::new();
    while !input.is_empty() {
        list.push(match input.parse()? {
            Expr::Assign(named) => *named.right,
            expression => expression,
        });
        if !input.is_empty() && input.parse::<Option<Token![;]>>()?.is_none() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(list)
}

/// `value, pattern if guard`
struct Matches(Arguments);

impl Parse for Matches {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut expressions = vec![input.parse()?];
        input.parse::<Token![,]>()?;
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        if input.parse::<Option<Token![if]>>()?.is_some() {
            expressions.push(input.parse()?);
        }
        input.parse::<Option<Token![,]>>()?;
        Ok(Self(Arguments { expressions, patterns: vec![pattern] }))
    }
}
