//! Resolves views.

mod draft;
mod events;
mod key;
mod queries;
mod rows;
mod sync;

use crate::fields::Types;
use crate::mistakes::Report;
use crate::model::{View, ViewKey};
use crate::raw::{RawModel, RawView};
use crate::resolve::aggregates::AggregateDraft;
use crate::resolve::views::draft::ViewDraft;

/// Resolves a view over aggregates whose fields are known.
pub(super) fn resolve<'a>(types: &Types<'a>, raw: &'a RawView, aggregates: &'a [AggregateDraft<'a>]) -> View {
    let report = types.report;
    let view = draft::draft(types, raw, aggregates);
    let deletes = events::deletes(report, &view);
    let on = events::on(report, &view, &deletes);
    rows::check(report, &view, &on);
    queries::check_indexes(report, &view);
    let (sync, priority, timeout_ms) = sync::resolve(report, &view, &on);
    View {
        name: view.name().to_owned(),
        description: raw.named.description.clone(),
        was: raw.named.was_name(),
        of: view.of.iter().map(|aggregate| aggregate.name().to_owned()).collect(),
        key: view.key.clone().unwrap_or(ViewKey::Stream),
        sync,
        priority,
        timeout_ms,
        deletes,
        on,
        queries: queries::resolve(report, &view),
        fields: view.fields.into_fields(),
    }
}

/// Reports views whose rows would lie in the same table.
pub(super) fn check_tables(report: &Report, raw: &RawModel) {
    for (at, view) in raw.views.iter().enumerate() {
        let name = &view.named.name;
        let table = crate::plural_snake(&name.value);
        let other =
            raw.views.iter().take(at).find(|other| crate::plural_snake(&other.named.name.value) == table);
        if let Some(other) = other.filter(|other| other.named.name.value != name.value) {
            report
                .mistake(
                    name.span,
                    format!(
                        "the rows of `{}` would lie in the table `{table}` of `{}`",
                        name.value, other.named.name.value
                    ),
                )
                .help("choose another name");
        }
    }
}

impl ViewDraft<'_> {
    fn name(&self) -> &str {
        &self.raw.named.name.value
    }
}
