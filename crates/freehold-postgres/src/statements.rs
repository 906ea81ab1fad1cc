//! The statements over the tables of views, built from their schemas.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use freehold_domain::{Cell, CellKind, Schema, Search, Selection, TenantId};
use tokio_postgres::types::ToSql;

use crate::{
    cells::{Value, storable, type_of},
    fault::Fault,
};

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

/// A statement with what belongs in its places.
pub(crate) struct Select<'s> {
    pub(crate) sql: String,
    params: Vec<Param<'s>>,
}

enum Param<'s> {
    Text(Cow<'s, str>),
    Cell(Value<'s>),
    Int(i64),
}

impl Select<'_> {
    pub(crate) fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.params.iter().map(Param::as_sql).collect()
    }
}

impl Param<'_> {
    fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Text(text) => text,
            Self::Cell(value) => value,
            Self::Int(number) => number,
        }
    }
}

/// The rows of a tenant that are asked for, in order.
pub(crate) fn select<'s>(tenant: &'s TenantId, selection: &'s Selection) -> Result<Select<'s>, Fault> {
    let schema = selection.schema;
    let mut conditions = Conditions { schema, all: Vec::new(), params: Vec::new() };
    let tenant = conditions.place(Param::Text(tenant.as_str().into()));
    conditions.all.push(format!("\"tenant_id\" = {tenant}"));
    for comparison in &selection.comparisons {
        conditions.equal(comparison.column, &comparison.equals)?;
    }
    if let Some(search) = &selection.search {
        conditions.contains(search);
    }
    if let Some(after) = &selection.after {
        conditions.beyond(selection, after)?;
    }
    let limit = conditions.place(Param::Int(selection.limit.into()));
    // Absent is the least, as the port has it; PostgreSQL's own order has it last.
    let direction = if selection.order.descending { " DESC NULLS LAST" } else { " ASC NULLS FIRST" };
    let direction = |column: usize| match schema.columns[column].nullable {
        true => direction,
        false if selection.order.descending => " DESC",
        false => "",
    };
    let order =
        selection.order_columns().into_iter().map(|column| comparable(schema, column) + direction(column));
    let sql = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {limit}",
        list(row_columns(schema)),
        quoted(schema.table),
        conditions.all.join(" AND "),
        list(order),
    );
    Ok(Select { sql, params: conditions.params })
}

struct Conditions<'s> {
    schema: &'static Schema,
    all: Vec<String>,
    params: Vec<Param<'s>>,
}

impl<'s> Conditions<'s> {
    /// The place of one more parameter.
    fn place(&mut self, param: Param<'s>) -> String {
        self.params.push(param);
        format!("${}", self.params.len())
    }

    /// The place of a cell of a column.
    fn cell(&mut self, column: usize, cell: &'s Cell) -> Result<String, Fault> {
        let place = self.place(Param::Cell(Value::new(self.schema, column, cell)?));
        let ty = match self.schema.columns[column].kind {
            CellKind::Json => "text",
            kind => type_of(kind),
        };
        Ok(format!("{place}::{ty}"))
    }

    /// Nothing equals what is absent, as `=` has it too.
    fn equal(&mut self, column: usize, cell: &'s Cell) -> Result<(), Fault> {
        if *cell == Cell::Null {
            self.all.push("FALSE".to_owned());
            return Ok(());
        }
        let value = self.cell(column, cell)?;
        self.all.push(format!("{} = {value}", comparable(self.schema, column)));
        Ok(())
    }

    /// `strpos` where others use `LIKE`: there is nothing to escape in it.
    fn contains(&mut self, search: &'s Search) {
        let text = self.place(Param::Text(storable(&search.text)));
        let one = |&column: &usize| {
            format!("strpos(lower({}), lower({text}::text COLLATE \"C\")) > 0", name(self.schema, column))
        };
        let any: Vec<_> = search.columns.iter().map(one).chain(["FALSE".to_owned()]).collect();
        self.all.push(format!("({})", any.join(" OR ")));
    }

    /// After a place in the order. Where nothing can be absent this is a comparison of row values, which an index
    /// can answer.
    fn beyond(&mut self, selection: &Selection, place: &'s [Cell]) -> Result<(), Fault> {
        let columns = selection.order_columns();
        let descending = selection.order.descending;
        let condition = if self.schema.columns[columns[0]].nullable {
            self.nullable_first(&columns, place, descending)?
        } else {
            self.row_value(&columns, place, descending)?
        };
        self.all.push(format!("({condition})"));
        Ok(())
    }

    /// Absent comes first, or last when descending. Only the column that was asked for can be absent, not the key.
    fn nullable_first(
        &mut self,
        columns: &[usize],
        place: &'s [Cell],
        descending: bool,
    ) -> Result<String, Fault> {
        let column = comparable(self.schema, columns[0]);
        if place[0] == Cell::Null {
            let rest = self.row_value(&columns[1..], &place[1..], descending)?;
            let further = if descending { "IS NULL AND" } else { "IS NOT NULL OR" };
            return Ok(format!("{column} {further} {rest}"));
        }
        let value = self.cell(columns[0], &place[0])?;
        let rest = self.row_value(&columns[1..], &place[1..], descending)?;
        let further = if descending {
            format!("{column} < {value} OR {column} IS NULL")
        } else {
            format!("{column} > {value}")
        };
        Ok(format!("{further} OR ({column} = {value} AND {rest})"))
    }

    fn row_value(&mut self, columns: &[usize], place: &'s [Cell], descending: bool) -> Result<String, Fault> {
        if columns.is_empty() {
            return Ok("FALSE".to_owned());
        }
        let mut values = Vec::new();
        for (&column, cell) in columns.iter().zip(place) {
            values.push(self.cell(column, cell)?);
        }
        let names: Vec<_> = columns.iter().map(|&column| comparable(self.schema, column)).collect();
        let sign = if descending { "<" } else { ">" };
        Ok(format!("({}) {sign} ({})", names.join(", "), values.join(", ")))
    }
}

/// Every column of the view, then version and position.
fn row_columns(schema: &Schema) -> impl Iterator<Item = String> {
    let columns = (0..schema.columns.len()).map(|column| name(schema, column));
    columns.chain(["\"version\"".to_owned(), "\"position\"".to_owned()])
}

/// A column as it is compared and sorted: `json` has no order, its text has.
fn comparable(schema: &Schema, column: usize) -> String {
    match schema.columns[column].kind {
        CellKind::Json => format!("({}::text COLLATE \"C\")", name(schema, column)),
        CellKind::Text => format!("({} COLLATE \"C\")", name(schema, column)),
        _ => name(schema, column),
    }
}

fn name(schema: &Schema, column: usize) -> String {
    quoted(schema.columns[column].name)
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn each(names: impl Iterator<Item = String>, part: impl Fn(String) -> String) -> String {
    names.map(part).collect::<Vec<_>>().concat()
}
