//! cqrs-es with postgres-es.

mod ledger;
mod views;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bench_harness::{
    Account, Balance, Case, Contender, Deposit, Failure, Fill, Metadata, Opening, Rows, Setup, Variant,
    ViewCase, serve,
};
use cqrs_es::{
    AggregateError, EventEnvelope, EventStore, Query,
    persist::{PersistedEventStore, QueryReplay},
};
use ledger::{Ledger, LedgerCommand, Refused};
use postgres_es::{PostgresCqrs, PostgresEventRepository, postgres_cqrs};
use sqlx::{PgPool, postgres::PgPoolOptions};
use views::Views;

/// The framework over the accounts.
struct CqrsEs {
    pool: PgPool,
    cqrs: PostgresCqrs<Ledger>,
    store: PersistedEventStore<PostgresEventRepository, Ledger>,
    views: Views,
}

/// The rows that the framework has written for account 0, for other accounts: `$1` to `$2`, of `$3` events.
const FILL: &str = "INSERT INTO events
SELECT template.aggregate_type, md5(number::text)::uuid::text, version, template.event_type,
       template.event_version, template.payload, template.metadata
FROM generate_series($1::bigint, $2::bigint) number, generate_series(1::bigint, $3::bigint) version
JOIN template ON template.sequence = least(version, 2)
ORDER BY number, version";

impl Contender for CqrsEs {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::new(
                "cqrs-es",
                &["cqrs-es", "postgres-es"],
                "`postgres_cqrs` (events alone are the source of truth) with the tables of its documentation, a pool of 64 \
                 connections that are not tested before each use, metadata as its map of texts",
            )
            .remark(
                "In C without snapshots: with them an account of 10,012 events, the last twelve appended with a snapshot \
                 every ten, is loaded as one of 10,013. The sink applies an event as it takes it, and the store applies it \
                 once more before it writes the snapshot.",
            )
            .remark("In D events come ordered by their version alone: there is no order over all aggregates.")
            .refuses(&[Case::E], "no conditions beyond the version of one aggregate")
            .refuses(&[Case::F], "queries are updated after the commit, in transactions of their own")
            .views(
                &[ViewCase::A1, ViewCase::A2, ViewCase::B, ViewCase::D],
                "a `GenericQuery` over a `PostgresViewRepository`, whose rows are JSON; A is its `QueryReplay`, which loads and \
                 writes a row for each event. In B and D commands bring the row up to date before they return, after the \
                 commit and in a transaction of its own, which is lost if the process ends between the two. Where two callers meet on an account, \
                 the second of two updates of a row meets an optimistic lock, the error handler is told, and nothing tries \
                 again: such rounds do not stand the check",
            )
            .catches_up_with(20_000)
            .without(
                &[ViewCase::C],
                "a replay is one query of the log, which does not see what is appended while it runs, and nothing says where \
                 to go on",
            )
            .without(&[ViewCase::E], "it loads views by their key alone"),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(u32::try_from(setup.connections.unwrap_or(64))?)
            .test_before_acquire(false)
            .connect(setup.store.postgres()?)
            .await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
        let views = Views::open(pool.clone(), setup.view).await?;
        let cqrs = postgres_cqrs(pool.clone(), views.queries(), ());
        let store = PersistedEventStore::new_event_store(PostgresEventRepository::new(pool.clone()));
        let contender = Self { pool, cqrs, store, views };
        contender.write_template().await?;
        Ok(contender)
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        let (first, last) = (fill.first.cast_signed(), fill.last().cast_signed());
        let events = fill.events.cast_signed();
        let fill = sqlx::query(FILL).bind(first).bind(last).bind(events);
        fill.execute(&self.pool).await?;
        self.views.fill(first, last, events).await
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        let (id, command) = (account.id.to_string(), LedgerCommand::Deposit(deposit));
        self.cqrs.execute_with_metadata(&id, command, map(metadata)).await.map_err(failure)
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let context = self.store.load_aggregate(&account.id.to_string()).await.map_err(failure)?;
        Ok(context.aggregate.0)
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        let folded = Folded::default();
        let replay = QueryReplay::new(PostgresEventRepository::new(self.pool.clone()), folded.clone());
        replay.replay_all().await.map_err(failure)?;
        Ok(*folded.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn rows(&self) -> Option<Rows> {
        self.views.rows()
    }

    async fn follow(&self) -> anyhow::Result<()> {
        self.views.follow().await
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.views.rest().await
    }
}

impl CqrsEs {
    /// Lets the framework write an account, and moves its rows out of the log.
    async fn write_template(&self) -> anyhow::Result<()> {
        let mut random = fastrand::Rng::new();
        let deposit = LedgerCommand::Deposit(Deposit::any(&mut random));
        for command in [LedgerCommand::Open(Opening::of(0)), deposit] {
            self.cqrs.execute_with_metadata("0", command, map(Metadata::any(&mut random))).await?;
        }
        let move_out = "CREATE TABLE template AS SELECT * FROM events; DELETE FROM events";
        sqlx::raw_sql(move_out).execute(&self.pool).await?;
        self.views.clear().await
    }
}

fn map(metadata: Metadata) -> HashMap<String, String> {
    HashMap::from([
        ("command".to_owned(), metadata.command),
        ("correlation".to_owned(), metadata.correlation),
        ("causation".to_owned(), metadata.causation),
        ("actor".to_owned(), metadata.actor),
        ("time".to_owned(), metadata.time.to_string()),
    ])
}

fn failure(error: AggregateError<Refused>) -> Failure {
    match error {
        AggregateError::AggregateConflict => Failure::Conflict,
        error => Failure::Failed(error.into()),
    }
}

/// What a replay comes to.
#[derive(Clone, Default)]
struct Folded(Arc<Mutex<Balance>>);

#[async_trait]
impl Query<Ledger> for Folded {
    async fn dispatch(&self, _: &str, events: &[EventEnvelope<Ledger>]) {
        let mut balance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            event.payload.fold_into(&mut balance);
        }
    }
}

fn main() -> anyhow::Result<()> {
    serve::<CqrsEs>()
}
