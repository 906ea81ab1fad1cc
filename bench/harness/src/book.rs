//! Which accounts there are, and which of them callers work on.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::{Account, Contender, Fill};

/// Hands out the numbers of accounts, and knows how many events there are.
#[derive(Debug, Default)]
pub(crate) struct Book {
    accounts: u64,
    events: u64,
}

impl Book {
    /// How many events the log has at least.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// Takes note of events that were appended.
    pub(crate) fn appended(&mut self, events: u64) {
        self.events += events;
    }

    /// Sets numbers aside for accounts that do not exist yet; the first of them.
    pub(crate) fn set_aside(&mut self, accounts: u64) -> u64 {
        let first = self.accounts + 1;
        self.accounts += accounts;
        first
    }

    /// Writes accounts of so many events; the number of the first.
    pub(crate) async fn fill<C: Contender>(
        &mut self,
        contender: &C,
        accounts: u64,
        events: u64,
    ) -> anyhow::Result<u64> {
        let first = self.set_aside(accounts);
        contender.fill(Fill { first, accounts, events }).await?;
        self.events += accounts * events;
        Ok(first)
    }
}

/// The accounts that callers work on at a time. One that has [`Window::RETIRED`] events makes place for one that has
/// only been opened, so that there are always as many, of about ten events each, however fast a contender is.
#[derive(Debug)]
pub(crate) struct Window {
    slots: Vec<Mutex<Arc<Account>>>,
    retired_at: u64,
    fresh: AtomicU64,
    last: u64,
    seen: Mutex<Vec<Arc<Account>>>,
}

impl Window {
    const ACCOUNTS: u64 = 1_000;
    const RETIRED: u64 = 20;

    /// 1,000 accounts of 1 to 19 events, and so many that they can be replaced by.
    pub(crate) async fn of_many<C: Contender>(
        contender: &C,
        book: &mut Book,
        spare: u64,
    ) -> anyhow::Result<Self> {
        let mut slots = Vec::new();
        let lengths = Self::RETIRED - 1;
        for events in 1..=lengths {
            let accounts = Self::ACCOUNTS / lengths + u64::from(events <= Self::ACCOUNTS % lengths);
            let first = book.fill(contender, accounts, events).await?;
            slots.extend((first..first + accounts).map(|number| slot(number, events)));
        }
        let fresh = book.fill(contender, spare, 1).await?;
        Ok(Self {
            slots,
            retired_at: Self::RETIRED,
            fresh: fresh.into(),
            last: fresh + spare - 1,
            seen: Mutex::default(),
        })
    }

    /// One account of ten events, which is never replaced.
    pub(crate) async fn of_one<C: Contender>(contender: &C, book: &mut Book) -> anyhow::Result<Self> {
        let number = book.fill(contender, 1, 10).await?;
        let slots = vec![slot(number, 10)];
        Ok(Self { slots, retired_at: u64::MAX, fresh: 1.into(), last: 0, seen: Mutex::default() })
    }

    /// Any of the accounts, and the place where it is.
    pub(crate) fn pick(&self, random: &mut fastrand::Rng) -> (usize, Arc<Account>) {
        let place = random.usize(..self.slots.len());
        (place, locked(&self.slots[place]).clone())
    }

    /// Takes note of an event that was appended.
    pub(crate) fn appended(&self, place: usize, account: &Arc<Account>) {
        if account.grew(1) < self.retired_at {
            return;
        }
        let mut slot = locked(&self.slots[place]);
        if slot.number != account.number || self.fresh.load(Ordering::Relaxed) > self.last {
            return;
        }
        let number = self.fresh.fetch_add(1, Ordering::Relaxed);
        if number <= self.last {
            *slot = Arc::new(Account::new(number, 1));
            locked(&self.seen).push(account.clone());
        }
    }

    /// Some of the accounts that were worked on, old and new.
    pub(crate) fn some(&self, random: &mut fastrand::Rng) -> Vec<Arc<Account>> {
        let mut accounts: Vec<_> = self.slots.iter().map(|slot| locked(slot).clone()).collect();
        accounts.extend(locked(&self.seen).iter().cloned());
        random.shuffle(&mut accounts);
        accounts.truncate(50);
        accounts
    }
}

fn slot(number: u64, events: u64) -> Mutex<Arc<Account>> {
    Mutex::new(Arc::new(Account::new(number, events)))
}

/// Nothing panics while it is held, and what it guards is whole at any time.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
