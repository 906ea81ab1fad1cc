//! What a view is asked.

use crate::fields::{Attribute, FieldAt, spelled};
use crate::mistakes::Report;
use crate::model::{List, Paging, Query, QueryShape, Route, Type};
use crate::nearest::did_you_mean;
use crate::raw::RawQuery;
use crate::resolve::twice;
use crate::resolve::views::draft::ViewDraft;
use crate::source::{Span, Word};
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
        return QueryShape::List(list(report, view, raw));
    };
    for (key, span) in of_lists(raw) {
        report
            .mistake(span, format!("a query `by` something answers one row, so `{key}` has no place in it"))
            .help("leave it out, or leave `by` out for a list");
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

/// What has a place in lists alone, where it is said.
fn of_lists(raw: &RawQuery) -> impl Iterator<Item = (&'static str, Span)> {
    let words = [
        ("filter", &raw.filter),
        ("one_of", &raw.one_of),
        ("range", &raw.range),
        ("search", &raw.search),
        ("sort", &raw.sort),
        ("columns", &raw.columns),
    ];
    let words = words.into_iter().filter_map(|(key, words)| Some((key, words.as_ref()?.span)));
    let page = raw.page.as_ref().map(|page| ("page", page.span()));
    let flags = [("total", &raw.total), ("changes", &raw.changes)];
    let flags = flags.into_iter().filter_map(|(key, flag)| Some((key, flag.as_ref()?.1)));
    words.chain(page).chain(flags)
}

fn list(report: &Report, view: &ViewDraft<'_>, raw: &RawQuery) -> List {
    let compared = [&raw.filter, &raw.one_of, &raw.range].into_iter().flatten();
    twice(report, &compared.flat_map(|words| words.list.clone()).collect::<Vec<_>>());
    let columns = |words: &Option<Words>, wanted| columns(report, view, words.as_ref(), wanted);
    List {
        filter: columns(&raw.filter, Use::Filter),
        one_of: columns(&raw.one_of, Use::Filter),
        range: columns(&raw.range, Use::Range),
        search: columns(&raw.search, Use::Search),
        sort: columns(&raw.sort, Use::Sort),
        columns: columns(&raw.columns, Use::Told),
        paging: paging(report, raw),
        changes: raw.changes.is_some_and(|(changes, _)| changes),
    }
}

fn paging(report: &Report, raw: &RawQuery) -> Paging {
    let counted = raw.total.is_some_and(|(total, _)| total);
    let of_cursors = if counted { Paging::Counted } else { Paging::Cursor };
    let Some(page) = &raw.page else { return of_cursors };
    match (page.as_str(), raw.total) {
        ("cursor", _) => of_cursors,
        ("offset", Some((false, span))) => {
            report
                .mistake(span, "a page by number always says how many rows there are")
                .help("leave `total` out, or come from page to page by a cursor");
            Paging::Offset
        }
        ("offset", _) => Paging::Offset,
        (other, _) => {
            let words = ["cursor", "offset"];
            report
                .mistake(page.span(), format!("there are no pages by `{other}`"))
                .help(did_you_mean(other, words));
            of_cursors
        }
    }
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
const LIST_PARAMETERS: [&str; 5] = ["cursor", "limit", "offset", "search", "sort"];

/// What a column is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    By,
    Filter,
    Range,
    Search,
    Sort,
    Told,
}

fn columns(report: &Report, view: &ViewDraft<'_>, words: Option<&Words>, wanted: Use) -> Vec<String> {
    let Some(words) = words else {
        return Vec::new();
    };
    if !matches!(wanted, Use::Filter | Use::Range) {
        twice(report, &words.list);
    }
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
    if matches!(wanted, Use::Filter | Use::Range) && LIST_PARAMETERS.contains(&field.name()) {
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
            Use::Range => ("bounded", "only what is one value with an order can be bounded"),
            Use::Told => ("told", "leave it out"),
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
    if wanted == Use::Told {
        return true;
    }
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
