//! Views that follow the log: pages of it are folded in memory, and added to the rows by one statement, which moves the
//! checkpoint too.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, ensure};
use bench_harness::{Rows, Setup, View, view::few};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::{decides::cents, pool::connect, rebuild};

/// How many events are read at once.
const PAGE: i64 = 5_000;

const PAGE_OF_LOG: &str =
    "SELECT position, kind, payload, stream FROM events WHERE position > $1 ORDER BY position LIMIT $2";

const ADD_TO_BRANCHES: &str = "WITH moved AS (UPDATE checkpoint SET position = $1)
INSERT INTO branch_totals AS row SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[])
ON CONFLICT (branch) DO UPDATE SET events = row.events + excluded.events, cents = row.cents + excluded.cents";

const ADD_TO_ACCOUNTS: &str = "WITH moved AS (UPDATE checkpoint SET position = $1)
INSERT INTO account_totals AS row SELECT * FROM unnest($2::uuid[], $3::bigint[], $4::bigint[])
ON CONFLICT (account) DO UPDATE SET events = row.events + excluded.events, cents = row.cents + excluded.cents";

/// The view, and what brings it up to date, while it does.
pub(crate) struct Views {
    url: String,
    view: View,
    grown: watch::Sender<()>,
    follower: Mutex<Option<JoinHandle<anyhow::Result<()>>>>,
}

/// What brings the view up to date: reads on one connection while it writes on another.
struct Follower {
    reads: Client,
    writes: Client,
    page: Statement,
    add: Statement,
    view: View,
}

/// What has happened, by account.
type Sums = HashMap<Uuid, (i64, i64)>;

impl Views {
    pub(crate) async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let url = setup.store.postgres()?.to_owned();
        if setup.view != View::None {
            connect(&url).await?.batch_execute(include_str!("views.sql")).await?;
        }
        Ok(Self { url, view: setup.view, grown: watch::Sender::new(()), follower: Mutex::default() })
    }

    /// Events were appended.
    pub(crate) fn log_has_grown(&self) {
        self.grown.send_replace(());
    }

    pub(crate) async fn follow(&self) -> anyhow::Result<()> {
        let follower = Follower::open(&self.url, self.view).await?;
        *self.follower.lock().await = Some(tokio::spawn(follower.run(self.grown.subscribe())));
        Ok(())
    }

    pub(crate) async fn rest(&self) -> anyhow::Result<()> {
        let follower = self.follower.lock().await.take().context("nothing is followed")?;
        if follower.is_finished() {
            return follower.await?;
        }
        follower.abort();
        Ok(())
    }

    /// Of the view that has a row for each account.
    pub(crate) async fn rebuild(&self) -> anyhow::Result<()> {
        ensure!(self.view == View::Many, "only rows of accounts are built anew");
        rebuild::rebuild(&self.url).await
    }

    pub(crate) fn rows(&self) -> Option<Rows> {
        match self.view {
            View::None | View::Holders => None,
            View::Inline => Some(Rows {
                total: "SELECT count(*), (count(*) + coalesce(sum(deposits), 0))::bigint FROM balances",
                of_accounts: None,
                empty: "TRUNCATE balances",
            }),
            View::Few => Some(Rows {
                total: "SELECT count(*), coalesce(sum(events), 0)::bigint FROM branch_totals",
                of_accounts: None,
                empty: "TRUNCATE branch_totals; UPDATE checkpoint SET position = 0",
            }),
            View::Many => Some(Rows {
                total: "SELECT count(*), coalesce(sum(events), 0)::bigint FROM account_totals",
                of_accounts: Some("SELECT account, events FROM account_totals WHERE account = ANY($1)"),
                empty: "TRUNCATE account_totals; UPDATE checkpoint SET position = 0",
            }),
        }
    }
}

impl Follower {
    async fn open(url: &str, view: View) -> anyhow::Result<Self> {
        let (reads, writes) = (connect(url).await?, connect(url).await?);
        for client in [&reads, &writes] {
            client.batch_execute("SET jit = off; SET plan_cache_mode = force_generic_plan").await?;
        }
        let page = reads.prepare(PAGE_OF_LOG).await?;
        let add = if view == View::Few { ADD_TO_BRANCHES } else { ADD_TO_ACCOUNTS };
        Ok(Self { add: writes.prepare(add).await?, reads, writes, page, view })
    }

    async fn run(self, mut grown: watch::Receiver<()>) -> anyhow::Result<()> {
        let mut after: i64 =
            self.writes.query_one("SELECT position FROM checkpoint", &[]).await?.try_get(0)?;
        let mut page = self.read(after).await?;
        loop {
            let Some(last) = page.last() else {
                // Nothing is missed: what grows before it is waited for is told at once.
                let _ = timeout(Duration::from_secs(1), grown.changed()).await;
                page = self.read(after).await?;
                continue;
            };
            after = last.try_get(0)?;
            let sums = fold(&page)?;
            let more = page.len() == usize::try_from(PAGE)?;
            let (next, ()) = tokio::try_join!(self.read_if(more, after), self.add(after, sums))?;
            page = next;
        }
    }

    async fn read(&self, after: i64) -> anyhow::Result<Vec<Row>> {
        Ok(self.reads.query(&self.page, &[&after, &PAGE]).await?)
    }

    async fn read_if(&self, more: bool, after: i64) -> anyhow::Result<Vec<Row>> {
        if more { self.read(after).await } else { Ok(Vec::new()) }
    }

    async fn add(&self, after: i64, sums: Sums) -> anyhow::Result<()> {
        if self.view != View::Few {
            let (accounts, sums): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
            let (events, cents): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
            self.writes.execute(&self.add, &[&after, &accounts, &events, &cents]).await?;
            return Ok(());
        }
        let mut branches: HashMap<i64, (i64, i64)> = HashMap::new();
        for (account, sum) in sums {
            add(branches.entry(few(account)).or_default(), sum);
        }
        let (branches, sums): (Vec<_>, Vec<_>) = branches.into_iter().unzip();
        let (events, cents): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
        self.writes.execute(&self.add, &[&after, &branches, &events, &cents]).await?;
        Ok(())
    }
}

fn fold(page: &[Row]) -> anyhow::Result<Sums> {
    let mut sums = Sums::new();
    for row in page {
        add(sums.entry(row.try_get(3)?).or_default(), (1, cents(row)?));
    }
    Ok(sums)
}

fn add(to: &mut (i64, i64), (events, cents): (i64, i64)) {
    to.0 += events;
    to.1 += cents;
}
