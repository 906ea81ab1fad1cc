//! The queries of a context.

use std::fmt::Write;

use freehold_model::{Field, Query, QueryShape, View, ViewKey};
use serde::Serialize;

use super::{Source, views::key_fields};
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
    page: bool,
    redacted: bool,
    fields: Vec<QueryField>,
    select: String,
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
            QueryShape::List { filter, search, sort } => self.list(view, filter, search, sort),
        };
        QueryData {
            doc: Self::describe(&query.description, || otherwise(query, view)),
            name: query.name.clone(),
            stable_name: None,
            view: view.name.clone(),
            roles: query.roles.clone(),
            page: matches!(query.shape, QueryShape::List { .. }),
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

    fn list(
        &self,
        view: &View,
        filter: &[String],
        search: &[String],
        sort: &[String],
    ) -> (Vec<QueryField>, String) {
        let mut fields: Vec<_> = columns(view, filter).map(|field| self.query_field(field, true)).collect();
        let mut select = String::from("Select::all()");
        for name in filter {
            // Writing to a string cannot fail.
            let _ = write!(select, ".filter({}::{}, self.{name})", view.name, names::constant(name));
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
        let cursor = QueryField::new("cursor", "Option<Cursor>").with("The `next` of the page before.");
        fields.extend([limit, cursor]);
        (fields, select + ".page(self.limit, self.cursor)")
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
        QueryShape::List { .. } => format!("{}, a page at a time.", names::sentence(&query.name)),
    }
}
