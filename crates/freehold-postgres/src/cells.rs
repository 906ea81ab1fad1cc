//! Cells as columns hold them: each kind in the type of PostgreSQL that is meant for it.

use std::{borrow::Cow, error::Error, num::TryFromIntError};

use bytes::{BufMut, BytesMut};
use freehold_domain::{Cell, CellKind, ColumnDef, Date, Decimal, Duration, Schema, Timestamp};
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, Json, ToSql, Type, to_sql_checked},
};
use uuid::Uuid;

use crate::{events::Moment, fault::Fault};

type Failure = Box<dyn Error + Sync + Send>;

/// The microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The first day of PostgreSQL's calendar, with which the count of Julian days begins.
const FIRST_DAY: Date = Date::constant(-4713, 11, 24);

/// The microseconds of its first moment.
const FIRST_MOMENT: i64 = -2_440_588 * DAY;

/// The type of a column.
pub(crate) fn type_of(kind: CellKind) -> &'static str {
    match kind {
        CellKind::Bool => "boolean",
        CellKind::Int => "bigint",
        CellKind::Decimal => "numeric",
        CellKind::Text => "text",
        CellKind::Date => "date",
        CellKind::Timestamp => "timestamptz",
        CellKind::Duration => "interval",
        CellKind::Uuid => "uuid",
        CellKind::Json => "json",
    }
}

/// A cell on its way to the database.
#[derive(Debug)]
pub(crate) struct Value<'c>(Cow<'c, Cell>);

impl<'c> Value<'c> {
    /// What the column holds for a cell.
    pub(crate) fn new(schema: &Schema, column: usize, cell: &'c Cell) -> Result<Self, Fault> {
        let def = &schema.columns[column];
        if !is_allowed(def, cell) {
            return Err(misfit(schema, def, "cannot hold what it was given"));
        }
        if is_too_long(cell) {
            let (column, table) = (def.name, schema.table);
            let what = format!("the column `{column}` of the table `{table}` cannot hold so long a time");
            return Err(Fault::Unstorable(what));
        }
        Ok(Self(Cow::Borrowed(cell)))
    }

    /// What a statement of a view is given for a cell.
    pub(crate) fn of(cell: &'c Cell, view: &str) -> Result<Self, Fault> {
        if is_too_long(cell) {
            return Err(Fault::Unstorable(format!(
                "a statement of `{view}` was given a time that no column can hold"
            )));
        }
        Ok(Self(Cow::Borrowed(cell)))
    }
}

fn is_too_long(cell: &Cell) -> bool {
    matches!(cell, Cell::Duration(length) if micros(*length).is_err())
}

/// The nearest to a cell that a column can hold: PostgreSQL's calendar begins later than ours, and a length of time can be
/// longer than any of its own.
pub(crate) fn nearest(cell: &Cell) -> Cow<'_, Cell> {
    match cell {
        Cell::Date(date) if *date < FIRST_DAY => Cow::Owned(Cell::Date(FIRST_DAY)),
        Cell::Timestamp(moment) if moment.as_micros() < FIRST_MOMENT => {
            Cow::Owned(Cell::Timestamp(Timestamp::from_micros(FIRST_MOMENT)))
        }
        Cell::Duration(length) if is_too_long(cell) => {
            let edge = if length.is_negative() { i64::MIN } else { i64::MAX };
            Cow::Owned(Cell::Duration(Duration::from_micros(edge)))
        }
        cell => Cow::Borrowed(cell),
    }
}

fn is_allowed(def: &ColumnDef, cell: &Cell) -> bool {
    cell.fits(def.kind) && (def.nullable || *cell != Cell::Null)
}

impl<'c> Value<'c> {
    /// What the column holds for the [nearest] that it can hold: for comparing what is there with it.
    pub(crate) fn nearest(schema: &Schema, column: usize, cell: &'c Cell) -> Result<Self, Fault> {
        let nearest = nearest(cell);
        Value::new(schema, column, &nearest)?;
        Ok(Self(nearest))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match &*self.0 {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Bool(truth) => truth.to_sql(ty, out),
            Cell::Int(number) => number.to_sql(ty, out),
            Cell::Decimal(number) => number.to_sql(ty, out),
            Cell::Text(text) => storable(text).to_sql(ty, out),
            Cell::Date(date) => date.to_sql(ty, out),
            Cell::Timestamp(moment) => Moment(*moment).to_sql(ty, out),
            Cell::Duration(duration) => Interval(*duration).to_sql(ty, out),
            Cell::Uuid(uuid) => uuid.to_sql(ty, out),
            Cell::Json(json) if *ty == Type::TEXT => json.to_string().to_sql(ty, out),
            Cell::Json(json) => Json(json).to_sql(ty, out),
        }
    }

    /// Which type it is follows from the kind of the column, which the cell fits.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The cell that a column holds, which is at this place of a row that was read.
pub(crate) fn decode(schema: &Schema, column: usize, row: &Row, place: usize) -> Result<Cell, Fault> {
    let def = &schema.columns[column];
    read(def.kind, row, place)
        .ok()
        .filter(|cell| is_allowed(def, cell))
        .ok_or_else(|| misfit(schema, def, "holds something that does not fit it"))
}

/// The cell of this kind at a place of a row.
pub(crate) fn read(kind: CellKind, row: &Row, column: usize) -> Result<Cell, tokio_postgres::Error> {
    fn one<'r, T: FromSql<'r>>(
        row: &'r Row,
        column: usize,
        cell: impl FnOnce(T) -> Cell,
    ) -> Result<Cell, tokio_postgres::Error> {
        Ok(row.try_get::<_, Option<T>>(column)?.map_or(Cell::Null, cell))
    }
    match kind {
        CellKind::Bool => one(row, column, Cell::Bool),
        CellKind::Int => one(row, column, Cell::Int),
        CellKind::Decimal => one::<Decimal>(row, column, Cell::Decimal),
        CellKind::Text => one(row, column, Cell::Text),
        CellKind::Date => one::<Date>(row, column, Cell::Date),
        CellKind::Timestamp => one::<Moment>(row, column, |moment| Cell::Timestamp(moment.0)),
        CellKind::Duration => one::<Interval>(row, column, |interval| Cell::Duration(interval.0)),
        CellKind::Uuid => one::<Uuid>(row, column, Cell::Uuid),
        CellKind::Json => one::<Json<serde_json::Value>>(row, column, |json| Cell::Json(json.0)),
    }
}

fn micros(length: Duration) -> Result<i64, TryFromIntError> {
    i64::try_from(length.as_micros())
}

/// A length of time, as a column of type `interval` holds it.
#[derive(Clone, Copy, Debug)]
struct Interval(Duration);

impl ToSql for Interval {
    /// Whole microseconds, neither days nor months.
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        out.put_i64(micros(self.0)?);
        out.put_i64(0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for Interval {
    /// A day has 24 hours, as where PostgreSQL compares. How long a month is cannot be said.
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Failure> {
        let (micros, rest) = raw.split_first_chunk().ok_or("an interval is too short")?;
        let (days, months) = rest.split_first_chunk().ok_or("an interval is too short")?;
        if months != [0; 4] {
            return Err("an interval has months".into());
        }
        let days = i64::from(i32::from_be_bytes(*days)) * DAY;
        let micros = i64::from_be_bytes(*micros).checked_add(days).ok_or("an interval is too long")?;
        Ok(Self(Duration::from_micros(micros)))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }
}

/// Text as a column can hold it: the sign U+0000, which none can, is replaced by U+FFFD, so that it stops no view.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}").into() } else { text.into() }
}

fn misfit(schema: &Schema, def: &ColumnDef, problem: &str) -> Fault {
    Fault::Corrupt(format!("the column `{}` of the table `{}` {problem}", def.name, schema.table))
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use freehold_domain::{Cell, CellKind, ColumnDef, Duration, Schema};
    use tokio_postgres::types::{FromSql, ToSql, Type};

    use super::{Interval, Value};

    static SCHEMA: Schema = Schema {
        view: "test.Things",
        version: 1,
        table: "things",
        columns: &[ColumnDef { name: "label", kind: CellKind::Text, nullable: false }],
        key: &[0],
    };

    #[test]
    fn a_cell_that_does_not_fit_is_told_by_table_and_column() {
        for cell in [Cell::Int(7), Cell::Null] {
            let text = format!("{:?}", Value::new(&SCHEMA, 0, &cell).unwrap_err());
            assert!(text.contains("`label` of the table `things` cannot hold what it was given"), "{text}");
        }
    }

    #[test]
    fn a_sign_that_no_column_can_hold_is_replaced() {
        let mut out = BytesMut::new();
        Value::new(&SCHEMA, 0, &Cell::Text("a\0b".into())).unwrap().to_sql(&Type::TEXT, &mut out).unwrap();
        assert_eq!(out, "a\u{FFFD}b");
    }

    #[test]
    fn an_interval_of_days_is_read_and_one_of_months_is_not() {
        let read = |days: i32, months: i32| {
            let raw = [&0_i64.to_be_bytes()[..], &days.to_be_bytes(), &months.to_be_bytes()].concat();
            Interval::from_sql(&Type::INTERVAL, &raw).map(|interval| interval.0)
        };
        assert_eq!(read(2, 0).unwrap(), Duration::from_hours(48));
        assert!(read(0, 1).is_err());
    }

    #[test]
    fn an_interval_comes_back_as_it_was() {
        for duration in [Duration::ZERO, Duration::from_micros(-1), Duration::from_hours(1_000_000)] {
            let mut out = BytesMut::new();
            Interval(duration).to_sql(&Type::INTERVAL, &mut out).unwrap();
            assert_eq!(Interval::from_sql(&Type::INTERVAL, &out).unwrap().0, duration);
        }
        assert!(Interval(Duration::MAX).to_sql(&Type::INTERVAL, &mut BytesMut::new()).is_err());
    }
}
