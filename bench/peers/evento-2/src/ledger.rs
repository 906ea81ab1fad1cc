//! The account as an aggregate of evento, and three projections of it that differ in where they keep snapshots.

use bench_harness::{Deposit, Metadata, Opening};

#[evento::aggregate(name = "bank/Account")]
pub enum Account {
    Opened {
        nickname: String,
        holder: String,
        address: String,
        email: String,
        currency: String,
        branch: String,
    },
    Deposited {
        amount: i64,
        currency: String,
        reference: String,
        counterparty: String,
        iban: String,
        purpose: String,
        channel: String,
    },
}

#[derive(bitcode::Encode)]
pub(crate) struct Why {
    command: String,
    correlation: String,
    causation: String,
    actor: String,
    time: u64,
}

impl From<Opening> for Opened {
    fn from(opening: Opening) -> Self {
        let Opening { nickname, holder, address, email, currency, branch } = opening;
        Self { nickname, holder, address, email, currency, branch }
    }
}

impl From<Deposit> for Deposited {
    fn from(deposit: Deposit) -> Self {
        let Deposit { amount, currency, reference, counterparty, iban, purpose, channel } = deposit;
        Self { amount, currency, reference, counterparty, iban, purpose, channel }
    }
}

impl From<Metadata> for Why {
    fn from(metadata: Metadata) -> Self {
        let Metadata { command, correlation, causation, actor, time } = metadata;
        Self { command, correlation, causation, actor, time }
    }
}

/// A projection with this name, and its handlers in a module of their own.
macro_rules! projection {
    ($(#[$attribute:meta])* $module:ident, $name:ident) => {
        pub(crate) mod $module {
            use bench_harness::Balance;
            use evento::{Executor, Projection, metadata::Event};

            use super::{Account, Deposited, Opened};

            $(#[$attribute])*
            pub(crate) struct $name {
                pub id: String,
                pub events: u64,
                pub cents: i64,
            }

            impl $name {
                pub(crate) fn balance(&self) -> Balance {
                    Balance { events: self.events, cents: self.cents }
                }
            }

            #[evento::handler]
            async fn on_opened(event: Event<Opened>, row: &mut $name) -> anyhow::Result<()> {
                row.id.clone_from(&event.aggregate_id);
                row.events += 1;
                Ok(())
            }

            #[evento::handler]
            async fn on_deposited(event: Event<Deposited>, row: &mut $name) -> anyhow::Result<()> {
                row.events += 1;
                row.cents += event.data.amount;
                Ok(())
            }

            pub(crate) fn projection<E: Executor>() -> Projection<E, $name> {
                Projection::new::<Account>().handler(on_opened()).handler(on_deposited()).strict()
            }
        }
    };
}

projection!(
    #[evento::projection(id = id)]
    #[evento::snapshot(none)]
    replayed,
    Replayed
);

projection!(
    #[evento::projection(id = id, bitcode::Encode, bitcode::Decode)]
    snapshotted,
    Snapshotted
);

projection!(
    #[evento::projection(id = id)]
    #[evento::snapshot(memory)]
    remembered,
    Remembered
);
