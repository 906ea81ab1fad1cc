//! Rebuilds: a view is filled beside the one that serves, and takes its place.

use std::sync::Arc;

use async_trait::async_trait;
use freehold_domain::{Position, Schema, SyncMode};
use freehold_ports::{
    ApplyError, Batch, Comparison, Lease, Projection, Rebuild, Rebuilds, RowId, Sample, Scope, Shadow, Share,
    Stage, StoreError, ViewVersion, Work,
};
use tokio_postgres::{Row, types::ToSql};

use crate::{
    Postgres, apply, cells, dead_letters,
    event_query::{self, Part, query},
    events::{Moment, integer, number, parse},
    fault::{Fault, Stop},
    migrator::Owner,
    readers::{Reader, reading},
    replacement::Replacement,
    rows::Prepares,
    sql,
};

/// How many events are taken in at once before a comparison.
const AT_ONCE: u64 = 2_000;

type Applied<T> = Result<T, Stop<ApplyError>>;

/// Has work done in a transaction in which statements may take as long as they do. Dropped before its end, it is undone.
macro_rules! transact {
    ($database:expr, |$on:ident| $work:expr) => {{
        let mut reader: Reader = $database.reader().await?;
        let done: Applied<_> = async {
            let transaction = reader.0.transaction().await?;
            transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
            let $on = &transaction;
            let done = $work.await?;
            transaction.commit().await?;
            Ok(done)
        }
        .await;
        done.map_err(Stop::told)
    }};
}

#[async_trait]
impl Rebuilds for Postgres {
    async fn live_version(&self, projection: &Arc<dyn Projection>) -> Result<u32, StoreError> {
        reading!(self, |reader| live_version(&reader, projection.schema()))
    }

    async fn begin_rebuild(&self, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), StoreError> {
        let mut owner = Owner::connect(self.owner()).await?;
        let transaction = owner.begin().await?;
        begin(&transaction, shadow, of, automatic).await?;
        transaction.commit().await.map_err(Fault::from)?;
        Ok(owner.grant().await?)
    }

    async fn rebuilds(&self) -> Result<Vec<Rebuild>, StoreError> {
        reading!(self, |reader| all(&reader))
    }

    async fn set_automatic(&self, view: &str, automatic: bool) -> Result<(), StoreError> {
        let reader = self.reader().await?;
        query(&reader, sql::SET_AUTOMATIC, &[&view, &automatic]).await?;
        Ok(())
    }

    async fn compare(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        transact!(self, |on| compare(on, shadow))
    }

    async fn take_over(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        transact!(self, |on| take_over(on, shadow))
    }

    async fn roll_back(&self, shadow: &Shadow) -> Result<bool, ApplyError> {
        transact!(self, |on| roll_back(on, shadow))
    }

    async fn end_rebuild(&self, shadow: &Shadow) -> Result<(), StoreError> {
        let mut owner = Owner::connect(self.owner()).await?;
        let transaction = owner.begin().await?;
        remove(&transaction, shadow).await?;
        Ok(transaction.commit().await.map_err(Fault::from)?)
    }
}

async fn live_version(on: &impl Prepares, schema: &Schema) -> Result<u32, Fault> {
    let version = apply::part(schema.version);
    query(on, sql::FIND_LIVE_VERSION, &[&schema.view, &version]).await?;
    let rows = query(on, sql::LIVE_VERSION, &[&schema.view]).await?;
    rows.first().map_or(Ok(schema.version), |row| sql::part(row, 0))
}

/// Unless it is under way. Tables and what is said of them are made in one transaction: what a worker has filled is never
/// taken for something else.
async fn begin(on: &impl Prepares, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), Fault> {
    let live = shadow.live().schema();
    let is_there = |known: &Rebuild| known.stage.is_under_way() && known.version == live.version;
    if find(on, shadow).await?.is_some_and(|(known, _)| is_there(&known)) {
        return Ok(());
    }
    remove(on, shadow).await?;
    on.client().batch_execute(&Replacement::of(shadow).create).await?;
    let (version, before) = (apply::part(live.version), apply::part(live_version(on, live).await?));
    query(on, sql::BEGIN_REBUILD, &[&live.view, &version, &before, &automatic]).await?;
    let beside = shadow.schema();
    let params: [&(dyn ToSql + Sync); 6] =
        [&beside.view, &apply::part(beside.version), &apply::part(of.max(1)), &0_i64, &0_i64, &false];
    query(on, sql::DIVIDE, &params).await?;
    Ok(())
}

async fn all(on: &impl Prepares) -> Result<Vec<Rebuild>, Fault> {
    query(on, sql::REBUILDS, &[]).await?.iter().map(rebuild).collect()
}

/// The rebuild of a view, which stays as it is until the transaction ends, and the version that has served before it.
async fn find(on: &impl Prepares, shadow: &Shadow) -> Result<Option<(Rebuild, u32)>, Fault> {
    let rows = query(on, sql::REBUILD, &[&shadow.live().schema().view]).await?;
    rows.first().map(|row| Ok((rebuild(row)?, sql::part(row, 6)?))).transpose()
}

fn rebuild(row: &Row) -> Result<Rebuild, Fault> {
    let corrupt = |what: &str| Fault::Corrupt(format!("a rebuild cannot be read: its {what}"));
    let (stage, comparison): (&str, Option<&str>) = (row.try_get(2)?, row.try_get(5)?);
    Ok(Rebuild {
        view: row.try_get(0)?,
        version: sql::part(row, 1)?,
        stage: Stage::of(stage).ok_or_else(|| corrupt("stage"))?,
        automatic: row.try_get(3)?,
        began: row.try_get::<_, Moment>(4)?.0,
        comparison: comparison.map(serde_json::from_str).transpose().map_err(|_| corrupt("comparison"))?,
    })
}

async fn note(
    on: &impl Prepares,
    shadow: &Shadow,
    stage: Stage,
    compared: Option<&Comparison>,
) -> Result<(), Fault> {
    let compared = compared.map(|compared| serde_json::to_string(compared).unwrap_or_default());
    query(on, sql::SET_STAGE, &[&shadow.live().schema().view, &stage.name(), &compared]).await?;
    Ok(())
}

/// Partitions first, which keeps workers away from the table.
async fn remove(on: &impl Prepares, shadow: &Shadow) -> Result<(), Fault> {
    query(on, sql::REMOVE_REBUILD, &[&shadow.live().schema().view]).await?;
    for statement in [sql::REMOVE_PARTITIONS, sql::REMOVE_LETTERS, sql::REMOVE_WAITING] {
        query(on, statement, &[&shadow.schema().view]).await?;
    }
    Ok(on.client().batch_execute(&Replacement::of(shadow).drop).await?)
}

async fn compare(on: &impl Prepares, shadow: &Shadow) -> Applied<Option<Comparison>> {
    if !catch_up(on, shadow).await? {
        return Ok(None);
    }
    let compared = comparison(on, shadow).await?;
    note(on, shadow, Stage::Waiting, Some(&compared)).await?;
    Ok(Some(compared))
}

async fn take_over(on: &impl Prepares, shadow: &Shadow) -> Applied<Option<Comparison>> {
    if !catch_up(on, shadow).await? {
        return Ok(None);
    }
    let compared = comparison(on, shadow).await?;
    let live = shadow.live().schema();
    change_places(on, shadow, (live_version(on, live).await?, live.version)).await?;
    note(on, shadow, Stage::TakenOver, Some(&compared)).await?;
    Ok(Some(compared))
}

async fn roll_back(on: &impl Prepares, shadow: &Shadow) -> Applied<bool> {
    let Some((known, before)) = find(on, shadow).await? else { return Ok(false) };
    if known.stage != Stage::TakenOver || known.version != shadow.live().schema().version {
        return Ok(false);
    }
    lock(on, shadow, known.version).await?;
    let is_written_by_appends = shadow.live().sync() == SyncMode::Sync;
    if is_written_by_appends && (before != known.version || !take_in(on, shadow, known.version).await?) {
        return Err(Stop::Refused(shadow.stands_too_far_behind()));
    }
    change_places(on, shadow, (known.version, before)).await?;
    note(on, shadow, Stage::RolledBack, None).await?;
    Ok(true)
}

/// Takes in what the shadow lacks of what serves, if it is under way and that is not too much. Nobody brings either up to
/// date until the transaction ends.
async fn catch_up(on: &impl Prepares, shadow: &Shadow) -> Applied<bool> {
    if !find(on, shadow).await?.is_some_and(|(known, _)| known.stage.is_under_way()) {
        return Ok(false);
    }
    let version = live_version(on, shadow.live().schema()).await?;
    lock(on, shadow, version).await?;
    take_in(on, shadow, version).await
}

/// The same with the locks held, whatever it is.
async fn take_in(on: &impl Prepares, shadow: &Shadow, version: u32) -> Applied<bool> {
    let target = target(on, shadow, version).await?;
    loop {
        let stored = apply::fence(on, shadow, None).await?.stored;
        let positions = || stored.by_number.values().map(|(_, position)| *position);
        let Some(after) = positions().min() else { return Ok(false) };
        if after >= target {
            return Ok(true);
        }
        if target.0 - after.0 > AT_ONCE {
            return Ok(false);
        }
        let behind = stored.by_number.iter().filter(|(_, (_, position))| *position == after);
        let leases = behind.map(|(&partition, &(epoch, _))| Lease { partition, epoch }).collect();
        let next = positions().filter(|position| *position > after).min();
        let read_to = next.map_or(target, |next| next.min(target));
        let part = Part { after, until: read_to, limit: usize::MAX };
        let lacking = event_query::positions(on, &Scope::EveryTenant, part, shadow.query()).await?;
        let events = dead_letters::events_at(on, &lacking).await?;
        let share = Share { of: stored.of, leases };
        let work = Work { share, after, batch: Batch { events, read_to }, park: None };
        apply::apply(on, shadow, &work).await?;
    }
}

/// Nobody writes to what serves until the transaction ends: no append, if those do, and no worker. The order of the locks is
/// that of whoever else takes them.
async fn lock(on: &impl Prepares, shadow: &Shadow, version: u32) -> Result<(), Fault> {
    let schema = shadow.live().schema();
    if shadow.live().sync() != SyncMode::Async {
        query(on, sql::FORGET_ROWS, &[]).await?;
    }
    let version = apply::part(version);
    query(on, sql::LOCK_VIEW, &[&schema.view, &version]).await?;
    query(on, sql::FENCE, &[&schema.view, &version, &None::<Vec<i32>>]).await?;
    Ok(())
}

/// Up to where the shadow has to have taken events in: where what serves is, or the end of the log where appends write.
async fn target(on: &impl Prepares, shadow: &Shadow, version: u32) -> Result<Position, Fault> {
    if shadow.live().sync() != SyncMode::Async {
        return sql::position(&query(on, sql::HEAD, &[]).await?[0], 0);
    }
    let params: [&(dyn ToSql + Sync); 2] = [&shadow.live().schema().view, &apply::part(version)];
    sql::position(&query(on, sql::POSITIONS_OF_VIEW, &params).await?[0], 1)
}

async fn comparison(on: &impl Prepares, shadow: &Shadow) -> Result<Comparison, Fault> {
    let statements = Replacement::of(shadow);
    let row = on.client().query_one(&statements.compare, &[]).await?;
    let samples = on.client().query(&statements.samples, &[]).await?;
    Ok(Comparison {
        rows: number(&row, 0)?,
        added: number(&row, 1)?,
        gone: number(&row, 2)?,
        changed: number(&row, 3)?,
        samples: samples.iter().map(|row| sample(shadow.schema(), row)).collect::<Result<_, _>>()?,
    })
}

fn sample(schema: &Schema, row: &Row) -> Result<Sample, Fault> {
    let key =
        schema.key.iter().enumerate().map(|(place, &column)| cells::decode(schema, column, row, place + 2));
    let id = RowId { tenant: parse(row, 1)?, key: key.collect::<Result<_, _>>()? };
    Ok(Sample { tenant: id.tenant.to_string(), key: id.key_text(), kind: row.try_get(0)? })
}

/// Rows, dead letters and positions of both change places; the version that serves is another.
async fn change_places(on: &impl Prepares, shadow: &Shadow, (from, to): (u32, u32)) -> Applied<()> {
    let (live, beside) = (shadow.live().schema(), shadow.view());
    for statement in &Replacement::of(shadow).exchange {
        let exchanged = on.client().execute(statement, &[]).await;
        exchanged.map_err(|error| apply::refused_row(live.view, error.into()))?;
    }
    let [from, to] = [from, to].map(|version| ViewVersion { view: live.view.to_owned(), version });
    let meanwhile = ViewVersion { view: format!("{} ", beside.view), version: beside.version };
    let epoch = number(&query(on, sql::LAST_EPOCH, &[&from.view, &beside.view]).await?[0], 0)? + 1;
    for (one, other) in [(&from, &meanwhile), (&beside, &to), (&meanwhile, &beside)] {
        rename(on, (one, other), epoch).await?;
    }
    if shadow.live().sync() == SyncMode::Sync {
        // Appends write to what nobody has ever taken.
        let version = apply::part(to.version);
        let at = sql::position(&query(on, sql::POSITIONS_OF_VIEW, &[&to.view, &version]).await?[0], 0)?;
        query(on, sql::UNDIVIDE, &[&to.view, &version]).await?;
        let params: [&(dyn ToSql + Sync); 6] = [&to.view, &version, &1_i32, &integer(at.0), &0_i64, &false];
        query(on, sql::DIVIDE, &params).await?;
    }
    query(on, sql::REMOVE_TOMBSTONES, &[&live.view]).await?;
    query(on, sql::SET_LIVE_VERSION, &[&live.view, &apply::part(to.version)]).await?;
    Ok(())
}

/// What is said of one view is said of the other from now on.
async fn rename(
    on: &impl Prepares,
    (one, other): (&ViewVersion, &ViewVersion),
    epoch: u64,
) -> Result<(), Fault> {
    let (version, next) = (apply::part(one.version), apply::part(other.version));
    let names: [&(dyn ToSql + Sync); 4] = [&one.view, &version, &other.view, &next];
    query(on, sql::RENAME_WAITING, &names).await?;
    query(on, sql::RENAME_LETTERS, &names).await?;
    query(on, sql::RENAME_PARTITIONS, &[&names[..], &[&integer(epoch)]].concat()).await?;
    Ok(())
}
