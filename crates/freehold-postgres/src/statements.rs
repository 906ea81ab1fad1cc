//! The statements over the tables of views that are run for batches of events, built from their schemas.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use freehold_domain::{CellKind, Schema};

use crate::cells::type_of;

/// The statements over one table that are run for batches of events.
pub(crate) struct Table {
    /// Rows by lists of tenants and keys, each with its place in the lists, from 1, behind its columns.
    pub(crate) rows: String,
    /// Inserts rows or replaces them: lists of tenants, of each column, of versions and of positions.
    pub(crate) upsert: String,
    /// Deletes rows by lists of tenants and keys.
    pub(crate) delete: String,
}

impl Table {
    /// Those of a view, put together once.
    pub(crate) fn of(schema: &'static Schema) -> Arc<Self> {
        static KNOWN: LazyLock<RwLock<HashMap<usize, Arc<Table>>>> = LazyLock::new(RwLock::default);
        // A schema is where it is for good.
        let place = std::ptr::from_ref(schema).addr();
        if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&place) {
            return Arc::clone(known);
        }
        let new = Arc::new(Self::new(schema));
        KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(place, Arc::clone(&new));
        new
    }

    fn new(schema: &Schema) -> Self {
        let (table, keys) = (quoted(schema.table), || schema.key.iter().map(|&key| name(schema, key)));
        let lists = list(
            schema
                .key
                .iter()
                .enumerate()
                .map(|(place, &key)| format!("${}::{}[]", place + 2, type_of(schema.columns[key].kind))),
        );
        let by_key = format!(
            "row.\"tenant_id\" = id.\"tenant_id\"{}",
            each(keys(), |key| format!(" AND row.{key} = id.{key}"))
        );
        let ids = format!("unnest($1::text[], {lists})");
        let names = format!("\"tenant_id\"{}", each(keys(), |key| format!(", {key}")));
        let columns = each(row_columns(schema), |column| format!("row.{column}, "));
        Self {
            // Not a join, which would be turned round where it is planned while the table is empty.
            rows: format!(
                "SELECT {columns}id.place FROM {ids} WITH ORDINALITY AS id ({names}, place) \
                 CROSS JOIN LATERAL (SELECT * FROM {table} AS row WHERE {by_key} LIMIT 1) AS row"
            ),
            delete: format!("DELETE FROM {table} AS row USING {ids} AS id ({names}) WHERE {by_key}"),
            upsert: upsert(schema, &names),
        }
    }
}

fn upsert(schema: &Schema, key: &str) -> String {
    let kinds = schema.columns.iter().map(|column| column.kind).chain([CellKind::Int, CellKind::Int]);
    let lists = list(kinds.enumerate().map(|(place, kind)| format!("${}::{}[]", place + 2, type_of(kind))));
    let rest = row_columns(schema).enumerate().filter(|(column, _)| !schema.key.contains(column));
    let rest = list(rest.map(|(_, column)| format!("{column} = excluded.{column}")));
    format!(
        "INSERT INTO {} (\"tenant_id\"{}) SELECT * FROM unnest($1::text[], {lists}) \
         ON CONFLICT ({key}) DO UPDATE SET {rest}",
        quoted(schema.table),
        each(row_columns(schema), |column| format!(", {column}")),
    )
}

/// Every column of the view, then version and position.
fn row_columns(schema: &Schema) -> impl Iterator<Item = String> {
    let columns = (0..schema.columns.len()).map(|column| name(schema, column));
    columns.chain(["\"version\"".to_owned(), "\"position\"".to_owned()])
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
