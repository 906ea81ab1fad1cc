//! Rebuilds: a view is filled beside the one that serves, and takes its place.

use std::sync::Arc;

use async_trait::async_trait;
use freehold_domain::{Position, SyncMode, Timestamp};
use freehold_ports::{
    ApplyError, Batch, Comparison, Lease, Projection, Rebuild, Rebuilds, RowId, Sample, Scope, Shadow, Share,
    Stage, StoreError, ViewVersion, Work,
};
use rusqlite::{Row, params};

use crate::{
    Sqlite, apply, cells,
    dead_letters::now,
    event_query::{self, Part},
    events::parse,
    fault::{Fault, Stop},
    replacement::Replacement,
    session::{Session, execute, query_first, read_rows},
    sql,
};

/// How many events are taken in at once before a comparison.
const AT_ONCE: u64 = 2_000;

type Done<T> = Result<T, Stop<StoreError>>;
type Applied<T> = Result<T, Stop<ApplyError>>;

#[async_trait]
impl Rebuilds for Sqlite {
    async fn live_version(&self, projection: &Arc<dyn Projection>) -> Result<u32, StoreError> {
        let projection = Arc::clone(projection);
        self.write(move |session| -> Done<u32> { Ok(live_version(session, projection.as_ref())?) }).await
    }

    async fn begin_rebuild(&self, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), StoreError> {
        let shadow = shadow.clone();
        self.write(move |session| -> Done<()> { Ok(begin(session, &shadow, of, automatic)?) }).await
    }

    async fn rebuilds(&self) -> Result<Vec<Rebuild>, StoreError> {
        self.read(|connection| read_rows(&mut connection.prepare_cached(sql::REBUILDS)?, [], rebuild)).await
    }

    async fn set_automatic(&self, view: &str, automatic: bool) -> Result<(), StoreError> {
        let view = view.to_owned();
        let set = move |session: &Session<'_>| -> Done<()> {
            execute(session.connection(), sql::SET_AUTOMATIC, params![view, automatic])?;
            Ok(())
        };
        self.write(set).await
    }

    async fn compare(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        let shadow = shadow.clone();
        self.write(move |session| {
            if !catch_up(session, &shadow)? {
                return Ok(None);
            }
            let compared = comparison(session, &shadow)?;
            note(session, &shadow, Stage::Waiting, Some(&compared))?;
            Ok(Some(compared))
        })
        .await
    }

    async fn take_over(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        let shadow = shadow.clone();
        self.write(move |session| {
            if !catch_up(session, &shadow)? {
                return Ok(None);
            }
            let compared = comparison(session, &shadow)?;
            let live = shadow.live();
            let versions = (live_version(session, live.as_ref())?, live.schema().version);
            change_places(session, &shadow, versions)?;
            note(session, &shadow, Stage::TakenOver, Some(&compared))?;
            Ok(Some(compared))
        })
        .await
    }

    async fn roll_back(&self, shadow: &Shadow) -> Result<bool, ApplyError> {
        let shadow = shadow.clone();
        self.write(move |session| {
            let Some((known, before)) = find(session, &shadow)? else { return Ok(false) };
            let live = shadow.live();
            if known.stage != Stage::TakenOver || known.version != live.schema().version {
                return Ok(false);
            }
            let is_written_by_appends = live.sync() == SyncMode::Sync;
            if is_written_by_appends && (before != known.version || !take_in(session, &shadow)?) {
                return Err(Stop::Refused(shadow.stands_too_far_behind()));
            }
            change_places(session, &shadow, (known.version, before))?;
            note(session, &shadow, Stage::RolledBack, None)?;
            Ok(true)
        })
        .await
    }

    async fn end_rebuild(&self, shadow: &Shadow) -> Result<(), StoreError> {
        let shadow = shadow.clone();
        self.write(move |session| -> Done<()> { Ok(remove(session, &shadow)?) }).await
    }
}

fn live_version(session: &Session<'_>, projection: &dyn Projection) -> Result<u32, Fault> {
    let schema = projection.schema();
    execute(session.connection(), sql::FIND_LIVE_VERSION, params![schema.view, schema.version])?;
    let version = query_first(session.connection(), sql::LIVE_VERSION, [schema.view], |row| row.get(0))?;
    Ok(version.unwrap_or(schema.version))
}

fn begin(session: &Session<'_>, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), Fault> {
    let (connection, live) = (session.connection(), shadow.live().schema());
    let is_there = find(session, shadow)?
        .is_some_and(|(known, _)| known.stage.is_under_way() && known.version == live.version);
    if is_there {
        return Ok(());
    }
    remove(session, shadow)?;
    let made: Option<String> = query_first(connection, sql::TABLE_SQL, [live.table], |row| row.get(0))?;
    let made = made.and_then(|made| Replacement::of(shadow).create(&made));
    let made = made.ok_or_else(|| Fault::Corrupt(format!("there is no table `{}`", live.table)))?;
    connection.execute_batch(&made)?;
    // A fold finds rows by their keys alone; statements of a user's own may rely on every index.
    if shadow.scripts().is_some() {
        make_indexes(session, shadow)?;
    }
    let before = live_version(session, shadow.live().as_ref())?;
    let params = params![live.view, live.version, before, automatic, now(connection)?];
    execute(connection, sql::BEGIN_REBUILD, params)?;
    for number in 0..of.max(1) {
        let schema = shadow.schema();
        execute(connection, sql::DIVIDE, params![schema.view, schema.version, number, 0, 0, false])?;
    }
    Ok(())
}

fn make_indexes(session: &Session<'_>, shadow: &Shadow) -> Result<(), Fault> {
    let (connection, table) = (session.connection(), shadow.live().schema().table);
    let mut statement = connection.prepare_cached(sql::INDEXES_SQL)?;
    let indexes =
        read_rows(&mut statement, [table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    for (name, made) in indexes {
        let made = Replacement::of(shadow).index(&name, &made);
        let made = made.ok_or_else(|| Fault::Corrupt(format!("the index `{name}` cannot be read")))?;
        connection.execute_batch(&made)?;
    }
    Ok(())
}

/// The rebuild of a view, and the version that has served before it.
fn find(session: &Session<'_>, shadow: &Shadow) -> Result<Option<(Rebuild, u32)>, Fault> {
    let mut statement = session.connection().prepare_cached(sql::REBUILD)?;
    let found =
        read_rows(&mut statement, [shadow.live().schema().view], |row| Ok((rebuild(row)?, row.get(6)?)))?;
    Ok(found.into_iter().next())
}

fn rebuild(row: &Row<'_>) -> Result<Rebuild, Fault> {
    let corrupt = |what: &str| Fault::Corrupt(format!("a rebuild cannot be read: its {what}"));
    let (stage, comparison): (String, Option<String>) = (row.get(2)?, row.get(5)?);
    let comparison = comparison.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Rebuild {
        view: row.get(0)?,
        version: row.get(1)?,
        stage: Stage::of(&stage).ok_or_else(|| corrupt("stage"))?,
        automatic: row.get(3)?,
        began: Timestamp::from_micros(row.get(4)?),
        comparison: comparison.map_err(|_| corrupt("comparison"))?,
    })
}

fn note(
    session: &Session<'_>,
    shadow: &Shadow,
    stage: Stage,
    compared: Option<&Comparison>,
) -> Result<(), Fault> {
    let compared = compared.map(|compared| serde_json::to_string(compared).unwrap_or_default());
    let params = params![shadow.live().schema().view, stage.name(), compared];
    execute(session.connection(), sql::SET_STAGE, params)?;
    Ok(())
}

fn remove(session: &Session<'_>, shadow: &Shadow) -> Result<(), Fault> {
    let connection = session.connection();
    execute(connection, sql::REMOVE_REBUILD, [shadow.live().schema().view])?;
    execute(connection, sql::REMOVE_PARTITIONS, [shadow.schema().view])?;
    execute(connection, sql::REMOVE_LETTERS, [shadow.schema().view])?;
    Ok(connection.execute_batch(&Replacement::of(shadow).drop)?)
}

/// Takes in what the shadow lacks of what serves, if it is under way and that is not too much.
fn catch_up(session: &Session<'_>, shadow: &Shadow) -> Applied<bool> {
    if !find(session, shadow)?.is_some_and(|(known, _)| known.stage.is_under_way()) {
        return Ok(false);
    }
    take_in(session, shadow)
}

/// The same, whatever it is.
fn take_in(session: &Session<'_>, shadow: &Shadow) -> Applied<bool> {
    let target = target(session, shadow)?;
    loop {
        let stored = apply::partitions(session.connection(), shadow)?.stored;
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
        let events = event_query::events(session.connection(), &Scope::EveryTenant, part, shadow.query())?;
        let share = Share { of: stored.of, leases };
        apply::apply(session, shadow, &Work { share, after, batch: Batch { events, read_to }, park: None })?;
    }
}

/// Up to where the shadow has to have taken events in: where what serves is, or the end of the log where appends write.
fn target(session: &Session<'_>, shadow: &Shadow) -> Result<Position, Fault> {
    if shadow.live().sync() != SyncMode::Async {
        return session.head();
    }
    let schema = shadow.live().schema();
    let params = params![schema.view, live_version(session, shadow.live().as_ref())?];
    let mut statement = session.connection().prepare_cached(sql::PARTITIONS_OF_VIEW)?;
    let positions = read_rows(&mut statement, params, |row| Ok(Position(row.get(2)?)))?;
    Ok(positions.into_iter().max().unwrap_or_default())
}

fn comparison(session: &Session<'_>, shadow: &Shadow) -> Result<Comparison, Fault> {
    let (connection, statements) = (session.connection(), Replacement::of(shadow));
    let counts = query_first(connection, &statements.compare, [], |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?, row.get::<_, u64>(2)?, row.get::<_, u64>(3)?))
    })?;
    let (new, added, gone, changed) = counts.unwrap_or_default();
    let mut statement = connection.prepare_cached(&statements.samples)?;
    let samples = read_rows(&mut statement, [], |row| sample(shadow, row))?;
    Ok(Comparison { rows: new + gone, added, gone, changed, samples })
}

fn sample(shadow: &Shadow, row: &Row<'_>) -> Result<Sample, Fault> {
    let schema = shadow.schema();
    let key = schema
        .key
        .iter()
        .enumerate()
        .map(|(place, &column)| cells::decode(schema, column, row.get_ref(place + 2)?));
    let id = RowId { tenant: parse(row, 1)?, key: key.collect::<Result<_, _>>()? };
    Ok(Sample { tenant: id.tenant.to_string(), key: id.key_text(), kind: row.get(0)? })
}

/// Rows, dead letters and positions of both change places; the version that serves is another.
fn change_places(session: &Session<'_>, shadow: &Shadow, (from, to): (u32, u32)) -> Applied<()> {
    let (connection, live, beside) = (session.connection(), shadow.live().schema(), shadow.view());
    for statement in &Replacement::of(shadow).exchange {
        let exchanged = connection.execute(statement, []).map_err(Fault::from);
        exchanged.map_err(|fault| apply::refused_row(live.view, fault))?;
    }
    let [from, to] = [from, to].map(|version| ViewVersion { view: live.view.to_owned(), version });
    let meanwhile = ViewVersion { view: format!("{} ", beside.view), version: beside.version };
    let epoch: Option<Option<u64>> =
        query_first(connection, sql::LAST_EPOCH, [&from.view, &beside.view], |row| row.get(0))?;
    let epoch = epoch.flatten().unwrap_or_default() + 1;
    for (one, other) in [(&from, &meanwhile), (&beside, &to), (&meanwhile, &beside)] {
        let names = params![one.view, one.version, other.view, other.version];
        execute(connection, sql::RENAME_LETTERS, names)?;
        let names = params![one.view, one.version, other.view, other.version, epoch];
        execute(connection, sql::RENAME_PARTITIONS, names)?;
    }
    if shadow.live().sync() == SyncMode::Sync {
        // Appends write to what nobody has ever taken.
        let at = apply::least(connection, &to)?;
        execute(connection, sql::UNDIVIDE, params![to.view, to.version])?;
        execute(connection, sql::DIVIDE, params![to.view, to.version, 0, sql::integer(at.0), 0, false])?;
    }
    execute(connection, sql::REMOVE_TOMBSTONES, [live.view])?;
    execute(connection, sql::SET_LIVE_VERSION, params![live.view, to.version])?;
    Ok(())
}
