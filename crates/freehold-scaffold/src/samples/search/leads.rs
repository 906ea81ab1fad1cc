//! What expressions hint at: the fields that they read and the constants that they compare with.

use super::super::interpret::{Scope, Value, evaluate};
use super::super::sample::Sample;
use freehold_model::Model;
use jiff::SignedDuration;
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use syn::visit::{self, Visit};
use syn::{Expr, Lit};

/// Constants and names of expressions.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Leads {
    /// Every name that is read, whether a field's or a local's.
    pub(in super::super) names: BTreeSet<String>,
    /// Whole numbers.
    pub(in super::super) ints: Vec<i64>,
    /// Decimals.
    pub(in super::super) decimals: Vec<Decimal>,
    /// Strings, and characters as strings.
    pub(in super::super) texts: Vec<String>,
    /// Lengths of time.
    pub(in super::super) durations: Vec<SignedDuration>,
    /// Everything else that is written down: days, moments, amounts of money.
    pub(in super::super) others: Vec<Sample>,
}

impl Leads {
    /// The leads of some expressions.
    pub(in super::super) fn of<'e>(model: &Model, exprs: impl IntoIterator<Item = &'e Expr>) -> Self {
        let mut leads = Self::default();
        for expr in exprs {
            leads.follow(model, expr);
        }
        leads
    }

    /// Adds the leads of an expression.
    pub(in super::super) fn follow(&mut self, model: &Model, expr: &Expr) {
        Reader { leads: self, model }.visit_expr(expr);
    }

    fn add(&mut self, sample: Sample) {
        match sample {
            Sample::Int(it) => push(&mut self.ints, it),
            Sample::Decimal(it) => push(&mut self.decimals, it),
            Sample::Text(it) => push(&mut self.texts, it),
            Sample::Duration(it) => push(&mut self.durations, it),
            Sample::Null | Sample::Bool(_) => {}
            other => push(&mut self.others, other),
        }
    }
}

fn push<T: PartialEq>(known: &mut Vec<T>, new: T) {
    if !known.contains(&new) {
        known.push(new);
    }
}

struct Reader<'a> {
    leads: &'a mut Leads,
    model: &'a Model,
}

impl Reader<'_> {
    /// Takes an expression that needs no names as a constant.
    fn constant(&mut self, expr: &Expr) -> bool {
        let value = evaluate(expr, &mut Scope::new(self.model)).ok().and_then(Value::into_sample);
        value.map(|sample| self.leads.add(sample)).is_some()
    }
}

impl<'e> Visit<'e> for Reader<'_> {
    fn visit_expr(&mut self, expr: &'e Expr) {
        let whole = matches!(expr, Expr::Call(_) | Expr::Unary(_) | Expr::Path(_) | Expr::Binary(_));
        if whole && self.constant(expr) {
            return;
        }
        visit::visit_expr(self, expr);
    }

    fn visit_lit(&mut self, lit: &'e Lit) {
        match lit {
            Lit::Int(it) => self.leads.add(it.base10_parse().map_or(Sample::Null, Sample::Int)),
            Lit::Str(it) => self.leads.add(Sample::Text(it.value())),
            Lit::Char(it) => self.leads.add(Sample::Text(it.value().to_string())),
            _ => {}
        }
    }

    fn visit_member(&mut self, member: &'e syn::Member) {
        if let syn::Member::Named(name) = member {
            self.leads.names.insert(name.to_string());
        }
    }

    fn visit_expr_path(&mut self, path: &'e syn::ExprPath) {
        if let Some(name) = path.path.get_ident() {
            self.leads.names.insert(name.to_string());
        }
    }
}
