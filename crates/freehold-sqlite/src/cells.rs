//! Cells as columns hold them, in a form that people can read.
//!
//! Truths and whole numbers are integers, lengths of time whole microseconds, all else is text: decimals as they are
//! written, moments in RFC 3339 with six digits, so that text sorts as they do from the year 0 on.

use std::borrow::Cow;

use freehold_domain::{Cell, CellKind, ColumnDef, Duration, Schema};
use rusqlite::types::{Value, ValueRef};

use crate::fault::Fault;

/// What the column holds for a cell.
pub(crate) fn encode(schema: &Schema, column: usize, cell: &Cell) -> Result<Value, Fault> {
    let def = &schema.columns[column];
    let value = if is_allowed(def, cell) { value(cell) } else { None };
    value.ok_or_else(|| misfit(schema, def, "cannot hold what it was given"))
}

/// The cell that the column holds.
pub(crate) fn decode(schema: &Schema, column: usize, value: ValueRef<'_>) -> Result<Cell, Fault> {
    let def = &schema.columns[column];
    let cell = cell(def.kind, value).filter(|cell| is_allowed(def, cell));
    cell.ok_or_else(|| misfit(schema, def, "holds something that does not fit it"))
}

/// The nearest to a cell that a column can hold: a length of time can be longer than any of them.
pub(crate) fn nearest(cell: &Cell) -> Cow<'_, Cell> {
    match cell {
        Cell::Duration(duration) if i64::try_from(duration.as_micros()).is_err() => {
            let edge = if duration.is_negative() { i64::MIN } else { i64::MAX };
            Cow::Owned(Cell::Duration(Duration::from_micros(edge)))
        }
        cell => Cow::Borrowed(cell),
    }
}

fn is_allowed(def: &ColumnDef, cell: &Cell) -> bool {
    cell.fits(def.kind) && (def.nullable || *cell != Cell::Null)
}

/// What a column holds for a cell; nothing, if none can.
pub(crate) fn value(cell: &Cell) -> Option<Value> {
    Some(match cell {
        Cell::Null => Value::Null,
        Cell::Bool(truth) => Value::Integer((*truth).into()),
        Cell::Int(number) => Value::Integer(*number),
        Cell::Duration(duration) => Value::Integer(i64::try_from(duration.as_micros()).ok()?),
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Decimal(number) => Value::Text(number.to_string()),
        Cell::Date(date) => Value::Text(date.to_string()),
        Cell::Timestamp(moment) => Value::Text(moment.to_string()),
        Cell::Uuid(uuid) => Value::Text(uuid.to_string()),
        Cell::Json(json) => Value::Text(json.to_string()),
    })
}

/// The cell of this kind that a column holds.
pub(crate) fn cell(kind: CellKind, value: ValueRef<'_>) -> Option<Cell> {
    let text = || value.as_str().ok();
    let integer = || value.as_i64().ok();
    if value == ValueRef::Null {
        return Some(Cell::Null);
    }
    Some(match kind {
        CellKind::Bool => Cell::Bool(integer()? != 0),
        CellKind::Int => Cell::Int(integer()?),
        CellKind::Duration => Cell::Duration(Duration::from_micros(integer()?)),
        CellKind::Text => Cell::Text(text()?.to_owned()),
        CellKind::Decimal => Cell::Decimal(text()?.parse().ok()?),
        CellKind::Date => Cell::Date(text()?.parse().ok()?),
        CellKind::Timestamp => Cell::Timestamp(text()?.parse().ok()?),
        CellKind::Uuid => Cell::Uuid(text()?.parse().ok()?),
        CellKind::Json => Cell::Json(serde_json::from_str(text()?).ok()?),
    })
}

fn misfit(schema: &Schema, def: &ColumnDef, problem: &str) -> Fault {
    Fault::Corrupt(format!("the column `{}` of the table `{}` {problem}", def.name, schema.table))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use freehold_domain::{Cell, CellKind, ColumnDef, Duration, Schema};
    use rusqlite::types::ValueRef;

    static SCHEMA: Schema = Schema {
        view: "test.Things",
        version: 1,
        table: "things",
        columns: &[
            ColumnDef { name: "took", kind: CellKind::Duration, nullable: true },
            ColumnDef { name: "weight", kind: CellKind::Decimal, nullable: false },
        ],
        key: &[0],
    };

    #[test]
    fn a_cell_that_does_not_fit_is_told_by_table_and_column() {
        let secret = Cell::Text("secret".into());
        for fault in [
            encode(&SCHEMA, 1, &secret),
            encode(&SCHEMA, 1, &Cell::Null),
            encode(&SCHEMA, 0, &Cell::Duration(Duration::MAX)),
        ] {
            let text = format!("{:?}", fault.unwrap_err());
            assert!(text.contains("of the table `things` cannot hold what it was given"), "{text}");
            assert!(!text.contains("secret"));
        }
    }

    #[test]
    fn a_column_that_holds_something_else_is_told_without_it() {
        let fault = decode(&SCHEMA, 1, ValueRef::Text(b"secret")).unwrap_err();
        let text = format!("{fault:?}");
        assert!(text.contains("`weight` of the table `things`"), "{text}");
        assert!(!text.contains("secret"));
        assert!(decode(&SCHEMA, 1, ValueRef::Null).is_err());
        assert_eq!(decode(&SCHEMA, 0, ValueRef::Null).unwrap(), Cell::Null);
    }
}
