//! The account as an aggregate, and the view of case F.

use std::sync::atomic::{AtomicU64, Ordering};

use bench_harness::{Balance, Deposit, Opening};
use freehold::prelude::*;

/// Identifies an account.
#[derive(Id)]
pub(crate) struct AccountId(Uuid);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Account {
    pub(crate) events: u64,
    pub(crate) cents: i64,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Account)]
pub(crate) enum AccountEvent {
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

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Rejection)]
pub(crate) enum AccountRejection {
    #[error("the deposit is refused")]
    Refused,
}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(creates = Account, roles("teller"))]
#[garde(allow_unvalidated)]
pub(crate) struct OpenAccount {
    pub(crate) opening: Opening,
}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Account, roles("teller"))]
#[garde(allow_unvalidated)]
pub(crate) struct MakeDeposit {
    pub(crate) deposit: Deposit,
}

/// After how many events there is a new snapshot; never, if that is 0.
pub(crate) static SNAPSHOT_EVERY: AtomicU64 = AtomicU64::new(0);

impl Aggregate for Account {
    const NAME: &'static str = "bank.Account";
    type Id = AccountId;
    type Event = AccountEvent;
    type Rejection = AccountRejection;

    fn begin(event: &AccountEvent) -> Option<Self> {
        matches!(event, AccountEvent::Opened { .. }).then_some(Self { events: 1, cents: 0 })
    }

    fn evolve(&mut self, event: &AccountEvent) {
        self.events += 1;
        if let AccountEvent::Deposited { amount, .. } = event {
            self.cents += amount;
        }
    }

    fn snapshots() -> Snapshots<Self> {
        Snapshots::every(SNAPSHOT_EVERY.load(Ordering::Relaxed))
    }
}

impl Create<OpenAccount> for Account {
    fn decide(command: OpenAccount, _: Timestamp) -> Result<Events<Self>, AccountRejection> {
        Ok(opened(command.opening).into())
    }
}

impl Decide<MakeDeposit> for Account {
    fn decide(&self, command: MakeDeposit, _: Timestamp) -> Result<Events<Self>, AccountRejection> {
        ensure(self.balance().takes(&command.deposit), AccountRejection::Refused)?;
        Ok(deposited(command.deposit).into())
    }
}

impl Account {
    pub(crate) fn balance(&self) -> Balance {
        Balance { events: self.events, cents: self.cents }
    }
}

pub(crate) fn opened(opening: Opening) -> AccountEvent {
    let Opening { nickname, holder, address, email, currency, branch } = opening;
    AccountEvent::Opened { nickname, holder, address, email, currency, branch }
}

pub(crate) fn deposited(deposit: Deposit) -> AccountEvent {
    let Deposit { amount, currency, reference, counterparty, iban, purpose, channel } = deposit;
    AccountEvent::Deposited { amount, currency, reference, counterparty, iban, purpose, channel }
}

/// What came in, brought up to date before the command returns.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "bank.Balance", table = "balances")]
pub(crate) struct BalanceRow {
    #[row(key)]
    pub(crate) id: AccountId,
    pub(crate) deposits: i64,
    pub(crate) cents: i64,
}

impl View for BalanceRow {
    type Event = AccountEvent;

    const SYNC: SyncMode = SyncMode::Sync;

    fn key(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        match (&event.event, row) {
            (AccountEvent::Opened { .. }, _) => Some(Self { id: event.stream_id(), deposits: 0, cents: 0 }),
            (AccountEvent::Deposited { amount, .. }, Some(row)) => {
                Some(Self { deposits: row.deposits + 1, cents: row.cents + amount, ..row })
            }
            (AccountEvent::Deposited { .. }, None) => None,
        }
    }
}
