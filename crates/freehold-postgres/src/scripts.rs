//! The statements of SQL projections, in the transaction of their checkpoint.

use freehold_domain::{Cell, CellKind, RawEvent, Recorded, Schema};
use freehold_ports::{ApplyError, Dialect, Scripts, SqlAnswer, SqlStatement, Step};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use crate::{
    apply::refused_row,
    cells::{self, Value},
    fault::{Fault, Stop, other},
    rows::Prepares,
};

/// Runs what a projection runs for each of the events.
pub(crate) async fn run(
    on: &impl Prepares,
    schema: &'static Schema,
    scripts: &dyn Scripts,
    events: Vec<&Recorded<RawEvent>>,
) -> Result<(), Stop<ApplyError>> {
    let refused = |reason: String| Stop::Refused(ApplyError::Refused { view: schema.view, reason });
    for event in events {
        let script = scripts.script(event, Dialect::Postgres);
        let mut script = script.map_err(|error| refused(error.reason))?;
        loop {
            match script.proceed() {
                Step::Run(statement) => script.answer(carry_out(on, schema, &statement).await?),
                Step::Done => break,
                Step::Failed(error) => return Err(refused(error.to_string())),
            }
        }
    }
    Ok(())
}

async fn carry_out(
    on: &impl Prepares,
    schema: &'static Schema,
    statement: &SqlStatement,
) -> Result<SqlAnswer, Stop<ApplyError>> {
    let refused = |fault| refused_row(schema.view, fault);
    let types: Vec<Type> = statement.params.iter().map(|(kind, _)| type_of(*kind)).collect();
    let prepared = on.prepared_as(&statement.text(schema.table), &types).await?;
    if prepared.params().len() > types.len() {
        let (wanted, given) = (prepared.params().len(), types.len());
        let what = format!("a statement of `{}` takes {wanted} values and was given {given}", schema.view);
        return Err(Fault::Store(other(what)).into());
    }
    let values = statement.params.iter().map(|(_, cell)| Value::of(cell, schema.view));
    let values = values.collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
    let Some(columns) = &statement.columns else {
        let changed = on.client().execute(&prepared, &values).await;
        return Ok(SqlAnswer::Changed(changed.map_err(|error| refused(error.into()))?));
    };
    let found = on.client().query(&prepared, &values).await.map_err(|error| refused(error.into()))?;
    let rows = found.iter().map(|row| read(schema, columns, row));
    Ok(SqlAnswer::Rows(rows.collect::<Result<_, _>>()?))
}

fn read(schema: &Schema, columns: &[CellKind], row: &Row) -> Result<Vec<Cell>, Fault> {
    let cells = columns.iter().enumerate().map(|(place, &kind)| cells::read(kind, row, place));
    let cells = if row.len() == columns.len() { cells.collect::<Result<_, _>>().ok() } else { None };
    cells.ok_or_else(|| {
        let found: Vec<_> = row.columns().iter().map(|column| column.type_().name()).collect();
        let wanted: Vec<_> = columns.iter().map(|&kind| cells::type_of(kind)).collect();
        Fault::Store(other(format!(
            "a statement of `{}` finds columns of the types {}, and its code reads {}",
            schema.view,
            found.join(", "),
            wanted.join(", ")
        )))
    })
}

/// The type of a parameter of this kind.
fn type_of(kind: CellKind) -> Type {
    match kind {
        CellKind::Bool => Type::BOOL,
        CellKind::Int => Type::INT8,
        CellKind::Decimal => Type::NUMERIC,
        CellKind::Text => Type::TEXT,
        CellKind::Date => Type::DATE,
        CellKind::Timestamp => Type::TIMESTAMPTZ,
        CellKind::Duration => Type::INTERVAL,
        CellKind::Uuid => Type::UUID,
        CellKind::Json => Type::JSON,
    }
}
