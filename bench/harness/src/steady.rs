//! Deposits at a fixed rate, and how far the view is behind them.
//!
//! A deposit is due when its time has come, however long those before it take. Of every few one is a probe: from when it was
//! acknowledged until the observer, which looks every millisecond, sees it in the row of its account.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use uuid::Uuid;

use crate::{
    Account, Contender, Deposit, Failure, Metadata, Setup,
    book::Book,
    latencies::Latencies,
    observer::{self, Observer},
    protocol::{Report, Round},
    usage::Meter,
};

/// How many accounts take turns, so that no two deposits meet on one.
const ACCOUNTS: u64 = 5_000;
/// How many events each has before. Few, since a view takes them in before the round, and not every contender does so fast.
const EVENTS: u64 = 1;
/// How many deposits are not answered yet at most; further ones are late.
const UNANSWERED: usize = 1_000;
/// How many probes there are in a second.
const PROBES: u64 = 250;
/// How many probes are looked for at once at most, those first that have waited longest.
const LOOKED_FOR: usize = 256;
/// How long after the last deposit a probe may stay unseen, and how long a deposit may go on meeting conflicts.
const PATIENCE: Duration = Duration::from_mins(1);

/// Accounts that the view has taken in.
pub(crate) struct Steady {
    rate: u64,
    round: Round,
    accounts: Vec<Account>,
}

/// A deposit that the view has to show.
struct Probe {
    account: Uuid,
    events: u64,
    acknowledged: Instant,
}

impl Steady {
    pub(crate) async fn prepare<C: Contender>(
        contender: &C,
        setup: &Setup,
        book: &mut Book,
        (rate, round): (u64, Round),
    ) -> anyhow::Result<Self> {
        ensure!(rate > 0, "no deposits would come");
        let rows = contender.rows().context("it has no rows")?;
        let first = book.fill(contender, ACCOUNTS, EVENTS).await?;
        contender.follow().await?;
        Observer::connect(setup.store.postgres()?, rows).await?.see(book.events()).await?;
        let accounts = (first..first + ACCOUNTS).map(|number| Account::new(number, EVENTS)).collect();
        Ok(Self { rate, round, accounts })
    }

    pub(crate) async fn run<C: Contender>(
        self,
        contender: &Arc<C>,
        setup: &Setup,
        book: &mut Book,
    ) -> anyhow::Result<Report> {
        let (url, rows) = (setup.store.postgres()?, contender.rows().context("it has no rows")?);
        let (probes, to_see) = mpsc::unbounded_channel();
        let seen = observer::beside(url, rows, async move |observer| look(&observer, to_see).await).await?;
        let Sent { report, acknowledged } = Schedule::new(self).keep(contender, setup, probes).await?;
        book.appended(acknowledged);
        let lags = seen.await.context("the observer broke down")??;
        let observer = Observer::connect(url, rows).await?;
        observer.see(book.events()).await?;
        contender.rest().await?;
        observer.check(setup.view, book).await?;
        Ok(lags.in_report(report))
    }
}

/// When deposits are due.
struct Schedule {
    rate: u64,
    accounts: Vec<Account>,
    begins: Instant,
    counts_from: Instant,
    ends: Instant,
}

/// What was sent.
struct Sent {
    report: Report,
    /// How many were acknowledged, those of the warm-up among them.
    acknowledged: u64,
}

impl Schedule {
    /// From now on.
    fn new(Steady { rate, round, accounts }: Steady) -> Self {
        let begins = Instant::now();
        let counts_from = begins + Duration::from_secs_f64(round.warm_up);
        let ends = counts_from + Duration::from_secs_f64(round.seconds);
        Self { rate, accounts, begins, counts_from, ends }
    }

    /// Sends deposits until the time is over and all are answered.
    async fn keep<C: Contender>(
        self,
        contender: &Arc<C>,
        setup: &Setup,
        probes: mpsc::UnboundedSender<Probe>,
    ) -> anyhow::Result<Sent> {
        let callers = Arc::new(Callers::new(self.accounts, self.counts_from, probes));
        let (unanswered, mut meter) = (Arc::new(Semaphore::new(UNANSWERED)), None);
        for number in 0.. {
            sleep_until(self.begins + Duration::from_nanos(number * 1_000_000_000 / self.rate)).await;
            let permit = unanswered.clone().acquire_owned().await?;
            let now = Instant::now();
            if now >= self.ends {
                break;
            }
            if now >= self.counts_from {
                meter.get_or_insert_with(|| Meter::start(setup));
            }
            let (contender, callers) = (contender.clone(), callers.clone());
            let is_probe = number % (self.rate / PROBES).max(1) == 0;
            tokio::spawn(async move {
                callers.deposit(&*contender, number, is_probe).await;
                drop(permit);
            });
        }
        let report = meter.context("there was no time for a deposit")?.read(Instant::now().into_std());
        let operations = callers.counted.load(Ordering::Relaxed);
        drop(unanswered.acquire_many(u32::try_from(UNANSWERED)?).await?);
        let acknowledged = callers.acknowledged()?;
        Ok(Sent { report: Report { operations, events: operations, ..report }, acknowledged })
    }
}

/// What callers share.
struct Callers {
    accounts: Vec<Account>,
    counts_from: Instant,
    acknowledged: AtomicU64,
    /// Those that count.
    counted: AtomicU64,
    error: Mutex<Option<anyhow::Error>>,
    probes: mpsc::UnboundedSender<Probe>,
}

impl Callers {
    fn new(accounts: Vec<Account>, counts_from: Instant, probes: mpsc::UnboundedSender<Probe>) -> Self {
        let (acknowledged, counted) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { accounts, counts_from, acknowledged, counted, error: Mutex::default(), probes }
    }

    async fn deposit<C: Contender>(&self, contender: &C, number: u64, is_probe: bool) {
        let account = &self.accounts[usize::try_from(number).unwrap_or_default() % self.accounts.len()];
        let outcome = deposit(contender, account).await;
        let acknowledged = Instant::now();
        if let Err(error) = outcome {
            locked(&self.error).get_or_insert(error);
            return;
        }
        let events = account.grew(1);
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
        if acknowledged < self.counts_from {
            return;
        }
        self.counted.fetch_add(1, Ordering::Relaxed);
        if is_probe {
            // Where the observer is gone, it says why.
            let _ = self.probes.send(Probe { account: account.id, events, acknowledged });
        }
    }

    /// How many were acknowledged, if none failed.
    fn acknowledged(&self) -> anyhow::Result<u64> {
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
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long each probe took to be seen, until there are no more.
async fn look(observer: &Observer, mut probes: mpsc::UnboundedReceiver<Probe>) -> anyhow::Result<Latencies> {
    let (mut lags, mut waiting, mut closed) = (Latencies::new(), Vec::new(), None);
    let mut ticks = interval(Duration::from_millis(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let next = loop {
            match probes.try_recv() {
                Ok(probe) => waiting.push(probe),
                Err(none) => break none,
            }
        };
        if next == mpsc::error::TryRecvError::Disconnected {
            closed.get_or_insert_with(Instant::now);
        }
        see(observer, &mut waiting, &mut lags).await?;
        if let Some(closed) = closed {
            if waiting.is_empty() {
                ensure!(lags.count() > 0, "nothing was acknowledged");
                return Ok(lags);
            }
            ensure!(
                closed.elapsed() < PATIENCE,
                "{} probes were not seen within {PATIENCE:?}",
                waiting.len()
            );
        }
    }
}

async fn see(observer: &Observer, waiting: &mut Vec<Probe>, lags: &mut Latencies) -> anyhow::Result<()> {
    if waiting.is_empty() {
        return Ok(());
    }
    let mut accounts: Vec<Uuid> = waiting.iter().take(LOOKED_FOR).map(|probe| probe.account).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let shown: HashMap<Uuid, u64> = observer.events_of(&accounts).await?.into_iter().collect();
    let now = Instant::now();
    waiting.retain(|probe| {
        let is_shown = shown.get(&probe.account).is_some_and(|events| *events >= probe.events);
        if is_shown {
            lags.record(now.duration_since(probe.acknowledged));
        }
        !is_shown
    });
    Ok(())
}
