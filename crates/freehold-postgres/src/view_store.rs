//! The tables of the read models.

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::{GenericClient, Transaction};
use freehold_domain::{Position, Selection, TenantId};
use freehold_ports::{
    ApplyError, DeadLetter, DeadLetterQuery, Dialect, FoldError, Projection, StoreError, StoredRow, TakeUp,
    TakenUp, ViewStore, Work,
};
use tokio_postgres::{Client, Statement, types::Type};

use crate::{
    Postgres, apply, dead_letters,
    fault::{Fault, Stop},
    readers::{Reader, reading},
    rows::{self, Prepares},
    select,
};

/// How many events of a dead letter are taken up in one transaction.
const AT_ONCE: i64 = 500;

/// Has work done in a transaction. Dropped before its end, that is undone.
macro_rules! transact {
    ($reader:expr, |$on:ident| $work:expr) => {{
        let transaction = $reader.0.transaction().await.map_err(Fault::from)?;
        let $on = &transaction;
        let done = $work.await?;
        transaction.commit().await.map_err(Fault::from)?;
        done
    }};
}

#[async_trait]
impl ViewStore for Postgres {
    fn dialect(&self) -> Option<Dialect> {
        Some(Dialect::Postgres)
    }

    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        reading!(self, |reader| apply::checkpoint(&reader, projection.as_ref()))
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        work: Work,
    ) -> Result<Vec<FoldError>, ApplyError> {
        let mut reader = self.reader().await?;
        apply_on(&mut reader, projection.as_ref(), &work).await.map_err(Stop::told)
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        reading!(self, |reader| rows_of(&reader, tenant, selection))
    }

    async fn count(&self, tenant: &TenantId, selection: &Selection, most: u32) -> Result<u32, StoreError> {
        reading!(self, |reader| count_of(&reader, tenant, selection, most))
    }

    async fn dead_letters(&self, query: &DeadLetterQuery) -> Result<Vec<DeadLetter>, StoreError> {
        reading!(self, |reader| dead_letters::select(&reader, query))
    }

    async fn take_up(
        &self,
        projection: &Arc<dyn Projection>,
        letter: u64,
        how: TakeUp,
    ) -> Result<TakenUp, StoreError> {
        let mut reader = self.reader().await?;
        let (reader, projection) = (&mut reader, projection.as_ref());
        if let TakeUp::Skip(position) = how
            && !transact!(reader, |on| dead_letters::skip(on, projection, letter, position))
        {
            return Ok(TakenUp::Gone);
        }
        // Where the table does not take one of them, they are taken up one by one, up to that one.
        for limit in [AT_ONCE, 1] {
            match take_up_on(reader, projection, letter, limit).await {
                Ok(taken_up) => return Ok(taken_up),
                Err(Stop::Refused(refused)) if limit == 1 => {
                    let reason = refused.to_string();
                    transact!(reader, |on| dead_letters::refuse(on, projection, letter, &reason));
                    return Ok(TakenUp::Failed(reason));
                }
                Err(Stop::Refused(_)) => {}
                Err(Stop::Fault(fault)) => return Err(fault.into()),
            }
        }
        Ok(TakenUp::More)
    }
}

async fn rows_of(reader: &Reader, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, Fault> {
    let select = select::select(tenant, selection)?;
    rows::read_all(selection, &reader.query(&select.sql, &select.params()).await?)
}

async fn count_of(
    reader: &Reader,
    tenant: &TenantId,
    selection: &Selection,
    most: u32,
) -> Result<u32, Fault> {
    let count = select::count(tenant, selection, most)?;
    let rows = reader.query(&count.sql, &count.params()).await?;
    Ok(u32::try_from(rows[0].try_get::<_, i64>(0)?).unwrap_or(most))
}

/// Dropped before its end, the transaction is undone, as those below.
async fn apply_on(
    reader: &mut Reader,
    projection: &dyn Projection,
    work: &Work,
) -> Result<Vec<FoldError>, Stop<ApplyError>> {
    let transaction = reader.0.transaction().await?;
    let parked = apply::apply(&transaction, projection, work).await?;
    transaction.commit().await?;
    Ok(parked)
}

async fn take_up_on(
    reader: &mut Reader,
    projection: &dyn Projection,
    letter: u64,
    limit: i64,
) -> Result<TakenUp, Stop<ApplyError>> {
    let transaction = reader.0.transaction().await?;
    let taken_up = dead_letters::take_up(&transaction, projection, letter, limit).await?;
    transaction.commit().await?;
    Ok(taken_up)
}

impl Prepares for Transaction<'_> {
    async fn prepared(&self, sql: &str) -> Result<Statement, Fault> {
        Ok(self.prepare_cached(sql).await?)
    }

    fn client(&self) -> &Client {
        tokio_postgres::GenericClient::client(&**self)
    }

    async fn prepared_as(&self, sql: &str, types: &[Type]) -> Result<Statement, Fault> {
        Ok(self.prepare_typed_cached(sql, types).await?)
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
