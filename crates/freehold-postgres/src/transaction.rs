//! A batch that needs more than one call: what the database tells with its lock held is resolved here, views are
//! folded, and all of it is written as one transaction.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use freehold_domain::{CommandId, EventId, Position, StreamId, TenantId, Version};
use freehold_ports::{Append, AppendError, Fingerprint, InlineError, Outcome};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use crate::{
    append::Statements,
    batch::Batch,
    event_query,
    events::unsigned,
    fault::Fault,
    inline::{self, Views},
    resolution::{Commands, Facts, StreamState, Verdict, resolve},
    rows::Prepares,
    sql,
};

type Answer = Result<Outcome, AppendError>;

/// A connection that appends, with its statements.
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    prepared: Mutex<HashMap<String, Statement>>,
}

/// What broke a transaction, and which view was at work.
pub(crate) struct Broken {
    pub(crate) view: Option<&'static str>,
    pub(crate) fault: Fault,
}

impl Link {
    pub(crate) async fn new(client: Client) -> Result<Self, Fault> {
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

/// What became of each append, once all that holds is committed. A fault spoils all of them and nothing is written.
pub(crate) async fn commit(link: &Link, appends: &[&Append]) -> Result<Vec<Answer>, Fault> {
    match attempt(link, appends).await {
        Ok(answers) => Ok(answers),
        Err(broken) if broken.fault.is_loss() => Err(broken.fault),
        Err(broken) => {
            link.client.batch_execute("ROLLBACK").await?;
            match (broken.inline(appends), appends) {
                (Some(error), [_]) => Ok(vec![Err(error)]),
                _ => Err(broken.fault),
            }
        }
    }
}

impl Broken {
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

async fn attempt(link: &Link, appends: &[&Append]) -> Result<Vec<Answer>, Broken> {
    begin(link, appends).await?;
    let facts = look(link, appends).await?;
    let mut views = Views::lock(link, appends).await?;
    let mut failed: HashMap<usize, AppendError> = HashMap::new();
    loop {
        let verdicts = resolve(appends, &facts, |place| failed.contains_key(&place));
        match views.work_out(appends, &verdicts, facts.head).await? {
            Ok(changes) => {
                write(link, appends, &verdicts, &changes).await?;
                return Ok(answers(verdicts, failed));
            }
            // Without it the others come to lie elsewhere, and are worked out again.
            Err((place, error)) => _ = failed.insert(place, error),
        }
    }
}

async fn begin(link: &Link, appends: &[&Append]) -> Result<(), Fault> {
    match inline::timeout(appends) {
        Some(limit) => {
            let begin = format!("BEGIN; SET LOCAL statement_timeout = {}", limit.as_millis().max(1));
            link.client.batch_execute(&begin).await?;
        }
        None => link.client.batch_execute("BEGIN").await?,
    }
    Ok(())
}

/// Takes the lock, and asks for all that the appends are decided on.
async fn look<'a>(link: &Link, appends: &[&'a Append]) -> Result<Facts<'a>, Fault> {
    let streams: Vec<_> = appends.iter().map(|append| (&append.tenant, &append.stream)).collect();
    let commands: Vec<_> = appends
        .iter()
        .filter(|append| append.once.is_some())
        .map(|append| (&append.tenant, append.metadata.command))
        .collect();
    let row = look_up(link, &streams, &commands).await?;
    let met = conditions(link, appends).await?;
    let (versions, events): (Vec<i64>, Vec<Option<Uuid>>) = (row.try_get(1)?, row.try_get(2)?);
    let states = versions.into_iter().zip(events);
    let states =
        states.map(|(version, event)| stream_state(version, event)).collect::<Result<Vec<_>, _>>()?;
    Ok(Facts {
        head: sql::position(&row, 0)?,
        streams: streams.into_iter().zip(states).collect(),
        commands: recorded(&row, &commands)?,
        met,
    })
}

async fn look_up(
    link: &Link,
    streams: &[(&TenantId, &StreamId)],
    commands: &[(&TenantId, CommandId)],
) -> Result<Row, Fault> {
    let tenants: Vec<_> = streams.iter().map(|(tenant, _)| tenant.as_str()).collect();
    let aggregates: Vec<_> = streams.iter().map(|(_, stream)| stream.aggregate()).collect();
    let ids: Vec<_> = streams.iter().map(|(_, stream)| stream.id()).collect();
    let command_tenants: Vec<_> = commands.iter().map(|(tenant, _)| tenant.as_str()).collect();
    let command_ids: Vec<_> = commands.iter().map(|(_, id)| id.0).collect();
    let row = link
        .client
        .query_one(&link.statements.look, &[&tenants, &aggregates, &ids, &command_tenants, &command_ids])
        .await?;
    Ok(row)
}

fn stream_state(version: i64, event: Option<Uuid>) -> Result<StreamState, Fault> {
    if version < 0 {
        return Ok(StreamState::Archived(Version(unsigned(-version)?)));
    }
    Ok(StreamState::At(Version(unsigned(version)?), event.map(EventId)))
}

/// The commands that were recorded, by their places among those asked for.
fn recorded<'a>(row: &Row, commands: &[(&'a TenantId, CommandId)]) -> Result<Commands<'a>, Fault> {
    let Some(places) = row.try_get::<_, Option<Vec<i64>>>(3)? else { return Ok(HashMap::new()) };
    let (fingerprints, aggregates): (Vec<Uuid>, Vec<String>) = (row.try_get(4)?, row.try_get(5)?);
    let (streams, versions): (Vec<Uuid>, Vec<i64>) = (row.try_get(6)?, row.try_get(7)?);
    let positions: Vec<i64> = row.try_get(8)?;
    let mut recorded = HashMap::new();
    for (found, place) in places.into_iter().enumerate() {
        let command = usize::try_from(place).ok().and_then(|place| commands.get(place.checked_sub(1)?));
        let Some(command) = command else { continue };
        let stream = StreamId::new(aggregates[found].clone(), streams[found]);
        let (version, position) =
            (Version(unsigned(versions[found])?), Position(unsigned(positions[found])?));
        let outcome = Outcome { stream, version, position, replayed: true };
        recorded.insert(*command, (Fingerprint(fingerprints[found]), outcome));
    }
    Ok(recorded)
}

async fn conditions(link: &Link, appends: &[&Append]) -> Result<Vec<Vec<Option<Position>>>, Fault> {
    let mut all = Vec::with_capacity(appends.len());
    for append in appends {
        let mut met = Vec::with_capacity(append.unless.len());
        for unless in &append.unless {
            met.push(event_query::last(link, &append.tenant, unless.after, &unless.query).await?);
        }
        all.push(met);
    }
    Ok(all)
}

/// Writes what holds, and commits. Events, rows and commit are sent without waiting in between.
async fn write(
    link: &Link,
    appends: &[&Append],
    verdicts: &[Verdict],
    changes: &inline::Changes,
) -> Result<(), Broken> {
    let held = appends.iter().zip(verdicts).filter_map(|(append, verdict)| match verdict {
        Verdict::Written(written) => Some((*append, before(written.outcome.version, append))),
        _ => None,
    });
    let batch = Batch::held(held);
    if batch.appends.is_empty() {
        return Ok(link.client.batch_execute("ROLLBACK").await?);
    }
    link.statements.append_held(&link.client, &batch).await?;
    changes.write(link).await?;
    Ok(link.client.batch_execute("COMMIT").await?)
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
