//! The ledger: the context whose commands are part of the load.

use freehold::prelude::*;

use crate::{
    Act,
    projections::{POSTGRES, SQLITE},
    views::ACCOUNT,
};

/// Identifies an account.
#[derive(Id)]
pub(crate) struct AccountId(Uuid);

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Account {
    balance: i64,
    name: Option<String>,
    closed: bool,
}

/// What happens to accounts.
#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Account)]
pub(crate) enum AccountEvent {
    Opened { token: String, part: usize, name: Option<String> },
    Deposited { token: String, part: usize, amount: i64 },
    Withdrawn { token: String, part: usize, amount: i64 },
    Charged { token: String, part: usize, amount: i64 },
    Renamed { token: String, part: usize, name: String },
    Closed { token: String, part: usize },
}

/// Why an account refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Rejection)]
pub(crate) enum AccountRejection {
    /// It was closed.
    #[error("the account is closed")]
    AlreadyClosed,
    /// There is not enough on it, or too much to close it.
    #[error("its balance is {balance}")]
    Balance {
        /// What there is.
        balance: i64,
    },
}

/// Opens an account.
#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(creates = Account, roles("clerk"))]
#[garde(allow_unvalidated)]
pub(crate) struct Open {
    pub(crate) token: String,
    pub(crate) name: Option<String>,
}

/// Alters an account.
#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Account, roles("clerk"))]
#[garde(allow_unvalidated)]
pub(crate) struct Alter {
    pub(crate) token: String,
    pub(crate) act: Act,
}

type Decision = Result<Events<Account>, AccountRejection>;

impl Aggregate for Account {
    const NAME: &'static str = ACCOUNT;
    type Id = AccountId;
    type Event = AccountEvent;
    type Rejection = AccountRejection;

    fn begin(event: &AccountEvent) -> Option<Self> {
        match event {
            AccountEvent::Opened { name, .. } => Some(Self { balance: 0, name: name.clone(), closed: false }),
            _ => None,
        }
    }

    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { .. } => {}
            AccountEvent::Deposited { amount, .. } => self.balance += amount,
            AccountEvent::Withdrawn { amount, .. } | AccountEvent::Charged { amount, .. } => {
                self.balance -= amount;
            }
            AccountEvent::Renamed { name, .. } => self.name = Some(name.clone()),
            AccountEvent::Closed { .. } => self.closed = true,
        }
    }

    fn unique(&self) -> Vec<UniqueKey> {
        if self.closed {
            return Vec::new();
        }
        UniqueKey::new::<Self>("name", &self.name).into_iter().collect()
    }

    fn snapshots() -> Snapshots<Self> {
        Snapshots::every(16)
    }
}

impl Create<Open> for Account {
    fn decide(command: Open, _: Timestamp) -> Decision {
        let Open { token, name } = command;
        Ok(AccountEvent::Opened { token, part: 0, name }.into())
    }
}

impl Decide<Alter> for Account {
    fn decide(&self, Alter { token, act }: Alter, _: Timestamp) -> Decision {
        ensure(!self.closed, AccountRejection::AlreadyClosed)?;
        let balance = self.balance;
        let enough = |is_enough: bool| ensure(is_enough, AccountRejection::Balance { balance });
        Ok(match act {
            Act::Open { name } => AccountEvent::Opened { token, part: 0, name }.into(),
            Act::Deposit { amount } => AccountEvent::Deposited { token, part: 0, amount }.into(),
            Act::Withdraw { amount } => {
                enough(balance > amount)?;
                Events::from(AccountEvent::Withdrawn { token: token.clone(), part: 0, amount })
                    .and(AccountEvent::Charged { token, part: 1, amount: 1 })
            }
            Act::Rename { name } => AccountEvent::Renamed { token, part: 0, name }.into(),
            Act::Close => {
                enough(balance == 0)?;
                AccountEvent::Closed { token, part: 0 }.into()
            }
        })
    }
}

/// The balance of each open account.
#[derive(Clone, Debug, PartialEq, Serialize, freehold::Row)]
#[row(name = "history.Balance", table = "history_balances")]
pub(crate) struct Balance {
    #[row(key)]
    id: AccountId,
    name: Option<String>,
    balance: i64,
}

impl View for Balance {
    type Event = AccountEvent;

    const SYNC: SyncMode = SyncMode::Sync;
    const TIMEOUT: StdDuration = StdDuration::from_secs(5);

    fn key(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        let id = event.stream_id();
        let row = row.unwrap_or(Self { id, name: None, balance: 0 });
        match &event.event {
            AccountEvent::Opened { name, .. } => Some(Self { id, name: name.clone(), balance: 0 }),
            AccountEvent::Deposited { amount, .. } => Some(Self { balance: row.balance + amount, ..row }),
            AccountEvent::Withdrawn { amount, .. } | AccountEvent::Charged { amount, .. } => {
                Some(Self { balance: row.balance - amount, ..row })
            }
            AccountEvent::Renamed { name, .. } => Some(Self { name: Some(name.clone()), ..row }),
            AccountEvent::Closed { .. } => None,
        }
    }
}

/// The same by workers.
#[derive(Clone, Debug, PartialEq, Serialize, freehold::Row)]
#[row(name = "history.Statement", table = "history_statements")]
pub(crate) struct Statement {
    #[row(key)]
    id: AccountId,
    name: Option<String>,
    balance: i64,
}

impl View for Statement {
    type Event = AccountEvent;

    fn key(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        let row = row.map(|Self { id, name, balance }| Balance { id, name, balance });
        let Balance { id, name, balance } = <Balance as View>::evolve(row, event)?;
        Some(Self { id, name, balance })
    }
}

/// The context, with the tables of all views of the load.
pub(crate) fn context() -> Context {
    Context::new("history").view::<Balance>().view::<Statement>().sqlite(SQLITE).postgres(POSTGRES)
}

/// The same with the view of workers alone: one that appends wait for would refuse what nobody can read.
pub(crate) fn statements() -> Context {
    Context::new("history").view::<Statement>().sqlite(SQLITE).postgres(POSTGRES)
}
