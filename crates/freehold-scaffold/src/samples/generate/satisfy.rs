//! Instances of a value that hold all of its rules, or all but one.

use super::super::check::{self, locals};
use super::super::interpret::{Failure, Scope, Sight, Value as Evaluated, evaluate, holds};
use super::super::sample::{Fields, Sample};
use super::super::search::{Budget, Goal, Leads, Records, Variable, Verdict, bare, solve, variables};
use super::super::world::World;
use freehold_model::{Field, Type, Value, ValueShape};
use std::rc::Rc;
use syn::Expr;

/// How many instances are tried.
const TRIES: usize = 4_000;

/// The name of the only field of a newtype, as its rules write it.
const INNER: &str = "value";

/// From an instance, the nearest one that holds every rule, or every rule but the one at `broken`.
pub(super) fn value(world: &World, value: &Value, from: Sample, broken: Option<usize>) -> Option<Sample> {
    let leads = leads(world, value);
    let mut goal = Rules { world, value, broken };
    let start = vec![Rc::new(taken_apart(from))];
    let variables = places(world, value, &leads);
    let found = solve(world, &mut goal, &variables, start, &mut Budget::of(TRIES))?;
    found.into_iter().next().and_then(|fields| put_together(value, Rc::unwrap_or_clone(fields)))
}

fn places(world: &World, value: &Value, leads: &Leads) -> Vec<Variable> {
    match &value.shape {
        ValueShape::Composite { fields } => variables(world, 0, fields, leads, 1),
        ValueShape::Newtype { inner, .. } => variables(world, 0, &[bare(INNER, inner.clone())], leads, 1),
    }
}

fn leads(world: &World, value: &Value) -> Leads {
    Leads::of(&world.model, value.require.iter().map(|rule| &rule.expression.tree))
}

fn taken_apart(sample: Sample) -> Fields {
    match sample {
        Sample::Composite { fields, .. } => fields,
        other => vec![(INNER.to_owned(), other.bare().clone())],
    }
}

fn put_together(value: &Value, mut fields: Fields) -> Option<Sample> {
    let value_name = value.name.clone();
    match value.shape {
        ValueShape::Composite { .. } => Some(Sample::Composite { value: value_name, fields }),
        ValueShape::Newtype { .. } => {
            let (_, inner) = fields.pop()?;
            Some(Sample::Newtype { value: value_name, inner: Box::new(inner) })
        }
    }
}

struct Rules<'a> {
    world: &'a World,
    value: &'a Value,
    broken: Option<usize>,
}

impl Rules<'_> {
    fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.value.require.iter().map(|rule| &rule.expression.tree)
    }

    fn scope(&self, fields: &Fields) -> Scope<'_> {
        locals(self.world, fields)
    }

    fn fits(&self, fields: &Fields) -> bool {
        let expected: Vec<Field> = match &self.value.shape {
            ValueShape::Composite { fields } => fields.clone(),
            ValueShape::Newtype { inner, pattern } => {
                let text = fields.first().and_then(|(_, it)| super::super::interpret::text_of(it));
                if let (Some(pattern), Some(text)) = (pattern, text)
                    && !self.world.matches(pattern, text)
                {
                    return false;
                }
                vec![bare(INNER, inner.clone())]
            }
        };
        check::fields(self.world, &expected, fields).is_ok()
    }
}

impl Goal for Rules<'_> {
    fn judge(&mut self, records: &Records) -> Verdict {
        let Some(fields) = records.first() else {
            return Verdict::Dead;
        };
        if !self.fits(fields) {
            return Verdict::Score(0);
        }
        let mut right = 1;
        for (at, expr) in self.exprs().enumerate() {
            match holds(expr, &mut self.scope(fields)) {
                Ok(held) => right += u32::from(held != (self.broken == Some(at))),
                Err(Failure::Unsupported(_)) => return Verdict::Dead,
                Err(_) => {}
            }
        }
        if right as usize > self.value.require.len() { Verdict::Met } else { Verdict::Score(right) }
    }

    fn look(&mut self, records: &Records) -> Vec<Sight> {
        let Some(fields) = records.first() else {
            return Vec::new();
        };
        let mut sights = Vec::new();
        for expr in self.exprs() {
            let mut scope = self.scope(fields).watched();
            // Whatever the answer is, what was seen on the way counts.
            let _: Result<Evaluated, _> = evaluate(expr, &mut scope);
            sights.extend(scope.into_sights());
        }
        sights
    }
}

/// The type of a value of the model.
pub(super) fn type_of(value: &Value) -> Type {
    Type::Value(value.name.clone())
}
