//! Selections as statements: which rows, in which order, from where on.

use freehold_domain::{Cell, Comparison, Schema, Search, Selection, TenantId, Test};
use rusqlite::types::Value;

use crate::{
    cells,
    fault::Fault,
    statements::{list, name, table},
};

/// A statement with what belongs in its places.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
}

/// The rows of a tenant that are asked for, in order: the columns that are read, then version and position.
pub(crate) fn select(tenant: &TenantId, selection: &Selection) -> Result<Statement, Fault> {
    let schema = selection.schema;
    let mut conditions = Conditions::matching(tenant, selection)?;
    if let Some(after) = &selection.after {
        conditions.beyond(selection, after)?;
    }
    let Conditions { all, mut params, .. } = conditions;
    params.push(Value::Integer(selection.limit.into()));
    let offset = match selection.offset {
        0 => "",
        offset => {
            params.push(Value::Integer(offset.into()));
            " OFFSET ?"
        }
    };
    let columns = selection.columns.iter().map(|&column| name(schema, column));
    let direction = if selection.order.descending { " DESC" } else { "" };
    let order = selection.order_columns().into_iter().map(|column| name(schema, column) + direction);
    let sql = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT ?{offset}",
        list(columns.chain(["\"version\"".into(), "\"position\"".into()])),
        table(schema),
        all.join(" AND "),
        list(order),
    );
    Ok(Statement { sql, params })
}

/// How many rows of a tenant match, and no more than that.
pub(crate) fn count(tenant: &TenantId, selection: &Selection, most: u32) -> Result<Statement, Fault> {
    let Conditions { all, mut params, schema } = Conditions::matching(tenant, selection)?;
    params.push(Value::Integer(most.into()));
    let (table, all) = (table(schema), all.join(" AND "));
    Ok(Statement { sql: format!("SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {all} LIMIT ?)"), params })
}

struct Conditions {
    schema: &'static Schema,
    all: Vec<String>,
    params: Vec<Value>,
}

impl Conditions {
    /// What holds of every row that matches, on whichever page.
    fn matching(tenant: &TenantId, selection: &Selection) -> Result<Self, Fault> {
        let (all, params) = (vec!["\"tenant_id\" = ?".to_owned()], vec![text(tenant.as_str())]);
        let mut conditions = Self { schema: selection.schema, all, params };
        for comparison in &selection.comparisons {
            let condition = conditions.compare(comparison)?;
            conditions.all.push(condition);
        }
        if let Some(search) = &selection.search {
            conditions.contains(search);
        }
        Ok(conditions)
    }

    fn compare(&mut self, comparison: &Comparison) -> Result<String, Fault> {
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
    fn one_of(&mut self, column: usize, values: &[Cell]) -> Result<String, Fault> {
        let possible = |value: &&Cell| **value != Cell::Null && *cells::nearest(value) == **value;
        let before = self.params.len();
        for value in values.iter().filter(possible) {
            self.params.push(cells::encode(self.schema, column, value)?);
        }
        let column = name(self.schema, column);
        Ok(match self.params.len() - before {
            0 => "FALSE".to_owned(),
            1 => format!("{column} = ?"),
            several => format!("{column} IN ({})", vec!["?"; several].join(", ")),
        })
    }

    /// Nothing lies before or behind what is absent.
    fn up_to(&mut self, column: usize, sign: &str, end: &Cell) -> Result<String, Fault> {
        if *end == Cell::Null {
            return Ok("FALSE".to_owned());
        }
        self.params.push(cells::encode(self.schema, column, &cells::nearest(end))?);
        Ok(format!("{} {sign} ?", name(self.schema, column)))
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

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
