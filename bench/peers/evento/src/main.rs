//! evento, the current release.

mod ledger;
mod store;
mod views;

use std::collections::HashSet;

use anyhow::Context;
use bench_harness::{
    Account, Balance, Case, Contender, Deposit, Failure, Fill, Metadata, Opening, Rows, Setup, Variant,
    ViewCase, serve,
};
use evento::{
    AggregatorName, Executor, LoadResult, ReadError, RoutingKey, WriteError,
    cursor::{Args, Cursor},
};
use ledger::{Deposited, Ledger, Opened, Why};
use store::Store;
use views::Views;

/// The executor, and the tables under it.
struct Evento {
    executor: evento::Evento,
    store: Store,
    /// On PostgreSQL.
    views: Option<Views>,
}

/// How many events are read at once.
const PAGE: u16 = 10_000;

impl Contender for Evento {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::new(
                "evento",
                &["evento"],
                "`load`, then `save_with` what was loaded, which also writes a snapshot each time, in a transaction of its \
                 own; its own migrations; events and metadata in its own binary encoding; a pool of 64 connections that are \
                 not tested before each use. On SQLite `Rw` with one connection that writes and as many as there are cores \
                 that read, WAL and `synchronous = FULL`",
            )
            .on(&["postgres", "sqlite"])
            .from_snapshots_only()
            .at_most(10_000, "a load waits a second after each 1,000 events and gives up after 11,000")
            .remark("In C from snapshots alone, since each append makes one.")
            .remark(
                "A load that finds events behind a snapshot keeps the state behind them under the cursor before them \
                 (`load.rs` of 1.8.0), so that they are counted again by the next one: where many callers meet on an account \
                 its rounds do not stand the check.",
            )
            .refuses(&[Case::D], "no index serves its order by time: each page sorts what is left, minutes a million events")
            .refuses(&[Case::E], "no conditions beyond the version of one aggregate")
            .refuses(&[Case::F], "subscriptions are brought up to date after the commit")
            .views(
                &[ViewCase::A1, ViewCase::A2, ViewCase::B],
                "a subscription that reads 10,000 events at once, every 300 ms; for each event it asks whether it is still the one \
                 that runs, has the handler add it to its row, and acknowledges it. How far it is \
                 behind it works out from the last event of the log, asked for before the events that it reads: where one of \
                 those is of a later second, the difference is below zero (`subscribe.rs` of 1.8.0), the acknowledgement panics, \
                 and the subscription is over; such rounds do not stand the check",
            )
            .catches_up_with(10_000)
            .without(&[ViewCase::C], "a subscription under another key begins with the first event, and is over like that of B")
            .without(&[ViewCase::D], "subscriptions are brought up to date after the commit")
            .without(&[ViewCase::E], "it has no queries of its own"),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let store = Store::open(setup).await?;
        let views = match &store {
            Store::Postgres(pool, _) => Some(Views::open(pool.clone(), setup.view).await?),
            Store::Sqlite { .. } => None,
        };
        let contender = Self { executor: store.executor(), store, views };
        contender.write_template().await?;
        Ok(contender)
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        self.store.fill(fill).await
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        let loaded: LoadResult<Ledger> =
            evento::load(&self.executor, store::id(account.id.as_bytes())).await.map_err(unread)?;
        if !loaded.item.balance().takes(&deposit) {
            return Err(anyhow::anyhow!("the deposit is refused").into());
        }
        let save = evento::save_with(loaded).data(&Deposited::from(deposit))?;
        save.metadata(&Why::from(metadata))?.commit(&self.executor).await.map_err(unwritten)?;
        Ok(())
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let id = store::id(account.id.as_bytes());
        let loaded: LoadResult<Ledger> = evento::load(&self.executor, id).await.map_err(unread)?;
        Ok(loaded.item.balance())
    }

    /// Writes it as an append would have.
    async fn snapshot(&self, account: &Account) -> anyhow::Result<u64> {
        let LoadResult { item, event }: LoadResult<Ledger> =
            evento::load(&self.executor, store::id(account.id.as_bytes())).await?;
        let (data, cursor) =
            (bincode::encode_to_vec(&item, bincode::config::standard())?, event.serialize_cursor()?);
        let (name, revision) =
            (Ledger::name().to_owned(), <Ledger as evento::Aggregator>::revision().to_owned());
        self.executor.save_snapshot(name, revision, event.aggregator_id, data, cursor).await?;
        Ok(0)
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        let (mut balance, mut after) = (Balance::default(), None);
        loop {
            let types = HashSet::from([Ledger::name().to_owned()]);
            let page = self.executor.read(types, RoutingKey::All, Args::forward(PAGE, after)).await?;
            for edge in &page.edges {
                if let Some(deposited) = edge.node.to_details::<Deposited, Why>()? {
                    balance.deposit(deposited.data.amount);
                } else {
                    edge.node.to_details::<Opened, Why>()?.context("an event of another kind")?;
                    balance.open();
                }
            }
            if !page.page_info.has_next_page {
                return Ok(balance);
            }
            after = page.page_info.end_cursor;
        }
    }

    fn rows(&self) -> Option<Rows> {
        self.views.as_ref()?.rows()
    }

    async fn follow(&self) -> anyhow::Result<()> {
        self.views.as_ref().context("views are kept on PostgreSQL")?.follow(&self.executor).await
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.views.as_ref().context("views are kept on PostgreSQL")?.rest().await
    }
}

impl Evento {
    /// Lets the executor write an account, and moves its rows out of the log.
    async fn write_template(&self) -> anyhow::Result<()> {
        let mut random = fastrand::Rng::new();
        let create = evento::create_with::<Ledger>("template").data(&Opened::from(Opening::of(0)))?;
        create.metadata(&Why::from(Metadata::any(&mut random)))?.commit(&self.executor).await?;
        let save = evento::save::<Ledger>("template").data(&Deposited::from(Deposit::any(&mut random)))?;
        save.metadata(&Why::from(Metadata::any(&mut random)))?.commit(&self.executor).await?;
        self.store.move_template_out().await
    }
}

fn unread(error: ReadError) -> Failure {
    Failure::Failed(error.into())
}

fn unwritten(error: WriteError) -> Failure {
    match error {
        WriteError::InvalidOriginalVersion => Failure::Conflict,
        error => Failure::Failed(error.into()),
    }
}

fn main() -> anyhow::Result<()> {
    serve::<Evento>()
}
