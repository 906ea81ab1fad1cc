//! The tables of the read models.

use std::sync::Arc;

use async_trait::async_trait;
use freehold_domain::{Position, Selection, TenantId};
use freehold_ports::{ApplyError, Batch, Projection, StoreError, StoredRow, ViewStore};

use crate::{Sqlite, apply, rows, statements};

#[async_trait]
impl ViewStore for Sqlite {
    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        let projection = Arc::clone(projection);
        self.read(move |connection| apply::checkpoint(connection, projection.as_ref())).await
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        after: Position,
        batch: Batch,
    ) -> Result<(), ApplyError> {
        let projection = Arc::clone(projection);
        self.write(move |session| apply::apply(session, projection.as_ref(), after, &batch)).await
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        let (tenant, selection) = (tenant.clone(), selection.clone());
        self.read(move |connection| {
            let statement = statements::select(&tenant, &selection)?;
            rows::select(connection, selection.schema, statement)
        })
        .await
    }
}
