//! Whether each row has all that it requires from its first event on.

use crate::fields::FieldAt;
use crate::mistakes::Report;
use crate::model::{Type, ViewEvent};
use crate::nearest::{listed, nearest};
use crate::resolve::views::draft::ViewDraft;

/// Reports fields that nothing sets, and required fields that an event which can come first does not bring.
pub(super) fn check(report: &Report, view: &ViewDraft<'_>, on: &[ViewEvent]) {
    let unread = view.events().any(|(_, event)| !event.fields.complete);
    let beginning_known = view.of.iter().all(|aggregate| aggregate.beginning.is_some());
    if view.key.is_none() || unread || !view.is_complete() || !beginning_known {
        return;
    }
    for field in &view.fields.list {
        let is_key = view.key_fields().contains(&field.field.name);
        if is_key || !field.known {
            continue;
        }
        if on.iter().all(|event| !assigns(event, field)) {
            never_set(report, view, field);
        } else if !field.may_be_left_out() {
            brought(report, view, field, on);
        }
    }
}

fn assigns(event: &ViewEvent, field: &FieldAt) -> bool {
    event.assigns.iter().any(|(name, _)| name == field.name())
}

/// Whether `set` names the field, be it in a way that has been reported.
fn is_in_set(view: &ViewDraft<'_>, field: &FieldAt) -> bool {
    view.raw.set.iter().flat_map(|(_, fields)| fields).any(|(name, _)| name.value == field.name())
}

fn never_set(report: &Report, view: &ViewDraft<'_>, field: &FieldAt) {
    if !is_in_set(view, field) {
        report.mistake(field.name_at, format!("no event sets `{}`", field.name())).help(setter(view, field));
    }
}

/// What may have been meant to set a field.
fn setter(view: &ViewDraft<'_>, field: &FieldAt) -> String {
    let lacking = view.key_fields().first();
    let carrier = view.events().find(|(_, event)| event.fields.get(field.name()).is_some());
    if let (Some(key), Some((_, event))) = (lacking, carrier) {
        return format!("`{}` carries it, but not the whole key; let it carry `{key}`, too", event.name());
    }
    let names = view.events().flat_map(|(_, event)| event.fields.names());
    match nearest(field.name(), names.filter(|name| *name != field.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name it like the field of an event, say it in `set`, or leave it out".to_owned(),
    }
}

fn brought(report: &Report, view: &ViewDraft<'_>, field: &FieldAt, on: &[ViewEvent]) {
    let lacking =
        on.iter().filter(|event| event.begins && !assigns(event, field) && !is_stateless(view, field, event));
    let names: Vec<String> = lacking.map(|event| format!("`{}`", event.event)).collect();
    if names.is_empty() {
        return;
    }
    let does = if names.len() == 1 { "does" } else { "do" };
    report
        .mistake(
            field.name_at,
            format!(
                "`{}` is required, but {} can come first and {does} not bring it",
                field.name(),
                listed(&names)
            ),
        )
        .help("make it optional, give it a default, or say it in `set` of that event");
}

/// Whether the event should have led to a state, which has been reported.
fn is_stateless(view: &ViewDraft<'_>, field: &FieldAt, event: &ViewEvent) -> bool {
    let follows = matches!(&field.field.ty, Type::State(of) if *of == event.aggregate);
    follows && view.event(&event.event).is_some_and(|(aggregate, event)| aggregate.begins(event))
}
