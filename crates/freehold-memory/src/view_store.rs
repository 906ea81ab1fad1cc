//! The tables of the read models.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use freehold_domain::{Position, Schema, Selection, SyncMode, TenantId, Version};
use freehold_ports::{
    ApplyError, DeadLetter, DeadLetterQuery, Dialect, FoldError, Folding, Parked, Projection, RowId,
    StoreError, StoredPartitions, StoredRow, TakeUp, TakenUp, ViewStore, ViewVersion, Work,
};

use crate::{Memory, dead_letters, memory::State, select};

#[async_trait]
impl ViewStore for Memory {
    fn dialect(&self) -> Option<Dialect> {
        None
    }

    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        Ok(self.state().checkpoint(projection.as_ref()))
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        work: Work,
    ) -> Result<Vec<FoldError>, ApplyError> {
        apply(&mut self.state(), projection.as_ref(), &work)
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        let state = self.state();
        Ok(select::select(selection, state.rows_of(tenant, selection.schema)))
    }

    async fn count(&self, tenant: &TenantId, selection: &Selection, most: u32) -> Result<u32, StoreError> {
        let state = self.state();
        Ok(select::count(selection, state.rows_of(tenant, selection.schema), most))
    }

    async fn dead_letters(&self, query: &DeadLetterQuery) -> Result<Vec<DeadLetter>, StoreError> {
        Ok(self.state().dead_letters.select(query))
    }

    async fn take_up(
        &self,
        projection: &Arc<dyn Projection>,
        letter: u64,
        how: TakeUp,
    ) -> Result<TakenUp, StoreError> {
        Ok(dead_letters::take_up(&mut self.state(), projection.as_ref(), letter, how))
    }
}

pub(crate) fn apply(
    state: &mut State,
    projection: &dyn Projection,
    work: &Work,
) -> Result<Vec<FoldError>, ApplyError> {
    let Work { share, after, batch, .. } = work;
    let view = ViewVersion::of(projection.schema());
    share.check(projection.schema().view, *after, &state.stored(&view))?;

    let mut folding = Folding::of_work(projection, work)?;
    let mut parked = folding.leave_parked(&state.dead_letters.among(&view, folding.ids()));
    parked.extend(folding.leave_unkeyed());
    let rows = state.rows_for(projection, &mut folding);
    let folded = folding.take_in(rows, work.park.as_deref())?;
    state.write_rows(projection, folded.changes);
    parked.extend(folded.parked);
    let reasons = Parked::reasons(&parked);
    state.dead_letters.park(&view, share.of, parked);
    let partitions = state.partitions.entry(view.clone()).or_default();
    for lease in &share.leases {
        partitions.entry(lease.partition).or_default().position = batch.read_to;
    }
    state.clear_tombstones(&view);
    Ok(reasons)
}

impl State {
    fn rows_of(&self, tenant: &TenantId, schema: &Schema) -> impl Iterator<Item = &StoredRow> {
        let table = self.tables.get(schema.table).into_iter().flatten();
        table.filter(move |(id, _)| id.tenant == *tenant).map(|(_, row)| row)
    }

    fn stored(&self, view: &ViewVersion) -> StoredPartitions {
        let partitions = self.partitions.get(view).into_iter().flatten();
        let by_number: BTreeMap<_, _> =
            partitions.map(|(&number, stored)| (number, (stored.epoch, stored.position))).collect();
        StoredPartitions { of: u32::try_from(by_number.len()).unwrap_or(u32::MAX), by_number }
    }

    /// The rows that are touched, with what appends have taken in of them left out.
    pub(crate) fn rows_for(
        &self,
        projection: &dyn Projection,
        folding: &mut Folding<'_>,
    ) -> Vec<Option<StoredRow>> {
        let view = ViewVersion::of(projection.schema());
        let ids: Vec<RowId> = folding.ids().cloned().collect();
        let rows: Vec<_> = ids.iter().map(|id| self.row(projection, id)).collect();
        if let SyncMode::Events(_) = projection.sync() {
            for (place, (id, row)) in ids.iter().zip(&rows).enumerate() {
                folding.skip_to(place, self.taken_in(&view, id, row.as_ref()));
            }
        }
        rows
    }

    /// Up to which version of its stream appends have taken in the events of a row, or of the row that was there.
    fn taken_in(&self, view: &ViewVersion, id: &RowId, row: Option<&StoredRow>) -> Version {
        let tombstone = || Some(self.tombstones.get(&(view.clone(), id.clone()))?.version);
        row.map(|row| row.version).or_else(tombstone).unwrap_or_default()
    }

    /// Those that every partition of the view has passed.
    fn clear_tombstones(&mut self, view: &ViewVersion) {
        let positions = self.partitions.get(view).into_iter().flat_map(BTreeMap::values);
        let passed = positions.map(|partition| partition.position).min().unwrap_or_default();
        self.tombstones.retain(|(of, _), tombstone| of != view || tombstone.position > passed);
    }
}
