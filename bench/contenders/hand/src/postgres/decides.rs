//! Load, decide, insert.

use std::{future::ready, pin::pin};

use anyhow::Context;
use bench_harness::{Account, Balance, Deposit, Failure, Fill, Metadata, Opening, Setup};
use futures_util::TryStreamExt;
use tokio_postgres::{Client, Row, Statement, error::SqlState};

use super::{
    DEPOSITED, OPENED,
    pool::{Pool, connect},
};

/// The connections, and what they do.
pub(crate) struct Postgres {
    pool: Pool<Connection>,
    inline_view: bool,
}

pub(super) struct Connection {
    pub(super) client: Client,
    load: Statement,
    pub(super) insert: Statement,
    insert_with_view: Statement,
    insert_with_nickname: Statement,
    page: Statement,
}

/// How many events are read at once.
const PAGE: i64 = 5_000;

const LOAD: &str = "SELECT version, kind, payload FROM events WHERE stream = $1 ORDER BY version";

const INSERT: &str =
    "INSERT INTO events (stream, version, kind, payload, metadata) VALUES ($1, $2, $3, $4, $5)";

const INSERT_WITH_VIEW: &str = "WITH event AS (
    INSERT INTO events (stream, version, kind, payload, metadata) VALUES ($1, $2, $3, $4, $5)
) UPDATE balances SET deposits = deposits + 1, cents = cents + $6 WHERE account = $1";

const INSERT_WITH_NICKNAME: &str = "WITH event AS (
    INSERT INTO events (stream, version, kind, payload, metadata) VALUES ($1, $2, $3, $4, $5)
) INSERT INTO nicknames (nickname, stream) VALUES ($6, $1)";

const PAGE_OF_LOG: &str =
    "SELECT position, kind, payload FROM events WHERE position > $1 ORDER BY position LIMIT $2";

/// Rows as the statements above would have left them. `$1` and `$2` are the first and the last number, `$3` is how many
/// events each account has.
const FILL: &str = "INSERT INTO events (stream, version, kind, payload, metadata)
SELECT md5(number::text)::uuid, version,
       CASE version WHEN 1 THEN $4 ELSE $5 END, CASE version WHEN 1 THEN $6 ELSE $7 END, $8
FROM generate_series($1::bigint, $2::bigint) number, generate_series(1::bigint, $3::bigint) version
ORDER BY number, version";

const FILL_VIEW: &str = "INSERT INTO balances
SELECT md5(number::text)::uuid, $3::bigint - 1, 0 FROM generate_series($1::bigint, $2::bigint) number";

impl Postgres {
    pub(crate) async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let url = setup.store.postgres()?;
        connect(url).await?.batch_execute(include_str!("schema.sql")).await?;
        let mut connections = Vec::new();
        for _ in 0..setup.connections.unwrap_or(64) {
            connections.push(Connection::open(url).await?);
        }
        Ok(Self { pool: Pool::new(connections), inline_view: setup.inline_view() })
    }

    pub(super) fn pool(&self) -> &Pool<Connection> {
        &self.pool
    }

    pub(crate) async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        let connection = self.pool.lend().await?;
        let (first, last, events) =
            (fill.first.cast_signed(), fill.last().cast_signed(), fill.events.cast_signed());
        let mut random = fastrand::Rng::new();
        let opening = serde_json::to_string(&Opening::of(0))?;
        let deposit = serde_json::to_string(&Deposit::any(&mut random))?;
        let metadata = serde_json::to_string(&Metadata::any(&mut random))?;
        connection
            .client
            .execute(FILL, &[&first, &last, &events, &OPENED, &DEPOSITED, &opening, &deposit, &metadata])
            .await?;
        if self.inline_view {
            connection.client.execute(FILL_VIEW, &[&first, &last, &events]).await?;
        }
        Ok(())
    }

    pub(crate) async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        Ok(self.pool.lend().await?.load(account).await?)
    }

    pub(crate) async fn deposit(
        &self,
        account: &Account,
        deposit: &Deposit,
        metadata: &Metadata,
    ) -> Result<(), Failure> {
        let connection = self.pool.lend().await?;
        let balance = connection.load(account).await?;
        if !balance.takes(deposit) {
            return Err(anyhow::anyhow!("the deposit is refused").into());
        }
        let version = balance.events.cast_signed() + 1;
        let (payload, metadata) = (serde_json::to_string(deposit)?, serde_json::to_string(metadata)?);
        let client = &connection.client;
        let written = if self.inline_view {
            let cents = deposit.amount;
            client
                .execute(
                    &connection.insert_with_view,
                    &[&account.id, &version, &DEPOSITED, &payload, &metadata, &cents],
                )
                .await
        } else {
            client
                .execute(&connection.insert, &[&account.id, &version, &DEPOSITED, &payload, &metadata])
                .await
        };
        conflict(written)
    }

    pub(crate) async fn scan(&self) -> Result<Balance, Failure> {
        let connection = self.pool.lend().await?;
        let (mut balance, mut after) = (Balance::default(), 0_i64);
        loop {
            let rows = connection.client.query(&connection.page, &[&after, &PAGE]).await?;
            for row in &rows {
                fold(&mut balance, row)?;
            }
            let Some(last) = rows.last() else { return Ok(balance) };
            after = last.try_get(0)?;
        }
    }

    pub(crate) async fn claim(
        &self,
        account: &Account,
        opening: &Opening,
        metadata: &Metadata,
    ) -> Result<(), Failure> {
        let connection = self.pool.lend().await?;
        let (payload, metadata) = (serde_json::to_string(opening)?, serde_json::to_string(metadata)?);
        let written = connection
            .client
            .execute(
                &connection.insert_with_nickname,
                &[&account.id, &1_i64, &OPENED, &payload, &metadata, &opening.nickname],
            )
            .await;
        conflict(written)
    }
}

impl Connection {
    async fn open(url: &str) -> anyhow::Result<Self> {
        let client = connect(url).await?;
        Ok(Self {
            load: client.prepare(LOAD).await?,
            insert: client.prepare(INSERT).await?,
            insert_with_view: client.prepare(INSERT_WITH_VIEW).await?,
            insert_with_nickname: client.prepare(INSERT_WITH_NICKNAME).await?,
            page: client.prepare(PAGE_OF_LOG).await?,
            client,
        })
    }

    async fn load(&self, account: &Account) -> anyhow::Result<Balance> {
        let rows = self.client.query_raw(&self.load, [&account.id]).await?;
        let folded = rows.err_into().try_fold(Balance::default(), |mut balance, row| {
            ready(fold(&mut balance, &row).map(|()| balance))
        });
        pin!(folded).await
    }
}

/// Takes in the row of an event; its second and third column are kind and payload.
fn fold(balance: &mut Balance, row: &Row) -> anyhow::Result<()> {
    match row.try_get(1)? {
        OPENED => {
            serde_json::from_str::<Opening>(row.try_get(2)?).context("an opening")?;
            balance.open();
        }
        _ => balance.deposit(serde_json::from_str::<Deposit>(row.try_get(2)?).context("a deposit")?.amount),
    }
    Ok(())
}

/// What came in with the event of such a row.
pub(super) fn cents(row: &Row) -> anyhow::Result<i64> {
    let mut balance = Balance::default();
    fold(&mut balance, row)?;
    Ok(balance.cents)
}

/// A broken unique constraint is a conflict.
pub(super) fn conflict(written: Result<u64, tokio_postgres::Error>) -> Result<(), Failure> {
    match written {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Err(Failure::Conflict),
        Err(error) => Err(error.into()),
    }
}
