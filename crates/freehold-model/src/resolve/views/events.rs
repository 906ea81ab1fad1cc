//! What each event does to a row of a view.

use std::collections::HashSet;

use crate::expressions::{self, Root, Scope};
use crate::fields::{FieldAt, spelled};
use crate::mistakes::Report;
use crate::model::{Assign, Expression, Type, ViewEvent, ViewKey};
use crate::nearest::did_you_mean;
use crate::resolve::aggregates::{AggregateDraft, EventDraft, scopes};
use crate::resolve::twice;
use crate::resolve::views::draft::ViewDraft;
use crate::source::Word;

/// The events that delete a row.
pub(super) fn deletes(report: &Report, view: &ViewDraft<'_>) -> Vec<String> {
    let Some(words) = &view.raw.deletes else {
        return Vec::new();
    };
    twice(report, &words.list);
    let event = |word: &Word| {
        let (aggregate, event) = view.mentioned(report, word)?;
        if view.key == Some(ViewKey::Stream) && aggregate.begins(event) {
            report
                .mistake(word.span, format!("`{}` begins the row and cannot delete it", event.name()))
                .help("name the event that ends it");
            return None;
        }
        reaches(report, view, event, word).then(|| word.value.clone())
    };
    words.list.iter().filter_map(event).collect()
}

/// Whether an event carries the key of the view; reports that it does not.
fn reaches(report: &Report, view: &ViewDraft<'_>, event: &EventDraft<'_>, word: &Word) -> bool {
    let lacks = |field: &&String| event.fields.get(field).is_none();
    let Some(lacking) = view.key_fields().iter().find(lacks).filter(|_| event.fields.complete) else {
        return true;
    };
    report
        .mistake(word.span, format!("`{}` carries no `{lacking}`, so it never finds a row", event.name()))
        .help(format!("let the event carry `{lacking}`, or leave it out here"));
    false
}

/// What each event does to a row; events that never change one are left out.
pub(super) fn on(report: &Report, view: &ViewDraft<'_>, deletes: &[String]) -> Vec<ViewEvent> {
    let sets = sets(report, view, deletes);
    let mut assigner = Assigner { report, view, sets, reported: HashSet::new() };
    view.events().filter_map(|(aggregate, event)| assigner.event(aggregate, event, deletes)).collect()
}

/// The expressions of `set` by event and field; `None` for one that is wrong, which has been reported.
type Sets = Vec<(String, String, Option<Expression>)>;

fn sets(report: &Report, view: &ViewDraft<'_>, deletes: &[String]) -> Sets {
    let mut sets = Vec::new();
    for (word, fields) in &view.raw.set {
        let Some((_, event)) = view.mentioned(report, word) else {
            continue;
        };
        if deletes.contains(&word.value) {
            report
                .mistake(word.span, format!("`{}` deletes the row, so there is nothing to set", word.value))
                .help("leave it out of `set` or of `deletes`");
            continue;
        }
        if !reaches(report, view, event, word) {
            continue;
        }
        let scope = scope(view, event);
        for (field, text) in fields {
            if can_set(report, view, field) {
                sets.push((
                    word.value.clone(),
                    field.value.clone(),
                    expressions::parse(report, text, &scope),
                ));
            }
        }
    }
    sets
}

fn scope(view: &ViewDraft<'_>, event: &EventDraft<'_>) -> Scope {
    let row = if view.fields.complete { Root::with("row", view.fields.names()) } else { Root::any("row") };
    Scope::new(vec![row, scopes::fields("event", &event.fields)])
        .without("self", "a view sees `row`, as it is before the event, and `event`")
        .without("now", "an event carries its own moments, so that a view can be built again")
        .without("command", "a view sees events only")
}

/// Whether `set` can name a field; reports that it cannot.
fn can_set(report: &Report, view: &ViewDraft<'_>, field: &Word) -> bool {
    if view.key_fields().contains(&field.value) {
        report
            .mistake(field.span, format!("`{}` is the key of the row and does not change", field.value))
            .help("leave it out: the row is found by it");
        return false;
    }
    let known = view.fields.get(&field.value).is_some();
    if !known && view.fields.complete {
        report
            .mistake(field.span, format!("the view has no field `{}`", field.value))
            .help(did_you_mean(&field.value, view.fields.names()));
    }
    known
}

struct Assigner<'a> {
    report: &'a Report,
    view: &'a ViewDraft<'a>,
    sets: Sets,
    /// Fields whose type has been called wrong; once is enough.
    reported: HashSet<String>,
}

impl Assigner<'_> {
    fn event(
        &mut self,
        aggregate: &AggregateDraft<'_>,
        event: &EventDraft<'_>,
        deletes: &[String],
    ) -> Option<ViewEvent> {
        let lacks = |field: &String| event.fields.get(field).is_none();
        if self.view.key.is_none() || self.view.key_fields().iter().any(lacks) {
            return None;
        }
        let deletes = deletes.iter().any(|name| name == event.name());
        let assigns = if deletes { Vec::new() } else { self.assigns(aggregate, event) };
        let begins = !deletes && self.begins(aggregate, event, &assigns);
        let touches = deletes || begins || !assigns.is_empty();
        touches.then(|| ViewEvent {
            aggregate: aggregate.name().to_owned(),
            event: event.name().to_owned(),
            deletes,
            begins,
            assigns,
        })
    }

    fn begins(
        &self,
        aggregate: &AggregateDraft<'_>,
        event: &EventDraft<'_>,
        assigns: &[(String, Assign)],
    ) -> bool {
        let key = self.view.key_fields();
        if key.is_empty() {
            return aggregate.begins(event);
        }
        // An event that shares nothing but the key with the view has nothing to tell it, unless the key is all there is.
        !assigns.is_empty() || key.len() == self.view.fields.list.len()
    }

    fn assigns(&mut self, aggregate: &AggregateDraft<'_>, event: &EventDraft<'_>) -> Vec<(String, Assign)> {
        let view = self.view;
        let mut assigns = Vec::new();
        for field in view.fields.list.iter().filter(|field| !view.key_fields().contains(&field.field.name)) {
            assigns
                .extend(self.assign(aggregate, event, field).map(|assign| (field.name().to_owned(), assign)));
        }
        self.keys_agree(event);
        assigns
    }

    fn assign(
        &mut self,
        aggregate: &AggregateDraft<'_>,
        event: &EventDraft<'_>,
        field: &FieldAt,
    ) -> Option<Assign> {
        let set = self.sets.iter().find(|(on, name, _)| on == event.name() && name == field.name());
        if let Some((_, _, expression)) = set {
            // A wrong expression still assigns; that it is wrong has been reported.
            return Some(expression.clone().map_or(Assign::Field, Assign::Set));
        }
        if let Type::State(of) = &field.field.ty {
            let to = event.raw.to.as_ref().filter(|_| of == aggregate.name());
            return to.map(|to| Assign::State(to.value.clone()));
        }
        let carried = event.fields.get(field.name())?;
        self.agree(event, field, carried);
        if carried.field.optional && !field.field.optional && self.reported.insert(field.field.name.clone()) {
            self.report
                .mistake(
                    field.name_at,
                    format!("`{}` is required here and optional in `{}`", field.name(), event.name()),
                )
                .help(format!(
                    "make it optional, or say what stands in for it: `set = {{ {} = {{ {} = \"…\" }} }}`",
                    event.name(),
                    field.name()
                ));
        }
        Some(Assign::Field)
    }

    fn agree(&mut self, event: &EventDraft<'_>, field: &FieldAt, carried: &FieldAt) {
        if field.agrees_with(carried) || !self.reported.insert(field.field.name.clone()) {
            return;
        }
        let (here, there) = (spelled(&field.field), spelled(&carried.field));
        self.report
            .mistake(
                field.type_at,
                format!("`{}` is {here} here and {there} in `{}`", field.name(), event.name()),
            )
            .help("use the same type or another name");
    }

    fn keys_agree(&mut self, event: &EventDraft<'_>) {
        for key in self.view.key_fields() {
            if let (Some(field), Some(carried)) = (self.view.fields.get(key), event.fields.get(key)) {
                self.agree(event, field, carried);
            }
        }
    }
}
