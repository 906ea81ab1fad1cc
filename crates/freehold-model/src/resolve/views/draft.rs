//! What is known of a view before its events are gone through.

use crate::fields::{self, FieldAt, Fields, Owner, Types};
use crate::mistakes::Report;
use crate::model::{Type, ViewKey};
use crate::nearest::did_you_mean;
use crate::raw::RawView;
use crate::resolve::aggregates::{AggregateDraft, EventDraft};
use crate::resolve::twice;
use crate::resolve::views::key;
use crate::source::Word;
use crate::symbols::Symbols;

/// A view whose fields and key are resolved.
pub(super) struct ViewDraft<'a> {
    pub(super) raw: &'a RawView,
    pub(super) of: Vec<&'a AggregateDraft<'a>>,
    /// Whether every aggregate that it names is known.
    pub(super) of_known: bool,
    pub(super) fields: Fields,
    pub(super) symbols: &'a Symbols,
    /// `None` when it could not be read, which has been reported.
    pub(super) key: Option<ViewKey>,
}

impl<'a> ViewDraft<'a> {
    /// Every event of its aggregates.
    pub(super) fn events(&self) -> impl Iterator<Item = (&'a AggregateDraft<'a>, &'a EventDraft<'a>)> {
        self.of.iter().flat_map(|aggregate| aggregate.events.iter().map(move |event| (*aggregate, event)))
    }

    pub(super) fn event(&self, name: &str) -> Option<(&'a AggregateDraft<'a>, &'a EventDraft<'a>)> {
        self.events().find(|(_, event)| event.name() == name)
    }

    /// The names of its key fields; none when it is keyed by stream.
    pub(super) fn key_fields(&self) -> &[String] {
        match &self.key {
            Some(ViewKey::Fields(fields)) => fields,
            _ => &[],
        }
    }

    /// Whether all fields of its own could be read.
    pub(super) fn is_complete(&self) -> bool {
        self.fields.complete && self.of_known
    }

    /// Looks up an event that the view mentions, or reports it.
    pub(super) fn mentioned(
        &self,
        report: &Report,
        word: &Word,
    ) -> Option<(&'a AggregateDraft<'a>, &'a EventDraft<'a>)> {
        let found = self.event(&word.value);
        if found.is_none() && self.of_known {
            let names: Vec<&str> = self.events().map(|(_, event)| event.name()).collect();
            let view = &self.raw.named.name.value;
            report
                .mistake(word.span, format!("no aggregate that `{view}` is of has an event `{}`", word.value))
                .help(did_you_mean(&word.value, names.iter().copied()));
        }
        found
    }
}

pub(super) fn draft<'a>(
    types: &Types<'a>,
    raw: &'a RawView,
    aggregates: &'a [AggregateDraft<'a>],
) -> ViewDraft<'a> {
    let report = types.report;
    let (of, of_known) = of(report, raw, aggregates);
    let mut fields = fields::read(&raw.fields, Owner::View, types);
    if fields.list.is_empty() && fields.complete {
        report
            .mistake(raw.named.name.span, format!("view `{}` has no fields", raw.named.name.value))
            .help("name its columns, as in `fields = \"booked_at:Timestamp\"`");
        fields.complete = false;
    }
    let mut view = ViewDraft { raw, of, of_known, fields, symbols: types.symbols, key: None };
    view.key = key::resolve(report, &view);
    states(report, &mut view);
    sensitive(report, &mut view);
    view
}

fn of<'a>(
    report: &Report,
    raw: &RawView,
    aggregates: &'a [AggregateDraft<'a>],
) -> (Vec<&'a AggregateDraft<'a>>, bool) {
    let Some(words) = raw.of.as_ref().filter(|words| !words.is_empty()) else {
        if !raw.of_broken {
            let at = raw.of.as_ref().map_or(raw.named.name.span, |words| words.span);
            report
                .mistake(at, format!("view `{}` does not say what it is a view of", raw.named.name.value))
                .help("name the aggregates whose events it folds, as in `of = [\"Shipment\"]`");
        }
        return (Vec::new(), false);
    };
    twice(report, &words.list);
    let found: Vec<_> = words.list.iter().filter_map(|word| aggregate(report, word, aggregates)).collect();
    let known = found.len() == words.list.len() && !words.broken;
    (found, known)
}

fn aggregate<'a>(
    report: &Report,
    word: &Word,
    aggregates: &'a [AggregateDraft<'a>],
) -> Option<&'a AggregateDraft<'a>> {
    let found = aggregates.iter().find(|aggregate| aggregate.name() == word.value);
    if found.is_none() {
        let help = if word.value.contains('.') {
            Some("a view folds the events of aggregates of its own context".to_owned())
        } else {
            did_you_mean(&word.value, aggregates.iter().map(AggregateDraft::name))
        };
        report.mistake(word.span, format!("there is no aggregate `{}`", word.value)).help(help);
    }
    found
}

/// A life-cycle state can only follow an aggregate that the view folds.
fn states(report: &Report, view: &mut ViewDraft<'_>) {
    for field in &mut view.fields.list {
        let Type::State(aggregate) = &field.field.ty else {
            continue;
        };
        if view.of_known && !view.of.iter().any(|of| of.name() == aggregate) {
            report
                .mistake(
                    field.type_at,
                    format!("`{}` is not a view of `{aggregate}`", view.raw.named.name.value),
                )
                .help(format!("add `{aggregate}` to `of`"));
            field.known = false;
        }
    }
}

/// Personal data stays personal in a view, and a secret does not come into one.
fn sensitive(report: &Report, view: &mut ViewDraft<'_>) {
    let of = view.of.clone();
    for field in &mut view.fields.list {
        let events = of.iter().flat_map(|aggregate| &aggregate.events);
        let carried: Vec<&FieldAt> = events.filter_map(|event| event.fields.get(field.name())).collect();
        field.field.personal |= carried.iter().any(|carried| carried.field.personal);
        if carried.iter().any(|carried| carried.field.secret) {
            report
                .mistake(field.name_at, format!("`{}` is a secret", field.name()))
                .help("a secret never leaves the write side; leave the field out of the view");
        }
    }
}
