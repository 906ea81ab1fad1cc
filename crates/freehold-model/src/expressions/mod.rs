//! Expressions: Rust that is parsed here, checked for the names that it sees and for what a decision must not do, and
//! compiled with the context.

mod depth;
mod names;
mod refused;
mod scope;

pub(crate) use scope::{Root, Scope};

use std::ops::Range;

use crate::mistakes::Report;
use crate::model::Expression;
use crate::source::{Span, Text};

/// Parses and checks an expression; `None` when it cannot be used, which is reported.
pub(crate) fn parse(report: &Report, text: &Text, scope: &Scope) -> Option<Expression> {
    let tree = match tree(text) {
        Ok(tree) => tree,
        Err(wrong) => {
            report.mistake(wrong.at, wrong.message).help(wrong.help);
            return None;
        }
    };
    let before = report.count();
    let place = Place { report, text };
    refused::check(&place, &tree);
    names::check(&place, &tree, scope);
    (report.count() == before).then(|| Expression { text: text.as_str().to_owned(), tree })
}

/// Where mistakes about an expression go.
struct Place<'a> {
    report: &'a Report,
    text: &'a Text,
}

impl Place<'_> {
    fn at(&self, span: proc_macro2::Span) -> Span {
        self.text.at(span.byte_range())
    }
}

struct Wrong {
    at: Span,
    message: String,
    help: Option<String>,
}

fn tree(text: &Text) -> Result<syn::Expr, Wrong> {
    let written = text.as_str();
    if written.trim().is_empty() {
        return Err(Wrong { at: text.span(), message: "the expression is empty".to_owned(), help: None });
    }
    let tokens: proc_macro2::TokenStream = written.parse().map_err(|error: proc_macro2::LexError| Wrong {
        at: at(text, error.span().byte_range()),
        message: "this is not an expression of Rust".to_owned(),
        help: Some("a string, a character or a bracket may be left open".to_owned()),
    })?;
    if depth::is_too_deep(tokens.clone()) {
        return Err(Wrong {
            at: text.span(),
            message: "the expression is too long, or nested too deep".to_owned(),
            help: Some("give the domain a function and call it here".to_owned()),
        });
    }
    syn::parse2::<syn::Expr>(tokens).map_err(|error| syntax(text, &error))
}

fn syntax(text: &Text, error: &syn::Error) -> Wrong {
    let message = error.to_string();
    let end = text.as_str().len();
    let range = if message.starts_with("unexpected end") { end..end } else { error.span().byte_range() };
    Wrong {
        at: at(text, range),
        message: format!("this is not an expression of Rust: {message}"),
        help: None,
    }
}

/// Where a range of the expression stands; an empty one at the end is the end itself.
fn at(text: &Text, range: Range<usize>) -> Span {
    if range.is_empty() && range.start == 0 { text.span() } else { text.at(range) }
}
