//! The queries of a context.

use std::fmt::Write;

use freehold_model::{Field, List, Paging, Query, QueryShape, View, ViewKey};
use serde::Serialize;

use super::{Source, fields::FieldData, views::key_fields};
use crate::{names, plan::File};

#[derive(Serialize)]
struct QueriesData {
    queries: Vec<QueryData>,
}

#[derive(Serialize)]
struct QueryData {
    doc: String,
    name: String,
    stable_name: Option<String>,
    view: String,
    roles: Vec<String>,
    /// What it is answered with: `page = ShipmentSummary`.
    answer: String,
    changes: bool,
    item: Option<ItemData>,
    redacted: bool,
    fields: Vec<QueryField>,
    select: String,
}

/// What a list tells of a row.
#[derive(Serialize)]
struct ItemData {
    name: String,
    redacted: bool,
    fields: Vec<FieldData>,
}

#[derive(Serialize)]
struct QueryField {
    name: String,
    ty: String,
    doc: Option<String>,
    mark: Option<&'static str>,
    /// The words that it may be, where only some are understood.
    words: Vec<String>,
}

impl Source<'_> {
    pub(super) fn queries(&self) -> File {
        let queries =
            self.model.views.iter().flat_map(|view| view.queries.iter().map(move |query| (view, query)));
        let queries = queries.map(|(view, query)| self.query(view, query)).collect();
        self.file("src/application/queries.rs", "queries", QueriesData { queries })
    }

    fn query(&self, view: &View, query: &Query) -> QueryData {
        let (fields, select) = match &query.shape {
            QueryShape::ByKey => self.by_key(view),
            QueryShape::ByFields(fields) => self.by_fields(view, fields),
            QueryShape::List(list) => self.list(view, list),
        };
        let item = self.item(view, query);
        QueryData {
            doc: Self::describe(&query.description, || otherwise(query, view)),
            name: query.name.clone(),
            stable_name: None,
            view: view.name.clone(),
            roles: query.roles.clone(),
            answer: answer(query, item.as_ref().map_or(&view.name, |item| &item.name)),
            changes: matches!(&query.shape, QueryShape::List(list) if list.changes),
            item,
            redacted: fields.iter().any(|field| field.mark.is_some()),
            fields,
            select,
        }
    }

    fn by_key(&self, view: &View) -> (Vec<QueryField>, String) {
        if view.key == ViewKey::Stream {
            let id = QueryField::new("id", self.types.id(None, &view.of[0]));
            return (vec![id], "Select::by_key(self.id)".into());
        }
        let key = key_fields(view);
        let fields = columns(view, &key).map(|field| self.query_field(field, false)).collect();
        let values: Vec<_> = key.iter().map(|name| format!("self.{name}")).collect();
        let key = if let [single] = values.as_slice() {
            single.clone()
        } else {
            format!("({})", values.join(", "))
        };
        (fields, format!("Select::by_key({key})"))
    }

    fn by_fields(&self, view: &View, names: &[String]) -> (Vec<QueryField>, String) {
        let fields = columns(view, names).map(|field| self.query_field(field, false)).collect();
        let filters = names.iter().map(|name| {
            format!(".filter({}::{}, Some(self.{name}))", view.name, crate::names::constant(name))
        });
        (fields, format!("Select::all(){}", filters.collect::<String>()))
    }

    fn list(&self, view: &View, list: &List) -> (Vec<QueryField>, String) {
        let List { filter, one_of, range, search, sort, paging, .. } = list;
        let (mut fields, mut select) = (Vec::new(), String::from("Select::all()"));
        for (how, named) in [("filter", filter), ("one_of", one_of), ("range", range)] {
            fields.extend(columns(view, named).map(|field| self.compared_field(field, how)));
            for name in named {
                // Writing to a string cannot fail.
                let _ = write!(select, ".{how}({}::{}, self.{name})", view.name, names::constant(name));
            }
        }
        if !search.is_empty() {
            let doc = format!("Part of {}, in capital or small letters.", among(search));
            let mark = columns(view, search).any(|field| field.personal).then_some("personal");
            fields.push(QueryField { doc: Some(doc), mark, ..QueryField::new("search", "Option<String>") });
            let _ = write!(select, ".search(&{search:?}, self.search)");
        }
        if !sort.is_empty() {
            let words = sort.iter().flat_map(|column| [column.clone(), format!("-{column}")]).collect();
            let doc = "The column to sort by, with `-` before it for descending.".to_owned();
            fields.push(QueryField { doc: Some(doc), words, ..QueryField::new("sort", "Option<Sort>") });
            let _ = write!(select, ".sort(&{sort:?}, self.sort)");
        }
        let limit = QueryField::new("limit", "Option<u32>")
            .with("How many rows at most, from 1 to 200; 50 unless said.");
        let (further, page) = match paging {
            Paging::Cursor | Paging::Counted => {
                let cursor =
                    QueryField::new("cursor", "Option<Cursor>").with("The `next` of the page before.");
                (cursor, ".page(self.limit, self.cursor)")
            }
            Paging::Offset => {
                let offset = QueryField::new("offset", "Option<u32>")
                    .with("How many rows lie before the page, 10,000 at most.");
                (offset, ".offset_page(self.limit, self.offset)")
            }
        };
        fields.extend([limit, further]);
        (fields, select + page)
    }

    /// What a list tells of a row, if that is not all of it: the key, and the columns that are named.
    fn item(&self, view: &View, query: &Query) -> Option<ItemData> {
        let (name, names) = (item_name(query)?, told(view, query)?);
        let mut fields: Vec<_> = columns(view, &names)
            .map(|field| FieldData { bounds: Vec::new(), default: None, ..self.field(field, &view.name) })
            .collect();
        if view.key == ViewKey::Stream {
            fields.insert(0, FieldData::plain("id", self.types.id(None, &view.of[0])));
        }
        let redacted = fields.iter().any(|field| field.mark.is_some());
        Some(ItemData { name, redacted, fields })
    }

    fn compared_field(&self, field: &Field, how: &str) -> QueryField {
        let base = self.types.base(&field.ty);
        let (ty, doc) = match how {
            "one_of" => (format!("Vec<{base}>"), Some("Only those with one of these.".to_owned())),
            "range" => (format!("Range<{base}>"), Some("Only those within these bounds.".to_owned())),
            _ => (base, None),
        };
        QueryField { ty: format!("Option<{ty}>"), doc, ..self.query_field(field, true) }
    }

    fn query_field(&self, field: &Field, optional: bool) -> QueryField {
        let base = self.types.base(&field.ty);
        let ty = if optional { format!("Option<{base}>") } else { base };
        QueryField { mark: field.personal.then_some("personal"), ..QueryField::new(&field.name, ty) }
    }
}

impl QueryField {
    fn new(name: &str, ty: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ty: ty.into(), doc: None, mark: None, words: Vec::new() }
    }

    fn with(self, doc: &str) -> Self {
        Self { doc: Some(doc.to_owned()), ..self }
    }
}

/// The fields of a view that a list tells, in their order, if those are not all.
pub(super) fn told(view: &View, query: &Query) -> Option<Vec<String>> {
    let QueryShape::List(list) = &query.shape else { return None };
    let is_told = |name: &String| list.columns.contains(name) || key_fields(view).contains(name);
    let names = view.fields.iter().map(|field| field.name.clone()).filter(is_told);
    (!list.columns.is_empty()).then(|| names.collect())
}

/// What the items of a list are called, if it does not tell whole rows.
pub(crate) fn item_name(query: &Query) -> Option<String> {
    let QueryShape::List(list) = &query.shape else { return None };
    (!list.columns.is_empty()).then(|| format!("{}Item", query.name))
}

/// What a query is answered with, of rows that are told so.
fn answer(query: &Query, row: &str) -> String {
    let shape = match &query.shape {
        QueryShape::ByKey | QueryShape::ByFields(_) => "one",
        QueryShape::List(list) => match list.paging {
            Paging::Cursor => "page",
            Paging::Counted => "counted_page",
            Paging::Offset => "offset_page",
        },
    };
    format!("{shape} = {row}")
}

fn columns<'v>(view: &'v View, names: &'v [String]) -> impl Iterator<Item = &'v Field> {
    names.iter().filter_map(|name| view.fields.iter().find(|field| field.name == *name))
}

/// `the subject, the agent or the label`
fn among(columns: &[String]) -> String {
    let words: Vec<_> = columns.iter().map(|column| format!("the {}", names::words(column))).collect();
    listed(&words, "or")
}

/// `a, b and c`
fn listed(words: &[String], last: &str) -> String {
    match words {
        [before @ .., word] if !before.is_empty() => format!("{} {last} {word}", before.join(", ")),
        words => words.concat(),
    }
}

/// What can be said of a query that the model does not describe.
fn otherwise(query: &Query, view: &View) -> String {
    let subject = names::words(&view.of[0]);
    match &query.shape {
        QueryShape::ByKey if view.key == ViewKey::Stream => format!("The {subject} with this id."),
        QueryShape::ByKey => format!("The {} with this key.", names::words(&view.name)),
        QueryShape::ByFields(fields) => {
            let words: Vec<_> = fields.iter().map(|field| names::words(field)).collect();
            format!("The {subject} with this {}.", listed(&words, "and"))
        }
        QueryShape::List(_) => format!("{}, a page at a time.", names::sentence(&query.name)),
    }
}
