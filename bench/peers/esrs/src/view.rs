//! The view of case F, kept by a transactional event handler.

use async_trait::async_trait;
use esrs::{
    handler::TransactionalEventHandler,
    store::{StoreEvent, postgres::PgStoreError},
};
use sqlx::PgConnection;

use crate::ledger::{Fact, Ledger, LedgerEvent};

pub(crate) const SCHEMA: &str =
    "CREATE TABLE balances (account uuid PRIMARY KEY, deposits bigint NOT NULL, cents bigint NOT NULL)";

const UPDATE: &str = "UPDATE balances SET deposits = deposits + 1, cents = cents + $2 WHERE account = $1";

pub(crate) struct Balances;

#[async_trait]
impl TransactionalEventHandler<Ledger, PgStoreError, PgConnection> for Balances {
    async fn handle(
        &self,
        event: &StoreEvent<LedgerEvent>,
        executor: &mut PgConnection,
    ) -> Result<(), PgStoreError> {
        if let Fact::Deposited(deposit) = &event.payload.fact {
            sqlx::query(UPDATE).bind(event.aggregate_id).bind(deposit.amount).execute(executor).await?;
        }
        Ok(())
    }
}
