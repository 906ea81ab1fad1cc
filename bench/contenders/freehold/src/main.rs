//! Freehold: commands through the bus of a running service.

mod fill;
mod holders;
mod household;
mod ledger;
mod stopwatch;
mod views;

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bench_harness::{
    Account, Asked, Balance, Case, Contender, Deposit, Failure, Fill, Kind, Metadata, Opening, Question,
    Rows, Setup, Shortcut, Store, Variant, View, ViewCase, serve, workload,
};
use freehold::{
    ActorId, CorrelationId, EventId, Id, StreamId, TenantId, Version,
    app::{Accepted, At, Caller, CommandBus, Context, DispatchError, Host, Roles, SendOptions, Subscription},
    ports::{Database, Migration, Scope, Versions},
    postgres::{self, Postgres},
    sqlite::Sqlite,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use holders::Holder;
use household::OpenHousehold;
use ledger::{AccountEvent, AccountId, MakeDeposit, OpenAccount, SNAPSHOT_EVERY};
use stopwatch::Stopwatch;
use tokio::sync::Mutex;
use uuid::Uuid;

/// A service, and the database under it.
struct Freehold {
    host: Host,
    /// Another one, which fills the database in F, so that the view takes in what is written.
    second: Option<Host>,
    database: Arc<dyn Database>,
    /// Another adapter over the same database where there can be one, which knows what is filled in.
    filler: Arc<dyn Database>,
    stopwatch: Stopwatch,
    /// What brings the view up to date, while it does.
    follower: Mutex<Option<Host>>,
    view: View,
    /// Who asks queries.
    asking: Metadata,
    tenant: TenantId,
    roles: Roles,
}

/// How many events are read ahead of the fold in D.
const AHEAD: usize = 5_000;

const SQLITE: &[Migration] =
    &[Migration { name: "0001_bank", sql: include_str!("../migrations/sqlite.sql") }];
const POSTGRES: &[Migration] = &[
    Migration { name: "0001_bank", sql: include_str!("../migrations/postgres.sql") },
    Migration { name: "0002_views", sql: include_str!("../migrations/postgres_views.sql") },
];

impl Contender for Freehold {
    fn variants() -> Vec<Variant> {
        use Case::{C, D, E, F, H};
        vec![
            Variant::new(
                "freehold",
                &[],
                "commands through the bus of a running service, with everything as it is unless said: group commit, hot \
                 state of 10,000 aggregates, 8 connections that read, one that writes, one that listens; on SQLite \
                 durable commits (`synchronous = FULL`). Snapshots every 50 events where C says so. The view of F is \
                 a synchronous one, the nickname of E a unique set of fields. D is a subscription from the beginning of \
                 the log",
            )
            .kind(Kind::Own)
            .on(&["postgres", "sqlite"])
            .loads_from(&[Shortcut::Snapshot, Shortcut::Memory])
            .remark("Metadata lie in columns of their types: what is 200 bytes of JSON elsewhere takes about 75 here.")
            .remark(
                "From memory in C is the time from sending a command until its append is handed over: the state is found, \
                 the command decided on it, and the event encoded.",
            )
            .views(
                &ViewCase::ALL,
                "views as the guide has them: a row type, a key and a fold, in four partitions, brought up to date by the \
                 worker of a running service; in D a synchronous one. A rebuild in C is that of the operations, which compares \
                 what it has filled with what serves and takes over by itself. Queries go through the query bus, a page begins \
                 at a cursor",
            ),
            Variant::new("freehold, hot state off", &[], "the same with `hot_aggregates(0)`")
                .kind(Kind::Own)
                .on(&["postgres", "sqlite"])
                .refuses(&[C, D, E, F, H], "measured with hot state"),
        ]
    }

    async fn open(setup: &Setup) -> anyhow::Result<Self> {
        if setup.shortcut == Shortcut::Snapshot {
            SNAPSHOT_EVERY.store(50, Ordering::Relaxed);
        }
        match &setup.store {
            Store::Postgres { url, .. } => {
                let options = postgres::Options::new(url);
                let options = setup.connections.into_iter().fold(options, postgres::Options::readers);
                let filler = Arc::new(Postgres::open(options.clone()).await?);
                Self::over(Arc::new(Postgres::open(options).await?), filler, setup).await
            }
            Store::Sqlite(file) => {
                let database = Arc::new(Sqlite::open(file).await?);
                Self::over(database.clone(), database, setup).await
            }
        }
    }

    async fn fill(&self, fill: Fill) -> anyhow::Result<()> {
        match &self.second {
            Some(second) => self.fill_through(&second.application().commands, fill).await?,
            None => fill::fill(&self.filler, &self.tenant, fill).await?,
        }
        let filled = *self.filler.head().borrow();
        self.database.head().wait_for(|head| *head >= filled).await?;
        Ok(())
    }

    async fn deposit(&self, account: &Account, deposit: Deposit, metadata: Metadata) -> Result<(), Failure> {
        self.make(account, deposit, &metadata).await.map(drop)
    }

    async fn load(&self, account: &Account) -> Result<Balance, Failure> {
        let at = At::Version(Version(account.events()));
        let id = AccountId::from_uuid(account.id);
        let loaded = self.host.application().state_at::<ledger::Account>(&self.tenant, id, at).await?;
        Ok(loaded.context("no such account")?.state.balance())
    }

    async fn count(&self, account: &Account) -> Result<u64, Failure> {
        let stream = StreamId::of::<ledger::Account>(AccountId::from_uuid(account.id));
        Ok(self.database.read_stream(&self.tenant, &stream, Versions::ALL).await?.len() as u64)
    }

    async fn recall(&self, account: &Account) -> Result<(Balance, Option<Duration>), Failure> {
        let mut random = fastrand::Rng::new();
        let (deposit, metadata) = (Deposit::any(&mut random), Metadata::any(&mut random));
        let (begun, expected) = (Instant::now(), account.next_version());
        let accepted = self.make(account, deposit, &metadata).await?;
        let handed_over = self.stopwatch.handed_over().context("nothing was handed over")?;
        if accepted.version != Version(expected) {
            return Err(anyhow::anyhow!("it was at {}, not at {expected}", accepted.version).into());
        }
        Ok((Balance { events: account.events(), cents: 0 }, Some(handed_over - begun)))
    }

    /// A command makes one if it is due, and nobody waits for it.
    async fn snapshot(&self, account: &Account) -> anyhow::Result<u64> {
        let events = account.events() + 1;
        let mut random = fastrand::Rng::new();
        let made = self.make(account, Deposit::any(&mut random), &Metadata::any(&mut random)).await;
        made.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
        let stream = StreamId::of::<ledger::Account>(AccountId::from_uuid(account.id));
        while events > SNAPSHOT_EVERY.load(Ordering::Relaxed) {
            let kept = self.database.snapshot(&self.tenant, &stream).await?;
            if kept.is_some_and(|kept| kept.version == Version(events)) {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(1)
    }

    async fn scan(&self) -> Result<Balance, Failure> {
        let head = *self.database.head().borrow();
        let subscription = Subscription::to(Scope::EveryTenant).ahead(AHEAD);
        let mut events = self.host.application().subscribe_to::<AccountEvent>(subscription);
        let mut balance = Balance::default();
        while let Some(event) = events.next().await {
            let event = event?;
            match &event.event {
                AccountEvent::Opened { .. } => balance.open(),
                AccountEvent::Deposited { amount, .. } => balance.deposit(*amount),
            }
            if event.position >= head {
                break;
            }
        }
        Ok(balance)
    }

    fn rows(&self) -> Option<Rows> {
        views::rows(self.view)
    }

    /// Over the database that commands go to, as in one service.
    async fn follow(&self) -> anyhow::Result<()> {
        let host = Host::builder(self.stopwatch.clone()).context(bank(self.view)).start().await?;
        *self.follower.lock().await = Some(host);
        Ok(())
    }

    async fn rest(&self) -> anyhow::Result<()> {
        self.follower.lock().await.take().context("nothing is followed")?.stop().await;
        Ok(())
    }

    /// As an operator has it: it takes over by itself.
    async fn rebuild(&self) -> anyhow::Result<()> {
        let follower = self.follower.lock().await;
        let operations = follower.as_ref().context("nothing is followed")?.application().operations();
        drop(follower);
        views::rebuild(&operations, self.view).await
    }

    fn fill_holders(&self) -> Option<&'static str> {
        Some(holders::FILL)
    }

    async fn ask(&self, asked: Asked) -> Result<Vec<u64>, Failure> {
        let (queries, caller) = (&self.host.application().queries, self.caller(&self.asking)?);
        let number = |row: &Holder| row.number.cast_unsigned();
        Ok(match asked.question {
            Question::Point => {
                queries.ask(caller, holders::point(asked)).await?.iter().map(|row| number(&row.row)).collect()
            }
            Question::Page | Question::Search => {
                let page = queries.ask(caller, holders::list(asked)).await?;
                page.items.iter().map(|row| number(&row.row)).collect()
            }
        })
    }

    async fn claim(&self, _: &Account, opening: Opening, metadata: Metadata) -> Result<(), Failure> {
        let commands = self.host.application().commands;
        match commands.create(self.caller(&metadata)?, OpenHousehold { opening }).await {
            Ok(_) => Ok(()),
            Err(DispatchError::Conflict(_)) => Err(Failure::Conflict),
            Err(error) => Err(Failure::Failed(error.into())),
        }
    }
}

impl Freehold {
    async fn over(
        database: Arc<dyn Database>,
        filler: Arc<dyn Database>,
        setup: &Setup,
    ) -> anyhow::Result<Self> {
        let stopwatch = Stopwatch::around(database.clone());
        let hot = if setup.variant.ends_with("hot state off") { 0 } else { 10_000 };
        let own = match setup.view {
            View::Inline | View::Holders => setup.view,
            View::None | View::Few | View::Many => View::None,
        };
        let host = Host::builder(stopwatch.clone()).hot_aggregates(hot).context(bank(own)).start().await?;
        let second = Host::builder(Stopwatch::around(filler.clone())).hot_aggregates(0).context(bank(own));
        let second = if setup.inline_view() { Some(second.start().await?) } else { None };
        let (tenant, roles) = ("acme".parse()?, ["teller"].into_iter().collect());
        let (follower, view, asking) =
            (Mutex::default(), setup.view, Metadata::any(&mut fastrand::Rng::new()));
        Ok(Self { host, second, database, filler, stopwatch, follower, view, asking, tenant, roles })
    }

    async fn make(
        &self,
        account: &Account,
        deposit: Deposit,
        metadata: &Metadata,
    ) -> Result<Accepted<AccountId>, Failure> {
        let (commands, caller) = (self.host.application().commands, self.caller(metadata)?);
        match commands.send(caller, AccountId::from_uuid(account.id), MakeDeposit { deposit }).await {
            Ok(accepted) => Ok(accepted),
            Err(DispatchError::Conflict(_)) => Err(Failure::Conflict),
            Err(error) => Err(Failure::Failed(anyhow::anyhow!("{error}"))),
        }
    }

    async fn fill_through(&self, commands: &CommandBus, fill: Fill) -> anyhow::Result<()> {
        let accounts = stream::iter(fill.first..=fill.last()).map(anyhow::Ok);
        let written = accounts.try_for_each_concurrent(fill::AT_ONCE, async |number| {
            let (mut random, id) = (fastrand::Rng::new(), workload::id(number));
            let (caller, opening) = (self.caller(&Metadata::any(&mut random))?, Opening::of(number));
            commands.dispatch(caller, Some(id), OpenAccount { opening }, SendOptions::default()).await?;
            for _ in 1..fill.events {
                let caller = self.caller(&Metadata::any(&mut random))?;
                let command = MakeDeposit { deposit: Deposit::any(&mut random) };
                commands.send(caller, AccountId::from_uuid(id), command).await?;
            }
            Ok(())
        });
        written.await
    }

    fn caller(&self, metadata: &Metadata) -> anyhow::Result<Caller> {
        Ok(Caller {
            tenant: self.tenant.clone(),
            actor: ActorId::new(metadata.actor.as_str()),
            roles: self.roles.clone(),
            correlation: CorrelationId(Uuid::parse_str(&metadata.correlation)?),
            causation: Some(EventId(Uuid::parse_str(&metadata.causation)?)),
        })
    }
}

/// The context, with this view.
fn bank(view: View) -> Context {
    views::context(Context::new("bank").sqlite(SQLITE).postgres(POSTGRES), view)
}

fn main() -> anyhow::Result<()> {
    serve::<Freehold>()
}
