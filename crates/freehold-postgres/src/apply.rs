//! Applying a batch of events to a view, inside a transaction, with its checkpoint.

use std::collections::HashMap;

use freehold_domain::{Cell, Position, SyncMode, TenantId, Version};
use freehold_ports::{ApplyError, Batch, FoldError, Folding, Projection, RowId, StoredRow};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{
    event_query::query,
    events::{integer, number, parse},
    fault::{Fault, Stop},
    rows::{self, Prepares},
    sql,
};

/// Folds a batch that was read after the checkpoint into the rows, and moves the checkpoint.
pub(crate) async fn apply(
    on: &impl Prepares,
    projection: &dyn Projection,
    after: Position,
    batch: &Batch,
) -> Result<(), Stop<ApplyError>> {
    lock(on, projection).await?;
    let actual = checkpoint(on, projection).await?;
    if actual != after {
        let view = projection.schema().view;
        return Err(Stop::Refused(ApplyError::Moved { view, expected: after, actual }));
    }
    fold(on, projection, batch).await?;
    move_checkpoint(on, projection, batch.read_to).await?;
    if let SyncMode::Events(_) = projection.sync() {
        clear_tombstones(on, projection, batch.read_to).await?;
    }
    Ok(())
}

/// Nobody else writes the rows of the view until the transaction ends.
pub(crate) async fn lock(on: &impl Prepares, projection: &dyn Projection) -> Result<(), Fault> {
    let schema = projection.schema();
    query(on, sql::LOCK_VIEW, &[&schema.view, &version(projection)]).await?;
    Ok(())
}

/// How far a projection has come.
pub(crate) async fn checkpoint(on: &impl Prepares, projection: &dyn Projection) -> Result<Position, Fault> {
    let rows = query(on, sql::CHECKPOINT, &[&projection.schema().view, &version(projection)]).await?;
    rows.first().map_or(Ok(Position::START), |row| sql::position(row, 0))
}

/// A projection has come so far.
pub(crate) async fn move_checkpoint(
    on: &impl Prepares,
    projection: &dyn Projection,
    to: Position,
) -> Result<(), Fault> {
    let params: [&(dyn ToSql + Sync); 3] = [&projection.schema().view, &version(projection), &integer(to.0)];
    query(on, sql::MOVE_CHECKPOINT, &params).await?;
    Ok(())
}

/// The version of the shape of a view, as a column holds it.
pub(crate) fn version(projection: &dyn Projection) -> i32 {
    i32::try_from(projection.schema().version).unwrap_or(i32::MAX)
}

async fn fold(
    on: &impl Prepares,
    projection: &dyn Projection,
    batch: &Batch,
) -> Result<(), Stop<ApplyError>> {
    let refused = |error: FoldError| Stop::Refused(ApplyError::Fold(error));
    let mut folding = Folding::new(projection, &batch.events).map_err(refused)?;
    let ids: Vec<RowId> = folding.ids().cloned().collect();
    let rows = rows::load(on, projection.schema(), &ids.iter().collect::<Vec<_>>()).await?;
    if let SyncMode::Events(_) = projection.sync() {
        let taken_in = taken_in(on, projection, &ids, &rows).await?;
        for (place, version) in taken_in.into_iter().enumerate() {
            folding.skip_to(place, version);
        }
    }
    let changes = folding.changes(rows).map_err(refused)?;
    rows::write(on, projection.schema(), &changes).await?;
    Ok(())
}

/// Up to which version of its stream appends have taken in the events of each row.
async fn taken_in(
    on: &impl Prepares,
    projection: &dyn Projection,
    ids: &[RowId],
    rows: &[Option<StoredRow>],
) -> Result<Vec<Version>, Fault> {
    let tombstones = tombstones(on, projection, ids).await?;
    let one = |(id, row): (&RowId, &Option<StoredRow>)| match (row, id.key.as_slice()) {
        (Some(row), _) => row.version,
        (None, [Cell::Uuid(stream)]) => {
            tombstones.get(&(id.tenant.clone(), *stream)).copied().unwrap_or_default()
        }
        (None, _) => Version::NONE,
    };
    Ok(ids.iter().zip(rows).map(one).collect())
}

/// Up to which version the events of rows are done with that appends have deleted.
async fn tombstones(
    on: &impl Prepares,
    projection: &dyn Projection,
    ids: &[RowId],
) -> Result<HashMap<(TenantId, Uuid), Version>, Fault> {
    let streams = ids.iter().filter_map(|id| match id.key.as_slice() {
        [Cell::Uuid(stream)] => Some((id.tenant.as_str(), *stream)),
        _ => None,
    });
    let (tenants, streams): (Vec<_>, Vec<_>) = streams.unzip();
    let params: [&(dyn ToSql + Sync); 4] =
        [&projection.schema().view, &version(projection), &tenants, &streams];
    let rows = query(on, sql::TOMBSTONES, &params).await?;
    rows.iter().map(|row| Ok(((parse(row, 0)?, row.try_get(1)?), Version(number(row, 2)?)))).collect()
}

async fn clear_tombstones(
    on: &impl Prepares,
    projection: &dyn Projection,
    to: Position,
) -> Result<(), Fault> {
    let params: [&(dyn ToSql + Sync); 3] = [&projection.schema().view, &version(projection), &integer(to.0)];
    query(on, sql::CLEAR_TOMBSTONES, &params).await?;
    Ok(())
}
