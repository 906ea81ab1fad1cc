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

#[derive(Clone, Serialize)]
struct ColumnData {
    name: String,
    #[serde(flatten)]
    types: ColumnTypes,
    nullable: bool,
}

/// What a column is in each database.
#[derive(Clone, Copy, Serialize)]
struct ColumnTypes {
    sqlite: &'static str,
    postgres: &'static str,
}

#[derive(Serialize)]
struct IndexData {
    name: String,
    columns: Vec<ColumnData>,
}

impl Source<'_> {
    /// The first step of its tables in each database.
    pub(super) fn migrations(&self) -> Vec<File> {
        let context = &self.model.context;
        let tables = self.model.views.iter().map(|view| self.table(view)).collect();
        let data = MigrationData { context: context.clone(), tables };
        let file = |database: &str| File {
            path: format!("migrations/{database}/0001_{context}.sql").into(),
            text: templates::render(&format!("migration_{database}"), &data),
        };
        vec![file("postgres"), file("sqlite")]
    }

    fn table(&self, view: &View) -> TableData {
        let name = table(view);
        let mut columns = Vec::new();
        if view.key == ViewKey::Stream {
            columns.push(ColumnData { name: "id".into(), types: UUID, nullable: false });
        }
        columns.extend(view.fields.iter().map(|field| ColumnData {
            name: field.name.clone(),
            types: self.column(field),
            nullable: field.optional,
        }));
        let key = if view.key == ViewKey::Stream { vec!["id".to_owned()] } else { key_fields(view) };
        let indexes = indexed(view).into_iter().map(|named| index(&name, &named, &key, &columns)).collect();
        TableData {
            doc: Self::describe(&view.description, || format!("{}.", names::sentence(&view.name))),
            indexes,
            name,
            columns,
            key,
        }
    }

    fn column(&self, field: &Field) -> ColumnTypes {
        if field.list { JSON } else { self.column_types(&field.ty) }
    }

    /// The types of the cells that a type becomes.
    fn column_types(&self, ty: &Type) -> ColumnTypes {
        match ty {
            Type::Bool => ColumnTypes { sqlite: "INTEGER", postgres: "boolean" },
            Type::Int(_) => ColumnTypes { sqlite: "INTEGER", postgres: "bigint" },
            Type::Duration => ColumnTypes { sqlite: "INTEGER", postgres: "interval" },
            // Decimals are text that is compared as numbers.
            Type::Decimal(_) => ColumnTypes { sqlite: "TEXT COLLATE decimal", postgres: "numeric" },
            Type::Date => ColumnTypes { sqlite: "TEXT", postgres: "date" },
            Type::Timestamp => ColumnTypes { sqlite: "TEXT", postgres: "timestamptz" },
            Type::Uuid | Type::Id { .. } => UUID,
            Type::Json | Type::Money => JSON,
            Type::Value(name) => {
                let value = self.model.values.iter().find(|value| value.name == *name);
                match value.map(|value| &value.shape) {
                    Some(ValueShape::Newtype { inner, .. }) => self.column_types(inner),
                    _ => JSON,
                }
            }
            Type::Text(_)
            | Type::Currency
            | Type::Email
            | Type::Phone
            | Type::Url
            | Type::Country
            | Type::Enum(_)
            | Type::State(_) => ColumnTypes { sqlite: "TEXT", postgres: "text COLLATE \"C\"" },
        }
    }
}

const UUID: ColumnTypes = ColumnTypes { sqlite: "TEXT", postgres: "uuid" };
const JSON: ColumnTypes = ColumnTypes { sqlite: "TEXT", postgres: "json" };

/// An index over these columns, and behind them the key, which makes the order of rows whole.
fn index(table: &str, named: &[String], key: &[String], columns: &[ColumnData]) -> IndexData {
    let rest = key.iter().filter(|key| !named.contains(key));
    let column = |name: &String| columns.iter().find(|column| column.name == *name).cloned();
    IndexData {
        name: shortened(format!("{table}_by_{}", named.join("_and_"))),
        columns: named.iter().chain(rest).filter_map(column).collect(),
    }
}

/// A name of which PostgreSQL keeps all: it cuts names after 63 bytes, and those of two indexes could become the same.
fn shortened(name: String) -> String {
    const KEPT: usize = 63;
    if name.len() <= KEPT {
        return name;
    }
    // FNV-1a, which is the same everywhere and for ever.
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let begin: String = name.chars().take(KEPT - 9).collect();
    format!("{begin}_{hash:08x}")
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
        QueryShape::List(list) => {
            let columns = [&list.filter, &list.one_of, &list.range, &list.sort];
            columns.into_iter().flatten().map(|column| vec![column.clone()]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_long_name_of_an_index_is_cut_to_what_a_database_keeps_and_stays_its_own() {
        let long = |end: &str| format!("{}_by_{end}", "shipment_summaries".repeat(4));
        let names = [shortened(long("carrier")), shortened(long("status"))];
        assert!(names.iter().all(|name| name.len() == 63));
        assert_ne!(names[0], names[1]);
        assert_eq!(shortened("loans_by_due".into()), "loans_by_due");
    }
}
