//! Views as subscribers of the outbox: what is buffered is folded in memory, and added to the rows by one statement in the
//! transaction that moves the checkpoint.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, ensure};
use bench_harness::{Fill, Rows, View, view::few};
use es_entity::AtomicOperation;
use job::{JobSvcConfig, JobType, Jobs};
use obix::{
    EventCtx, EventDelivery, FlushOp, Handled, InsertOrder, MailboxConfig, ObixFault, OutboxEventJobConfig,
    SingletonSubscriber, Subscription, out::Outbox,
};
use serde_json::json;
use sqlx::PgPool;
use tokio::{runtime::Handle, sync::Mutex, task::block_in_place};
use uuid::Uuid;

use crate::published::AccountChange;

/// How many events are added to the rows at once, at most.
const BATCH: usize = 1_000;

/// How long a subscriber may take to catch up.
const PATIENCE: Duration = Duration::from_mins(10);

const ADD_TO_BRANCHES: &str = "INSERT INTO branch_totals AS row
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
ON CONFLICT (branch) DO UPDATE SET events = row.events + excluded.events, cents = row.cents + excluded.cents";

/// Into the table of this edition.
fn add_to_accounts(edition: u32) -> String {
    format!(
        "INSERT INTO account_totals_{edition} AS row
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[])
ON CONFLICT (account) DO UPDATE SET events = row.events + excluded.events, cents = row.cents + excluded.cents"
    )
}

/// What the repository would have published of accounts `$1` to `$2`, of `$3` events.
const FILL: &str = "INSERT INTO persistent_outbox_events (payload)
SELECT CASE version WHEN 1 THEN jsonb_set($4::jsonb, '{Opened,account}', to_jsonb(account))
       ELSE jsonb_set($5::jsonb, '{Deposited,account}', to_jsonb(account)) END
FROM generate_series($1::bigint, $2::bigint) number
CROSS JOIN LATERAL (SELECT md5(number::text)::uuid AS account) ids
CROSS JOIN generate_series(1::bigint, $3::bigint) version
ORDER BY number, version";

/// Tells the outbox where its events end, as another process that publishes would.
const TELL: &str = "SELECT pg_notify('persistent_outbox_events',
    json_build_object('min_sequence', max(sequence), 'max_sequence', max(sequence))::text)
FROM persistent_outbox_events";

/// The outbox, and what brings the view up to date, while it does.
pub(crate) struct Views {
    pool: PgPool,
    view: View,
    outbox: Outbox<AccountChange>,
    serving: Mutex<Serving>,
}

/// What serves: the table of an edition, and the subscriber that brings it up to date, while it does.
struct Serving {
    edition: u32,
    jobs: Option<Jobs>,
}

impl Views {
    pub(crate) async fn open(pool: PgPool, view: View) -> anyhow::Result<Self> {
        sqlx::raw_sql(include_str!("outbox.sql")).execute(&pool).await?;
        sqlx::raw_sql(include_str!("views.sql")).execute(&pool).await?;
        // The tables of jobs are there from then on.
        jobs(&pool).await?;
        let outbox = outbox(&pool)?;
        Ok(Self { pool, view, outbox, serving: Mutex::new(Serving { edition: 1, jobs: None }) })
    }

    pub(crate) fn outbox(&self) -> Outbox<AccountChange> {
        self.outbox.clone()
    }

    pub(crate) async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        let account = Uuid::nil();
        let (opened, deposited) =
            (AccountChange::Opened { account }, AccountChange::Deposited { account, cents: 4_711 });
        let written = sqlx::query(FILL)
            .bind(fill.first.cast_signed())
            .bind(fill.last().cast_signed())
            .bind(fill.events.cast_signed())
            .bind(json!(opened))
            .bind(json!(deposited));
        written.execute(&self.pool).await?;
        sqlx::query(TELL).execute(&self.pool).await?;
        Ok(())
    }

    pub(crate) async fn follow(&self) -> anyhow::Result<()> {
        let mut serving = self.serving.lock().await;
        serving.jobs = Some(self.subscribe(serving.edition).await?.0);
        Ok(())
    }

    pub(crate) async fn rest(&self) -> anyhow::Result<()> {
        let jobs = self.serving.lock().await.jobs.take();
        Ok(jobs.context("nothing is followed")?.shutdown().await?)
    }

    /// Another subscriber fills the table of the next edition; when it has caught up, that serves, and the one before goes.
    pub(crate) async fn rebuild(&self) -> anyhow::Result<()> {
        ensure!(self.view == View::Many, "only rows of accounts are built anew");
        let mut serving = self.serving.lock().await;
        let (before, next) = (serving.edition, serving.edition + 1);
        let create =
            format!("CREATE TABLE account_totals_{next} (LIKE account_totals_{before} INCLUDING ALL)");
        sqlx::raw_sql(&create).execute(&self.pool).await?;
        let (jobs, subscription) = self.subscribe(next).await?;
        subscription.await_caught_up(PATIENCE).await?;
        let serve = format!("CREATE OR REPLACE VIEW account_totals AS SELECT * FROM account_totals_{next}");
        sqlx::raw_sql(&serve).execute(&self.pool).await?;
        let replaced = std::mem::replace(&mut *serving, Serving { edition: next, jobs: Some(jobs) });
        replaced.jobs.context("nothing was followed")?.shutdown().await?;
        sqlx::raw_sql(&format!("DROP TABLE account_totals_{before}")).execute(&self.pool).await?;
        Ok(())
    }

    async fn subscribe(&self, edition: u32) -> anyhow::Result<(Jobs, Subscription<AccountChange>)> {
        let mut jobs = jobs(&self.pool).await?;
        // The library has the names of jobs live as long as the program does.
        let name = JobType::new(format!("totals-{edition}").leak());
        let config = OutboxEventJobConfig::new(name).with_max_batch_size(BATCH);
        let totals = Totals::of(self.view, edition);
        let subscription = self.outbox.register_singleton_subscriber(&mut jobs, config, totals).await?;
        jobs.start_poll().await?;
        Ok((jobs, subscription))
    }
}

/// How the rows of this view are looked at.
pub(crate) fn rows(view: View) -> Option<Rows> {
    match view {
        View::Few => Some(Rows {
            total: "SELECT count(*), coalesce(sum(events), 0)::bigint FROM branch_totals",
            of_accounts: None,
            empty: "TRUNCATE branch_totals, jobs, job_events, job_executions, job_execution_states",
        }),
        View::Many => Some(Rows {
            total: "SELECT count(*), coalesce(sum(events), 0)::bigint FROM account_totals",
            of_accounts: Some("SELECT account, events FROM account_totals WHERE account = ANY($1)"),
            empty: "TRUNCATE account_totals_1, jobs, job_events, job_executions, job_execution_states",
        }),
        View::Inline => Some(Rows {
            total: "SELECT count(*), (count(*) + coalesce(sum(deposits), 0))::bigint FROM accounts",
            of_accounts: None,
            empty: "TRUNCATE accounts CASCADE",
        }),
        View::None | View::Holders => None,
    }
}

/// On the thread that it is asked on, since the compiler does not see that the library's future may go to another.
fn outbox(pool: &PgPool) -> Result<Outbox<AccountChange>, ObixFault> {
    let outbox = Outbox::init(pool, MailboxConfig::builder().build());
    block_in_place(|| Handle::current().block_on(outbox))
}

async fn jobs(pool: &PgPool) -> anyhow::Result<Jobs> {
    let config = JobSvcConfig::builder().pool(pool.clone()).exec_migrations(true).build();
    Ok(Jobs::init(config.map_err(|error| anyhow::anyhow!("{error}"))?).await?)
}

/// Adds what has happened to rows.
struct Totals {
    view: View,
    add: String,
}

/// What has happened, by account.
type Sums = HashMap<Uuid, (i64, i64)>;

type HandlerError = Box<dyn std::error::Error + Send + Sync>;

impl Totals {
    fn of(view: View, edition: u32) -> Self {
        let add = if view == View::Few { ADD_TO_BRANCHES.to_owned() } else { add_to_accounts(edition) };
        Self { view, add }
    }
}

impl SingletonSubscriber<AccountChange> for Totals {
    type Batch = Sums;

    async fn handle_persistent<'inv>(
        &self,
        context: EventCtx<'inv, Sums>,
        event: &EventDelivery<AccountChange>,
    ) -> Result<Handled<'inv>, HandlerError> {
        let Some(change) = &event.payload else { return Ok(context.skip()) };
        Ok(context.collect_with(|sums| add(sums.entry(change.account()).or_default(), (1, change.cents()))))
    }

    async fn flush(&self, operation: &mut FlushOp<'_, InsertOrder>, sums: Sums) -> Result<(), HandlerError> {
        let add = if self.view == View::Few {
            let (branches, events, cents) = columns(by_branch(sums));
            sqlx::query(&self.add).bind(branches).bind(events).bind(cents)
        } else {
            let (accounts, events, cents) = columns(sums);
            sqlx::query(&self.add).bind(accounts).bind(events).bind(cents)
        };
        add.execute(operation.as_executor()).await?;
        Ok(())
    }
}

fn by_branch(sums: Sums) -> HashMap<i64, (i64, i64)> {
    let mut branches: HashMap<i64, (i64, i64)> = HashMap::new();
    for (account, sum) in sums {
        add(branches.entry(few(account)).or_default(), sum);
    }
    branches
}

fn columns<K>(sums: HashMap<K, (i64, i64)>) -> (Vec<K>, Vec<i64>, Vec<i64>) {
    let (keys, sums): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
    let (events, cents) = sums.into_iter().unzip();
    (keys, events, cents)
}

fn add(to: &mut (i64, i64), (events, cents): (i64, i64)) {
    to.0 += events;
    to.1 += cents;
}
