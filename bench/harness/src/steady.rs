//! Deposits at a fixed rate, and how far the view is behind them.
//!
//! Of every few deposits one is a probe: from when it was acknowledged until the observer, which looks every millisecond, sees it
//! in the row of its account.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval},
};
use uuid::Uuid;

use crate::{
    Account, Contender, Setup,
    book::Book,
    latencies::Latencies,
    observer::{self, Observer},
    open_loop::{self, Acknowledged, Deposits, OpenLoop},
    protocol::{Report, Round},
    until::Until,
    usage::Meter,
};

/// How many probes there are in a second.
const PROBES: u64 = 250;
/// How many probes are looked for at once at most, those first that have waited longest.
const LOOKED_FOR: usize = 256;
/// How long after the last deposit a probe may stay unseen.
const PATIENCE: Duration = Duration::from_mins(1);

/// Accounts that the view has taken in.
pub(crate) struct Steady {
    rate: u64,
    round: Round,
    accounts: Vec<Account>,
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
        let accounts = open_loop::accounts(contender, book).await?;
        contender.follow().await?;
        Observer::connect(setup.store.postgres()?, rows).await?.see(book.events()).await?;
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
        let Sent { report, acknowledged } = self.send(contender, setup, probes).await?;
        book.appended(acknowledged);
        let lags = seen.await.context("the observer broke down")??;
        let observer = Observer::connect(url, rows).await?;
        observer.see(book.events()).await?;
        contender.rest().await?;
        observer.check(setup.view, book).await?;
        Ok(lags.in_report(report))
    }

    /// Sends deposits until the time is over and all are answered.
    async fn send<C: Contender>(
        self,
        contender: &Arc<C>,
        setup: &Setup,
        probes: mpsc::UnboundedSender<Acknowledged>,
    ) -> anyhow::Result<Sent> {
        let Self { rate, round: Round { warm_up, seconds, .. }, accounts } = self;
        let mut open_loop = OpenLoop::at(rate);
        let counts_from = open_loop.begins() + Duration::from_secs_f64(warm_up);
        let ends = counts_from + Duration::from_secs_f64(seconds);
        let deposits = Arc::new(Deposits::into(accounts, counts_from));
        let send = |due: open_loop::Due| {
            let (contender, deposits) = (contender.clone(), deposits.clone());
            let probes = due.number.is_multiple_of((rate / PROBES).max(1)).then(|| probes.clone());
            async move {
                let made = deposits.make(&*contender, due).await;
                if let (Some(made), Some(probes)) = (made, probes) {
                    // Where the observer is gone, it says why.
                    let _ = probes.send(made);
                }
            }
        };
        open_loop.send(&Until::at(counts_from.into_std()), send).await?;
        let meter = Meter::start(setup);
        open_loop.send(&Until::at(ends.into_std()), send).await?;
        let report = meter.read(Instant::now().into_std());
        let operations = deposits.latencies().count();
        open_loop.all_are_answered().await?;
        let report = Report { operations, events: operations, ..report };
        Ok(Sent { report, acknowledged: deposits.acknowledged()? })
    }
}

/// What was sent.
struct Sent {
    report: Report,
    /// How many were acknowledged, those of the warm-up among them.
    acknowledged: u64,
}

/// How long each probe took to be seen, until there are no more.
async fn look(
    observer: &Observer,
    mut probes: mpsc::UnboundedReceiver<Acknowledged>,
) -> anyhow::Result<Latencies> {
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

async fn see(
    observer: &Observer,
    waiting: &mut Vec<Acknowledged>,
    lags: &mut Latencies,
) -> anyhow::Result<()> {
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
            lags.record(now.duration_since(probe.at));
        }
        !is_shown
    });
    Ok(())
}
