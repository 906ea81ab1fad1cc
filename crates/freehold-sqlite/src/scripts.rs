//! The statements of SQL projections, in the transaction of their checkpoint.

use freehold_domain::{Cell, CellKind, RawEvent, Recorded, Schema};
use freehold_ports::{ApplyError, Dialect, Scripts, SqlAnswer, SqlStatement, Step};
use rusqlite::{Row, Statement};

use crate::{
    apply::refused_row,
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
    let refused = |reason: String| Stop::Refused(ApplyError::Refused { view: schema.view, reason });
    for event in events {
        let script = scripts.script(event, Dialect::Sqlite);
        let mut script = script.map_err(|error| refused(error.reason))?;
        loop {
            match script.proceed() {
                Step::Run(statement) => {
                    let answer = carry_out(session, schema, &statement);
                    script.answer(answer.map_err(|fault| refused_row(schema.view, fault))?);
                }
                Step::Done => break,
                Step::Failed(error) => return Err(refused(error.to_string())),
            }
        }
    }
    Ok(())
}

fn carry_out(session: &Session<'_>, schema: &Schema, statement: &SqlStatement) -> Result<SqlAnswer, Fault> {
    let mut prepared = session.connection().prepare_cached(&statement.text(schema.table))?;
    bind(&mut prepared, schema, &statement.params)?;
    let mut found = prepared.raw_query();
    let Some(columns) = &statement.columns else {
        while found.next()?.is_some() {}
        drop(found);
        return Ok(SqlAnswer::Changed(session.connection().changes()));
    };
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(read(schema, columns, row)?);
    }
    Ok(SqlAnswer::Rows(rows))
}

/// Gives a statement its values, by the names of their places: SQLite numbers `$2` before `$1` where it comes first.
fn bind(prepared: &mut Statement<'_>, schema: &Schema, params: &[Cell]) -> Result<(), Fault> {
    for (place, cell) in (1..).zip(params) {
        if let Some(index) = prepared.parameter_index(&format!("${place}"))? {
            let value = cells::value(cell).ok_or_else(|| {
                Fault::Misused(format!(
                    "a statement of `{}` was given a time that no column can hold",
                    schema.view
                ))
            })?;
            prepared.raw_bind_parameter(index, value)?;
        }
    }
    let (wanted, given) = (prepared.parameter_count(), params.len());
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

fn read(schema: &Schema, columns: &[CellKind], row: &Row<'_>) -> Result<Vec<Cell>, Fault> {
    let found = row.as_ref().column_count();
    let cells = columns.iter().enumerate().map(|(place, &kind)| cells::cell(kind, row.get_ref(place).ok()?));
    let cells = if found == columns.len() { cells.collect::<Option<_>>() } else { None };
    cells.ok_or_else(|| {
        Fault::Misused(format!(
            "a statement of `{}` finds {found} columns, and its code reads {columns:?}",
            schema.view
        ))
    })
}
