//! Expressions of a model, fitted to the place in the generated code where they stand.
//!
//! They are edited as text, at the places that their syntax tree tells, so that they keep the form that their author
//! gave them.

use std::{collections::HashMap, ops::Range};

use freehold_model::Expression;
use syn::{
    BinOp, Expr, ExprBinary, ExprField, ExprMethodCall, ExprReference, Member, Token,
    parse::ParseStream,
    spanned::Spanned,
    visit::{self, Visit},
};

/// How the fields of a root (`self`, `command`, `event`, `row`) are reached at a place.
pub(crate) struct Root {
    /// The name in the model.
    pub(crate) name: &'static str,
    /// What stands before the field there: `self.`, or nothing where a pattern has bound it by reference.
    pub(crate) access: Access,
    /// By field, whether its values are copied.
    pub(crate) copies: HashMap<String, bool>,
}

/// Where the fields of a root are found.
pub(crate) enum Access {
    /// In a value of this name.
    Place(&'static str),
    /// In references that a pattern has bound under the names of the fields.
    Bound,
}

/// The text of an expression with its roots fitted.
pub(crate) fn fit(expression: &Expression, roots: &[Root]) -> String {
    let mut fitter = Fitter { roots, edits: Vec::new(), position: Position::Value };
    // The tree was parsed from another copy of the text, so it is parsed again for its places.
    let Ok(tree) = syn::parse_str::<Expr>(&expression.text) else { return expression.text.clone() };
    fitter.visit_expr(&tree);
    apply(fitter.edits, &expression.text)
}

/// The text of an expression with each of these names replaced by the place where its value stands.
pub(crate) fn fit_names(expression: &Expression, places: &[(String, String)]) -> String {
    let Ok(tree) = syn::parse_str::<Expr>(&expression.text) else { return expression.text.clone() };
    let mut names = Names { places, hidden: Vec::new(), edits: Vec::new() };
    names.visit_expr(&tree);
    apply(names.edits, &expression.text)
}

/// Those of these names that statements mention.
pub(crate) fn mentioned(statements: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let places: Vec<_> = names.map(|name| (name.clone(), name)).collect();
    let mut found = Names { places: &places, hidden: Vec::new(), edits: Vec::new() };
    if let Ok(block) = syn::parse_str::<syn::Block>(&format!("{{ {statements} }}")) {
        found.visit_block(&block);
    }
    let is_found = |name: &String| found.edits.iter().any(|(_, place)| place == name);
    places.iter().map(|(name, _)| name.clone()).filter(is_found).collect()
}

/// Finds names, but not where a closure or an arm has given them to something else.
struct Names<'p> {
    places: &'p [(String, String)],
    hidden: Vec<String>,
    edits: Vec<(Range<usize>, String)>,
}

impl Names<'_> {
    fn within(&mut self, patterns: &[&syn::Pat], visit: impl FnOnce(&mut Self)) {
        let outside = self.hidden.len();
        self.hidden.extend(patterns.iter().flat_map(|pattern| bound_names(pattern)));
        visit(self);
        self.hidden.truncate(outside);
    }
}

impl<'a> Visit<'a> for Names<'_> {
    fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
        let Some(name) = path.path.get_ident().filter(|name| !self.hidden.iter().any(|it| *name == it))
        else {
            return;
        };
        if let Some((_, place)) = self.places.iter().find(|(known, _)| name == known) {
            self.edits.push((path.span().byte_range(), place.clone()));
        }
    }

    // A name stands for a reference, the place for the value: `*value` is the place itself.
    fn visit_expr_unary(&mut self, unary: &'a syn::ExprUnary) {
        let edits = self.edits.len();
        visit::visit_expr_unary(self, unary);
        if matches!(unary.op, syn::UnOp::Deref(_))
            && matches!(&*unary.expr, Expr::Path(_))
            && let [edit] = &mut self.edits[edits..]
        {
            edit.0 = unary.span().byte_range();
        }
    }

    fn visit_expr_closure(&mut self, closure: &'a syn::ExprClosure) {
        let patterns: Vec<_> = closure.inputs.iter().collect();
        self.within(&patterns, |names| names.visit_expr(&closure.body));
    }

    fn visit_arm(&mut self, arm: &'a syn::Arm) {
        self.within(&[&arm.pat], |names| visit::visit_arm(names, arm));
    }

    fn visit_macro(&mut self, mac: &'a syn::Macro) {
        for tree in macro_arguments(mac) {
            self.visit_expr(&tree);
        }
    }
}

/// The names that a pattern gives.
fn bound_names(pattern: &syn::Pat) -> Vec<String> {
    struct Bound(Vec<String>);
    impl<'a> Visit<'a> for Bound {
        fn visit_pat_ident(&mut self, pattern: &'a syn::PatIdent) {
            self.0.push(pattern.ident.to_string());
        }
    }
    let mut bound = Bound(Vec::new());
    bound.visit_pat(pattern);
    bound.0
}

/// Whether an expression mentions a field of this root.
pub(crate) fn mentions(expression: &Expression, root: &str) -> bool {
    fields(expression, root).next().is_some()
}

/// The fields of a root that an expression mentions, in order, as often as it does.
pub(crate) fn fields(expression: &Expression, root: &str) -> impl Iterator<Item = String> {
    struct Mentions<'r>(&'r str, Vec<String>);
    impl<'a> Visit<'a> for Mentions<'_> {
        fn visit_expr_field(&mut self, field: &'a ExprField) {
            if let Some((root, name)) = root_field(field)
                && root == self.0
            {
                self.1.push(name);
            }
            visit::visit_expr_field(self, field);
        }

        fn visit_macro(&mut self, mac: &'a syn::Macro) {
            for tree in macro_arguments(mac) {
                self.visit_expr(&tree);
            }
        }
    }
    let mut mentions = Mentions(root, Vec::new());
    mentions.visit_expr(&expression.tree);
    mentions.1.into_iter()
}

/// What a field stands as, which decides whether a reference will do, or a copy is needed.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    /// It is taken.
    Value,
    /// It is only looked at: the receiver of a method, the base of a field.
    Base,
    /// It is the receiver of a method that takes it.
    Taken,
    /// It is compared.
    Operand,
    /// It stands behind `&`; the place where the `&` begins.
    Referenced(usize),
}

/// Methods of lists and optional values that take what they are called on.
const TAKING: [&str; 18] = [
    "and_then",
    "filter",
    "flatten",
    "into",
    "into_iter",
    "is_none_or",
    "is_some_and",
    "map",
    "map_or",
    "map_or_else",
    "ok_or",
    "or",
    "or_else",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "xor",
    "zip",
];

struct Fitter<'r> {
    roots: &'r [Root],
    edits: Vec<(Range<usize>, String)>,
    position: Position,
}

impl Fitter<'_> {
    fn at(&mut self, position: Position, expr: &Expr) {
        let before = std::mem::replace(&mut self.position, position);
        self.visit_expr(expr);
        self.position = before;
    }

    fn edit(&mut self, field: &ExprField, root: &Root, name: &str) {
        let copied = root.copies.get(name).copied().unwrap_or(true);
        let mut range = field.span().byte_range();
        let replacement = match (&root.access, self.position) {
            (Access::Place(place), Position::Value | Position::Taken) if !copied => {
                format!("{place}.{name}.clone()")
            }
            (Access::Place(place), _) => format!("{place}.{name}"),
            (Access::Bound, Position::Taken) if !copied => format!("{name}.clone()"),
            (Access::Bound, Position::Base | Position::Taken) => name.to_owned(),
            (Access::Bound, Position::Referenced(start)) => {
                range.start = start;
                name.to_owned()
            }
            (Access::Bound, Position::Operand) => format!("*{name}"),
            (Access::Bound, Position::Value) if copied => format!("*{name}"),
            (Access::Bound, Position::Value) => format!("{name}.clone()"),
        };
        self.edits.push((range, replacement));
    }
}

impl<'a> Visit<'a> for Fitter<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        // A place keeps its position through parentheses only; whatever else stands around it takes its value.
        match expr {
            Expr::Field(_) | Expr::Paren(_) | Expr::Group(_) => visit::visit_expr(self, expr),
            _ => {
                let before = std::mem::replace(&mut self.position, Position::Value);
                visit::visit_expr(self, expr);
                self.position = before;
            }
        }
    }

    fn visit_expr_field(&mut self, field: &'a ExprField) {
        if let Some((root_name, name)) = root_field(field)
            && let Some(root) = self.roots.iter().find(|root| root.name == root_name)
        {
            self.edit(field, root, &name);
        } else {
            self.at(Position::Base, &field.base);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        let takes = TAKING.iter().any(|method| call.method == method);
        self.at(if takes { Position::Taken } else { Position::Base }, &call.receiver);
        for argument in &call.args {
            self.at(Position::Value, argument);
        }
    }

    fn visit_expr_reference(&mut self, reference: &'a ExprReference) {
        self.at(Position::Referenced(reference.span().byte_range().start), &reference.expr);
    }

    fn visit_expr_binary(&mut self, binary: &'a ExprBinary) {
        let compares = matches!(
            binary.op,
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
        );
        let position = if compares { Position::Operand } else { Position::Value };
        self.at(position, &binary.left);
        self.at(position, &binary.right);
    }

    fn visit_expr_match(&mut self, it: &'a syn::ExprMatch) {
        self.at(Position::Operand, &it.expr);
        for arm in &it.arms {
            self.visit_arm(arm);
        }
    }

    fn visit_macro(&mut self, mac: &'a syn::Macro) {
        // `vec!` takes what it is given; the others that a model may call only look at it.
        let position = if mac.path.is_ident("vec") { Position::Value } else { Position::Operand };
        for tree in macro_arguments(mac) {
            self.at(position, &tree);
        }
    }
}

/// The text with each of these places replaced, from the last to the first.
fn apply(mut edits: Vec<(Range<usize>, String)>, text: &str) -> String {
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = text.to_owned();
    for (range, replacement) in edits {
        text.replace_range(range, &replacement);
    }
    text
}

/// The expressions among the arguments of a macro such as `matches!` or `format!`.
fn macro_arguments(mac: &syn::Macro) -> Vec<Expr> {
    let arguments =
        if mac.path.is_ident("matches") { mac.parse_body_with(matched) } else { mac.parse_body_with(listed) };
    arguments.unwrap_or_default()
}

/// `value, pattern if guard`
fn matched(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let mut expressions = vec![input.parse()?];
    input.parse::<Token![,]>()?;
    syn::Pat::parse_multi_with_leading_vert(input)?;
    if input.parse::<Option<Token![if]>>()?.is_some() {
        expressions.push(input.parse()?);
    }
    input.parse::<Option<Token![,]>>()?;
    Ok(expressions)
}

/// `a, b`, `a; 3` and `"{x}", x = a`
fn listed(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let mut expressions = Vec::new();
    while !input.is_empty() {
        expressions.push(match input.parse()? {
            Expr::Assign(named) => *named.right,
            expression => expression,
        });
        if !input.is_empty() && input.parse::<Option<Token![;]>>()?.is_none() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(expressions)
}

/// Whether an expression is this field of this root.
pub(crate) fn is_field(expr: &Expr, root: &str, name: &str) -> bool {
    matches!(expr, Expr::Field(field) if root_field(field).is_some_and(|(r, n)| r == root && n == name))
}

/// `root.field`, if that is what it is.
fn root_field(field: &ExprField) -> Option<(String, String)> {
    let Expr::Path(path) = &*field.base else { return None };
    let root = path.path.get_ident()?.to_string();
    match &field.member {
        Member::Named(name) => Some((root, name.to_string())),
        Member::Unnamed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> Expression {
        Expression { text: text.into(), tree: syn::parse_str(text).unwrap() }
    }

    fn roots() -> Vec<Root> {
        let copies = HashMap::from([("amount".into(), true), ("name".into(), false)]);
        vec![
            Root { name: "self", access: Access::Place("self"), copies: copies.clone() },
            Root { name: "event", access: Access::Bound, copies },
        ]
    }

    #[test]
    fn names_become_places_but_not_where_a_closure_hides_them() {
        let places = [("first".into(), "self.first".into()), ("second".into(), "self.second".into())];
        let fitted = |text| fit_names(&expression(text), &places);
        assert_eq!(fitted("*first > 0"), "self.first > 0");
        assert_eq!(
            fitted("second.as_ref().is_none_or(|second| second != first)"),
            "self.second.as_ref().is_none_or(|second| second != self.first)"
        );
    }

    #[test]
    fn what_a_pattern_bound_is_copied_cloned_or_looked_at_as_its_place_asks() {
        let fitted = |text| fit(&expression(text), &roots());
        assert_eq!(fitted("self.amount + event.amount"), "self.amount + *amount");
        assert_eq!(fitted("event.name"), "name.clone()");
        assert_eq!(fitted("event.name.trim().len()"), "name.trim().len()");
        assert_eq!(fitted("self.name == event.name"), "self.name == *name");
        assert_eq!(fitted("Some(self.name)"), "Some(self.name.clone())");
        assert_eq!(fitted("f(&event.name)"), "f(name)");
        assert_eq!(
            fitted("self.name.into_iter().chain(event.name)"),
            "self.name.clone().into_iter().chain(name.clone())"
        );
        assert_eq!(fitted("event.amount.map(f)"), "amount.map(f)");
        assert_eq!(fitted("matches!(event.amount, Some(_))"), "matches!(*amount, Some(_))");
        assert_eq!(
            fitted("matches!(self.amount, Some(old) if old > event.amount)"),
            "matches!(self.amount, Some(old) if old > *amount)"
        );
        assert_eq!(fitted("vec![self.name]"), "vec![self.name.clone()]");
        assert_eq!(
            fitted("if event.amount > dec!(1) { self.name } else { event.name }"),
            "if *amount > dec!(1) { self.name.clone() } else { name.clone() }"
        );
    }
}
