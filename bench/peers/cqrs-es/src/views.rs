//! Views as queries of the framework, which loads and writes a row for each event.

use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use bench_harness::{Balance, Rows, View as Kept, view::few};
use cqrs_es::{
    EventEnvelope, Query, View,
    persist::{GenericQuery, QueryReplay},
};
use postgres_es::{PostgresEventRepository, PostgresViewRepository};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio::{sync::Mutex, task::JoinHandle};

use crate::ledger::Ledger;

/// What came in, on an account or at a branch.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Total {
    events: u64,
    cents: i64,
}

impl View<Ledger> for Total {
    fn update(&mut self, event: &EventEnvelope<Ledger>) {
        let mut balance = Balance { events: self.events, cents: self.cents };
        event.payload.fold_into(&mut balance);
        (self.events, self.cents) = (balance.events, balance.cents);
    }
}

/// The query, into the row of the account or into that of its branch.
pub(crate) struct Totals {
    query: GenericQuery<PostgresViewRepository<Total, Ledger>, Total, Ledger>,
    view: Kept,
}

impl Totals {
    pub(crate) fn new(pool: PgPool, view: Kept) -> Self {
        let mut query = GenericQuery::new(Arc::new(PostgresViewRepository::new("totals", pool)));
        query.use_error_handler(Box::new(|error| eprintln!("a row was not written: {error}")));
        Self { query, view }
    }
}

#[async_trait]
impl Query<Ledger> for Totals {
    async fn dispatch(&self, account: &str, events: &[EventEnvelope<Ledger>]) {
        match (self.view, account.parse()) {
            (Kept::Few, Ok(account)) => self.query.dispatch(&few(account).to_string(), events).await,
            _ => self.query.dispatch(account, events).await,
        }
    }
}

/// The rows that the framework would have written for accounts `$1` to `$2` of `$3` events.
const FILL: &str = "INSERT INTO totals
SELECT md5(number::text)::uuid::text, $3::bigint, json_build_object('events', $3::bigint, 'cents', 0)
FROM generate_series($1::bigint, $2::bigint) number";

/// The view, and its replay, while it is on.
pub(crate) struct Views {
    pool: PgPool,
    view: Kept,
    replay: Mutex<Option<JoinHandle<anyhow::Result<()>>>>,
}

impl Views {
    pub(crate) async fn open(pool: PgPool, view: Kept) -> anyhow::Result<Self> {
        if view != Kept::None {
            sqlx::raw_sql(include_str!("views.sql")).execute(&pool).await?;
        }
        Ok(Self { pool, view, replay: Mutex::default() })
    }

    /// What commands tell of their events.
    pub(crate) fn queries(&self) -> Vec<Box<dyn Query<Ledger>>> {
        match self.view {
            Kept::None => Vec::new(),
            view => vec![Box::new(Totals::new(self.pool.clone(), view))],
        }
    }

    /// Without any rows.
    pub(crate) async fn clear(&self) -> anyhow::Result<()> {
        if self.view != Kept::None {
            sqlx::raw_sql("TRUNCATE totals").execute(&self.pool).await?;
        }
        Ok(())
    }

    pub(crate) async fn fill(&self, first: i64, last: i64, events: i64) -> anyhow::Result<()> {
        if matches!(self.view, Kept::Inline | Kept::Many) {
            sqlx::query(FILL).bind(first).bind(last).bind(events).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Replays the log into a view that is empty. One that is not is brought up to date by commands.
    pub(crate) async fn follow(&self) -> anyhow::Result<()> {
        let is_filled: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM totals)").fetch_one(&self.pool).await?;
        let repository = PostgresEventRepository::new(self.pool.clone());
        let replay = QueryReplay::new(repository, Totals::new(self.pool.clone(), self.view));
        let replay = async move {
            if !is_filled {
                replay.replay_all().await?;
            }
            Ok(())
        };
        *self.replay.lock().await = Some(tokio::spawn(replay));
        Ok(())
    }

    /// Waits for the replay, which has an end.
    pub(crate) async fn rest(&self) -> anyhow::Result<()> {
        self.replay.lock().await.take().context("nothing is followed")?.await?
    }

    pub(crate) fn rows(&self) -> Option<Rows> {
        match self.view {
            Kept::None | Kept::Holders => None,
            Kept::Few | Kept::Many | Kept::Inline => Some(Rows {
                total: "SELECT count(*), coalesce(sum((payload->>'events')::bigint), 0)::bigint FROM totals",
                of_accounts: Some(
                    "SELECT view_id::uuid, (payload->>'events')::bigint FROM totals \
                     WHERE view_id = ANY($1::uuid[]::text[])",
                ),
                empty: "TRUNCATE totals",
            }),
        }
    }
}
