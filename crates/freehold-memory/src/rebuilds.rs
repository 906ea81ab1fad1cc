//! Rebuilds: a view is filled beside the one that serves, and takes its place.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use freehold_domain::{Position, SyncMode};
use freehold_ports::{
    ApplyError, Batch, Comparison, Lease, Projection, Rebuild, Rebuilds, RowId, Sample, Shadow, Share, Stage,
    StoreError, StoredRow, ViewVersion, Work,
};

use crate::{Memory, dead_letters::now, leases::Partition, memory::State, view_store};

/// How many events are taken in at once before a comparison.
const AT_ONCE: u64 = 2_000;
/// How many rows that differ are shown.
const SAMPLES: usize = 10;

/// A rebuild, and what has served before it.
pub(crate) struct Kept {
    told: Rebuild,
    /// The version that has served before.
    before: u32,
}

#[async_trait]
impl Rebuilds for Memory {
    async fn live_version(&self, projection: &Arc<dyn Projection>) -> Result<u32, StoreError> {
        let mut state = self.state();
        Ok(state.live_version(projection.as_ref()))
    }

    async fn begin_rebuild(&self, shadow: &Shadow, of: u32, automatic: bool) -> Result<(), StoreError> {
        let mut state = self.state();
        let (view, version) = (shadow.live().schema().view, shadow.live().schema().version);
        let is_there = state
            .rebuilds
            .get(view)
            .is_some_and(|kept| kept.told.stage.is_under_way() && kept.told.version == version);
        if is_there {
            return Ok(());
        }
        state.remove_rebuild(shadow);
        let before = state.live_version(shadow.live().as_ref());
        let told = Rebuild {
            view: view.to_owned(),
            version,
            stage: Stage::Filling,
            automatic,
            began: now(),
            comparison: None,
        };
        state.rebuilds.insert(view.to_owned(), Kept { told, before });
        let partitions = (0..of.max(1)).map(|number| (number, Partition::default()));
        state.partitions.insert(shadow.view(), partitions.collect());
        Ok(())
    }

    async fn rebuilds(&self) -> Result<Vec<Rebuild>, StoreError> {
        Ok(self.state().rebuilds.values().map(|kept| kept.told.clone()).collect())
    }

    async fn set_automatic(&self, view: &str, automatic: bool) -> Result<(), StoreError> {
        if let Some(kept) = self.state().rebuilds.get_mut(view) {
            kept.told.automatic = automatic;
        }
        Ok(())
    }

    async fn compare(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        let mut state = self.state();
        if !state.catch_up(shadow)? {
            return Ok(None);
        }
        let comparison = state.comparison(shadow);
        state.note(shadow, Stage::Waiting, &comparison);
        Ok(Some(comparison))
    }

    async fn take_over(&self, shadow: &Shadow) -> Result<Option<Comparison>, ApplyError> {
        let mut state = self.state();
        if !state.catch_up(shadow)? {
            return Ok(None);
        }
        let comparison = state.comparison(shadow);
        let version = shadow.live().schema().version;
        let before = state.live_version(shadow.live().as_ref());
        state.change_places(shadow, (before, version));
        state.note(shadow, Stage::TakenOver, &comparison);
        Ok(Some(comparison))
    }

    async fn roll_back(&self, shadow: &Shadow) -> Result<bool, ApplyError> {
        let mut state = self.state();
        let Some(kept) = state.rebuilds.get(shadow.live().schema().view) else { return Ok(false) };
        let (before, version) = (kept.before, kept.told.version);
        if kept.told.stage != Stage::TakenOver || version != shadow.live().schema().version {
            return Ok(false);
        }
        let is_written_by_appends = shadow.live().sync() == SyncMode::Sync;
        if is_written_by_appends && (before != version || !state.take_in(shadow)?) {
            return Err(shadow.stands_too_far_behind());
        }
        if let Some(kept) = state.rebuilds.get_mut(shadow.live().schema().view) {
            kept.told.stage = Stage::RolledBack;
        }
        state.change_places(shadow, (version, before));
        Ok(true)
    }

    async fn end_rebuild(&self, shadow: &Shadow) -> Result<(), StoreError> {
        self.state().remove_rebuild(shadow);
        Ok(())
    }
}

impl State {
    fn live_version(&mut self, projection: &dyn Projection) -> u32 {
        let schema = projection.schema();
        *self.live_versions.entry(schema.view).or_insert(schema.version)
    }

    fn remove_rebuild(&mut self, shadow: &Shadow) {
        self.rebuilds.remove(shadow.live().schema().view);
        self.partitions.retain(|of, _| of.view != shadow.schema().view);
        self.tables.remove(shadow.schema().table);
        self.dead_letters.remove_all(shadow.schema().view);
    }

    /// Takes in what the shadow lacks of what serves, if that is not too much.
    fn catch_up(&mut self, shadow: &Shadow) -> Result<bool, ApplyError> {
        let is_under_way = |kept: &Kept| kept.told.stage.is_under_way();
        if !self.rebuilds.get(shadow.live().schema().view).is_some_and(is_under_way) {
            return Ok(false);
        }
        self.take_in(shadow)
    }

    /// The same, whatever it is.
    fn take_in(&mut self, shadow: &Shadow) -> Result<bool, ApplyError> {
        let target = self.target(shadow);
        let query = shadow.query();
        loop {
            let stored = self.partitions.get(&shadow.view()).cloned().unwrap_or_default();
            let Some(after) = stored.values().map(|part| part.position).min() else { return Ok(false) };
            if after >= target {
                return Ok(true);
            }
            if target.0 - after.0 > AT_ONCE {
                return Ok(false);
            }
            let group = stored.iter().filter(|(_, part)| part.position == after);
            let leases = group.map(|(&partition, part)| Lease { partition, epoch: part.epoch }).collect();
            let next = stored.values().map(|part| part.position).filter(|at| *at > after).min();
            let read_to = next.map_or(target, |next| next.min(target));
            let meant = self.after(after).iter().map(|logged| &logged.event);
            let meant = meant.take_while(|event| event.position <= read_to);
            let events = meant.filter(|event| query.matches(&event.stream, &event.event.name, &[]));
            let batch = Batch { events: events.cloned().collect(), read_to };
            let share = Share { of: u32::try_from(stored.len()).unwrap_or(1), leases };
            view_store::apply(self, shadow, &Work { share, after, batch, park: None })?;
        }
    }

    /// Up to where the shadow has to have taken events in: where what serves is, or the end of the log where appends write.
    fn target(&mut self, shadow: &Shadow) -> Position {
        if shadow.live().sync() != SyncMode::Async {
            return self.head();
        }
        let version = self.live_version(shadow.live().as_ref());
        let live = ViewVersion { view: shadow.live().schema().view.to_owned(), version };
        let positions = self.partitions.get(&live).into_iter().flat_map(BTreeMap::values);
        positions.map(|part| part.position).max().unwrap_or_default()
    }

    fn comparison(&self, shadow: &Shadow) -> Comparison {
        let none = std::collections::HashMap::new();
        let old = self.tables.get(shadow.live().schema().table).unwrap_or(&none);
        let new = self.tables.get(shadow.schema().table).unwrap_or(&none);
        let mut comparison = Comparison::default();
        for (id, row) in new {
            comparison.count(id, old.get(id), Some(row));
        }
        for (id, row) in old.iter().filter(|(id, _)| !new.contains_key(id)) {
            comparison.count(id, Some(row), None);
        }
        comparison
    }

    /// Rows, dead letters and positions of both change places; the version that serves is another.
    fn change_places(&mut self, shadow: &Shadow, (from, to): (u32, u32)) {
        let (live, beside) = (shadow.live().schema(), shadow.schema());
        let [old, new] =
            [live.table, beside.table].map(|table| self.tables.remove(table).unwrap_or_default());
        self.tables.insert(live.table, new);
        self.tables.insert(beside.table, old);
        let [from, to] = [from, to].map(|version| ViewVersion { view: live.view.to_owned(), version });
        self.dead_letters.change_places((&from, &to), &shadow.view());
        let old = self.partitions.remove(&from).unwrap_or_default();
        let new = self.partitions.remove(&shadow.view()).unwrap_or_default();
        let epoch = old.values().chain(new.values()).map(|part| part.epoch).max().unwrap_or_default() + 1;
        // Appends write to what nobody has ever taken.
        let is_whole = shadow.live().sync() == SyncMode::Sync;
        let at = new.values().map(|part| part.position).min().unwrap_or_default();
        let taken = |(number, part): (u32, Partition)| (number, Partition { epoch, owner: None, ..part });
        let new = if is_whole {
            [(0, Partition { position: at, ..Partition::default() })].into()
        } else {
            new.into_iter().map(taken).collect()
        };
        self.partitions.insert(to.clone(), new);
        self.partitions.insert(shadow.view(), old.into_iter().map(taken).collect());
        self.live_versions.insert(live.view, to.version);
        self.tombstones.retain(|(of, _), _| of.view != live.view);
    }

    fn note(&mut self, shadow: &Shadow, stage: Stage, comparison: &Comparison) {
        if let Some(kept) = self.rebuilds.get_mut(shadow.live().schema().view) {
            (kept.told.stage, kept.told.comparison) = (stage, Some(comparison.clone()));
        }
    }
}

trait Counts {
    fn count(&mut self, id: &RowId, old: Option<&StoredRow>, new: Option<&StoredRow>);
}

impl Counts for Comparison {
    fn count(&mut self, id: &RowId, old: Option<&StoredRow>, new: Option<&StoredRow>) {
        self.rows += 1;
        let (count, kind) = match (old, new) {
            (None, _) => (&mut self.added, "added"),
            (_, None) => (&mut self.gone, "gone"),
            (old, new) if old != new => (&mut self.changed, "changed"),
            _ => return,
        };
        *count += 1;
        if self.samples.len() < SAMPLES {
            let (tenant, key, kind) = (id.tenant.to_string(), id.key_text(), kind.to_owned());
            self.samples.push(Sample { tenant, key, kind });
        }
    }
}
