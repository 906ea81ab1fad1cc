//! The tables of the read models.

use std::sync::Arc;

use async_trait::async_trait;
use freehold_domain::{Position, Selection, TenantId};
use freehold_ports::{
    ApplyError, DeadLetter, DeadLetterQuery, Dialect, FoldError, Projection, StoreError, StoredRow, TakeUp,
    TakenUp, ViewStore, Work,
};

use crate::{Sqlite, apply, dead_letters, fault::Stop, rows, select, session::Session};

/// How many events of a dead letter are taken up in one transaction.
const AT_ONCE: i64 = 500;

#[async_trait]
impl ViewStore for Sqlite {
    fn dialect(&self) -> Option<Dialect> {
        Some(Dialect::Sqlite)
    }

    async fn checkpoint(&self, projection: &Arc<dyn Projection>) -> Result<Position, StoreError> {
        let projection = Arc::clone(projection);
        self.read(move |connection| apply::checkpoint(connection, projection.as_ref())).await
    }

    async fn apply(
        &self,
        projection: &Arc<dyn Projection>,
        work: Work,
    ) -> Result<Vec<FoldError>, ApplyError> {
        let projection = Arc::clone(projection);
        self.write(move |session| apply::apply(session, projection.as_ref(), &work)).await
    }

    async fn select(&self, tenant: &TenantId, selection: &Selection) -> Result<Vec<StoredRow>, StoreError> {
        let (tenant, selection) = (tenant.clone(), selection.clone());
        self.read(move |connection| {
            let statement = select::select(&tenant, &selection)?;
            rows::select(connection, &selection, statement)
        })
        .await
    }

    async fn count(&self, tenant: &TenantId, selection: &Selection, most: u32) -> Result<u32, StoreError> {
        let (tenant, selection) = (tenant.clone(), selection.clone());
        self.read(move |connection| {
            let statement = select::count(&tenant, &selection, most)?;
            rows::count(connection, statement)
        })
        .await
    }

    async fn dead_letters(&self, query: &DeadLetterQuery) -> Result<Vec<DeadLetter>, StoreError> {
        let query = query.clone();
        self.read(move |connection| dead_letters::select(connection, &query)).await
    }

    async fn take_up(
        &self,
        projection: &Arc<dyn Projection>,
        letter: u64,
        how: TakeUp,
    ) -> Result<TakenUp, StoreError> {
        if let TakeUp::Skip(position) = how {
            let projection = Arc::clone(projection);
            let skip = move |session: &Session<'_>| -> Result<bool, Stop<StoreError>> {
                Ok(dead_letters::skip(session, projection.as_ref(), letter, position)?)
            };
            if !self.write(skip).await? {
                return Ok(TakenUp::Gone);
            }
        }
        // Where the table does not take one of them, they are taken up one by one, up to that one.
        for limit in [AT_ONCE, 1] {
            let of = Arc::clone(projection);
            let take_up =
                move |session: &Session<'_>| dead_letters::take_up(session, of.as_ref(), letter, limit);
            match self.write(take_up).await {
                Ok(taken_up) => return Ok(taken_up),
                Err(ApplyError::Store(error)) => return Err(error),
                Err(refused) if limit == 1 => {
                    let (projection, reason) = (Arc::clone(projection), refused.to_string());
                    let told = reason.clone();
                    let refuse = move |session: &Session<'_>| -> Result<(), Stop<StoreError>> {
                        Ok(dead_letters::refuse(session, projection.as_ref(), letter, &reason)?)
                    };
                    self.write(refuse).await?;
                    return Ok(TakenUp::Failed(told));
                }
                Err(_) => {}
            }
        }
        Ok(TakenUp::More)
    }
}
