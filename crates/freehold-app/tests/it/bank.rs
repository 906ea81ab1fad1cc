//! A bank: the context that the tests use.

use std::{cell::Cell, panic::resume_unwind, time::Instant};

use freehold::{Event as _, RawEvent, prelude::*};

/// Identifies an account.
#[derive(Id)]
pub(crate) struct AccountId(Uuid);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Account {
    pub(crate) balance: i64,
    pub(crate) nickname: Option<String>,
    pub(crate) closed: bool,
}

#[derive(Clone, Debug, PartialEq, Event)]
#[event(of = Account)]
pub(crate) enum AccountEvent {
    #[event(published)]
    Opened {
        owner: String,
        nickname: Option<String>,
    },
    Deposited {
        amount: i64,
    },
    Renamed {
        nickname: String,
    },
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Rejection)]
pub(crate) enum AccountRejection {
    #[error("the account is closed")]
    AlreadyClosed,
    #[error("there are still {balance} on it")]
    NotEmpty { balance: i64 },
    #[error("not for this owner")]
    Unwanted,
}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(creates = Account, roles("clerk", "boss"))]
pub(crate) struct OpenAccount {
    #[garde(length(chars, min = 1, max = 40))]
    pub(crate) owner: String,
    #[garde(skip)]
    pub(crate) nickname: Option<String>,
}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Account, roles("clerk"))]
pub(crate) struct Deposit {
    #[garde(range(min = 1))]
    pub(crate) amount: i64,
}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Account, roles("clerk"))]
#[garde(allow_unvalidated)]
pub(crate) struct Rename {
    pub(crate) nickname: String,
}

/// Takes another name and then its own again, in one decision.
#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Account, roles("clerk"))]
#[garde(allow_unvalidated)]
pub(crate) struct Reconsider {
    pub(crate) other: String,
}

#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Account, roles("clerk"))]
pub(crate) struct Close {}

/// A command that nobody may send.
#[derive(Clone, Debug, Serialize, Validate, Command)]
#[command(on = Account)]
pub(crate) struct Rob {}

impl Aggregate for Account {
    const NAME: &'static str = "bank.Account";
    type Id = AccountId;
    type Event = AccountEvent;
    type Rejection = AccountRejection;

    fn begin(event: &AccountEvent) -> Option<Self> {
        match event {
            AccountEvent::Opened { nickname, .. } => {
                Some(Self { balance: 0, nickname: nickname.clone(), closed: false })
            }
            _ => None,
        }
    }

    fn evolve(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { .. } => {}
            AccountEvent::Deposited { amount } => self.balance += amount,
            AccountEvent::Renamed { nickname } => self.nickname = Some(nickname.clone()),
            AccountEvent::Closed => self.closed = true,
        }
    }

    fn unique(&self) -> Vec<UniqueKey> {
        if self.closed {
            return Vec::new();
        }
        UniqueKey::new::<Self>("nickname", &self.nickname).into_iter().collect()
    }

    fn snapshots() -> Snapshots<Self> {
        Snapshots::every(SNAPSHOT_EVERY.get())
    }
}

thread_local! {
    static SNAPSHOT_EVERY: Cell<u64> = const { Cell::new(0) };
}

/// Has accounts snapshotted on this thread for as long as it lives.
pub(crate) struct Snapshotted(());

impl Snapshotted {
    pub(crate) fn every(events: u64) -> Self {
        SNAPSHOT_EVERY.set(events);
        Self(())
    }
}

impl Drop for Snapshotted {
    fn drop(&mut self) {
        SNAPSHOT_EVERY.set(0);
    }
}

type Decision = Result<Events<Account>, AccountRejection>;

impl Create<OpenAccount> for Account {
    fn decide(command: OpenAccount, _: Timestamp) -> Decision {
        match command.owner.as_str() {
            "unwanted" => Err(AccountRejection::Unwanted),
            "faulty" => Ok(AccountEvent::Closed.into()),
            _ => Ok(AccountEvent::Opened { owner: command.owner, nickname: command.nickname }.into()),
        }
    }
}

impl Decide<Deposit> for Account {
    fn decide(&self, command: Deposit, _: Timestamp) -> Decision {
        ensure(!self.closed, AccountRejection::AlreadyClosed)?;
        Ok(AccountEvent::Deposited { amount: command.amount }.into())
    }
}

impl Decide<Rename> for Account {
    fn decide(&self, command: Rename, _: Timestamp) -> Decision {
        Ok(AccountEvent::Renamed { nickname: command.nickname }.into())
    }
}

impl Decide<Reconsider> for Account {
    fn decide(&self, command: Reconsider, _: Timestamp) -> Decision {
        let own = self.nickname.clone().unwrap_or_default();
        let other = AccountEvent::Renamed { nickname: command.other };
        Ok(Events::from(other).and(AccountEvent::Renamed { nickname: own }))
    }
}

impl Decide<Close> for Account {
    fn decide(&self, _: Close, _: Timestamp) -> Decision {
        ensure(!self.closed, AccountRejection::AlreadyClosed)?;
        ensure(self.balance == 0, AccountRejection::NotEmpty { balance: self.balance })?;
        Ok(AccountEvent::Closed.into())
    }
}

impl Decide<Rob> for Account {
    fn decide(&self, _: Rob, _: Timestamp) -> Decision {
        Ok(Events::none())
    }
}

pub(crate) fn open(owner: &str) -> OpenAccount {
    OpenAccount { owner: owner.to_owned(), nickname: None }
}

pub(crate) fn open_as(nickname: &str) -> OpenAccount {
    OpenAccount { owner: "Anna".to_owned(), nickname: Some(nickname.to_owned()) }
}

/// An event that this program cannot read, as newer code may have left it.
pub(crate) fn unreadable() -> RawEvent {
    let event = AccountEvent::Deposited { amount: 1 }.encode().expect("it is plain");
    RawEvent { payload: r#"{"amount":"hidden-amount"}"#.to_owned(), ..event }
}

/// Brought up to date by a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "bank.Balance", table = "balances")]
pub(crate) struct Balance {
    #[row(key)]
    pub(crate) id: AccountId,
    pub(crate) owner: String,
    pub(crate) balance: i64,
}

impl View for Balance {
    type Event = AccountEvent;

    fn key(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        Some(event.stream_id())
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        match (&event.event, row) {
            (AccountEvent::Opened { owner, .. }, _) => {
                Some(Self { id: event.stream_id(), owner: owner.clone(), balance: 0 })
            }
            (AccountEvent::Deposited { amount }, Some(row)) => {
                Some(Self { balance: row.balance + amount, ..row })
            }
            (AccountEvent::Closed, _) => None,
            (_, row) => row,
        }
    }
}

/// Brought up to date before the command returns.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "bank.Owner", table = "owners")]
pub(crate) struct Owner {
    #[row(key)]
    pub(crate) name: String,
    pub(crate) accounts: i64,
}

impl View for Owner {
    type Event = AccountEvent;

    const SYNC: SyncMode = SyncMode::Sync;
    // Long enough for a busy machine.
    const TIMEOUT: StdDuration = StdDuration::from_secs(1);

    fn key(event: &Recorded<AccountEvent>) -> Option<String> {
        match &event.event {
            AccountEvent::Opened { owner, .. } => Some(owner.clone()),
            _ => None,
        }
    }

    fn evolve(row: Option<Self>, event: &Recorded<AccountEvent>) -> Option<Self> {
        let AccountEvent::Opened { owner, .. } = &event.event else { return row };
        match owner.as_str() {
            "slow" => spin(Self::TIMEOUT),
            // A panic whose trace is not put together, which takes seconds where many do.
            "poison" => resume_unwind(Box::new("the owner is poison")),
            _ => {}
        }
        let accounts = row.map_or(0, |row| row.accounts) + 1;
        Some(Self { name: owner.clone(), accounts })
    }
}

fn spin(time: StdDuration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

#[derive(Clone, Debug, Query)]
#[query(one = Balance, roles("clerk"))]
pub(crate) struct GetBalance {
    pub(crate) id: AccountId,
}

impl Ask for GetBalance {
    fn select(self) -> Select<Balance> {
        Select::by_key(self.id)
    }
}

#[derive(Clone, Debug, Query)]
#[query(one = Owner, roles("clerk"))]
pub(crate) struct GetOwner {
    pub(crate) name: String,
}

impl Ask for GetOwner {
    fn select(self) -> Select<Owner> {
        Select::by_key(self.name)
    }
}

#[derive(Clone, Debug, Default, Query)]
#[query(page = Balance, roles("clerk"))]
pub(crate) struct ListBalances {
    pub(crate) sort: Option<Sort>,
    pub(crate) limit: Option<u32>,
    pub(crate) cursor: Option<Cursor>,
}

impl Ask for ListBalances {
    fn select(self) -> Select<Balance> {
        Select::all().sort(&["balance", "owner"], self.sort).page(self.limit, self.cursor)
    }
}

/// What is told of a balance to those who need no more.
#[derive(Clone, Debug, PartialEq, Excerpt)]
#[excerpt(of = Balance)]
pub(crate) struct Amount {
    pub(crate) balance: i64,
}

#[derive(Clone, Debug, Default, Query)]
#[query(counted_page = Amount, roles("clerk"))]
pub(crate) struct ListAmounts {
    pub(crate) balance: Option<Range<i64>>,
    pub(crate) owner: Option<Vec<String>>,
    pub(crate) limit: Option<u32>,
    pub(crate) cursor: Option<Cursor>,
}

impl Ask for ListAmounts {
    fn select(self) -> Select<Balance> {
        Select::all()
            .range(Balance::BALANCE, self.balance)
            .one_of(Balance::OWNER, self.owner)
            .sort(&["owner"], None)
            .page(self.limit, self.cursor)
    }
}

#[derive(Clone, Debug, Default, Query)]
#[query(offset_page = Balance, roles("clerk"))]
pub(crate) struct LeafThroughBalances {
    pub(crate) limit: Option<u32>,
    pub(crate) offset: Option<u32>,
}

impl Ask for LeafThroughBalances {
    fn select(self) -> Select<Balance> {
        Select::all().sort(&["owner"], None).offset_page(self.limit, self.offset)
    }
}

#[derive(Clone, Debug, Query)]
#[query(one = Amount, roles("clerk"))]
pub(crate) struct GetAmount {
    pub(crate) id: AccountId,
}

impl Ask for GetAmount {
    fn select(self) -> Select<Balance> {
        Select::by_key(self.id)
    }
}

#[derive(Clone, Debug, Query)]
#[query(page = Balance, roles("clerk"))]
pub(crate) struct RichAccounts {
    pub(crate) at_least: i64,
}

impl Ask for RichAccounts {
    fn select(self) -> Select<Balance> {
        Select::all().range(Balance::BALANCE, Some((self.at_least..).into()))
    }
}

/// A question that nobody may ask.
#[derive(Clone, Debug, Query)]
#[query(page = Balance)]
pub(crate) struct PeekBalances {}

impl Ask for PeekBalances {
    fn select(self) -> Select<Balance> {
        Select::all()
    }
}

pub(crate) fn context() -> Context {
    Context::new("bank").view::<Balance>().view::<Owner>()
}
