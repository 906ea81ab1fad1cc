//! esrs.

mod ledger;
mod view;

use anyhow::Context;
use bench_harness::{
    Account, Balance, Case, Contender, Deposit, Failure, Fill, Metadata, Opening, Setup, Variant, serve,
};
use esrs::{
    AggregateState,
    manager::AggregateManager,
    store::postgres::{PgStore, PgStoreBuilder, PgStoreError, UuidFormat},
};
use futures_util::TryStreamExt;
use ledger::{Fact, Ledger, LedgerEvent};
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;
use view::Balances;

/// The store of accounts.
struct Esrs {
    pool: PgPool,
    store: PgStore<Ledger>,
    manager: AggregateManager<PgStore<Ledger>>,
    inline_view: bool,
    /// Whether an account is locked before it is loaded.
    locks: bool,
}

/// The rows that the store has written for account 0, for other accounts: `$1` to `$2`, of `$3` events.
const FILL: &str =
    "INSERT INTO account_events (id, aggregate_id, payload, occurred_on, sequence_number, version)
SELECT gen_random_uuid(), md5(number::text)::uuid, template.payload, clock_timestamp(), sequence, NULL
FROM generate_series($1::bigint, $2::bigint) number, generate_series(1, $3::int) sequence
JOIN template ON template.sequence_number = least(sequence, 2)
ORDER BY number, sequence";

const FILL_VIEW: &str = "INSERT INTO balances
SELECT md5(number::text)::uuid, $3 - 1, 0 FROM generate_series($1::bigint, $2::bigint) number";

impl Contender for Esrs {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::new(
                "esrs",
                &["esrs"],
                "`PgStore` with its own migrations and ids of version 7, which are inserted in order; optimistic locking \
                 by its unique index, in B an advisory lock that is taken before loading; a pool of 64 connections, in B of \
                 128, that are not tested before each use. It keeps no metadata, \
                 so that this travels in the event. The view of F is a transactional event handler",
            )
            .remark("In D events come ordered by the clock of whoever appended them.")
            .refuses(&[Case::E], "no conditions beyond the version of one aggregate"),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        // Whoever waits for a lock holds a connection, and needs one more when it has it.
        let locks = setup.case == Case::B;
        let connections = setup.connections.unwrap_or(if locks { 128 } else { 64 });
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(connections)?)
            .test_before_acquire(false)
            .connect(setup.store.postgres()?)
            .await?;
        let inline_view = setup.inline_view();
        let builder = PgStoreBuilder::new(pool.clone()).with_event_id_format(UuidFormat::V7);
        let builder = if inline_view {
            sqlx::raw_sql(view::SCHEMA).execute(&pool).await?;
            builder.add_transactional_event_handler(Balances)
        } else {
            builder
        };
        let store = builder.try_build().await?;
        let contender =
            Self { pool, manager: AggregateManager::new(store.clone()), store, inline_view, locks };
        contender.write_template().await?;
        Ok(contender)
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        let (first, last) = (fill.first.cast_signed(), fill.last().cast_signed());
        let events = i32::try_from(fill.events)?;
        sqlx::query(FILL).bind(first).bind(last).bind(events).execute(&self.pool).await?;
        if self.inline_view {
            sqlx::query(FILL_VIEW).bind(first).bind(last).bind(events).execute(&self.pool).await?;
        }
        Ok(())
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        let state = if self.locks {
            self.manager.lock_and_load(account.id).await.map_err(failure)?.unwrap_or_default()
        } else {
            self.manager.load(account.id).await.map_err(failure)?.context("no such account")?
        };
        let command = LedgerEvent { fact: Fact::Deposited(deposit), metadata };
        self.manager.handle_command(state, command).await.map_err(failure)??;
        Ok(())
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let state = self.manager.load(account.id).await.map_err(failure)?;
        Ok(state.context("no such account")?.into_inner())
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        let events = self.store.stream_events(&self.pool).map_err(failure);
        let fold = |mut balance, event: esrs::store::StoreEvent<LedgerEvent>| async move {
            event.payload.fold_into(&mut balance);
            Ok(balance)
        };
        events.try_fold(Balance::default(), fold).await
    }
}

impl Esrs {
    /// Lets the store write an account, and moves its rows out of the log.
    async fn write_template(&self) -> anyhow::Result<()> {
        let mut random = fastrand::Rng::new();
        let opened = AggregateState::with_id(Uuid::nil());
        let command =
            LedgerEvent { fact: Fact::Opened(Opening::of(0)), metadata: Metadata::any(&mut random) };
        self.manager.handle_command(opened, command).await??;
        let state = self.manager.load(Uuid::nil()).await?.context("it was opened")?;
        let fact = Fact::Deposited(Deposit::any(&mut random));
        let command = LedgerEvent { fact, metadata: Metadata::any(&mut random) };
        self.manager.handle_command(state, command).await??;
        let move_out = "CREATE TABLE template AS SELECT * FROM account_events; DELETE FROM account_events";
        sqlx::raw_sql(move_out).execute(&self.pool).await?;
        Ok(())
    }
}

fn failure(error: PgStoreError) -> Failure {
    match error {
        PgStoreError::Sqlx(sqlx::Error::Database(error)) if error.is_unique_violation() => Failure::Conflict,
        error => Failure::Failed(error.into()),
    }
}

fn main() -> anyhow::Result<()> {
    serve::<Esrs>()
}
