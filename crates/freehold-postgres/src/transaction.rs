//! A batch that needs more than one call: what the database tells with its locks held is resolved here, views are
//! folded, and all of it is written as one transaction.
//!
//! It takes two round trips. With the question goes all that is asked if nobody else has written meanwhile, above all
//! the rows of the views; what was worked out on that stands if the database tells the same.

mod facts;
mod pipeline;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use freehold_domain::{Position, Version};
use freehold_ports::{Append, AppendError, InlineError, Outcome};
use tokio_postgres::{Client, Statement};

use crate::{
    append::{self, Statements},
    batch::Batch,
    call::Call,
    fault::Fault,
    inline::{self, Views},
    knowledge::{Found, Knowledge},
    resolution::{Facts, Verdict, resolve},
    rows::Prepares,
    sql,
};
use facts::{Asked, Told};

type Answer = Result<Outcome, AppendError>;

/// A connection that appends, with its statements.
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    prepared: Mutex<HashMap<String, Statement>>,
}

/// What broke a transaction, and which view was at work.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) view: Option<&'static str>,
    pub(crate) fault: Fault,
}

impl Link {
    pub(crate) async fn new(client: Client) -> Result<Self, Fault> {
        client.batch_execute(sql::DURABLE).await?;
        let statements = Statements::prepare(&client).await?;
        Ok(Self { client, statements, prepared: Mutex::default() })
    }
}

impl Prepares for Link {
    async fn prepared(&self, sql: &str) -> Result<Statement, Fault> {
        let known = || self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = known().get(sql).cloned() {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        known().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn client(&self) -> &Client {
        &self.client
    }
}

/// What became of each append, once all that holds is committed, given how far the log went when last heard of. A fault
/// spoils all of them and nothing is written.
pub(crate) async fn commit(
    link: &Link,
    knowledge: &mut Knowledge,
    appends: &[&Append],
    head: Position,
) -> Result<Vec<Answer>, Broken> {
    match attempt(link, knowledge, appends, head).await {
        Ok(Some(answers)) => Ok(answers),
        Ok(None) => {
            link.client.batch_execute("ROLLBACK").await?;
            knowledge.forget();
            Box::pin(commit(link, knowledge, appends, head)).await
        }
        Err(broken) if broken.fault.is_loss() => Err(broken),
        Err(broken) => {
            link.client.batch_execute("ROLLBACK").await?;
            match (broken.inline(appends), appends) {
                (Some(error), [_]) => Ok(vec![Err(error)]),
                _ => Err(broken),
            }
        }
    }
}

impl Broken {
    /// Whether the lock of the log was waited for in vain.
    pub(crate) fn is_without_the_lock(&self) -> bool {
        self.view.is_none() && self.fault.is_lock_in_vain()
    }

    /// What a view that was at work makes of it for the append.
    fn inline(&self, appends: &[&Append]) -> Option<AppendError> {
        let view = self.view?;
        let limit = inline::timeout(appends);
        let error = match self.fault.broken_constraint() {
            Some(constraint) => InlineError::Failed(constraint),
            None if self.fault.is_time_out() => InlineError::TimedOut(limit?),
            None => return None,
        };
        Some(AppendError::Inline { view, error })
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self { view: None, fault }
    }
}

impl From<tokio_postgres::Error> for Broken {
    fn from(error: tokio_postgres::Error) -> Self {
        Fault::from(error).into()
    }
}

/// Writes a batch and what it does to views in one round trip, all of it worked out on what is known. `None`, and nothing is
/// written, if that does not hold.
pub(crate) async fn write_known(
    link: &Link,
    call: Call,
    changes: Arc<inline::Changes>,
) -> Result<Option<Found>, Broken> {
    let writes = changes.writes(link).await?;
    match write_at_once(link, &call, &writes).await {
        Ok(found) => Ok(found),
        Err(broken) if broken.fault.is_loss() => Err(broken),
        Err(broken) => {
            link.client.batch_execute("ROLLBACK").await?;
            if broken.fault.is_out_of_date() { Ok(None) } else { Err(broken) }
        }
    }
}

async fn write_at_once(link: &Link, call: &Call, writes: &[inline::Write]) -> Result<Option<Found>, Broken> {
    let mut found = None;
    let begin = async { Ok(link.client.batch_execute("BEGIN").await?) };
    let append = async {
        found = append::found(&call.row(&link.client).await?)?;
        Ok(())
    };
    run_and_commit(link, vec![Box::pin(begin), Box::pin(append)], writes).await?;
    Ok(found)
}

/// Sends the steps, what is written to views behind them, and the commit, none waiting for another.
async fn run_and_commit<'s>(
    link: &'s Link,
    mut steps: Vec<pipeline::Step<'s>>,
    writes: &'s [inline::Write],
) -> Result<(), Broken> {
    steps.extend(writes.iter().map(|write| Box::pin(write.run(&link.client)) as pipeline::Step<'_>));
    let commit = async { Ok(link.client.batch_execute("COMMIT").await?) };
    let roll_back = async { Ok(link.client.batch_execute("ROLLBACK").await?) };
    pipeline::run(steps, Box::pin(commit), Box::pin(roll_back)).await
}

/// `None`, and nothing is written, if what was known does not hold.
async fn attempt(
    link: &Link,
    knowledge: &mut Knowledge,
    appends: &[&Append],
    head: Position,
) -> Result<Option<Vec<Answer>>, Broken> {
    let asked = Asked::of(appends, knowledge);
    let mut views = Views::of(appends);
    let expected = Facts::expected(appends, head);
    let mut verdicts = resolve(appends, &expected, |_| false);
    // What is wrong with them is told when it is known that they are right.
    let wanted = views.unknown_rows(appends, &verdicts);
    let rows = wanted.as_deref().unwrap_or_default();
    let Some(told) = facts::ask(link, &asked, &views, rows).await? else { return Ok(None) };
    let Told { facts, archivals, views: states, rows } = told;
    views.know(states, rows);
    let mut failed: HashMap<usize, AppendError> = HashMap::new();
    let mut is_worked_out = facts == expected && wanted.is_ok();
    loop {
        let left_out = if is_worked_out {
            views.work_out(link, appends, &verdicts, facts.head).await?
        } else {
            verdicts = resolve(appends, &facts, |place| failed.contains_key(&place));
            work_out_anew(link, &mut views, appends, &verdicts, facts.head).await?
        };
        match left_out {
            Ok(changes) => {
                let found = Found { head: facts.head, archivals };
                write(link, knowledge, found, held(appends, &verdicts), &changes).await?;
                return Ok(Some(answers(verdicts, failed)));
            }
            // Without it the others come to lie elsewhere, and are worked out again.
            Err((place, error)) => _ = failed.insert(place, error),
        }
        is_worked_out = false;
    }
}

/// What the appends do to views, of which other rows may be needed than those that are known.
async fn work_out_anew(
    link: &Link,
    views: &mut Views,
    appends: &[&Append],
    verdicts: &[Verdict],
    head: Position,
) -> Result<Result<inline::Changes, inline::Failed>, Broken> {
    match views.unknown_rows(appends, verdicts) {
        Ok(wanted) => {
            let rows = inline::load(link, &wanted).await?;
            views.know_rows(rows);
            views.work_out(link, appends, verdicts, head).await
        }
        Err(failed) => Ok(Err(failed)),
    }
}

/// Writes what holds, and commits.
async fn write(
    link: &Link,
    knowledge: &mut Knowledge,
    found: Found,
    batch: Batch<'_>,
    changes: &inline::Changes,
) -> Result<(), Broken> {
    if batch.appends.is_empty() {
        return Ok(link.client.batch_execute("ROLLBACK").await?);
    }
    let writes = changes.writes(link).await?;
    let call = link.statements.append_held(&batch, found.head, changes.moved(|_| None).as_deref())?;
    let append = async { Ok(call.row(&link.client).await.map(drop)?) };
    run_and_commit(link, vec![Box::pin(append)], &writes).await?;
    knowledge.learn(&batch, found, Some(changes));
    Ok(())
}

fn held<'a>(appends: &[&'a Append], verdicts: &[Verdict]) -> Batch<'a> {
    let held = appends.iter().zip(verdicts).filter_map(|(append, verdict)| match verdict {
        Verdict::Written(written) => Some((*append, before(written.outcome.version, append))),
        _ => None,
    });
    Batch::held(held)
}

fn before(version: Version, append: &Append) -> Version {
    Version(version.0 - append.events.len() as u64)
}

fn answers(verdicts: Vec<Verdict>, mut failed: HashMap<usize, AppendError>) -> Vec<Answer> {
    let answer = |(place, verdict)| match verdict {
        Verdict::Written(written) => Ok(written.outcome),
        Verdict::Replayed(outcome) => Ok(outcome),
        Verdict::Refused(error) => Err(error),
        Verdict::Left => Err(failed.remove(&place).unwrap_or_else(|| {
            AppendError::Store(crate::fault::other("an append was left out without a reason"))
        })),
    };
    verdicts.into_iter().enumerate().map(answer).collect()
}
