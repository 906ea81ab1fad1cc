//! The statements over the tables of views, built from their schemas.

use freehold_domain::{Cell, Schema, Search, Selection, TenantId};
use rusqlite::types::Value;

use crate::{cells, fault::Fault};

/// One row by tenant and key.
pub(crate) fn row(schema: &Schema) -> String {
    let keys = schema
        .key
        .iter()
        .map(|&key| format!(" AND {} = ?", name(schema, key)));
    format!(
        "SELECT {} FROM {} WHERE \"tenant_id\" = ?{}",
        row_columns(schema),
        table(schema),
        keys.collect::<String>()
    )
}

/// Inserts a row or replaces it: tenant, cells, version, position.
pub(crate) fn upsert(schema: &Schema) -> String {
    let places = vec!["?"; schema.columns.len() + 3].join(", ");
    let keys: String = schema
        .key
        .iter()
        .map(|&key| format!(", {}", name(schema, key)))
        .collect();
    let rest = (0..schema.columns.len()).filter(|column| !schema.key.contains(column));
    let updates: String = rest
        .map(|column| format!("{0} = excluded.{0}, ", name(schema, column)))
        .collect();
    format!(
        "INSERT INTO {} (\"tenant_id\", {}) VALUES ({places}) ON CONFLICT (\"tenant_id\"{keys}) DO UPDATE SET \
         {updates}\"version\" = excluded.\"version\", \"position\" = excluded.\"position\"",
        table(schema),
        row_columns(schema),
    )
}

/// Deletes a row by tenant and key.
pub(crate) fn delete(schema: &Schema) -> String {
    let keys = schema
        .key
        .iter()
        .map(|&key| format!(" AND {} = ?", name(schema, key)));
    format!(
        "DELETE FROM {} WHERE \"tenant_id\" = ?{}",
        table(schema),
        keys.collect::<String>()
    )
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
    let mut conditions = Conditions {
        schema,
        sql: "\"tenant_id\" = ?".into(),
        params: vec![text(tenant.as_str())],
    };
    for comparison in &selection.comparisons {
        conditions.equal(comparison.column, &comparison.equals)?;
    }
    if let Some(search) = &selection.search {
        conditions.contains(search);
    }
    if let Some(after) = &selection.after {
        conditions.beyond(selection, after)?;
    }
    let Conditions {
        sql: conditions,
        mut params,
        ..
    } = conditions;
    let direction = if selection.order.descending { " DESC" } else { "" };
    let order = selection
        .order_columns()
        .into_iter()
        .map(|column| format!("{}{direction}", name(schema, column)));
    let order = order.collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {} FROM {} WHERE {conditions} ORDER BY {order} LIMIT ?",
        row_columns(schema),
        table(schema)
    );
    params.push(Value::Integer(selection.limit.into()));
    Ok(Statement { sql, params })
}

struct Conditions {
    schema: &'static Schema,
    sql: String,
    params: Vec<Value>,
}

impl Conditions {
    /// Nothing equals what is absent, as `=` has it too.
    fn equal(&mut self, column: usize, cell: &Cell) -> Result<(), Fault> {
        if *cell == Cell::Null {
            self.sql.push_str(" AND FALSE");
            return Ok(());
        }
        self.sql
            .push_str(&format!(" AND {} = ?", name(self.schema, column)));
        self.params.push(cells::encode(self.schema, column, cell)?);
        Ok(())
    }

    /// `instr` where others use `LIKE`: there is nothing to escape in it and no limit to the length of the text.
    fn contains(&mut self, search: &Search) {
        let one = |&column: &usize| format!("instr(lower({}), lower(?)) > 0", name(self.schema, column));
        let any: Vec<_> = search
            .columns
            .iter()
            .map(one)
            .chain(["FALSE".to_owned()])
            .collect();
        self.sql.push_str(&format!(" AND ({})", any.join(" OR ")));
        self.params
            .extend(search.columns.iter().map(|_| text(&search.text)));
    }

    /// After a place in the order. Where nothing can be absent this is a comparison of row values, which an index
    /// can answer.
    fn beyond(&mut self, selection: &Selection, place: &[Cell]) -> Result<(), Fault> {
        let columns = selection.order_columns();
        let descending = selection.order.descending;
        let (first, rest) = (columns[0], &columns[1..]);
        if !self.schema.columns[first].nullable {
            let condition = self.row_value(&columns, place, descending)?;
            self.sql.push_str(&format!(" AND {condition}"));
            return Ok(());
        }
        let column = name(self.schema, first);
        let condition = match (&place[0], descending) {
            (Cell::Null, false) => format!(
                "{column} IS NOT NULL OR {}",
                self.row_value(rest, &place[1..], false)?
            ),
            (Cell::Null, true) => format!(
                "{column} IS NULL AND {}",
                self.row_value(rest, &place[1..], true)?
            ),
            (cell, _) => {
                let value = cells::encode(self.schema, first, cell)?;
                self.params.extend([value.clone(), value]);
                let rest = self.row_value(rest, &place[1..], descending)?;
                let further = if descending {
                    format!("{column} < ? OR {column} IS NULL")
                } else {
                    format!("{column} > ?")
                };
                format!("{further} OR ({column} = ? AND {rest})")
            }
        };
        self.sql.push_str(&format!(" AND ({condition})"));
        Ok(())
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
    let columns = (0..schema.columns.len()).map(|column| format!("{}, ", name(schema, column)));
    format!("{}\"version\", \"position\"", columns.collect::<String>())
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
