//! A point: what is there before a process ends at a step, and what has to be there when the next has come.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::Context;
use freehold::{
    ActorId, CommandId, CorrelationId, EventId, Id, Metadata, RawEvent, Row as _, Timestamp,
    app::{Application, Caller, Host, NodeRole},
    ports::{Append, Database, DeadLetterQuery, Expected, NewEvent},
};
use freehold_testkit::{deaths::Step, faults::Faults};
use tokio::{
    runtime::Runtime,
    task::spawn_blocking,
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::mortal;
use crate::{
    Act, Address, inspect, laws,
    ledger::{self, AccountId, Alter, Open, Statement},
    load::{TENANTS, rows_of},
    query::tenant,
    round::Opened,
    views::{ACCOUNT, STATEMENTS},
};

/// How long everything may take to come to rest.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked whether it has.
const PAUSE: Duration = Duration::from_millis(100);
/// Whose accounts there are.
const TENANT: &str = TENANTS[0];

/// What is not in order when a process has ended there and another one has come.
///
/// Errors: that it has not ended there, or that things do not go on.
pub(super) fn run(step: Step, database: &str, program: &Path) -> anyhow::Result<Vec<String>> {
    Runtime::new()?.block_on(async {
        let mut node = Node::start("server", database).await?;
        let accounts = node.open_accounts().await?;
        node.smuggle(accounts[1]).await?;
        let witness = node.make_room().await;
        let (url, program) = (database.to_owned(), program.to_owned());
        spawn_blocking(move || mortal::ends(step, &url, &program)).await??;
        node = Node::start("next", database).await?;
        for account in accounts.iter().filter(|account| **account != accounts[1]) {
            node.deposit(*account, 100).await?;
        }
        node.smuggle(accounts[0]).await?;
        node.await_rest().await?;
        let faults = node.faults().await?;
        node.stop().await;
        if let Some(witness) = witness {
            witness.stop().await;
        }
        Ok(faults)
    })
}

/// A node of this process.
struct Node {
    opened: Opened,
    host: Host,
}

impl Node {
    /// The one that is there before takes commands, and is no worker.
    async fn start(name: &str, database: &str) -> anyhow::Result<Self> {
        let opened = Opened::at(database).await?;
        let builder = Host::builder(Faults::default().around(opened.database()));
        let mut builder = builder.context(ledger::statements()).node_name(name);
        if name == "server" {
            builder = builder.roles([NodeRole::Server].into_iter().collect());
        }
        let host = builder.start().await?;
        Ok(Self { opened, host })
    }

    /// Ends if nobody else could open the database.
    async fn make_room(self) -> Option<Self> {
        if !self.opened.is_alone() {
            return Some(self);
        }
        self.stop().await;
        None
    }

    async fn stop(self) {
        self.host.stop().await;
        self.opened.close().await;
    }

    fn application(&self) -> Application {
        self.host.application()
    }

    async fn open_accounts(&self) -> anyhow::Result<Vec<AccountId>> {
        let mut accounts = Vec::new();
        for amount in 1..=8 {
            let open = Open { token: format!("open-{amount}"), name: None };
            let account = self.application().commands.create(clerk(), open).await?.id;
            self.deposit(account, amount).await?;
            accounts.push(account);
        }
        Ok(accounts)
    }

    async fn deposit(&self, account: AccountId, amount: i64) -> anyhow::Result<()> {
        let deposit = Alter { token: format!("deposit-{amount}"), act: Act::Deposit { amount } };
        self.application().commands.send(clerk(), account, deposit).await?;
        Ok(())
    }

    /// An event that nobody can read, and behind it one that waits.
    async fn smuggle(&self, account: AccountId) -> anyhow::Result<()> {
        let payloads = [r#"{"token":0}"#, r#"{"token":"behind","part":0,"amount":1}"#];
        let events = payloads.map(|payload| NewEvent {
            id: EventId(self.application().ids.next()),
            event: RawEvent { name: "Deposited".to_owned(), version: 1, payload: payload.to_owned() },
            tags: Vec::new(),
        });
        let address =
            Address { tenant: TENANT.to_owned(), aggregate: ACCOUNT.to_owned(), id: account.as_uuid() };
        let append = Append {
            tenant: address.tenant(),
            stream: address.stream(),
            expected: Expected::Any,
            unless: Vec::new(),
            events: events.into(),
            metadata: metadata(),
            once: None,
            inline: Vec::new(),
        };
        self.opened.database().append(append).await?;
        Ok(())
    }

    /// Until no rebuild is under way, and the view has taken in all that there is.
    async fn await_rest(&self) -> anyhow::Result<()> {
        let rest = async {
            while self.is_rebuilding().await? || self.application().caught_up().await.is_err() {
                sleep(PAUSE).await;
            }
            Ok(())
        };
        let rested = timeout(PATIENCE, rest).await;
        match rested {
            Ok(rested) => rested,
            Err(elapsed) => Err(elapsed).context("nothing comes to rest"),
        }
    }

    async fn is_rebuilding(&self) -> anyhow::Result<bool> {
        let rebuilds = self.opened.database().rebuilds().await?;
        Ok(rebuilds.iter().any(|rebuild| rebuild.stage.is_under_way()))
    }

    /// Rows that are not a fold over the log, and dead letters that do not wait for what cannot be read.
    async fn faults(&self) -> anyhow::Result<Vec<String>> {
        let database = self.opened.database();
        let log = inspect::read(&*database).await?;
        let rows = rows_of(&*database, TENANT, Statement::SCHEMA).await?.into_iter().collect();
        let mut faults = laws::differences(&STATEMENTS, &log, &rows);
        let (found, expected) = (waiting(&*database).await?, STATEMENTS.waiting(&log));
        if found != expected {
            faults.push(format!("what waits in dead letters is {found:?}, and not {expected:?}"));
        }
        Ok(faults)
    }
}

/// The dead letters of the view: the position of what cannot be taken in, and how many events wait there.
async fn waiting(database: &dyn Database) -> anyhow::Result<BTreeMap<u64, u64>> {
    let query =
        DeadLetterQuery { view: Some(STATEMENTS.name.to_owned()), limit: 100, ..DeadLetterQuery::default() };
    let letters = database.dead_letters(&query).await?;
    Ok(letters.iter().map(|letter| (letter.position.0, letter.waiting)).collect())
}

fn clerk() -> Caller {
    Caller {
        tenant: tenant(TENANT),
        actor: ActorId::new("clerk"),
        roles: ["clerk"].into_iter().collect(),
        correlation: CorrelationId(Uuid::nil()),
        causation: None,
    }
}

fn metadata() -> Metadata {
    Metadata {
        time: Timestamp::from_micros(0),
        actor: ActorId::system(),
        correlation: CorrelationId(Uuid::nil()),
        causation: None,
        command: CommandId(Uuid::nil()),
    }
}
