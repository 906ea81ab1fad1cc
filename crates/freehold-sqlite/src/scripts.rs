//! The statements of SQL projections, in the transaction of their checkpoint.

use freehold_domain::{Cell, CellKind, RawEvent, Recorded, Schema};
use freehold_ports::{ApplyError, Dialect, Scripts, SqlAnswer, SqlStatement, Step};
use rusqlite::{Row, Statement, types::Value};

use crate::{
    cells,
    fault::{Fault, Stop},
    session::Session,
};

/// Runs what a projection runs for each of the events.
pub(crate) fn run(
    session: &Session<'_>,
    schema: &'static Schema,
    scripts: &dyn Scripts,
    events: Vec<&Recorded<RawEvent>>,
) -> Result<(), Stop<ApplyError>> {
    let failed = |reason: String| Stop::Refused(ApplyError::Refused { view: schema.view, reason });
    for event in events {
        let script = scripts.script(event, Dialect::Sqlite);
        let mut script = script.map_err(|error| failed(error.reason))?;
        loop {
            match script.proceed() {
                Step::Run(statement) => script.answer(carry_out(session, schema, &statement)?),
                Step::Done => break,
                Step::Failed(error) => return Err(failed(error.to_string())),
            }
        }
    }
    Ok(())
}

fn carry_out(
    session: &Session<'_>,
    schema: &Schema,
    statement: &SqlStatement,
) -> Result<SqlAnswer, Stop<ApplyError>> {
    let mut prepared = session.connection().prepare_cached(&statement.text(schema.table))?;
    let values = values(schema, &statement.params).map_err(|fault| refused(schema.view, fault))?;
    bind(&mut prepared, schema, values)?;
    let (is_readonly, columns) = (prepared.readonly(), statement.columns.as_deref());
    let found = prepared.column_count();
    if let Some(columns) = columns.filter(|columns| columns.len() != found) {
        let what =
            format!("a statement of `{}` finds {found} columns, and its code reads {columns:?}", schema.view);
        return Err(Fault::Misused(what).into());
    }
    let rows = run_prepared(&mut prepared, columns.unwrap_or_default())
        .map_err(|fault| refused(schema.view, fault))?;
    Ok(match columns {
        Some(_) => SqlAnswer::Rows(rows),
        None if is_readonly => SqlAnswer::Changed(rows.len() as u64),
        None => SqlAnswer::Changed(session.connection().changes()),
    })
}

/// Runs it, and reads columns of these kinds.
fn run_prepared(prepared: &mut Statement<'_>, columns: &[CellKind]) -> Result<Vec<Vec<Cell>>, Fault> {
    let (mut found, mut rows) = (prepared.raw_query(), Vec::new());
    while let Some(row) = found.next()? {
        rows.push(read(columns, row)?);
    }
    Ok(rows)
}

/// What goes wrong while a statement runs is the event's doing, unless it is the file's.
fn refused(view: &'static str, fault: Fault) -> Stop<ApplyError> {
    match fault.is_of_values() {
        Some(reason) => Stop::Refused(ApplyError::Refused { view, reason }),
        None => Stop::Fault(fault),
    }
}

fn values(schema: &Schema, params: &[(CellKind, Cell)]) -> Result<Vec<Value>, Fault> {
    let too_long = || format!("a statement of `{}` was given a time that no column can hold", schema.view);
    let value = |(_, cell): &(CellKind, Cell)| cells::value(cell).ok_or_else(|| Fault::Misused(too_long()));
    params.iter().map(value).collect()
}

/// Gives a statement its values, by the names of their places: SQLite numbers `$2` before `$1` where it comes first.
fn bind(prepared: &mut Statement<'_>, schema: &Schema, values: Vec<Value>) -> Result<(), Fault> {
    let (wanted, given) = (prepared.parameter_count(), values.len());
    for (place, value) in (1..).zip(values) {
        if let Some(index) = prepared.parameter_index(&format!("${place}"))? {
            prepared.raw_bind_parameter(index, value)?;
        }
    }
    let is_given = |index| {
        let name =
            prepared.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
        name.is_some_and(|place| (1..=given).contains(&place))
    };
    if (1..=wanted).all(is_given) {
        return Ok(());
    }
    let what = format!(
        "a statement of `{}` takes {wanted} values and was given {given}, as $1 to ${given}",
        schema.view
    );
    Err(Fault::Misused(what))
}

fn read(columns: &[CellKind], row: &Row<'_>) -> Result<Vec<Cell>, Fault> {
    let cell = |(place, &kind): (usize, &CellKind)| {
        let cell = cells::cell(kind, row.get_ref(place)?);
        cell.ok_or_else(|| {
            Fault::Misused(format!("column {} of what a statement finds is no {kind:?}", place + 1))
        })
    };
    columns.iter().enumerate().map(cell).collect()
}
