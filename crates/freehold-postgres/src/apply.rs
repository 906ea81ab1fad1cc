//! Applying a batch of events to a view, inside a transaction, with its checkpoint.

use std::collections::HashMap;

use freehold_domain::{Cell, Position, SyncMode, TenantId, Version};
use freehold_ports::{
    ApplyError, FoldError, Folding, Parked, Projection, RowId, Share, StoredPartitions, StoredRow, Work,
};
use futures_util::future::try_join4;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{
    dead_letters,
    event_query::query,
    events::{integer, number, parse, unsigned},
    fault::{Fault, Stop},
    rows::{self, Prepares},
    scripts, sql,
};

/// What is told of the partitions of a view that a batch is for, with all of them locked.
pub(crate) struct Fenced {
    pub(crate) stored: StoredPartitions,
    /// Whether rows of them wait in the dead letters.
    is_parking: bool,
}

/// Folds a batch into the rows of partitions, and moves their checkpoints.
pub(crate) async fn apply(
    on: &impl Prepares,
    projection: &dyn Projection,
    work: &Work,
) -> Result<Vec<FoldError>, Stop<ApplyError>> {
    let Work { share, after, batch, .. } = work;
    let schema = projection.schema();
    let mut folding = Folding::of_work(projection, work).map_err(refused)?;
    let mut parked = folding.leave_unkeyed();
    // What is written in SQL has lanes and no rows of its own.
    let ids: Vec<RowId> =
        if projection.scripts().is_some() { Vec::new() } else { folding.ids().cloned().collect() };
    let wanted: Vec<_> = ids.iter().collect();
    // In this order: what is read behind the locks is seen as it is until the commit.
    let (_, (), fenced, rows) = try_join4(
        query(on, sql::HASTEN, &[&projection.scripts().is_none(), &projection.is_reaction()]),
        lock_where_others_write(on, projection, share),
        fence(on, projection, Some(share)),
        rows::load(on, schema, &wanted),
    )
    .await?;
    share.check(schema.view, *after, &fenced.stored).map_err(Stop::Refused)?;

    let mut rows: HashMap<RowId, Option<StoredRow>> = ids.into_iter().zip(rows).collect();
    if fenced.is_parking {
        let unkeyed = parked.iter().map(|parked| &parked.id);
        let known = dead_letters::parked_among(on, projection, folding.ids().chain(unkeyed)).await?;
        parked.iter_mut().filter(|parked| known.contains(&parked.id)).for_each(|parked| parked.error = None);
        parked.extend(folding.leave_parked(&known));
    }
    let rows: Vec<_> = folding.ids().map(|id| rows.remove(id).flatten()).collect();
    if let (Some(scripts), None) = (projection.scripts(), &work.park) {
        scripts::run(on, schema, scripts, folding.into_events()).await?;
    } else {
        leave_out_what_appends_took_in(on, projection, &mut folding, &rows).await?;
        let folded = folding.take_in(rows, work.park.as_deref()).map_err(refused)?;
        parked.extend(folded.parked);
        let written = rows::write(on, schema, &folded.changes).await;
        written.map_err(|fault| refused_row(schema.view, fault))?;
    }
    move_checkpoint(on, projection, share, batch.read_to).await?;
    if !parked.is_empty() {
        dead_letters::park(on, projection, share.of, &parked).await?;
    }
    if let SyncMode::Events(_) = projection.sync() {
        clear_tombstones(on, projection).await?;
    }
    Ok(Parked::reasons(&parked))
}

fn refused(error: FoldError) -> Stop<ApplyError> {
    Stop::Refused(ApplyError::Fold(error))
}

/// What the user's table does not take is not the fault of the database.
pub(crate) fn refused_row(view: &'static str, fault: Fault) -> Stop<ApplyError> {
    match fault.broken_constraint() {
        Some(reason) => Stop::Refused(ApplyError::Refused { view, reason }),
        None => Stop::Fault(fault),
    }
}

/// Partitions of a view, all of them unless some are named, as they stay until the transaction ends.
pub(crate) async fn fence(
    on: &impl Prepares,
    projection: &dyn Projection,
    share: Option<&Share>,
) -> Result<Fenced, Fault> {
    let numbers =
        share.map(|share| share.leases.iter().map(|lease| part(lease.partition)).collect::<Vec<_>>());
    let params: [&(dyn ToSql + Sync); 3] = [&projection.schema().view, &version(projection), &numbers];
    let (mut stored, mut is_parking) = (StoredPartitions::default(), false);
    for row in query(on, sql::FENCE, &params).await? {
        stored.by_number.insert(sql::part(&row, 0)?, (number(&row, 1)?, sql::position(&row, 2)?));
        stored.of = u32::try_from(number(&row, 4)?).unwrap_or(u32::MAX);
        is_parking |= number(&row, 3)? > 0;
    }
    Ok(Fenced { stored, is_parking })
}

/// The number of a partition, as a column holds it.
pub(crate) fn part(partition: u32) -> i32 {
    i32::try_from(partition).unwrap_or(i32::MAX)
}

/// Where nobody holds what is written, whoever writes waits until the transaction ends.
async fn lock_where_others_write(
    on: &impl Prepares,
    projection: &dyn Projection,
    share: &Share,
) -> Result<(), Fault> {
    if *share == Share::whole() {
        return lock(on, projection).await;
    }
    lock_what_appends_write(on, projection).await
}

async fn lock(on: &impl Prepares, projection: &dyn Projection) -> Result<(), Fault> {
    query(on, sql::LOCK_VIEW, &[&projection.schema().view, &version(projection)]).await?;
    Ok(())
}

/// Nobody else writes the rows of a view that appends write too until the transaction ends.
pub(crate) async fn lock_what_appends_write(
    on: &impl Prepares,
    projection: &dyn Projection,
) -> Result<(), Fault> {
    if projection.sync() == SyncMode::Async { Ok(()) } else { lock(on, projection).await }
}

/// Leaves out what appends have taken in already.
pub(crate) async fn leave_out_what_appends_took_in(
    on: &impl Prepares,
    projection: &dyn Projection,
    folding: &mut Folding<'_>,
    rows: &[Option<StoredRow>],
) -> Result<(), Fault> {
    if let SyncMode::Events(_) = projection.sync() {
        let ids: Vec<RowId> = folding.ids().cloned().collect();
        for (place, version) in taken_in(on, projection, &ids, rows).await?.into_iter().enumerate() {
            folding.skip_to(place, version);
        }
    }
    Ok(())
}

/// How far a projection has come.
pub(crate) async fn checkpoint(on: &impl Prepares, projection: &dyn Projection) -> Result<Position, Fault> {
    let rows = query(on, sql::CHECKPOINT, &[&projection.schema().view, &version(projection)]).await?;
    let least = rows.first().map(|row| row.try_get::<_, Option<i64>>(0)).transpose()?.flatten();
    Ok(Position(unsigned(least.unwrap_or_default())?))
}

/// Partitions have come so far.
async fn move_checkpoint(
    on: &impl Prepares,
    projection: &dyn Projection,
    share: &Share,
    to: Position,
) -> Result<(), Fault> {
    let numbers: Vec<i32> = share.leases.iter().map(|lease| part(lease.partition)).collect();
    let params: [&(dyn ToSql + Sync); 4] =
        [&projection.schema().view, &version(projection), &numbers, &integer(to.0)];
    query(on, sql::MOVE_CHECKPOINT, &params).await?;
    Ok(())
}

/// The version of the shape of a view, as a column holds it.
pub(crate) fn version(projection: &dyn Projection) -> i32 {
    i32::try_from(projection.schema().version).unwrap_or(i32::MAX)
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

/// Those that every partition has passed.
async fn clear_tombstones(on: &impl Prepares, projection: &dyn Projection) -> Result<(), Fault> {
    query(on, sql::CLEAR_TOMBSTONES, &[&projection.schema().view, &version(projection)]).await?;
    Ok(())
}
