//! Writers beside a rebuild: deposits at a fixed rate, or as many as callers get done, while the view follows. One rebuild is under
//! way throughout, or none is.
//!
//! Writers go on until the rebuild that was under way when the time was over has come to its end, so that each is measured from
//! its beginning to its end, and all of it beside writers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::task::JoinSet;

use crate::{
    Account, Contender, Setup,
    book::Book,
    observer::Observer,
    open_loop::{self, Deposits, OpenLoop},
    protocol::{Rebuilt, Report, Round, Work},
    round::Ground,
    until::Until,
    usage::Meter,
};

/// Writers, and whether the view is built anew beside them.
pub(crate) struct Beside {
    round: Round,
    rebuilt: bool,
    writers: Writers,
}

enum Writers {
    Open(u64, Vec<Account>),
    Closed(Arc<Ground>),
}

impl Beside {
    /// Writes the accounts that deposits go to, and has the view take in all that there is.
    pub(crate) async fn prepare<C: Contender>(
        contender: &C,
        setup: &Setup,
        book: &mut Book,
        round: Round,
    ) -> anyhow::Result<Self> {
        let Work::Beside { rate, rebuilt } = round.work else { bail!("it is about something else") };
        let rows = contender.rows().context("it has no rows")?;
        let writers = match rate {
            Some(rate) => Writers::Open(rate, open_loop::accounts(contender, book).await?),
            None => Writers::Closed(Arc::new(Ground::deposits(contender, book, &round).await?)),
        };
        contender.follow().await?;
        Observer::connect(setup.store.postgres()?, rows).await?.see(book.events()).await?;
        Ok(Self { round, rebuilt, writers })
    }

    pub(crate) async fn run<C: Contender>(
        self,
        contender: &Arc<C>,
        setup: &Setup,
        book: &mut Book,
    ) -> anyhow::Result<Report> {
        let Self { round, rebuilt, writers } = self;
        let pass = Pass { contender, setup, begun: Instant::now(), round, rebuilt };
        let report = match writers {
            Writers::Open(rate, accounts) => pass.open(rate, accounts, book).await?,
            Writers::Closed(ground) => pass.closed(&ground, book).await?,
        };
        let rows = contender.rows().context("it has no rows")?;
        let observer = Observer::connect(setup.store.postgres()?, rows).await?;
        observer.see(book.events()).await?;
        contender.rest().await?;
        observer.check(setup.view, book).await?;
        Ok(report)
    }
}

/// One run: writers alone as long as the warm-up takes, as long again beside what they are measured beside, and then measured.
struct Pass<'p, C> {
    contender: &'p Arc<C>,
    setup: &'p Setup,
    begun: Instant,
    round: Round,
    rebuilt: bool,
}

impl<C: Contender> Pass<'_, C> {
    async fn open(&self, rate: u64, accounts: Vec<Account>, book: &mut Book) -> anyhow::Result<Report> {
        let mut open_loop = OpenLoop::at(rate);
        let begins = open_loop.begins();
        let deposits = Arc::new(Deposits::into(accounts, begins + 2 * self.warm_up()));
        let send = |due| {
            let (contender, deposits) = (self.contender.clone(), deposits.clone());
            async move {
                let _ = deposits.make(&*contender, due).await;
            }
        };
        open_loop.send(&Until::at(begins.into_std() + self.warm_up()), send).await?;
        let events = book.events();
        let rebuilds = {
            let deposits = deposits.clone();
            self.begin(move || events + deposits.so_far())
        };
        open_loop.send(&Until::at(begins.into_std() + 2 * self.warm_up()), send).await?;
        let meter = Meter::start(self.setup);
        open_loop.send(&rebuilds.until, send).await?;
        let report = meter.read(Instant::now());
        let operations = deposits.latencies().count();
        open_loop.all_are_answered().await?;
        book.appended(deposits.acknowledged()?);
        let report = Report { operations, events: operations, ..deposits.latencies().in_report(report) };
        rebuilds.in_report(report).await
    }

    async fn closed(&self, ground: &Arc<Ground>, book: &mut Book) -> anyhow::Result<Report> {
        let work = async |until, book: &mut Book| {
            let report = ground.work(self.contender, self.setup, (self.round.callers, until)).await?;
            book.appended(report.operations);
            anyhow::Ok(report)
        };
        let events = book.events();
        work(Until::at(Instant::now() + self.warm_up()), book).await?;
        let rebuilds = {
            let ground = ground.clone();
            self.begin(move || events + ground.so_far())
        };
        work(Until::at(Instant::now() + self.warm_up()), book).await?;
        let report = work(rebuilds.until.clone(), book).await?;
        ground.check(&**self.contender, book).await.context("what was left is not what was done")?;
        rebuilds.in_report(report).await
    }

    fn warm_up(&self) -> Duration {
        Duration::from_secs_f64(self.round.warm_up)
    }

    /// Begins the first rebuild, if there are to be some, with as many events as the log holds when one begins.
    fn begin(&self, events: impl Fn() -> u64 + Send + 'static) -> Rebuilds {
        let earliest = Instant::now() + self.warm_up() + Duration::from_secs_f64(self.round.seconds);
        let mut running = JoinSet::new();
        if !self.rebuilt {
            return Rebuilds { until: Until::at(earliest), running };
        }
        let (until, contender, began) = (Until::default(), self.contender.clone(), self.begun.elapsed());
        running.spawn({
            let until = until.clone();
            async move {
                let rebuilt = rebuild_until(&*contender, earliest, events).await;
                until.is_now();
                Ok(Rebuilt { began: began.as_secs_f64(), ..rebuilt? })
            }
        });
        Rebuilds { until, running }
    }
}

/// Rebuilds that are under way, and are given up if nobody waits for them; and the end of the run, which is theirs.
struct Rebuilds {
    until: Until,
    running: JoinSet<anyhow::Result<Rebuilt>>,
}

impl Rebuilds {
    async fn in_report(mut self, report: Report) -> anyhow::Result<Report> {
        let Some(ended) = self.running.join_next().await else { return Ok(report) };
        let rebuilt = ended.context("a rebuild broke down")?.context("a rebuild failed")?;
        Ok(Report { rebuilt: Some(rebuilt), ..report })
    }
}

/// One after the other, and none begins when the time is over.
async fn rebuild_until<C: Contender>(
    contender: &C,
    earliest: Instant,
    events: impl Fn() -> u64,
) -> anyhow::Result<Rebuilt> {
    let (begun, mut rebuilt) = (Instant::now(), Rebuilt::default());
    while Instant::now() < earliest {
        rebuilt.events += events();
        contender.rebuild().await?;
        rebuilt.rebuilds += 1;
    }
    Ok(Rebuilt { seconds: begun.elapsed().as_secs_f64(), ..rebuilt })
}
