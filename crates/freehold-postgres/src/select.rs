//! Selections as statements: which rows, in which order, from where on.

use std::borrow::Cow;

use freehold_domain::{Cell, CellKind, Comparison, Schema, Search, Selection, TenantId, Test};
use tokio_postgres::types::ToSql;

use crate::{
    cells::{self, Value, storable, type_of},
    fault::Fault,
    statements::{list, name, quoted},
};

/// A statement with what belongs in its places.
pub(crate) struct Select<'s> {
    pub(crate) sql: String,
    params: Vec<Param<'s>>,
}

enum Param<'s> {
    Text(Cow<'s, str>),
    Cell(Value<'s>),
    Cells(Vec<Value<'s>>),
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
            Self::Cells(values) => values,
            Self::Int(number) => number,
        }
    }
}

/// The rows of a tenant that are asked for, in order: the columns that are read, then version and position.
pub(crate) fn select<'s>(tenant: &'s TenantId, selection: &'s Selection) -> Result<Select<'s>, Fault> {
    let schema = selection.schema;
    let mut conditions = Conditions::matching(tenant, selection)?;
    if let Some(after) = &selection.after {
        conditions.beyond(selection, after)?;
    }
    let mut limit = conditions.place(Param::Int(selection.limit.into()));
    if selection.offset > 0 {
        let offset = conditions.place(Param::Int(selection.offset.into()));
        limit = format!("{limit} OFFSET {offset}");
    }
    let columns = selection.columns.iter().map(|&column| name(schema, column));
    let order = selection.order_columns().into_iter().map(|column| ordered(selection, column));
    let sql = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {limit}",
        list(columns.chain(["\"version\"".to_owned(), "\"position\"".to_owned()])),
        quoted(schema.table),
        conditions.all.join(" AND "),
        list(order),
    );
    Ok(Select { sql, params: conditions.params })
}

/// How many rows of a tenant match, and no more than that.
pub(crate) fn count<'s>(
    tenant: &'s TenantId,
    selection: &'s Selection,
    most: u32,
) -> Result<Select<'s>, Fault> {
    let mut conditions = Conditions::matching(tenant, selection)?;
    let most = conditions.place(Param::Int(most.into()));
    let (table, all) = (quoted(selection.schema.table), conditions.all.join(" AND "));
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {all} LIMIT {most}) AS matching");
    Ok(Select { sql, params: conditions.params })
}

/// Absent is the least, as the port has it; PostgreSQL's own order has it last.
fn ordered(selection: &Selection, column: usize) -> String {
    let Selection { schema, order, .. } = selection;
    let direction = match (schema.columns[column].nullable, order.descending) {
        (true, false) => " ASC NULLS FIRST",
        (true, true) => " DESC NULLS LAST",
        (false, false) => "",
        (false, true) => " DESC",
    };
    comparable(schema, column) + direction
}

struct Conditions<'s> {
    schema: &'static Schema,
    all: Vec<String>,
    params: Vec<Param<'s>>,
}

impl<'s> Conditions<'s> {
    /// What holds of every row that matches, on whichever page.
    fn matching(tenant: &'s TenantId, selection: &'s Selection) -> Result<Self, Fault> {
        let mut conditions = Self { schema: selection.schema, all: Vec::new(), params: Vec::new() };
        let tenant = conditions.place(Param::Text(tenant.as_str().into()));
        conditions.all.push(format!("\"tenant_id\" = {tenant}"));
        for comparison in &selection.comparisons {
            let condition = conditions.compare(comparison)?;
            conditions.all.push(condition);
        }
        if let Some(search) = &selection.search {
            conditions.contains(search);
        }
        Ok(conditions)
    }

    /// The place of one more parameter.
    fn place(&mut self, param: Param<'s>) -> String {
        self.params.push(param);
        format!("${}", self.params.len())
    }

    /// The place of a cell of a column.
    fn cell(&mut self, column: usize, cell: &'s Cell) -> Result<String, Fault> {
        let place = self.place(Param::Cell(Value::nearest(self.schema, column, cell)?));
        Ok(format!("{place}::{}", self.type_of(column)))
    }

    fn type_of(&self, column: usize) -> &'static str {
        match self.schema.columns[column].kind {
            CellKind::Json => "text",
            kind => type_of(kind),
        }
    }

    fn compare(&mut self, comparison: &'s Comparison) -> Result<String, Fault> {
        let column = comparison.column;
        match &comparison.test {
            Test::Equals(value) => self.one_of(column, std::slice::from_ref(value)),
            Test::OneOf(values) => self.one_of(column, values),
            Test::AtLeast(end) => self.up_to(column, ">=", end),
            Test::AtMost(end) => self.up_to(column, "<=", end),
            Test::Above(end) => self.up_to(column, ">", end),
            Test::Below(end) => self.up_to(column, "<", end),
        }
    }

    /// Nothing equals what is absent, as `=` has it too, nor what no column can hold.
    fn one_of(&mut self, column: usize, values: &'s [Cell]) -> Result<String, Fault> {
        let possible = |value: &&Cell| **value != Cell::Null && *cells::nearest(value) == **value;
        let values: Vec<_> = values.iter().filter(possible).collect();
        let compared = comparable(self.schema, column);
        if let [only] = *values {
            return Ok(format!("{compared} = {}", self.cell(column, only)?));
        }
        let values = values.into_iter().map(|value| Value::new(self.schema, column, value));
        let place = self.place(Param::Cells(values.collect::<Result<_, _>>()?));
        Ok(format!("{compared} = ANY({place}::{}[])", self.type_of(column)))
    }

    /// Nothing lies before or behind what is absent.
    fn up_to(&mut self, column: usize, sign: &str, end: &'s Cell) -> Result<String, Fault> {
        if *end == Cell::Null {
            return Ok("FALSE".to_owned());
        }
        let end = self.cell(column, end)?;
        Ok(format!("{} {sign} {end}", comparable(self.schema, column)))
    }

    /// `LIKE`, which an index of trigrams over `lower(column)` answers, where there is one.
    fn contains(&mut self, search: &'s Search) {
        let pattern = self.place(Param::Text(pattern(&search.text).into()));
        let one = |&column: &usize| format!("lower({}) LIKE {pattern}", name(self.schema, column));
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

/// What `LIKE` finds a text with, wherever it stands, in ASCII letters of whichever case. Its own signs stand for themselves.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for sign in storable(text).chars() {
        if ['%', '_', '\\'].contains(&sign) {
            pattern.push('\\');
        }
        pattern.push(sign.to_ascii_lowercase());
    }
    pattern.push('%');
    pattern
}

/// A column as it is compared and sorted: `json` has no order, its text has.
fn comparable(schema: &Schema, column: usize) -> String {
    match schema.columns[column].kind {
        CellKind::Json => format!("({}::text COLLATE \"C\")", name(schema, column)),
        CellKind::Text => format!("({} COLLATE \"C\")", name(schema, column)),
        _ => name(schema, column),
    }
}
