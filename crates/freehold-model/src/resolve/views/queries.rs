//! What a view is asked.

use crate::fields::{Attribute, FieldAt, spelled};
use crate::mistakes::Report;
use crate::model::{Query, QueryShape, Route, Type};
use crate::nearest::did_you_mean;
use crate::raw::RawQuery;
use crate::resolve::twice;
use crate::resolve::views::draft::ViewDraft;
use crate::source::Word;
use crate::table::Words;

pub(super) fn resolve(report: &Report, view: &ViewDraft<'_>) -> Vec<Query> {
    view.raw.queries.iter().map(|raw| query(report, view, raw)).collect()
}

fn query(report: &Report, view: &ViewDraft<'_>, raw: &RawQuery) -> Query {
    let name = &raw.named.name;
    if !raw.roles.said {
        report
            .warning(name.span, format!("nobody may ask `{}`", name.value))
            .help("say who may, as in `roles = [\"viewer\"]`; `roles = []` says that nobody is meant to");
    }
    Query {
        name: name.value.clone(),
        description: raw.named.description.clone(),
        was: raw.named.was_name(),
        shape: shape(report, view, raw),
        roles: raw.roles.list.clone(),
        route: Route { method: String::new(), path: String::new() },
    }
}

fn shape(report: &Report, view: &ViewDraft<'_>, raw: &RawQuery) -> QueryShape {
    let Some(by) = &raw.by else {
        return QueryShape::List {
            filter: columns(report, view, raw.filter.as_ref(), Use::Filter),
            search: columns(report, view, raw.search.as_ref(), Use::Search),
            sort: columns(report, view, raw.sort.as_ref(), Use::Sort),
        };
    };
    for (key, words) in [("filter", &raw.filter), ("search", &raw.search), ("sort", &raw.sort)] {
        if let Some(words) = words {
            report
                .mistake(
                    words.span,
                    format!("a query `by` something answers one row, so `{key}` has no place in it"),
                )
                .help("leave it out, or leave `by` out for a list");
        }
    }
    if by.is_empty() {
        report
            .mistake(by.span, "`by` names no field")
            .help("write `by = \"key\"`, or name the fields to look up by");
    }
    if let [only] = by.list.as_slice()
        && only.value == "key"
    {
        return QueryShape::ByKey;
    }
    QueryShape::ByFields(columns(report, view, Some(by), Use::By))
}

/// Reports fields that a database cannot have in an order, and that are to be indexed all the same.
pub(super) fn check_indexes(report: &Report, view: &ViewDraft<'_>) {
    for field in view.fields.list.iter().filter(|field| field.known) {
        let Some(at) = field.attribute_at(Attribute::Index) else { continue };
        if !fits(view, field, Use::Sort) {
            report
                .mistake(at, format!("`{}` is {} and cannot be indexed", field.name(), spelled(&field.field)))
                .help("only what is one value with an order can be indexed");
        }
    }
}

/// What a list takes beside its filters.
const LIST_PARAMETERS: [&str; 4] = ["cursor", "limit", "search", "sort"];

/// What a column is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    By,
    Filter,
    Search,
    Sort,
}

fn columns(report: &Report, view: &ViewDraft<'_>, words: Option<&Words>, wanted: Use) -> Vec<String> {
    let Some(words) = words else {
        return Vec::new();
    };
    twice(report, &words.list);
    let names = words.list.iter().filter(|word| is_column(report, view, word, wanted));
    names.map(|word| word.value.clone()).collect()
}

fn is_column(report: &Report, view: &ViewDraft<'_>, word: &Word, wanted: Use) -> bool {
    let Some(field) = view.fields.get(&word.value) else {
        if view.fields.complete {
            unknown(report, view, word, wanted);
        }
        return false;
    };
    if wanted == Use::Filter && LIST_PARAMETERS.contains(&field.name()) {
        report
            .mistake(
                word.span,
                format!("a list cannot be filtered by `{}`: every list takes that itself", word.value),
            )
            .help("call the column otherwise");
        return false;
    }
    let fits = !field.known || fits(view, field, wanted);
    if !fits {
        let (verb, help) = match wanted {
            Use::By => ("looked up by", "only what is one value can be looked up by"),
            Use::Filter => ("filtered by", "only what is one value can be filtered by"),
            Use::Search => ("searched", "only columns of text can be searched; use `filter` for the others"),
            Use::Sort => ("sorted by", "only what is one value with an order can be sorted by"),
        };
        report
            .mistake(word.span, format!("`{}` is {} and cannot be {verb}", word.value, spelled(&field.field)))
            .help(help);
    }
    fits
}

fn unknown(report: &Report, view: &ViewDraft<'_>, word: &Word, wanted: Use) {
    let help = if wanted == Use::By && word.value == "id" {
        Some("write `by = \"key\"`".to_owned())
    } else {
        did_you_mean(&word.value, view.fields.names())
    };
    report.mistake(word.span, format!("view `{}` has no field `{}`", view.name(), word.value)).help(help);
}

fn fits(view: &ViewDraft<'_>, field: &FieldAt, wanted: Use) -> bool {
    if field.field.list {
        return false;
    }
    let inside = view.symbols.inside(&field.field.ty);
    match inside {
        Type::Json | Type::Money => false,
        Type::Value(name) => !view.symbols.is_composite(name),
        Type::Text(_) | Type::Email | Type::Phone | Type::Url => true,
        _ => wanted != Use::Search,
    }
}
