//! Applying a batch of events to a view, inside a transaction, with its checkpoint.

use freehold_domain::{Cell, Position, SyncMode, Version};
use freehold_ports::{
    ApplyError, FoldError, Folded, Folding, Parked, Projection, RowId, StoredPartitions, StoredRow,
    ViewVersion, Work,
};
use rusqlite::{Connection, params};

use crate::{
    dead_letters,
    fault::{Fault, Stop},
    rows, scripts,
    session::{Session, execute, query_first, read_rows},
    sql,
};

/// Folds a batch into the rows of partitions, and moves their checkpoints.
pub(crate) fn apply(
    session: &Session<'_>,
    projection: &dyn Projection,
    work: &Work,
) -> Result<Vec<FoldError>, Stop<ApplyError>> {
    let Work { share, after, batch, .. } = work;
    let schema = projection.schema();
    let partitions = partitions(session.connection(), projection)?;
    share.check(schema.view, *after, &partitions.stored).map_err(Stop::Refused)?;
    let mut folding = Folding::of_work(projection, work).map_err(refused)?;
    let mut parked = Vec::new();
    if partitions.is_parking {
        parked = folding.leave_parked(&dead_letters::parked_among(session, projection, folding.ids())?);
    }
    parked.extend(folding.leave_unkeyed());
    let folded = match (projection.scripts(), work.park.as_deref()) {
        (Some(scripts), None) => {
            scripts::run(session, schema, scripts, folding.into_events())?;
            Folded::default()
        }
        // What is written in SQL has lanes and no rows of its own.
        (Some(_), park) => folding.take_in(Vec::new(), park).map_err(refused)?,
        (None, park) => {
            let rows = rows::load(session, schema, folding.ids())?;
            leave_out_what_appends_took_in(session, projection, &mut folding, &rows)?;
            folding.take_in(rows, park).map_err(refused)?
        }
    };
    parked.extend(folded.parked);
    rows::write(session, schema, &folded.changes).map_err(|fault| refused_row(schema.view, fault))?;
    for lease in &share.leases {
        move_checkpoint(session, projection, lease.partition, batch.read_to)?;
    }
    if !parked.is_empty() {
        dead_letters::park(session, projection, share.of, &parked)?;
    }
    if let SyncMode::Events(_) = projection.sync() {
        clear_tombstones(session, projection)?;
    }
    Ok(Parked::reasons(&parked))
}

/// The partitions of a view.
pub(crate) struct Partitions {
    pub(crate) stored: StoredPartitions,
    /// Whether rows of them wait in the dead letters.
    is_parking: bool,
}

pub(crate) fn partitions(connection: &Connection, projection: &dyn Projection) -> Result<Partitions, Fault> {
    let params = params![projection.schema().view, projection.schema().version];
    let mut statement = connection.prepare_cached(sql::PARTITIONS_OF_VIEW)?;
    let mut is_parking = false;
    let rows = read_rows(&mut statement, params, |row| {
        is_parking |= row.get::<_, u64>(3)? > 0;
        Ok((row.get(0)?, (row.get(1)?, Position(row.get(2)?))))
    })?;
    let of = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    Ok(Partitions { stored: StoredPartitions { of, by_number: rows.into_iter().collect() }, is_parking })
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

/// Leaves out what appends have taken in already.
pub(crate) fn leave_out_what_appends_took_in(
    session: &Session<'_>,
    projection: &dyn Projection,
    folding: &mut Folding<'_>,
    rows: &[Option<StoredRow>],
) -> Result<(), Fault> {
    if let SyncMode::Events(_) = projection.sync() {
        for (place, version) in taken_in(session, projection, folding, rows)?.into_iter().enumerate() {
            folding.skip_to(place, version);
        }
    }
    Ok(())
}

/// How far a projection has come.
pub(crate) fn checkpoint(connection: &Connection, projection: &dyn Projection) -> Result<Position, Fault> {
    least(connection, &ViewVersion::of(projection.schema()))
}

/// How far the partition of a view has come that is furthest behind.
pub(crate) fn least(connection: &Connection, view: &ViewVersion) -> Result<Position, Fault> {
    let params = params![view.view, view.version];
    let position: Option<Option<u64>> = query_first(connection, sql::CHECKPOINT, params, |row| row.get(0))?;
    Ok(Position(position.flatten().unwrap_or_default()))
}

/// A partition has come so far.
pub(crate) fn move_checkpoint(
    session: &Session<'_>,
    projection: &dyn Projection,
    partition: u32,
    to: Position,
) -> Result<(), Fault> {
    let schema = projection.schema();
    let params = params![schema.view, schema.version, partition, sql::integer(to.0)];
    execute(session.connection(), sql::MOVE_CHECKPOINT, params)?;
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

/// Those that every partition has passed.
fn clear_tombstones(session: &Session<'_>, projection: &dyn Projection) -> Result<(), Fault> {
    let params = params![projection.schema().view, projection.schema().version];
    execute(session.connection(), sql::CLEAR_TOMBSTONES, params)?;
    Ok(())
}
