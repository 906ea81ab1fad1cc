//! Deposits in an open loop: each is due when its time has come, however long those before it take.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::bail;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use crate::{Account, Contender, Deposit, Failure, Metadata, book::Book, latencies::Latencies, until::Until};

/// How many accounts take turns, so that no two deposits meet on one.
const ACCOUNTS: u64 = 5_000;
/// How many events each has before. Few, since a view takes them in before the round, and not every contender does so fast.
const EVENTS: u64 = 1;
/// How many deposits are not answered yet at most; further ones are late.
const UNANSWERED: u32 = 1_000;
/// How much later than it was due a deposit may be sent that is taken for punctual, since clocks of runtimes are not exact.
const PUNCTUAL: Duration = Duration::from_millis(2);
/// How long a deposit may go on meeting conflicts.
const PATIENCE: Duration = Duration::from_mins(1);

/// When deposits are due, from now on.
pub(crate) struct OpenLoop {
    rate: u64,
    begins: Instant,
    /// How many were sent.
    sent: u64,
    unanswered: Arc<Semaphore>,
}

/// A deposit that is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due {
    pub(crate) number: u64,
    /// What its latency counts from: when it was sent, or when it was due if it is late.
    from: Instant,
}

impl OpenLoop {
    /// So many a second.
    pub(crate) fn at(rate: u64) -> Self {
        let unanswered = Arc::new(Semaphore::new(UNANSWERED as usize));
        Self { rate, begins: Instant::now(), sent: 0, unanswered }
    }

    /// When it has begun.
    pub(crate) fn begins(&self) -> Instant {
        self.begins
    }

    /// Sends what is due until the time is over.
    pub(crate) async fn send<F>(&mut self, until: &Until, send: impl Fn(Due) -> F) -> anyhow::Result<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        loop {
            let number = self.sent;
            let due = self.begins + Duration::from_nanos(number * 1_000_000_000 / self.rate);
            sleep_until(due).await;
            let permit = self.unanswered.clone().acquire_owned().await?;
            if until.is_over() {
                return Ok(());
            }
            let now = Instant::now();
            let from = if now - due > PUNCTUAL { due } else { now };
            let sent = send(Due { number, from });
            tokio::spawn(async move {
                sent.await;
                drop(permit);
            });
            self.sent += 1;
        }
    }

    /// Waits until all that was sent is answered.
    pub(crate) async fn all_are_answered(&self) -> anyhow::Result<()> {
        drop(self.unanswered.acquire_many(UNANSWERED).await?);
        Ok(())
    }
}

/// Accounts that deposits go to, one after the other, and what has become of these.
pub(crate) struct Deposits {
    accounts: Vec<Account>,
    counts_from: Instant,
    acknowledged: AtomicU64,
    /// Those that count.
    counted: Mutex<Latencies>,
    error: Mutex<Option<anyhow::Error>>,
}

/// A deposit that was acknowledged, and counts.
pub(crate) struct Acknowledged {
    pub(crate) account: Uuid,
    /// How many events the account has with it.
    pub(crate) events: u64,
    pub(crate) at: Instant,
}

/// Writes the accounts that take turns.
pub(crate) async fn accounts<C: Contender>(contender: &C, book: &mut Book) -> anyhow::Result<Vec<Account>> {
    let first = book.fill(contender, ACCOUNTS, EVENTS).await?;
    Ok((first..first + ACCOUNTS).map(|number| Account::new(number, EVENTS)).collect())
}

impl Deposits {
    /// What is acknowledged from then on counts.
    pub(crate) fn into(accounts: Vec<Account>, counts_from: Instant) -> Self {
        let (acknowledged, counted) = (AtomicU64::new(0), Mutex::new(Latencies::new()));
        Self { accounts, counts_from, acknowledged, counted, error: Mutex::default() }
    }

    /// Makes a deposit; nothing is said of one that failed or does not count.
    pub(crate) async fn make<C: Contender>(&self, contender: &C, due: Due) -> Option<Acknowledged> {
        let place = usize::try_from(due.number).unwrap_or_default() % self.accounts.len();
        let account = &self.accounts[place];
        if let Err(error) = deposit(contender, account).await {
            locked(&self.error).get_or_insert(error);
            return None;
        }
        let (at, events) = (Instant::now(), account.grew(1));
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        if at < self.counts_from {
            return None;
        }
        locked(&self.counted).record(at - due.from);
        Some(Acknowledged { account: account.id, events, at })
    }

    /// The latencies of those that count.
    pub(crate) fn latencies(&self) -> Latencies {
        locked(&self.counted).clone()
    }

    /// How many were acknowledged so far.
    pub(crate) fn so_far(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// How many were acknowledged, if none failed.
    pub(crate) fn acknowledged(&self) -> anyhow::Result<u64> {
        match locked(&self.error).take() {
            Some(error) => Err(error.context("a deposit failed")),
            None => Ok(self.acknowledged.load(Ordering::Relaxed)),
        }
    }
}

/// Begun again where it meets a conflict, within limits.
async fn deposit<C: Contender>(contender: &C, account: &Account) -> anyhow::Result<()> {
    let mut random = fastrand::Rng::new();
    let (deposit, metadata) = (Deposit::any(&mut random), Metadata::any(&mut random));
    let begun = Instant::now();
    loop {
        match contender.deposit(account, deposit.clone(), metadata.clone()).await {
            Ok(()) => return Ok(()),
            Err(Failure::Conflict) if begun.elapsed() < PATIENCE => {}
            Err(Failure::Conflict) => bail!("conflicts without an end"),
            Err(Failure::Failed(error)) => return Err(error),
        }
    }
}

/// Nothing panics while it is held.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
