//! The read models of a context.

use std::collections::HashMap;

use freehold_model::{Aggregate, Assign, Event, Field, Sync, View, ViewEvent, ViewKey};
use serde::Serialize;

use super::{
    Source,
    aggregate::{Set, assign, bound, comes_later, in_order, is_number, pattern, together},
    fields::FieldData,
};
use crate::{
    expressions::{Access, Root},
    names,
    plan::File,
    rust,
};

#[derive(Serialize)]
struct ViewData {
    context: String,
    doc: String,
    name: String,
    stable_name: String,
    table: String,
    event: String,
    /// The aggregates whose events it folds, if there are several.
    union: Vec<String>,
    key_type: String,
    /// Empty for a view that is keyed by its stream.
    key_arms: Vec<KeyArm>,
    key_ignored: Vec<String>,
    stream_id: Option<String>,
    fields: Vec<ViewField>,
    redacted: bool,
    sync: Option<String>,
    priority: i32,
    timeout: Option<String>,
    begins: Vec<BeginData>,
    begins_not: Vec<String>,
    arms: Vec<ArmData>,
    ignored: Vec<String>,
    /// Whether any event changes a row that is there.
    changes: bool,
}

#[derive(Serialize)]
struct ViewField {
    #[serde(flatten)]
    field: FieldData,
    key: bool,
}

#[derive(Serialize)]
struct KeyArm {
    pattern: String,
    key: String,
}

#[derive(Serialize)]
struct BeginData {
    pattern: String,
    fields: Vec<String>,
}

#[derive(Serialize)]
struct ArmData {
    pattern: String,
    statements: Vec<String>,
    deletes: bool,
}

/// An event that a view can see, with its aggregate.
struct Seen<'m> {
    aggregate: &'m Aggregate,
    event: &'m Event,
    on: Option<&'m ViewEvent>,
}

impl Source<'_> {
    /// The files of the views.
    pub(super) fn views(&self) -> Vec<File> {
        self.model.views.iter().map(|view| self.view(view)).collect()
    }

    fn view(&self, view: &View) -> File {
        let seen = self.seen(view);
        let patterns = |keep: &dyn Fn(&Seen<'_>) -> bool| {
            let kept: Vec<_> = seen.iter().filter(|seen| keep(seen)).collect();
            either(view, &kept)
        };
        let begins = |seen: &Seen<'_>| seen.on.is_some_and(|on| on.begins);
        let by_stream = view.key == ViewKey::Stream;
        let changing = |seen: &Seen<'_>| {
            self.row_arm(view, seen).filter(|arm| arm.deletes || !arm.statements.is_empty())
        };
        let arms: Vec<_> = seen.iter().filter_map(changing).collect();
        let ignored = patterns(&|seen| changing(seen).is_none());
        let fields = self.view_fields(view);
        let data = ViewData {
            context: self.model.context.clone(),
            doc: Self::describe(&view.description, || format!("{}.", names::sentence(&view.name))),
            name: view.name.clone(),
            stable_name: view.was.clone().unwrap_or_else(|| view.name.clone()),
            table: super::migration::table(view),
            event: event_type(view),
            union: if view.of.len() > 1 { view.of.clone() } else { Vec::new() },
            key_type: self.key_type(view),
            key_arms: if by_stream {
                Vec::new()
            } else {
                seen.iter().filter_map(|seen| Self::key_arm(view, seen)).collect()
            },
            key_ignored: patterns(&|seen| seen.on.is_none()),
            stream_id: by_stream.then(|| self.types.id(None, &view.of[0])),
            redacted: fields.iter().any(|field| field.field.mark.is_some()),
            fields,
            sync: sync(view),
            priority: view.priority,
            timeout: timeout(view),
            begins: seen.iter().filter(|seen| begins(seen)).map(|seen| self.row_begin(view, seen)).collect(),
            begins_not: patterns(&|seen| !begins(seen)),
            changes: arms.iter().any(|arm| !arm.statements.is_empty()),
            arms,
            ignored,
        };
        self.file(format!("src/application/views/{}.rs", names::snake(&view.name)), "view", data)
    }

    fn seen(&self, view: &View) -> Vec<Seen<'_>> {
        let aggregates =
            view.of.iter().filter_map(|of| self.model.aggregates.iter().find(|it| it.name == *of));
        let seen =
            aggregates.flat_map(|aggregate| aggregate.events.iter().map(move |event| (aggregate, event)));
        let model_view = self.model.views.iter().find(|it| it.name == view.name);
        seen.map(|(aggregate, event)| {
            let on = model_view.and_then(|view| {
                view.on.iter().find(|on| on.aggregate == aggregate.name && on.event == event.name)
            });
            Seen { aggregate, event, on }
        })
        .collect()
    }

    fn view_fields(&self, view: &View) -> Vec<ViewField> {
        let key = key_fields(view);
        let fields = view.fields.iter().map(|field| ViewField {
            field: FieldData { bounds: Vec::new(), default: None, ..self.field(field, &view.name) },
            key: key.contains(&field.name),
        });
        fields.collect()
    }

    fn key_type(&self, view: &View) -> String {
        match &view.key {
            ViewKey::Stream => self.types.id(None, &view.of[0]),
            ViewKey::Fields(fields) => {
                let types =
                    fields.iter().filter_map(|name| view.fields.iter().find(|field| field.name == *name));
                let types: Vec<_> = types.map(|field| self.types.field(field)).collect();
                if let [single] = types.as_slice() {
                    single.clone()
                } else {
                    format!("({})", types.join(", "))
                }
            }
        }
    }

    /// The key of the row that an event touches.
    fn key_arm(view: &View, seen: &Seen<'_>) -> Option<KeyArm> {
        seen.on?;
        let key = key_fields(view);
        let parts: Vec<_> = key
            .iter()
            .filter_map(|name| seen.event.fields.iter().find(|field| field.name == *name))
            .map(|field| (Self::key_part(field), field.optional))
            .collect();
        let key_expression = match parts.as_slice() {
            [(part, false)] => format!("Some({part})"),
            [(part, true)] => part.clone(),
            parts => {
                let parts =
                    parts.iter().map(|(part, optional)| if *optional { tried(part) } else { part.clone() });
                format!("Some(({}))", parts.collect::<Vec<_>>().join(", "))
            }
        };
        Some(KeyArm {
            pattern: seen_pattern(view, seen, &bound(seen.event, &key_expression)),
            key: key_expression,
        })
    }

    fn key_part(field: &Field) -> String {
        let name = &field.name;
        if rust::is_copy(field) { format!("*{name}") } else { format!("{name}.clone()") }
    }

    fn row_begin(&self, view: &View, seen: &Seen<'_>) -> BeginData {
        let Some(on) = seen.on else { unreachable!("only events that begin a row come here") };
        let key = key_fields(view);
        let mut fields = Vec::new();
        if view.key == ViewKey::Stream {
            fields.push("id: event.stream_id()".to_owned());
        }
        for field in &view.fields {
            let carried = seen.event.fields.iter().find(|carried| carried.name == field.name);
            let assigned = on.assigns.iter().find(|(name, _)| *name == field.name).map(|(_, assign)| assign);
            let value = match (assigned, carried) {
                (_, Some(carried)) if key.contains(&field.name) && carried.optional => {
                    tried(&Self::key_part(carried))
                }
                (_, Some(carried)) if key.contains(&field.name) => self.taken(carried, field),
                (Some(Assign::Field), Some(carried)) => self.taken(carried, field),
                (Some(Assign::State(state)), _) => self.state_of(field, state),
                _ => self.types.default_of(field),
            };
            fields.push(format!("{}: {value}", field.name));
        }
        let used = format!("Self {{ {} }};", fields.join(", "));
        BeginData { pattern: seen_pattern(view, seen, &bound(seen.event, &used)), fields }
    }

    fn state_of(&self, field: &Field, state: &str) -> String {
        let value = format!("{}::{state}", self.types.base(&field.ty));
        if field.optional { format!("Some({value})") } else { value }
    }

    /// What an event does to a row that is there. One that begins a row of its stream has done all by that, but for
    /// what is set from the row itself.
    fn row_arm(&self, view: &View, seen: &Seen<'_>) -> Option<ArmData> {
        let on = seen.on?;
        let only_begins =
            on.begins && view.key == ViewKey::Stream && !comes_later(seen.aggregate, seen.event);
        let key = key_fields(view);
        let assigns = on.assigns.iter().filter(|(name, _)| !key.contains(name));
        let sets = assigns.clone().filter_map(|(name, assign)| match assign {
            Assign::Set(expression) => Some((name.clone(), expression.clone())),
            Assign::Field | Assign::State(_) => None,
        });
        let mut statements = Self::row_sets(view, seen.event, sets);
        for (name, assign) in assigns.filter(|_| !only_begins) {
            let Some(field) = view.fields.iter().find(|field| field.name == *name) else { continue };
            match assign {
                Assign::Set(_) => {}
                Assign::State(state) => {
                    statements.push(format!("row.{name} = {};", self.state_of(field, state)));
                }
                Assign::Field => {
                    let carried = seen.event.fields.iter().find(|carried| carried.name == *name)?;
                    statements.push(Self::taking("row", carried, field));
                }
            }
        }
        let used = statements.join("\n");
        let bound = if on.deletes { Vec::new() } else { bound(seen.event, &used) };
        if on.deletes {
            statements.clear();
        }
        Some(ArmData { pattern: seen_pattern(view, seen, &bound), statements, deletes: on.deletes })
    }

    /// What an event sets, each from the row before it.
    fn row_sets(view: &View, event: &Event, sets: impl Iterator<Item = Set>) -> Vec<String> {
        let roots = Self::row_roots(view, event);
        let numeric = |name: &str| view.fields.iter().any(|field| field.name == name && is_number(field));
        let (ordered, at_once) = in_order("row", sets);
        let one_by_one = ordered
            .iter()
            .map(|(name, expression)| assign("row", "row", name, expression, &roots, numeric(name)));
        one_by_one.chain(together("row", &at_once, &roots)).collect()
    }

    fn row_roots(view: &View, event: &Event) -> Vec<Root> {
        let mut row: HashMap<String, bool> = Self::copies(&view.fields);
        row.insert("id".into(), true);
        vec![
            Root { name: "row", access: Access::Place("row"), copies: row },
            Root { name: "event", access: Access::Bound, copies: Self::copies(&event.fields) },
        ]
    }
}

/// The time-out of the synchronous share, unless it is the usual one.
fn timeout(view: &View) -> Option<String> {
    match view.timeout_ms {
        2000 => None,
        whole if whole % 1000 == 0 => Some(format!("StdDuration::from_secs({})", whole / 1000)),
        millis => Some(format!("StdDuration::from_millis({millis})")),
    }
}

/// `expression?`, in parentheses where it begins with `*`.
fn tried(expression: &str) -> String {
    if expression.starts_with('*') { format!("({expression})?") } else { format!("{expression}?") }
}

/// The fields that are the key, or none for the stream.
pub(super) fn key_fields(view: &View) -> Vec<String> {
    match &view.key {
        ViewKey::Stream => Vec::new(),
        ViewKey::Fields(fields) => fields.clone(),
    }
}

/// The type of the events that a view folds.
fn event_type(view: &View) -> String {
    if let [single] = view.of.as_slice() { format!("{single}Event") } else { format!("{}Event", view.name) }
}

fn sync(view: &View) -> Option<String> {
    match &view.sync {
        Sync::None => None,
        Sync::All => Some("SyncMode::Sync".into()),
        Sync::Events(events) => {
            let events: Vec<_> = events.iter().map(|event| format!("{event:?}")).collect();
            Some(format!("SyncMode::Events(&[{}])", events.join(", ")))
        }
    }
}

fn seen_pattern(view: &View, seen: &Seen<'_>, bound: &[String]) -> String {
    let pattern = pattern(seen.aggregate, seen.event, bound);
    if view.of.len() > 1 {
        format!("{}::{}({pattern})", event_type(view), seen.aggregate.name)
    } else {
        pattern
    }
}

/// Patterns of these events, as many as their enum allows in one.
fn either(view: &View, seen: &[&Seen<'_>]) -> Vec<String> {
    let of = |aggregate: &&String| {
        let of = seen.iter().filter(|seen| seen.aggregate.name == **aggregate);
        of.map(|seen| pattern(seen.aggregate, seen.event, &[])).collect::<Vec<_>>()
    };
    if let [single] = view.of.as_slice() {
        return of(&single);
    }
    let nested = view.of.iter().map(|aggregate| (aggregate, of(&aggregate).join(" | ")));
    let nested = nested.filter(|(_, patterns)| !patterns.is_empty());
    nested.map(|(aggregate, patterns)| format!("{}::{aggregate}({patterns})", event_type(view))).collect()
}
