//! The tables of the read models.

use std::sync::Arc;

use async_trait::async_trait;
use freehold_domain::{Position, Selection, SyncMode, TenantId, Version};
use freehold_ports::{ApplyError, Batch, Folding, Projection, RowId, StoreError, StoredRow, ViewStore};

use crate::{
    Memory,
    memory::{State, view_version},
    select,
};

#[async_trait]
impl ViewStore for Memory {
    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        Ok(self.state().checkpoint(projection.as_ref()))
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        after: Position,
        batch: Batch,
    ) -> Result<(), ApplyError> {
        apply(&mut self.state(), projection.as_ref(), after, &batch)
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        let state = self.state();
        let table = state.tables.get(selection.schema.table);
        let rows = table.into_iter().flatten().filter(|(id, _)| id.tenant == *tenant).map(|(_, row)| row);
        Ok(select::select(selection, rows))
    }
}

fn apply(
    state: &mut State,
    projection: &dyn Projection,
    after: Position,
    batch: &Batch,
) -> Result<(), ApplyError> {
    let actual = state.checkpoint(projection);
    if actual != after {
        return Err(ApplyError::Moved { view: projection.schema().view, expected: after, actual });
    }
    let mut folding = Folding::new(projection, &batch.events)?;
    let ids: Vec<RowId> = folding.ids().cloned().collect();
    let rows: Vec<_> = ids.iter().map(|id| state.row(projection, id)).collect();
    if let SyncMode::Events(_) = projection.sync() {
        for (place, (id, row)) in ids.iter().zip(&rows).enumerate() {
            folding.skip_to(place, taken_in(state, projection, id, row.as_ref()));
        }
    }
    let changes = folding.changes(rows)?;
    state.write_rows(projection, changes);
    move_checkpoint(state, projection, batch.read_to);
    Ok(())
}

/// Up to which version of its stream appends have taken in the events of a row, or of the row that was there.
fn taken_in(state: &State, projection: &dyn Projection, id: &RowId, row: Option<&StoredRow>) -> Version {
    let tombstone = || Some(state.tombstones.get(&(view_version(projection), id.clone()))?.version);
    row.map(|row| row.version).or_else(tombstone).unwrap_or_default()
}

fn move_checkpoint(state: &mut State, projection: &dyn Projection, to: Position) {
    let view = view_version(projection);
    state.checkpoints.insert(view, to);
    state.tombstones.retain(|(of, _), tombstone| *of != view || tombstone.position > to);
}
