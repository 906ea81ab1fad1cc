//! The account as an aggregate of evento.

use bench_harness::{Balance, Deposit, Metadata, Opening};
use bincode::{Decode, Encode};
use evento::{AggregatorName, EventDetails};

/// The balance, in the encoding that snapshots have.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub(crate) struct Ledger {
    events: u64,
    cents: i64,
}

#[derive(AggregatorName, Encode, Decode)]
pub(crate) struct Opened {
    nickname: String,
    holder: String,
    address: String,
    email: String,
    currency: String,
    branch: String,
}

#[derive(AggregatorName, Encode, Decode)]
pub(crate) struct Deposited {
    pub(crate) amount: i64,
    currency: String,
    reference: String,
    counterparty: String,
    iban: String,
    purpose: String,
    channel: String,
}

#[derive(Encode, Decode)]
pub(crate) struct Why {
    command: String,
    correlation: String,
    causation: String,
    actor: String,
    time: u64,
}

#[allow(clippy::unused_async, reason = "the macro wants it so")]
#[evento::aggregator]
impl Ledger {
    async fn opened(&mut self, _event: EventDetails<Opened, Why>) -> anyhow::Result<()> {
        let mut balance = self.balance();
        balance.open();
        self.take(balance);
        Ok(())
    }

    async fn deposited(&mut self, event: EventDetails<Deposited, Why>) -> anyhow::Result<()> {
        let mut balance = self.balance();
        balance.deposit(event.data.amount);
        self.take(balance);
        Ok(())
    }
}

impl Ledger {
    pub(crate) fn balance(&self) -> Balance {
        Balance { events: self.events, cents: self.cents }
    }

    fn take(&mut self, balance: Balance) {
        (self.events, self.cents) = (balance.events, balance.cents);
    }
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
