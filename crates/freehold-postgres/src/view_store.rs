//! The tables of the read models.

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use freehold_domain::{Position, Selection, TenantId};
use freehold_ports::{ApplyError, Batch, Projection, StoreError, StoredRow, ViewStore};
use tokio_postgres::{Client, Statement};

use crate::{
    Postgres, apply,
    fault::{Fault, Stop},
    readers::{Reader, reading},
    rows::{self, Prepares},
    statements,
};

#[async_trait]
impl ViewStore for Postgres {
    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        reading!(self, |reader| apply::checkpoint(&reader, projection.as_ref()))
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        after: Position,
        batch: Batch,
    ) -> Result<(), ApplyError> {
        let mut reader = self.reader().await?;
        apply_on(&mut reader, projection.as_ref(), after, &batch).await.map_err(Stop::told)
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        reading!(self, |reader| rows_of(&reader, tenant, selection))
    }
}

async fn rows_of(reader: &Reader, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, Fault> {
    let select = statements::select(tenant, selection)?;
    rows::read_all(selection.schema, &reader.query(&select.sql, &select.params()).await?)
}

/// Dropped before its end, the transaction is undone.
async fn apply_on(
    reader: &mut Reader,
    projection: &dyn Projection,
    after: Position,
    batch: &Batch,
) -> Result<(), Stop<ApplyError>> {
    let transaction = reader.0.transaction().await?;
    apply::apply(&transaction, projection, after, batch).await?;
    Ok(transaction.commit().await?)
}

impl Prepares for Transaction<'_> {
    async fn prepared(&self, sql: &str) -> Result<Statement, Fault> {
        Ok(self.prepare_cached(sql).await?)
    }

    fn client(&self) -> &Client {
        tokio_postgres::GenericClient::client(&**self)
    }
}

impl Prepares for Reader {
    async fn prepared(&self, sql: &str) -> Result<Statement, Fault> {
        Ok(self.0.prepare_cached(sql).await?)
    }

    fn client(&self) -> &Client {
        &self.0
    }
}
