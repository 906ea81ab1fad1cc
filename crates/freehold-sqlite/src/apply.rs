//! Applying a batch of events to a view, inside a transaction, with its checkpoint.

use freehold_domain::{Cell, Position, SyncMode, Version};
use freehold_ports::{ApplyError, Batch, FoldError, Folding, Projection, RowId, StoredRow};
use rusqlite::{Connection, params};

use crate::{
    fault::{Fault, Stop},
    rows,
    session::{Session, execute, query_first},
    sql,
};

/// Folds a batch that was read after the checkpoint into the rows, and moves the checkpoint.
pub(crate) fn apply(
    session: &Session<'_>,
    projection: &dyn Projection,
    after: Position,
    batch: &Batch,
) -> Result<(), Stop<ApplyError>> {
    let actual = checkpoint(session.connection(), projection)?;
    if actual != after {
        let view = projection.schema().view;
        return Err(Stop::Refused(ApplyError::Moved { view, expected: after, actual }));
    }
    fold(session, projection, batch)?;
    move_checkpoint(session, projection, batch.read_to)?;
    if let SyncMode::Events(_) = projection.sync() {
        clear_tombstones(session, projection, batch.read_to)?;
    }
    Ok(())
}

/// How far a projection has come.
pub(crate) fn checkpoint(connection: &Connection, projection: &dyn Projection) -> Result<Position, Fault> {
    let params = params![projection.schema().view, projection.schema().version];
    let position = query_first(connection, sql::CHECKPOINT, params, |row| row.get(0))?;
    Ok(Position(position.unwrap_or_default()))
}

/// A projection has come so far.
pub(crate) fn move_checkpoint(
    session: &Session<'_>,
    projection: &dyn Projection,
    to: Position,
) -> Result<(), Fault> {
    let params = params![projection.schema().view, projection.schema().version, sql::integer(to.0)];
    execute(session.connection(), sql::MOVE_CHECKPOINT, params)?;
    Ok(())
}

fn fold(session: &Session<'_>, projection: &dyn Projection, batch: &Batch) -> Result<(), Stop<ApplyError>> {
    let refused = |error: FoldError| Stop::Refused(ApplyError::Fold(error));
    let mut folding = Folding::new(projection, &batch.events).map_err(refused)?;
    let rows = rows::load(session, projection.schema(), folding.ids())?;
    if let SyncMode::Events(_) = projection.sync() {
        for (place, version) in taken_in(session, projection, &folding, &rows)?.into_iter().enumerate() {
            folding.skip_to(place, version);
        }
    }
    let changes = folding.changes(rows).map_err(refused)?;
    rows::write(session, projection.schema(), &changes)?;
    Ok(())
}

/// Up to which version of its stream appends have taken in the events of each row.
fn taken_in(
    session: &Session<'_>,
    projection: &dyn Projection,
    folding: &Folding<'_>,
    rows: &[Option<StoredRow>],
) -> Result<Vec<Version>, Fault> {
    let one = |(id, row): (&RowId, &Option<StoredRow>)| match row {
        Some(row) => Ok(row.version),
        None => tombstone(session, projection, id),
    };
    folding.ids().zip(rows).map(one).collect()
}

/// Up to which version the events of a row are done with that an append has deleted.
fn tombstone(session: &Session<'_>, projection: &dyn Projection, id: &RowId) -> Result<Version, Fault> {
    let [Cell::Uuid(stream)] = id.key.as_slice() else {
        return Ok(Version::NONE);
    };
    let schema = projection.schema();
    let params = params![schema.view, schema.version, id.tenant.as_str(), stream.to_string()];
    let version = query_first(session.connection(), sql::TOMBSTONE, params, |row| row.get(0))?;
    Ok(Version(version.unwrap_or_default()))
}

fn clear_tombstones(session: &Session<'_>, projection: &dyn Projection, to: Position) -> Result<(), Fault> {
    let params = params![projection.schema().view, projection.schema().version, sql::integer(to.0)];
    execute(session.connection(), sql::CLEAR_TOMBSTONES, params)?;
    Ok(())
}
