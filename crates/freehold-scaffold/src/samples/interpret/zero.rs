//! What `unwrap_or_default` gives for a field that is left out.
//!
//! `None` knows no type, so the field that the call is made on is looked up by its name. Fields of one name have one
//! type in an aggregate; where the model uses a name for several types, there is no answer.

use super::super::sample::Sample;
use super::value::Value;
use freehold_model::{Field, Model, Type, ValueShape};
use jiff::SignedDuration;
use rust_decimal::Decimal;
use syn::{Expr, Member};

/// The default of the field that an expression reads.
pub(super) fn of(expr: &Expr, model: &Model) -> Option<Value> {
    let name = name(expr)?;
    let mut types = fields(model).filter(|field| field.name == name).map(zero);
    let first = types.next()??;
    types.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

fn name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Field(it) => match &it.member {
            Member::Named(name) => Some(name.to_string()),
            Member::Unnamed(_) => None,
        },
        Expr::Path(it) => it.path.get_ident().map(ToString::to_string),
        Expr::Paren(it) => name(&it.expr),
        Expr::Reference(it) => name(&it.expr),
        Expr::MethodCall(it) if it.args.is_empty() => name(&it.receiver),
        _ => None,
    }
}

fn fields(model: &Model) -> impl Iterator<Item = &Field> {
    let of_values = model.values.iter().flat_map(|value| match &value.shape {
        ValueShape::Composite { fields } => fields.as_slice(),
        ValueShape::Newtype { .. } => &[],
    });
    let of_aggregates = model.aggregates.iter().flat_map(|aggregate| {
        let commands = aggregate.commands.iter().flat_map(|it| &it.fields);
        let events = aggregate.events.iter().flat_map(|it| &it.fields);
        commands.chain(events).chain(aggregate.state.iter().map(|it| &it.field))
    });
    of_values.chain(of_aggregates).chain(model.views.iter().flat_map(|view| &view.fields))
}

fn zero(field: &Field) -> Option<Value> {
    if field.list {
        return Some(Value::List(Vec::new()));
    }
    match field.ty {
        Type::Text(_) => Some(Value::text("")),
        Type::Bool => Some(Value::bool(false)),
        Type::Int(_) => Some(Value::int(0)),
        Type::Decimal(_) => Some(Value::Sample(Sample::Decimal(Decimal::ZERO))),
        Type::Duration => Some(Value::Sample(Sample::Duration(SignedDuration::ZERO))),
        _ => None,
    }
}
