//! Nodes of this process: those that are there before another one ends, and those that come next.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use freehold::{
    ActorId, CommandId, CorrelationId, EventId, Id, Metadata, RawEvent, Timestamp,
    app::{Application, Caller, Host, NodeRole},
    ports::{Append, Database, Expected, NewEvent, Stage},
};
use freehold_testkit::faults::Faults;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::{
    Act, Address,
    ledger::{self, AccountId, Alter, Open},
    load::TENANTS,
    query::tenant,
    round::Opened,
    views::{ACCOUNT, STATEMENTS},
};

/// Whose accounts there are.
pub(super) const TENANT: &str = TENANTS[0];
/// How long everything may take to come to rest.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked whether it has.
const PAUSE: Duration = Duration::from_millis(100);

/// A node of this process.
pub(super) struct Node {
    opened: Opened,
    host: Host,
}

impl Node {
    pub(super) async fn start(name: &str, database: &str, roles: &[NodeRole]) -> anyhow::Result<Self> {
        let opened = Opened::at(database).await?;
        let builder = Host::builder(Faults::default().around(opened.database()));
        let builder = builder.context(ledger::statements()).node_name(name);
        let host = builder.roles(roles.iter().copied().collect()).start().await?;
        Ok(Self { opened, host })
    }

    /// Ends if nobody else could open the database.
    pub(super) async fn make_room(self) -> Option<Self> {
        if !self.opened.is_alone() {
            return Some(self);
        }
        self.stop().await;
        None
    }

    pub(super) async fn stop(self) {
        self.host.stop().await;
        self.opened.close().await;
    }

    pub(super) fn database(&self) -> Arc<dyn Database> {
        self.opened.database()
    }

    fn application(&self) -> Application {
        self.host.application()
    }

    pub(super) async fn open_accounts(&self) -> anyhow::Result<Vec<AccountId>> {
        let mut accounts = Vec::new();
        for amount in 1..=8 {
            let open = Open { token: format!("open-{amount}"), name: None };
            let account = self.application().commands.create(clerk(), open).await?.id;
            self.deposit(account, amount).await?;
            accounts.push(account);
        }
        Ok(accounts)
    }

    pub(super) async fn deposit(&self, account: AccountId, amount: i64) -> anyhow::Result<()> {
        let deposit = Alter { token: format!("deposit-{amount}"), act: Act::Deposit { amount } };
        self.application().commands.send(clerk(), account, deposit).await?;
        Ok(())
    }

    /// Writes an event that nobody can read, and behind it one that waits.
    pub(super) async fn smuggle(&self, account: AccountId) -> anyhow::Result<()> {
        let payloads = [r#"{"token":0}"#, r#"{"token":"behind","part":0,"amount":1}"#];
        let events = payloads.map(|payload| NewEvent {
            id: EventId(self.application().ids.next()),
            event: RawEvent { name: "Deposited".to_owned(), version: 1, payload: payload.to_owned() },
            tags: Vec::new(),
        });
        let (tenant, id) = (TENANT.to_owned(), account.as_uuid());
        let address = Address { tenant, aggregate: ACCOUNT.to_owned(), id };
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
        self.database().append(append).await?;
        Ok(())
    }

    /// Until no rebuild is under way, and the view has taken in all that there is.
    pub(super) async fn await_rest(&self) -> anyhow::Result<()> {
        let rest = async {
            while self.is_rebuilding().await? || self.application().caught_up().await.is_err() {
                sleep(PAUSE).await;
            }
            Ok(())
        };
        timeout(PATIENCE, rest).await.context("nothing comes to rest")?
    }

    /// What waits for a word gets it.
    async fn is_rebuilding(&self) -> anyhow::Result<bool> {
        let rebuilds = self.database().rebuilds().await?;
        if rebuilds.iter().any(|rebuild| rebuild.stage == Stage::Waiting && !rebuild.automatic) {
            self.application().operations().take_over("next", STATEMENTS.name).await?;
        }
        Ok(rebuilds.iter().any(|rebuild| rebuild.stage.is_under_way()))
    }
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
