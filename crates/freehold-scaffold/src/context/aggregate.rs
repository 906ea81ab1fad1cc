//! The state of an aggregate: how it begins and how events change it.

use std::collections::HashMap;

use freehold_model::{Aggregate, Event, Expression, Field, Type};
use serde::Serialize;
use syn::{BinOp, Expr};

use super::{Source, decision::DecisionData, events::has_wrong_state, fields::FieldData};
use crate::{
    expressions::{self, Access, Root, fit, mentions},
    names,
    plan::File,
    rust,
};

#[derive(Serialize)]
struct AggregateData {
    context: String,
    doc: String,
    name: String,
    /// The name that streams carry in the log, which outlives a renaming.
    stable_name: String,
    words: String,
    with_article: String,
    states: Vec<String>,
    fields: Vec<FieldData>,
    redacted: bool,
    begins: Vec<BeginData>,
    begins_not: Vec<String>,
    arms: Vec<ArmData>,
    unique: Vec<UniqueData>,
    final_states: Vec<String>,
    snapshot_every: Option<String>,
    wrong_state: bool,
    decisions: Vec<DecisionData>,
}

/// A field and what it is set to.
pub(super) type Set = (String, Expression);

/// How a stream begins with an event.
#[derive(Serialize)]
struct BeginData {
    pattern: String,
    fields: Vec<String>,
    /// What is done to the state once it is there.
    after: Vec<String>,
}

/// What an event does.
#[derive(Serialize)]
struct ArmData {
    pattern: String,
    statements: Vec<String>,
}

#[derive(Serialize)]
struct UniqueData {
    function: &'static str,
    name: String,
    value: String,
}

impl Source<'_> {
    /// The files of an aggregate.
    pub(super) fn aggregate(&self, aggregate: &Aggregate) -> Vec<File> {
        let path = format!("src/domain/{}.rs", names::snake(&aggregate.name));
        let state = self.file(path, "aggregate", self.aggregate_data(aggregate));
        vec![state, self.commands(aggregate), self.events(aggregate), self.rejections(aggregate)]
    }

    fn aggregate_data(&self, aggregate: &Aggregate) -> AggregateData {
        let (begins, others): (Vec<_>, Vec<_>) = aggregate.events.iter().partition(|event| event.creates);
        let fields: Vec<_> =
            aggregate.state.iter().map(|state| self.field(&state.field, &aggregate.name)).collect();
        let stable_name = aggregate.was.as_ref().unwrap_or(&aggregate.name);
        AggregateData {
            context: self.model.context.clone(),
            doc: Self::describe(&aggregate.description, || format!("{}.", names::sentence(&aggregate.name))),
            name: aggregate.name.clone(),
            stable_name: stable_name.clone(),
            words: names::words(&aggregate.name),
            with_article: names::with_article(&aggregate.name),
            states: aggregate.states.clone(),
            redacted: fields.iter().any(|field| field.mark.is_some()),
            fields,
            begins: begins.iter().map(|event| self.begin(aggregate, event)).collect(),
            begins_not: others.iter().map(|event| pattern(aggregate, event, &[])).collect(),
            arms: aggregate.events.iter().map(|event| Self::arm(aggregate, event)).collect(),
            unique: aggregate.unique.iter().map(unique).collect(),
            final_states: aggregate.final_states.clone(),
            snapshot_every: aggregate.snapshot_every.map(|events| rust::int(events.into())),
            wrong_state: has_wrong_state(aggregate),
            decisions: aggregate.commands.iter().map(|command| self.decision(aggregate, command)).collect(),
        }
    }

    fn begin(&self, aggregate: &Aggregate, event: &Event) -> BeginData {
        let (now, later): (Vec<_>, Vec<_>) =
            event.set.iter().partition(|(_, expression)| !mentions(expression, "self"));
        let mut fields = Vec::new();
        if let Some(to) = &event.to {
            fields.push(format!("state: {}State::{to}", aggregate.name));
        }
        for state in &aggregate.state {
            let set = now.iter().find(|(name, _)| *name == state.field.name);
            let carried = event.fields.iter().find(|field| field.name == state.field.name);
            let value = match (set, carried) {
                (Some((_, expression)), _) => fit(expression, &Self::roots(aggregate, event, "self")),
                (None, Some(carried)) => self.taken(carried, &state.field),
                (None, None) => self.types.default_of(&state.field),
            };
            fields.push(format!("{}: {value}", state.field.name));
        }
        let after = Self::assignments(aggregate, event, "begun", later.into_iter().cloned());
        let used = format!("Self {{ {} }}; {}", fields.join(", "), after.join(" "));
        BeginData { pattern: pattern(aggregate, event, &bound(event, &used)), fields, after }
    }

    fn arm(aggregate: &Aggregate, event: &Event) -> ArmData {
        if event.creates && !comes_later(aggregate, event) {
            return ArmData { pattern: pattern(aggregate, event, &[]), statements: Vec::new() };
        }
        let mut statements = Self::assignments(aggregate, event, "self", event.set.iter().cloned());
        statements.extend(event.to.iter().map(|to| format!("self.state = {}State::{to};", aggregate.name)));
        for field in event.fields.iter().filter(|field| event.set.iter().all(|(name, _)| *name != field.name))
        {
            if let Some(state) = aggregate.state.iter().find(|state| state.field.name == field.name) {
                statements.push(Self::taking("self", field, &state.field));
            }
        }
        let used = statements.join("\n");
        ArmData { pattern: pattern(aggregate, event, &bound(event, &used)), statements }
    }

    /// What an event sets, each from the state before it.
    fn assignments(
        aggregate: &Aggregate,
        event: &Event,
        place: &'static str,
        sets: impl Iterator<Item = Set>,
    ) -> Vec<String> {
        let roots = Self::roots(aggregate, event, place);
        let numeric = |name: &str| {
            aggregate.state.iter().any(|state| state.field.name == name && is_number(&state.field))
        };
        let (ordered, at_once) = in_order("self", sets);
        let one_by_one = ordered
            .iter()
            .map(|(name, expression)| assign(place, "self", name, expression, &roots, numeric(name)));
        one_by_one.chain(together(place, &at_once, &roots)).collect()
    }

    /// What `self` and `event` are in the arm of an event.
    fn roots(aggregate: &Aggregate, event: &Event, place: &'static str) -> Vec<Root> {
        let mut of_state = Self::copies(aggregate.state.iter().map(|state| &state.field));
        of_state.insert("state".into(), true);
        vec![
            Root { name: "self", access: Access::Place(place), copies: of_state },
            Root { name: "event", access: Access::Bound, copies: Self::copies(&event.fields) },
        ]
    }

    pub(super) fn copies<'f>(fields: impl IntoIterator<Item = &'f Field>) -> HashMap<String, bool> {
        fields.into_iter().map(|field| (field.name.clone(), rust::is_copy(field))).collect()
    }

    /// A field that a pattern has bound by reference, as the value of a field of another struct.
    pub(super) fn taken(&self, from: &Field, to: &Field) -> String {
        let name = &from.name;
        let owned = if rust::is_copy(from) { format!("*{name}") } else { format!("{name}.clone()") };
        if from.optional && !to.optional {
            let default = self.types.default_of(to);
            return format!(
                "{}.unwrap_or_else(|| {default})",
                if rust::is_copy(from) { name.clone() } else { owned }
            );
        }
        Self::converted(owned, from, to)
    }

    /// The statement that takes a field that a pattern has bound by reference into a place.
    pub(super) fn taking(place: &str, from: &Field, to: &Field) -> String {
        let name = &from.name;
        let copies = rust::is_copy(from);
        match (from.optional, to.optional) {
            (true, false) if copies => {
                format!("if let Some({name}) = {name} {{ {place}.{name} = *{name}; }}")
            }
            (true, false) => format!("if let Some({name}) = {name} {{ {place}.{name}.clone_from({name}); }}"),
            (false, true) => format!(
                "{place}.{name} = Some({});",
                if copies { format!("*{name}") } else { format!("{name}.clone()") }
            ),
            _ if copies => format!("{place}.{name} = *{name};"),
            _ => format!("{place}.{name}.clone_from({name});"),
        }
    }
}

/// `place.name = expression;`, or `place.name += …;` where the expression begins with the place itself.
pub(super) fn assign(
    place: &str,
    root: &str,
    name: &str,
    expression: &Expression,
    roots: &[Root],
    numeric: bool,
) -> String {
    if numeric
        && let Expr::Binary(binary) = &expression.tree
        && let Some(operator) = shortened(&binary.op)
        && expressions::is_field(&binary.left, root, name)
        && let Some((_, right)) = expression.text.split_once(operator)
    {
        let right = Expression { text: right.trim().to_owned(), tree: (*binary.right).clone() };
        return format!("{place}.{name} {operator}= {};", fit(&right, roots));
    }
    let value = fit(expression, roots);
    match cloned(&value) {
        Some(receiver) => format!("{place}.{name}.clone_from({receiver});"),
        None => format!("{place}.{name} = {value};"),
    }
}

/// What an expression clones, as a reference, if that is all it does.
fn cloned(value: &str) -> Option<String> {
    let Expr::MethodCall(call) = syn::parse_str(value).ok()? else { return None };
    let receiver = value.strip_suffix(".clone()").filter(|_| call.method == "clone")?;
    let is_reference = matches!(*call.receiver, Expr::Path(_));
    Some(if is_reference { receiver.to_owned() } else { format!("&{receiver}") })
}

/// Assignments in an order in which each still sees what was there before all of them; those for which there is none
/// come together at the end.
pub(super) fn in_order(root: &str, sets: impl IntoIterator<Item = Set>) -> (Vec<Set>, Vec<Set>) {
    let mut left: Vec<Set> = sets.into_iter().collect();
    let mut ordered = Vec::new();
    let is_read = |left: &[Set], at: usize| {
        let others = left.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, set)| set);
        others.into_iter().any(|(_, it)| expressions::fields(it, root).any(|name| name == left[at].0))
    };
    while let Some(next) = (0..left.len()).find(|at| !is_read(&left, *at)) {
        ordered.push(left.remove(next));
    }
    (ordered, left)
}

/// `(place.a, place.b) = (…, …);`
pub(super) fn together(place: &str, sets: &[Set], roots: &[Root]) -> Option<String> {
    let places: Vec<_> = sets.iter().map(|(name, _)| format!("{place}.{name}")).collect();
    let values: Vec<_> = sets.iter().map(|(_, expression)| fit(expression, roots)).collect();
    (!sets.is_empty()).then(|| format!("({}) = ({});", places.join(", "), values.join(", ")))
}

fn shortened(operator: &BinOp) -> Option<&'static str> {
    match operator {
        BinOp::Add(_) => Some("+"),
        BinOp::Sub(_) => Some("-"),
        BinOp::Mul(_) => Some("*"),
        BinOp::Div(_) => Some("/"),
        _ => None,
    }
}

pub(super) fn is_number(field: &Field) -> bool {
    !field.optional && !field.list && matches!(field.ty, Type::Int(_) | Type::Decimal(_))
}

/// Whether an event that begins a stream can also come to one that has begun: behind another one that a creating
/// command emits under a condition.
pub(super) fn comes_later(aggregate: &Aggregate, event: &Event) -> bool {
    let creating = aggregate.commands.iter().filter(|command| command.creates);
    creating.flat_map(|command| command.emits.iter().skip(1)).any(|emission| emission.event == event.name)
}

/// The fields of an event that statements mention.
pub(super) fn bound(event: &Event, statements: &str) -> Vec<String> {
    expressions::mentioned(statements, event.fields.iter().map(|field| field.name.clone()))
}

/// The pattern of an event that binds these of its fields.
pub(super) fn pattern(aggregate: &Aggregate, event: &Event, bound: &[String]) -> String {
    let path = format!("{}Event::{}", aggregate.name, event.name);
    match (event.fields.len(), bound.len()) {
        (0, _) => path,
        (_, 0) => format!("{path} {{ .. }}"),
        (all, some) if all == some => format!("{path} {{ {} }}", bound.join(", ")),
        _ => format!("{path} {{ {}, .. }}", bound.join(", ")),
    }
}

fn unique(set: &freehold_model::UniqueSet) -> UniqueData {
    let value = match set.fields.as_slice() {
        [field] => format!("&self.{field}"),
        fields => format!(
            "&({})",
            fields.iter().map(|field| format!("&self.{field}")).collect::<Vec<_>>().join(", ")
        ),
    };
    UniqueData { function: if set.sensitive { "hidden" } else { "new" }, name: set.fields.join("+"), value }
}
