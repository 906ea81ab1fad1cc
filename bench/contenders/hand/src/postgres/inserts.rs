//! The insert alone.

use bench_harness::{Account, Deposit, Failure, Metadata, Setup};

use super::{DEPOSITED, Postgres, decides::conflict};

/// Appends without having loaded.
pub(crate) struct Inserts {
    pub(crate) postgres: Postgres,
}

impl Inserts {
    pub(crate) async fn open(setup: &Setup) -> anyhow::Result<Self> {
        Ok(Self { postgres: Postgres::open(setup).await? })
    }

    pub(crate) async fn deposit(
        &self,
        account: &Account,
        deposit: &Deposit,
        metadata: &Metadata,
    ) -> Result<(), Failure> {
        let connection = self.postgres.pool().lend().await?;
        let version = account.next_version().cast_signed();
        let (payload, metadata) = (serde_json::to_string(deposit)?, serde_json::to_string(metadata)?);
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&account.id, &version, &DEPOSITED, &payload, &metadata];
        conflict(connection.client.execute(&connection.insert, &parameters).await)
    }
}
