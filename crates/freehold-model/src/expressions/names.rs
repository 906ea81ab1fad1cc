//! Checks the names in an expression: where it begins, and the fields behind that.

use std::collections::HashSet;

use syn::visit::Visit;
use syn::{Expr, ExprField, ExprPath, Ident, Member, PatIdent};

use crate::expressions::refused::macro_arguments;
use crate::expressions::{Place, Root, Scope};
use crate::nearest::{did_you_mean, nearest};

/// Crates that a path may begin with, and what stands for the context itself.
const CRATES: [&str; 7] = ["core", "crate", "freehold", "jiff", "self", "std", "super"];

/// Types that are written in small letters.
const PRIMITIVES: [&str; 15] = [
    "bool", "char", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

pub(super) fn check(place: &Place<'_>, tree: &Expr, scope: &Scope) {
    let mut bound = Bound::default();
    bound.visit_expr(tree);
    Names { place, scope, bound: bound.0 }.visit_expr(tree);
}

/// The names that the expression itself introduces: by `let`, by arms and by closures. Where each of them ends is for
/// the compiler to say.
#[derive(Default)]
struct Bound(HashSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.0.insert(pattern.ident.to_string());
        syn::visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(arguments) = macro_arguments(call) {
            arguments.patterns.iter().for_each(|pattern| self.visit_pat(pattern));
            arguments.expressions.iter().for_each(|expression| self.visit_expr(expression));
        }
    }
}

struct Names<'a> {
    place: &'a Place<'a>,
    scope: &'a Scope,
    bound: HashSet<String>,
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_expr_field(&mut self, field: &'ast ExprField) {
        if let (Some(root), Member::Named(member)) = (self.root_of(&field.base), &field.member) {
            self.member(root, member);
        }
        syn::visit::visit_expr_field(self, field);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = path.path.get_ident().filter(|_| path.qself.is_none()) {
            self.name(name);
        } else if let Some(first) = path.path.segments.first() {
            self.crate_or_module(&first.ident);
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(arguments) = macro_arguments(call) {
            arguments.expressions.iter().for_each(|expression| self.visit_expr(expression));
        }
    }
}

impl Names<'_> {
    fn root_of(&self, base: &Expr) -> Option<&Root> {
        let Expr::Path(path) = base else { return None };
        let name = path.path.get_ident()?.to_string();
        if self.bound.contains(&name) { None } else { self.scope.root(&name) }
    }

    fn member(&self, root: &Root, member: &Ident) {
        let name = member.to_string();
        let Some(fields) = root.fields.as_ref().filter(|fields| !fields.contains(&name)) else {
            return;
        };
        self.place
            .report
            .mistake(self.place.at(member.span()), format!("`{}` has no field `{name}`", root.name))
            .help(did_you_mean(&name, fields.iter().map(String::as_str)));
    }

    fn name(&self, ident: &Ident) {
        let name = ident.to_string();
        let variable = name.starts_with(|c: char| c.is_lowercase() || c == '_');
        if !variable || self.bound.contains(&name) || self.scope.root(&name).is_some() {
            return;
        }
        let at = self.place.at(ident.span());
        if let Some(help) = self.scope.why_missing(&name) {
            self.place.report.mistake(at, format!("there is no `{name}` here")).help(help);
            return;
        }
        let help = self.owner_of(&name).unwrap_or_else(|| self.sees(&name));
        self.place.report.mistake(at, format!("unknown name `{name}`")).help(help);
    }

    /// What a path begins with: a context depends on no crate but its own few.
    fn crate_or_module(&self, ident: &Ident) {
        let name = ident.to_string();
        let small = name.starts_with(|c: char| c.is_lowercase() || c == '_');
        if small && !CRATES.contains(&name.as_str()) && !PRIMITIVES.contains(&name.as_str()) {
            self.place
                .report
                .mistake(self.place.at(ident.span()), format!("a context knows no crate `{name}`"))
                .help("there are `std` and, for days and moments, `jiff`");
        }
    }

    /// A field that was written without what it is a field of.
    fn owner_of(&self, name: &str) -> Option<String> {
        let has = |root: &&str| {
            let root = self.scope.root(root);
            root.and_then(|root| root.fields.as_ref())
                .is_some_and(|fields| fields.iter().any(|field| field == name))
        };
        self.scope.names().find(has).map(|root| format!("write `{root}.{name}`"))
    }

    fn sees(&self, name: &str) -> String {
        if let Some(near) = nearest(name, self.scope.names()) {
            return format!("did you mean `{near}`?");
        }
        let all: Vec<String> = self.scope.names().map(|name| format!("`{name}`")).collect();
        match all.as_slice() {
            [] => "the expression sees no names here".to_owned(),
            [only] => format!("the expression sees {only}"),
            [rest @ .., last] => format!("the expression sees {} and {last}", rest.join(", ")),
        }
    }
}
