//! evento, the coming release.

mod ledger;
mod store;

use anyhow::Context;
use bench_harness::{
    Account, Balance, Case, Contender, Deposit, Failure, Fill, Metadata, Opening, Setup, Shortcut, Variant,
    serve,
};
use evento::{Executor, ProjectionAggregate, TenantFilter, WriteError, cursor::Args};
use ledger::{AccountEvent, Deposited, Opened, Why, remembered, replayed, snapshotted};
use store::Store;

/// The executor, and the tables under it.
struct Evento {
    executor: evento::Evento,
    store: Store,
    shortcut: Shortcut,
}

/// How many events are read at once.
const PAGE: u16 = 10_000;

impl Contender for Evento {
    fn variants() -> Vec<Variant> {
        vec![
            Variant::new(
                "evento-2",
                &["evento"],
                "the release that is being prepared, which stands beside the current one; its documented write gateway over \
                 a projection with `snapshot(memory)`, where C does not say otherwise; its own migrations; events and \
                 metadata in its own binary encoding; a pool of 64 connections that are not tested before each use. On \
                 SQLite `Rw` with one connection that writes and as many as there are cores that read, WAL and \
                 `synchronous = FULL`",
            )
            .on(&["postgres", "sqlite"])
            .loads_from(&[Shortcut::Snapshot, Shortcut::Memory])
            .at_most(10_000, "versions have 16 bits")
            .refuses(&[Case::D], "no index serves its order by time: each page sorts what is left, minutes a million events")
            .refuses(&[Case::E], "no conditions beyond the version of one aggregate")
            .refuses(&[Case::F], "subscriptions are brought up to date after the commit"),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        let store = Store::open(setup).await?;
        let shortcut = if setup.case == Case::C { setup.shortcut } else { Shortcut::Memory };
        let contender = Self { executor: store.executor(), store, shortcut };
        contender.write_template().await?;
        Ok(contender)
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        self.store.fill(fill).await
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        let load = remembered::projection().load(store::id(account.id.as_bytes()));
        let row = load.execute(&self.executor).await?.context("no such account")?;
        if !row.balance().takes(&deposit) {
            return Err(anyhow::anyhow!("the deposit is refused").into());
        }
        let mut write = row.write()?;
        let write = write.event(&Deposited::from(deposit)).metadata("why", &Why::from(metadata));
        write.commit(&self.executor).await.map_err(unwritten)?;
        Ok(())
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let id = store::id(account.id.as_bytes());
        let balance = match self.shortcut {
            Shortcut::None => {
                replayed::projection().load(id).execute(&self.executor).await?.map(|row| row.balance())
            }
            Shortcut::Snapshot => {
                snapshotted::projection().load(id).execute(&self.executor).await?.map(|row| row.balance())
            }
            Shortcut::Memory => {
                remembered::projection().load(id).execute(&self.executor).await?.map(|row| row.balance())
            }
        };
        Ok(balance.context("no such account")?)
    }

    /// A load leaves one.
    async fn snapshot(&self, account: &Account) -> anyhow::Result<u64> {
        let load = snapshotted::projection().load(store::id(account.id.as_bytes()));
        load.execute(&self.executor).await?;
        Ok(0)
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        let (mut balance, mut after) = (Balance::default(), None);
        loop {
            let page = Args::forward(PAGE, after);
            let page = self.executor.read(None, None, TenantFilter::All, page, None).await?;
            for edge in &page.edges {
                match AccountEvent::try_from(&edge.node)? {
                    AccountEvent::Opened(_) => balance.open(),
                    AccountEvent::Deposited(deposited) => balance.deposit(deposited.amount),
                }
            }
            if !page.page_info.has_next_page {
                return Ok(balance);
            }
            after = page.page_info.end_cursor;
        }
    }
}

impl Evento {
    /// Lets the executor write an account, and moves its rows out of the log.
    async fn write_template(&self) -> anyhow::Result<()> {
        let mut random = fastrand::Rng::new();
        let id = evento::create()
            .event(&Opened::from(Opening::of(0)))
            .metadata("why", &Why::from(Metadata::any(&mut random)))
            .commit(&self.executor)
            .await?;
        evento::append(id)
            .original_version(1)
            .event(&Deposited::from(Deposit::any(&mut random)))
            .metadata("why", &Why::from(Metadata::any(&mut random)))
            .commit(&self.executor)
            .await?;
        self.store.move_template_out().await
    }
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
