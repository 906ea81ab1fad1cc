//! Macros in the rules of a model, replaced by what they stand for, so that they are parsed once and not per try.

use freehold_model::{Assign, Expression, Model, Source};
use syn::parse::{Parse, ParseStream};
use syn::visit_mut::{VisitMut, visit_expr_mut};
use syn::{Expr, Macro, Pat, Token, parse_quote};

/// The model with every expression expanded.
pub(super) fn model(model: &Model) -> Model {
    let mut model = model.clone();
    for value in &mut model.values {
        value.require.iter_mut().for_each(|rule| expand(&mut rule.expression));
    }
    for aggregate in &mut model.aggregates {
        aggregate.commands.iter_mut().for_each(command);
        aggregate.events.iter_mut().flat_map(|event| &mut event.set).for_each(|(_, set)| expand(set));
    }
    for (_, assign) in model.views.iter_mut().flat_map(|view| &mut view.on).flat_map(|on| &mut on.assigns) {
        if let Assign::Set(set) = assign {
            expand(set);
        }
    }
    model
}

fn command(command: &mut freehold_model::Command) {
    command.require.iter_mut().for_each(|rule| expand(&mut rule.expression));
    for emission in &mut command.emits {
        emission.when.iter_mut().for_each(expand);
        for (_, source) in &mut emission.fields {
            if let Source::With(with) = source {
                expand(with);
            }
        }
    }
}

fn expand(expression: &mut Expression) {
    Expander.visit_expr_mut(&mut expression.tree);
}

struct Expander;

impl VisitMut for Expander {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Macro(it) = expr
            && let Some(expanded) = expanded(&it.mac)
        {
            *expr = expanded;
        }
        visit_expr_mut(self, expr);
    }
}

/// What a macro stands for; one that is not known stays and is reported by the interpreter.
fn expanded(mac: &Macro) -> Option<Expr> {
    match mac.path.segments.last()?.ident.to_string().as_str() {
        "dec" => {
            let number: String =
                mac.tokens.to_string().chars().filter(|it| !it.is_whitespace() && *it != '_').collect();
            Some(parse_quote!(dec(#number)))
        }
        "matches" => {
            let Matches { value, pat, guard } = mac.parse_body().ok()?;
            Some(match guard {
                Some(guard) => parse_quote!(match #value { #pat if #guard => true, _ => false }),
                None => parse_quote!(match #value { #pat => true, _ => false }),
            })
        }
        "format" => {
            let Format { parts } = mac.parse_body().ok()?;
            Some(parse_quote!(format(#(#parts),*)))
        }
        "vec" => {
            let elements: Elements = mac.parse_body().ok()?;
            let elements = elements.0;
            Some(parse_quote!([#elements]))
        }
        _ => None,
    }
}

struct Matches {
    value: Expr,
    pat: Pat,
    guard: Option<Expr>,
}

impl Parse for Matches {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let value = input.parse()?;
        input.parse::<Token![,]>()?;
        let pat = Pat::parse_multi_with_leading_vert(input)?;
        let guard = match input.parse::<Option<Token![if]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { value, pat, guard })
    }
}

/// The parts of a formatted text, as expressions.
struct Format {
    parts: Vec<Expr>,
}

impl Parse for Format {
    /// Knows `{}` and `{name}`; widths and named arguments are for the compiler only.
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text: syn::LitStr = input.parse()?;
        let mut arguments = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            arguments.push(input.parse::<Expr>()?);
        }
        let mut arguments = arguments.into_iter();
        let mut parts: Vec<Expr> = Vec::new();
        let written = text.value().replace("{{", "\u{1}").replace("}}", "\u{2}");
        for (at, piece) in written.split('{').enumerate() {
            let (place, plain) = if at == 0 {
                (None, piece)
            } else {
                piece.split_once('}').map_or((None, piece), |(place, plain)| (Some(place), plain))
            };
            match place {
                Some("") => {
                    parts.push(arguments.next().ok_or_else(|| input.error("an argument is missing"))?);
                }
                Some(name) => parts.push(syn::parse_str::<syn::Ident>(name).map(|name| parse_quote!(#name))?),
                None => {}
            }
            let plain = plain.replace('\u{1}', "{").replace('\u{2}', "}");
            if !plain.is_empty() {
                parts.push(parse_quote!(#plain));
            }
        }
        Ok(Self { parts })
    }
}

struct Elements(syn::punctuated::Punctuated<Expr, Token![,]>);

impl Parse for Elements {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        syn::punctuated::Punctuated::parse_terminated(input).map(Self)
    }
}
