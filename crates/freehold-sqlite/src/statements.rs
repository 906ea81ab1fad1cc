//! The statements over the tables of views, built from their schemas.

use std::{cell::RefCell, collections::HashMap, ptr, rc::Rc};

use freehold_domain::{Cell, Schema, Search, Selection, TenantId};
use rusqlite::types::Value;

use crate::{cells, fault::Fault};

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

/// A statement with what belongs in its places.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
}

/// The rows of a tenant that are asked for, in order.
pub(crate) fn select(tenant: &TenantId, selection: &Selection) -> Result<Statement, Fault> {
    let schema = selection.schema;
    let all = vec!["\"tenant_id\" = ?".to_owned()];
    let mut conditions = Conditions { schema, all, params: vec![text(tenant.as_str())] };
    for comparison in &selection.comparisons {
        conditions.equal(comparison.column, &comparison.equals)?;
    }
    if let Some(search) = &selection.search {
        conditions.contains(search);
    }
    if let Some(after) = &selection.after {
        conditions.beyond(selection, after)?;
    }
    let Conditions { all, mut params, .. } = conditions;
    params.push(Value::Integer(selection.limit.into()));
    let direction = if selection.order.descending { " DESC" } else { "" };
    let order = selection.order_columns().into_iter().map(|column| name(schema, column) + direction);
    let sql = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT ?",
        row_columns(schema),
        table(schema),
        all.join(" AND "),
        list(order),
    );
    Ok(Statement { sql, params })
}

struct Conditions {
    schema: &'static Schema,
    all: Vec<String>,
    params: Vec<Value>,
}

impl Conditions {
    /// Nothing equals what is absent, as `=` has it too.
    fn equal(&mut self, column: usize, cell: &Cell) -> Result<(), Fault> {
        if *cell == Cell::Null {
            self.all.push("FALSE".to_owned());
            return Ok(());
        }
        self.params.push(cells::encode(self.schema, column, cell)?);
        self.all.push(format!("{} = ?", name(self.schema, column)));
        Ok(())
    }

    /// `instr` where others use `LIKE`: there is nothing to escape in it and no limit to the length of the text.
    fn contains(&mut self, search: &Search) {
        let one = |&column: &usize| format!("instr(lower({}), lower(?)) > 0", name(self.schema, column));
        let any: Vec<_> = search.columns.iter().map(one).chain(["FALSE".to_owned()]).collect();
        self.params.extend(search.columns.iter().map(|_| text(&search.text)));
        self.all.push(format!("({})", any.join(" OR ")));
    }

    /// After a place in the order. Where nothing can be absent this is a comparison of row values, which an index
    /// can answer.
    fn beyond(&mut self, selection: &Selection, place: &[Cell]) -> Result<(), Fault> {
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
        place: &[Cell],
        descending: bool,
    ) -> Result<String, Fault> {
        let column = name(self.schema, columns[0]);
        if place[0] == Cell::Null {
            let rest = self.row_value(&columns[1..], &place[1..], descending)?;
            let further = if descending { "IS NULL AND" } else { "IS NOT NULL OR" };
            return Ok(format!("{column} {further} {rest}"));
        }
        let value = cells::encode(self.schema, columns[0], &place[0])?;
        self.params.extend([value.clone(), value]);
        let rest = self.row_value(&columns[1..], &place[1..], descending)?;
        let further =
            if descending { format!("{column} < ? OR {column} IS NULL") } else { format!("{column} > ?") };
        Ok(format!("{further} OR ({column} = ? AND {rest})"))
    }

    fn row_value(&mut self, columns: &[usize], place: &[Cell], descending: bool) -> Result<String, Fault> {
        if columns.is_empty() {
            return Ok("FALSE".to_owned());
        }
        for (&column, cell) in columns.iter().zip(place) {
            self.params.push(cells::encode(self.schema, column, cell)?);
        }
        let names: Vec<_> = columns.iter().map(|&column| name(self.schema, column)).collect();
        let places = vec!["?"; columns.len()].join(", ");
        let sign = if descending { "<" } else { ">" };
        Ok(format!("({}) {sign} ({places})", names.join(", ")))
    }
}

/// Every column of the view, then version and position.
fn row_columns(schema: &Schema) -> String {
    let columns = (0..schema.columns.len()).map(|column| name(schema, column));
    list(columns.chain(["\"version\"".into(), "\"position\"".into()]))
}

fn table(schema: &Schema) -> String {
    quoted(schema.table)
}

fn name(schema: &Schema, column: usize) -> String {
    quoted(schema.columns[column].name)
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn each(names: impl Iterator<Item = String>, part: impl Fn(String) -> String) -> String {
    names.map(part).collect::<Vec<_>>().concat()
}
