//! The tables of a context's read models.

use freehold_model::{Field, Query, QueryShape, Type, ValueShape, View, ViewKey};
use serde::Serialize;

use super::{Source, views::key_fields};
use crate::{names, plan::File, templates};

#[derive(Serialize)]
struct MigrationData {
    context: String,
    tables: Vec<TableData>,
}

#[derive(Serialize)]
struct TableData {
    doc: String,
    name: String,
    columns: Vec<ColumnData>,
    key: Vec<String>,
    indexes: Vec<IndexData>,
}

#[derive(Serialize)]
struct ColumnData {
    name: String,
    definition: &'static str,
    nullable: bool,
}

#[derive(Serialize)]
struct IndexData {
    name: String,
    columns: Vec<String>,
}

impl Source<'_> {
    pub(super) fn migration(&self) -> File {
        let tables = self.model.views.iter().map(|view| self.table(view)).collect();
        let data = MigrationData { context: self.model.context.clone(), tables };
        let path = format!("migrations/sqlite/0001_{}.sql", self.model.context);
        File { path: path.into(), text: templates::render("migration", data) }
    }

    fn table(&self, view: &View) -> TableData {
        let name = table(view);
        let mut columns = Vec::new();
        if view.key == ViewKey::Stream {
            columns.push(ColumnData { name: "id".into(), definition: "TEXT", nullable: false });
        }
        columns.extend(view.fields.iter().map(|field| ColumnData {
            name: field.name.clone(),
            definition: self.column(field),
            nullable: field.optional,
        }));
        let key = if view.key == ViewKey::Stream { vec!["id".to_owned()] } else { key_fields(view) };
        let indexes = indexed(view).into_iter().map(|columns| IndexData {
            name: format!("{name}_by_{}", columns.join("_and_")),
            columns: ["tenant_id".to_owned()]
                .into_iter()
                .chain(columns.iter().cloned())
                .chain(key.iter().filter(|key| !columns.contains(key)).cloned())
                .collect(),
        });
        TableData {
            doc: Self::describe(&view.description, || format!("{}.", names::sentence(&view.name))),
            indexes: indexes.collect(),
            name,
            columns,
            key,
        }
    }

    /// The type of a column in a STRICT table. Decimals are text that is compared as numbers.
    fn column(&self, field: &Field) -> &'static str {
        if field.list { "TEXT" } else { self.column_type(&field.ty) }
    }

    fn column_type(&self, ty: &Type) -> &'static str {
        match ty {
            Type::Bool | Type::Int(_) | Type::Duration => "INTEGER",
            Type::Decimal(_) => "TEXT COLLATE decimal",
            Type::Value(name) => {
                let value = self.model.values.iter().find(|value| value.name == *name);
                match value.map(|value| &value.shape) {
                    Some(ValueShape::Newtype { inner, .. }) => self.column_type(inner),
                    _ => "TEXT",
                }
            }
            _ => "TEXT",
        }
    }
}

/// The table of a view.
pub(super) fn table(view: &View) -> String {
    freehold_model::plural_snake(view.was.as_ref().unwrap_or(&view.name))
}

/// The columns that a view is looked up by, each list worth an index.
fn indexed(view: &View) -> Vec<Vec<String>> {
    let marked = view.fields.iter().filter(|field| field.index).map(|field| vec![field.name.clone()]);
    let asked = view.queries.iter().flat_map(asked);
    let mut indexes: Vec<Vec<String>> = Vec::new();
    for columns in marked.chain(asked) {
        if !indexes.contains(&columns) && columns != key_fields(view) {
            indexes.push(columns);
        }
    }
    indexes
}

fn asked(query: &Query) -> Vec<Vec<String>> {
    match &query.shape {
        QueryShape::ByKey => Vec::new(),
        QueryShape::ByFields(fields) => vec![fields.clone()],
        QueryShape::List { filter, sort, .. } => {
            filter.iter().chain(sort).map(|column| vec![column.clone()]).collect()
        }
    }
}
