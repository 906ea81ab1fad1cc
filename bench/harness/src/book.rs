//! Which accounts there are, and which of them callers work on.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use anyhow::ensure;

use crate::{Account, Contender, Fill};

/// Hands out the numbers of accounts, and knows how many events there are.
#[derive(Debug, Default)]
pub(crate) struct Book {
    accounts: u64,
    events: u64,
    holders: u64,
    /// How many accounts the log has grown by, and how many of them were picked.
    grown: u64,
    picked: u64,
}

impl Book {
    /// How many events an account has that the log grows by.
    pub(crate) const GROWN: u64 = 10;
    /// What lies between two accounts that are picked one after the other: a prime, so that each is picked once.
    const STRIDE: u64 = 15_485_863;

    /// All accounts so far are what the log has grown by, of [`GROWN`](Self::GROWN) events each.
    pub(crate) fn has_grown(&mut self) {
        self.grown = self.accounts;
    }

    pub(crate) fn is_grown(&self) -> bool {
        self.grown > 0
    }

    /// So many of the accounts that the log has grown by, scattered over it, each picked once; fewer if there are not as many.
    fn pick(&mut self, accounts: u64) -> Vec<Account> {
        let picked = self.picked..self.grown.min(self.picked + accounts);
        self.picked = picked.end;
        let number = |place: u64| 1 + place * Self::STRIDE % self.grown;
        picked.map(|place| Account::new(number(place), Self::GROWN)).collect()
    }

    /// How many events the log has at least.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// How many accounts there are.
    #[cfg(feature = "views")]
    pub(crate) fn accounts(&self) -> u64 {
        self.accounts
    }

    /// How many rows of holders there are.
    pub(crate) fn holders(&self) -> u64 {
        self.holders
    }

    /// Takes note of rows of holders that were written.
    pub(crate) fn has_holders(&mut self, rows: u64) {
        self.holders = rows;
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

/// The accounts that callers work on at a time. One that has [`Window::RETIRED`] events makes place for a shorter one, so that
/// there are always as many, of about ten events each, however fast a contender is.
#[derive(Debug)]
pub(crate) struct Window {
    slots: Vec<Mutex<Arc<Account>>>,
    retired_at: u64,
    spare: Mutex<Vec<Account>>,
    seen: Mutex<Vec<Arc<Account>>>,
    appended: AtomicU64,
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
            slots.extend((first..first + accounts).map(|number| Account::new(number, events)));
        }
        let fresh = book.fill(contender, spare, 1).await?;
        Ok(Self::of(slots, (fresh..fresh + spare).map(|number| Account::new(number, 1)).collect()))
    }

    /// 1,000 of the accounts that the log has grown by, and some that they can be replaced by, all of ten events.
    pub(crate) fn of_grown(book: &mut Book, spare: u64) -> anyhow::Result<Self> {
        let slots = book.pick(Self::ACCOUNTS);
        ensure!(
            slots.len() as u64 == Self::ACCOUNTS,
            "all accounts of the log were worked on; let it grow more"
        );
        // Something is left for the rounds that follow.
        let spare = spare.min((book.grown - book.picked) / 8);
        Ok(Self::of(slots, book.pick(spare)))
    }

    fn of(slots: Vec<Account>, spare: Vec<Account>) -> Self {
        let slots = slots.into_iter().map(|account| Mutex::new(Arc::new(account))).collect();
        Self {
            slots,
            retired_at: Self::RETIRED,
            spare: Mutex::new(spare),
            seen: Mutex::default(),
            appended: AtomicU64::new(0),
        }
    }

    /// One account of ten events, which is never replaced.
    pub(crate) async fn of_one<C: Contender>(contender: &C, book: &mut Book) -> anyhow::Result<Self> {
        let number = book.fill(contender, 1, 10).await?;
        let one = Self::of(vec![Account::new(number, 10)], Vec::new());
        Ok(Self { retired_at: u64::MAX, ..one })
    }

    /// Any of the accounts, and the place where it is.
    pub(crate) fn pick(&self, random: &mut fastrand::Rng) -> (usize, Arc<Account>) {
        let place = random.usize(..self.slots.len());
        (place, locked(&self.slots[place]).clone())
    }

    /// Takes note of an event that was appended.
    pub(crate) fn appended(&self, place: usize, account: &Arc<Account>) {
        self.appended.fetch_add(1, Ordering::Relaxed);
        if account.grew(1) < self.retired_at {
            return;
        }
        let mut slot = locked(&self.slots[place]);
        if slot.number == account.number
            && let Some(spare) = locked(&self.spare).pop()
        {
            *slot = Arc::new(spare);
            locked(&self.seen).push(account.clone());
        }
    }

    /// How many events were appended so far.
    #[cfg(feature = "views")]
    pub(crate) fn so_far(&self) -> u64 {
        self.appended.load(Ordering::Relaxed)
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

/// Nothing panics while it is held, and what it guards is whole at any time.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
