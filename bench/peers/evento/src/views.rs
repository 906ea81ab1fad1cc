//! Views as subscriptions, whose handlers add one event after the other to its row.

use anyhow::Context as _;
use bench_harness::{Rows, View};
use evento::{AggregatorName, Context, EventDetails, SubscriptionHandle};
use sqlx::PgPool;
use tokio::sync::Mutex;

use crate::ledger::{Deposited, Ledger, Opened, Why};

/// How many events a subscription reads at once.
const CHUNK: u16 = 10_000;

const ADD_TO_BRANCH: &str = "INSERT INTO branch_totals AS row VALUES ($1, 1, $2)
ON CONFLICT (branch) DO UPDATE SET events = row.events + 1, cents = row.cents + excluded.cents";

const ADD_TO_ACCOUNT: &str = "INSERT INTO account_totals AS row VALUES ($1, 1, $2)
ON CONFLICT (account) DO UPDATE SET events = row.events + 1, cents = row.cents + excluded.cents";

/// The view, and what brings it up to date, while it does.
pub(crate) struct Views {
    totals: Totals,
    running: Mutex<Option<SubscriptionHandle>>,
}

/// Where events are added to.
#[derive(Clone)]
struct Totals {
    pool: PgPool,
    view: View,
}

impl Views {
    pub(crate) async fn open(pool: PgPool, view: View) -> anyhow::Result<Self> {
        if view != View::None {
            sqlx::raw_sql(include_str!("views.sql")).execute(&pool).await?;
        }
        Ok(Self { totals: Totals { pool, view }, running: Mutex::default() })
    }

    pub(crate) async fn follow(&self, executor: &evento::Evento) -> anyhow::Result<()> {
        let subscription = evento::subscribe("totals")
            .chunk_size(CHUNK)
            .data(self.totals.clone())
            .handler(add_opening())
            .handler(add_deposit())
            .run(executor);
        *self.running.lock().await = Some(subscription.await?);
        Ok(())
    }

    pub(crate) async fn rest(&self) -> anyhow::Result<()> {
        let running = self.running.lock().await.take().context("nothing is followed")?;
        running.shutdown_and_wait().await.map_err(|error| anyhow::anyhow!(error))
    }

    pub(crate) fn rows(&self) -> Option<Rows> {
        match self.totals.view {
            View::Few => Some(Rows {
                total: "SELECT count(*), coalesce(sum(events), 0)::bigint FROM branch_totals",
                of_accounts: None,
                empty: "TRUNCATE branch_totals; DELETE FROM subscriber",
            }),
            View::Many => Some(Rows {
                total: "SELECT count(*), coalesce(sum(events), 0)::bigint FROM account_totals",
                of_accounts: Some(
                    "SELECT wanted.account, row.events FROM unnest($1::uuid[]) AS wanted (account) \
                     JOIN account_totals AS row ON row.account = left(replace(wanted.account::text, '-', ''), 26)",
                ),
                empty: "TRUNCATE account_totals; DELETE FROM subscriber",
            }),
            View::None | View::Inline | View::Holders => None,
        }
    }
}

impl Totals {
    async fn add(&self, account: &str, cents: i64) -> anyhow::Result<()> {
        let add = if self.view == View::Few {
            sqlx::query(ADD_TO_BRANCH).bind(few(account)?)
        } else {
            sqlx::query(ADD_TO_ACCOUNT).bind(account)
        };
        add.bind(cents).execute(&self.pool).await?;
        Ok(())
    }
}

/// As the harness has it, of an id that is cut off.
fn few(account: &str) -> anyhow::Result<i64> {
    let digits = account.get(..4).context("an id is longer")?;
    Ok(i64::from(u16::from_str_radix(digits, 16)?) % 100)
}

#[evento::handler(Ledger)]
async fn add_opening<E: evento::Executor>(
    context: &Context<'_, E>,
    event: EventDetails<Opened, Why>,
) -> anyhow::Result<()> {
    context.extract::<Totals>().add(&event.aggregator_id, 0).await
}

#[evento::handler(Ledger)]
async fn add_deposit<E: evento::Executor>(
    context: &Context<'_, E>,
    event: EventDetails<Deposited, Why>,
) -> anyhow::Result<()> {
    context.extract::<Totals>().add(&event.aggregator_id, event.data.amount).await
}
