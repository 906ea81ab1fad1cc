//! Resolves what the file says into the model: every name looked up, every rule of the format checked.

mod aggregates;
mod given_route;
mod routes;
mod values;
mod views;

use crate::fields::Types;
use crate::mistakes::Report;
use crate::model::{Model, Tenancy};
use crate::nearest::did_you_mean;
use crate::raw::RawModel;
use crate::source::Word;
use crate::symbols::{self, Symbols};

/// Resolves a file; the model is only good if nothing was reported.
pub(crate) fn resolve(report: &Report, raw: &RawModel) -> Model {
    let mut symbols = Symbols::of(raw);
    symbols::check(report, raw);
    uses(report, raw);
    symbols.newtypes = values::newtypes(report, &symbols, &raw.values);
    let types = Types::new(report, &symbols);
    let enums = values::enums(report, &raw.enums);
    let values = values::resolve(&types, &raw.values);
    let mut drafts: Vec<_> =
        raw.aggregates.iter().map(|aggregate| aggregates::draft(&types, aggregate)).collect();
    let mut views: Vec<_> = raw.views.iter().map(|view| views::resolve(&types, view, &drafts)).collect();
    let mut aggregates: Vec<_> =
        drafts.iter_mut().map(|draft| aggregates::finish(&types, raw, draft)).collect();
    views::check_tables(report, raw);
    symbols::check_foreign(report, raw, &types.into_foreign());
    routes::resolve(report, raw, &mut aggregates, &mut views);
    Model {
        context: raw.context.value.clone(),
        description: raw.description.clone(),
        tenancy: tenancy(report, raw),
        uses: symbols.uses.clone(),
        enums,
        values,
        aggregates,
        views,
        warnings: crate::Mistakes::none(),
    }
}

fn tenancy(report: &Report, raw: &RawModel) -> Tenancy {
    match raw.tenancy.as_ref().map(|text| (text.as_str(), text.span())) {
        None | Some(("required", _)) => Tenancy::Required,
        Some(("none", _)) => Tenancy::None,
        Some((other, at)) => {
            report
                .mistake(at, format!("there is no tenancy `{other}`"))
                .help(did_you_mean(other, ["required", "none"]));
            Tenancy::Required
        }
    }
}

fn uses(report: &Report, raw: &RawModel) {
    twice(report, &raw.uses);
    if let Some(own) = raw.uses.iter().find(|used| used.value == raw.context.value) {
        report.mistake(own.span, "a context does not use itself").help("leave it out");
    }
}

/// Reports names that stand twice in a list.
fn twice(report: &Report, words: &[Word]) {
    for (at, word) in words.iter().enumerate() {
        if words.iter().take(at).any(|other| other.value == word.value) {
            report
                .mistake(word.span, format!("`{}` is named twice", word.value))
                .help("leave one of them out");
        }
    }
}
