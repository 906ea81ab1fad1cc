//! The statements over the tables of views that are run for every event, built from their schemas.

use std::{cell::RefCell, collections::HashMap, ptr, rc::Rc};

use freehold_domain::Schema;

/// The statements over one table that are run for every event.
pub(crate) struct Table {
    /// One row, by tenant and key.
    pub(crate) row: String,
    /// Inserts a row or replaces it: tenant, cells, version, position.
    pub(crate) upsert: String,
    /// Deletes a row, by tenant and key.
    pub(crate) delete: String,
}

/// The statements of the tables that were in use, each built once.
#[derive(Default)]
pub(crate) struct Tables {
    built: RefCell<HashMap<*const Schema, Rc<Table>>>,
}

impl Tables {
    /// Schemas are static: each is known by where it lies.
    pub(crate) fn of(&self, schema: &'static Schema) -> Rc<Table> {
        let mut built = self.built.borrow_mut();
        Rc::clone(built.entry(ptr::from_ref(schema)).or_insert_with(|| Rc::new(Table::new(schema))))
    }
}

impl Table {
    fn new(schema: &Schema) -> Self {
        let (table, columns) = (table(schema), row_columns(schema));
        let keys = || schema.key.iter().map(|&key| name(schema, key));
        let by_key = format!("\"tenant_id\" = ?{}", each(keys(), |key| format!(" AND {key} = ?")));
        let rest = (0..schema.columns.len()).filter(|column| !schema.key.contains(column));
        let rest =
            rest.map(|column| name(schema, column)).chain(["\"version\"".into(), "\"position\"".into()]);
        Self {
            row: format!("SELECT {columns} FROM {table} WHERE {by_key}"),
            upsert: format!(
                "INSERT INTO {table} (\"tenant_id\", {columns}) VALUES (?{}) \
                 ON CONFLICT (\"tenant_id\"{}) DO UPDATE SET {}",
                ", ?".repeat(schema.columns.len() + 2),
                each(keys(), |key| format!(", {key}")),
                list(rest.map(|column| format!("{column} = excluded.{column}"))),
            ),
            delete: format!("DELETE FROM {table} WHERE {by_key}"),
        }
    }
}

/// Every column of the view, then version and position.
fn row_columns(schema: &Schema) -> String {
    let columns = (0..schema.columns.len()).map(|column| name(schema, column));
    list(columns.chain(["\"version\"".into(), "\"position\"".into()]))
}

pub(crate) fn table(schema: &Schema) -> String {
    quoted(schema.table)
}

pub(crate) fn name(schema: &Schema, column: usize) -> String {
    quoted(schema.columns[column].name)
}

pub(crate) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

pub(crate) fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn each(names: impl Iterator<Item = String>, part: impl Fn(String) -> String) -> String {
    names.map(part).collect::<Vec<_>>().concat()
}
