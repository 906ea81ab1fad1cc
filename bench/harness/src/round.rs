//! Callers in a closed loop, and a look at what they left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::{
    Account, Asked, Contender, Deposit, Failure, Metadata, Opening, Question, Setup,
    book::{Book, Window},
    latencies::Latencies,
    protocol::{Report, Round, Shortcut, Work},
    until::Until,
    usage::Meter,
};

/// Errors after which a caller gives up.
const PATIENCE: u64 = 10;

/// How long an operation may go on meeting conflicts when its round is over.
const GRACE: Duration = Duration::from_mins(1);

/// How many accounts a second of the fastest contender may wear out.
const SPARE_A_SECOND: f64 = 3_000.0;

/// A round of callers, and what it works on.
pub(crate) struct Callers {
    round: Round,
    ground: Arc<Ground>,
}

impl Callers {
    /// Writes what the round works on.
    pub(crate) async fn prepare<C: Contender>(
        contender: &C,
        book: &mut Book,
        round: Round,
    ) -> anyhow::Result<Self> {
        let ground = Ground::prepare(contender, book, &round).await.context("nothing to work on")?;
        Ok(Self { round, ground: Arc::new(ground) })
    }

    /// Runs it, warm-up first, and looks at what it left.
    pub(crate) async fn run<C: Contender>(
        self,
        contender: &Arc<C>,
        setup: &Setup,
        book: &mut Book,
    ) -> anyhow::Result<Report> {
        let (Self { round, ground }, mut report) = (self, Report::default());
        for seconds in [round.warm_up, round.seconds] {
            let until = Until::at(Instant::now() + Duration::from_secs_f64(seconds));
            report = ground.work(contender, setup, (round.callers, until)).await?;
            book.appended(ground.written(&report));
        }
        ground.check(&**contender, book).await.context("what was left is not what was done")?;
        Ok(report)
    }
}

/// What callers work on.
pub(crate) enum Ground {
    Deposits(Window),
    Loads(Vec<Account>, Shortcut),
    Scan,
    Claims { first: AtomicU64 },
    Questions { question: Question, rows: u64 },
}

impl Ground {
    /// So many callers at it until the time is over; an error if any operation failed.
    pub(crate) async fn work<C: Contender>(
        self: &Arc<Self>,
        contender: &Arc<C>,
        setup: &Setup,
        (callers, until): (usize, Until),
    ) -> anyhow::Result<Report> {
        let report = work(contender, setup, self, (callers, until)).await?;
        let error = report.error.as_deref().unwrap_or_default();
        ensure!(report.operations > 0, "nothing was done: {error}");
        ensure!(report.errors == 0, "{} operations failed: {error}", report.errors);
        Ok(report)
    }

    async fn prepare<C: Contender>(contender: &C, book: &mut Book, round: &Round) -> anyhow::Result<Self> {
        Ok(match round.work {
            Work::Deposit if book.is_grown() => Self::Deposits(Window::of_grown(book, spare(round))?),
            Work::Deposit => Self::deposits(contender, book, round).await?,
            Work::DepositIntoOne => Self::Deposits(Window::of_one(contender, book).await?),
            Work::Load { events, shortcut } => {
                Self::Loads(accounts_of(contender, book, events, shortcut).await?, shortcut)
            }
            Work::Scan => Self::Scan,
            Work::Claim => {
                book.fill(contender, 1_000, 10).await?;
                Self::Claims { first: book.set_aside(10_000_000).into() }
            }
            Work::Ask(question) => Self::Questions { question, rows: book.holders() },
            Work::CatchUp | Work::Steady { .. } | Work::Beside { .. } => bail!("no work for callers"),
        })
    }

    /// How many deposits were acknowledged so far.
    #[cfg(feature = "views")]
    pub(crate) fn so_far(&self) -> u64 {
        match self {
            Self::Deposits(window) => window.so_far(),
            Self::Loads(..) | Self::Scan | Self::Claims { .. } | Self::Questions { .. } => 0,
        }
    }

    /// Accounts for deposits, beside those that the log may have grown by.
    pub(crate) async fn deposits<C: Contender>(
        contender: &C,
        book: &mut Book,
        round: &Round,
    ) -> anyhow::Result<Self> {
        Ok(Self::Deposits(Window::of_many(contender, book, spare(round)).await?))
    }

    /// How many events the operations have left in the log.
    fn written(&self, report: &Report) -> u64 {
        match self {
            Self::Deposits(_) | Self::Claims { .. } => report.operations,
            Self::Loads(..) | Self::Scan | Self::Questions { .. } => 0,
        }
    }

    /// Whether what was acknowledged is there.
    pub(crate) async fn check<C: Contender>(&self, contender: &C, book: &Book) -> anyhow::Result<()> {
        match self {
            Self::Deposits(window) => {
                for account in window.some(&mut fastrand::Rng::new()) {
                    let found = contender.count(&account).await.map_err(failed)?;
                    let done = account.events();
                    ensure!(found == done, "account {} has {found} events, not {done}", account.number);
                }
            }
            Self::Scan => {
                let (found, done) = (contender.scan().await.map_err(failed)?.events, book.events());
                ensure!(found == done, "the log has {found} events, not {done}");
            }
            Self::Claims { first } => {
                let taken = Opening::of(first.load(Ordering::Relaxed) - 1);
                let account = Account::new(first.fetch_add(1, Ordering::Relaxed), 0);
                let claimed =
                    contender.claim(&account, taken, Metadata::any(&mut fastrand::Rng::new())).await;
                ensure!(claimed.is_err(), "two accounts have one nickname");
            }
            Self::Loads(..) | Self::Questions { .. } => {}
        }
        Ok(())
    }
}

/// How many accounts the round may wear out.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
fn spare(round: &Round) -> u64 {
    ((round.warm_up + round.seconds) * SPARE_A_SECOND) as u64
}

/// A few accounts of a length. Longer ones take longer to make and to load, so there are fewer.
async fn accounts_of<C: Contender>(
    contender: &C,
    book: &mut Book,
    events: u64,
    shortcut: Shortcut,
) -> anyhow::Result<Vec<Account>> {
    let count = (20_000 / events).clamp(2, 100);
    let first = book.fill(contender, count, events).await?;
    let accounts: Vec<_> = (first..first + count).map(|number| Account::new(number, events)).collect();
    for account in &accounts {
        match shortcut {
            Shortcut::None => {}
            Shortcut::Snapshot => {
                let appended = contender.snapshot(account).await?;
                account.grew(appended);
                book.appended(appended);
            }
            Shortcut::Memory => drop(contender.recall(account).await.map_err(failed)?),
        }
    }
    Ok(accounts)
}

fn failed(failure: Failure) -> anyhow::Error {
    match failure {
        Failure::Conflict => anyhow::anyhow!("a conflict where nobody else is"),
        Failure::Failed(error) => error,
    }
}

async fn work<C: Contender>(
    contender: &Arc<C>,
    setup: &Setup,
    ground: &Arc<Ground>,
    (callers, until): (usize, Until),
) -> anyhow::Result<Report> {
    let meter = Meter::start(setup);
    let tasks: Vec<_> = (0..callers)
        .map(|_| tokio::spawn(caller(contender.clone(), ground.clone(), until.clone())))
        .collect();
    let mut all = Tally::new();
    for task in tasks {
        all.add(task.await.context("a caller broke down")?);
    }
    Ok(Report {
        operations: all.latencies.count(),
        events: all.events,
        retries: all.retries,
        errors: all.errors,
        error: all.error,
        ..all.latencies.in_report(meter.read(Instant::now()))
    })
}

/// What callers have done.
struct Tally {
    latencies: Latencies,
    events: u64,
    retries: u64,
    errors: u64,
    error: Option<String>,
}

impl Tally {
    fn new() -> Self {
        Self { latencies: Latencies::new(), events: 0, retries: 0, errors: 0, error: None }
    }

    fn add(&mut self, other: Self) {
        self.latencies.add(&other.latencies);
        self.events += other.events;
        self.retries += other.retries;
        self.errors += other.errors;
        self.error = self.error.take().or(other.error);
    }
}

/// Works until the time is over, one operation after the other. An operation that meets a conflict is begun again, and its
/// latency is that of all attempts together.
async fn caller<C: Contender>(contender: Arc<C>, ground: Arc<Ground>, until: Until) -> Tally {
    let (mut random, mut tally) = (fastrand::Rng::new(), Tally::new());
    while !until.is_over() && tally.errors < PATIENCE {
        let job = ground.next(&mut random);
        let begun = Instant::now();
        let outcome = loop {
            match job.attempt(&*contender).await {
                Err(Failure::Conflict) if !until.is_over_since(GRACE) => tally.retries += 1,
                Err(Failure::Conflict) => break Err(anyhow::anyhow!("conflicts without an end")),
                Err(Failure::Failed(error)) => break Err(error),
                Ok(done) => break Ok(done),
            }
        };
        match outcome {
            Ok(Done { events, took }) => {
                tally.latencies.record(took.unwrap_or_else(|| begun.elapsed()));
                tally.events += events;
                ground.done(&job);
            }
            Err(error) => {
                tally.errors += 1;
                tally.error.get_or_insert_with(|| format!("{error:#}"));
            }
        }
    }
    tally
}

/// One operation.
enum Job<'g> {
    Deposit { place: usize, account: Arc<Account>, deposit: Deposit, metadata: Metadata },
    Load(&'g Account, Shortcut),
    Scan,
    Claim { account: Account, opening: Opening, metadata: Metadata },
    Ask(Asked),
}

impl Ground {
    fn next(&self, random: &mut fastrand::Rng) -> Job<'_> {
        match self {
            Self::Deposits(window) => {
                let (place, account) = window.pick(random);
                Job::Deposit {
                    place,
                    account,
                    deposit: Deposit::any(random),
                    metadata: Metadata::any(random),
                }
            }
            Self::Loads(accounts, shortcut) => {
                Job::Load(&accounts[random.usize(..accounts.len())], *shortcut)
            }
            Self::Scan => Job::Scan,
            Self::Claims { first } => {
                let number = first.fetch_add(1, Ordering::Relaxed);
                let (account, opening) = (Account::new(number, 0), Opening::of(number));
                Job::Claim { account, opening, metadata: Metadata::any(random) }
            }
            Self::Questions { question, rows } => Job::Ask(Asked::any(*question, *rows, random)),
        }
    }

    fn done(&self, job: &Job<'_>) {
        if let (Self::Deposits(window), Job::Deposit { place, account, .. }) = (self, job) {
            window.appended(*place, account);
        }
    }
}

/// How many events were read or written, and how long that took, where that is not all that was done.
struct Done {
    events: u64,
    took: Option<Duration>,
}

impl Job<'_> {
    async fn attempt<C: Contender>(&self, contender: &C) -> Result<Done, Failure> {
        let (events, took) = match self {
            Self::Deposit { account, deposit, metadata, .. } => {
                contender.deposit(account, deposit.clone(), metadata.clone()).await?;
                (1, None)
            }
            Self::Load(account, shortcut) => load(contender, account, *shortcut).await?,
            Self::Scan => (contender.scan().await?.events, None),
            Self::Claim { account, opening, metadata } => {
                contender.claim(account, opening.clone(), metadata.clone()).await?;
                (1, None)
            }
            Self::Ask(asked) => {
                let answer = contender.ask(*asked).await?;
                if answer != asked.answer() {
                    return Err(anyhow::anyhow!("{asked:?} was answered with {answer:?}").into());
                }
                (0, None)
            }
        };
        Ok(Done { events, took })
    }
}

async fn load<C: Contender>(
    contender: &C,
    account: &Account,
    shortcut: Shortcut,
) -> Result<(u64, Option<Duration>), Failure> {
    let (balance, took) = match shortcut {
        Shortcut::Memory => contender.recall(account).await?,
        Shortcut::None | Shortcut::Snapshot => (contender.load(account).await?, None),
    };
    let (found, done) = (balance.events, account.events());
    if found == done {
        return Ok((found, took));
    }
    Err(Failure::Failed(anyhow::anyhow!("{found} events were folded, not {done}")))
}
