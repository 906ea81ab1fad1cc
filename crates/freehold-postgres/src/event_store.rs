//! The log.

use async_trait::async_trait;
use freehold_domain::{CommandId, Position, RawEvent, Recorded, StreamId, TenantId, Version};
use freehold_ports::{
    Append, AppendError, Batch, Conflict, EventKind, EventQuery, EventStore, Fingerprint, Fold, Outcome,
    Pending, Scope, StoreError, StreamEvent, Versions,
};
use tokio::sync::watch;
use tokio_postgres::{Row, types::ToSql};

use crate::{
    Postgres, event_query,
    events::{self, Reading, integer, number, unsigned},
    fault::Fault,
    readers::{Reader, reading},
    sql,
};

#[async_trait]
impl EventStore for Postgres {
    async fn submit(&self, append: Append) -> Pending {
        self.hand_over(append).await
    }

    async fn read_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
    ) -> Result<Vec<Recorded<RawEvent>>, StoreError> {
        reading!(self, |reader| read_stream(&reader, tenant, stream, range))
    }

    async fn fold_stream(
        &self,
        tenant: &TenantId,
        stream: &StreamId,
        range: Versions,
        fold: &mut Fold<'_>,
    ) -> Result<(), StoreError> {
        let mut has_begun = false;
        let mut begin = |event: &StreamEvent| {
            has_begun = true;
            fold(event)
        };
        let reader = self.reader().await?;
        let folded = fold_stream(&reader, tenant, stream, range, &mut begin).await;
        match folded {
            // What it has taken in it cannot take in again.
            Err(fault) if fault.is_loss() && !has_begun => {
                let reader = self.reader().await?;
                Ok(fold_stream(&reader, tenant, stream, range, fold).await?)
            }
            folded => Ok(folded?),
        }
    }

    async fn read_all(
        &self,
        scope: &Scope,
        after: Position,
        query: &EventQuery,
        limit: usize,
    ) -> Result<Batch, StoreError> {
        reading!(self, |reader| read_all(&reader, scope, after, query, limit))
    }

    async fn last_position(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Option<Position>, StoreError> {
        reading!(self, |reader| event_query::last(&reader, tenant, Position::START, query))
    }

    async fn outcome(
        &self,
        tenant: &TenantId,
        command: CommandId,
    ) -> Result<Option<(Fingerprint, Outcome)>, StoreError> {
        reading!(self, |reader| outcome(&reader, tenant, command))
    }

    async fn archive(&self, tenant: &TenantId, stream: &StreamId, at: Version) -> Result<(), AppendError> {
        if at == Version::NONE {
            let actual = self.version(tenant, stream).await?;
            return Err(Conflict::Version { expected: at, actual }.into());
        }
        match reading!(self, |reader| archive(&reader, tenant, stream, at))? {
            Some(actual) => Err(Conflict::Version { expected: at, actual }.into()),
            None => Ok(()),
        }
    }

    async fn end(&self) -> Result<Position, StoreError> {
        reading!(self, |reader| reader.head())
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.watch_head()
    }
}

impl Postgres {
    async fn version(&self, tenant: &TenantId, stream: &StreamId) -> Result<Version, StoreError> {
        let events = self.read_stream(tenant, stream, Versions::ALL).await?;
        Ok(events.last().map_or(Version::NONE, |event| event.version))
    }
}

async fn read_stream(
    reader: &Reader,
    tenant: &TenantId,
    stream: &StreamId,
    range: Versions,
) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let (after, until) = (integer(range.after.0), integer(range.until.0));
    let (aggregate, id) = (stream.aggregate(), stream.id());
    let rows = reader.stream(sql::STREAM, &[&tenant.as_str(), &aggregate, &id, &after, &until]).await?;
    Reading::of(tenant, stream).events(rows).await
}

/// A stream lies wholly in the one table or in the other.
async fn fold_stream(
    reader: &Reader,
    tenant: &TenantId,
    stream: &StreamId,
    range: Versions,
    fold: &mut Fold<'_>,
) -> Result<(), Fault> {
    let (after, until) = (integer(range.after.0), integer(range.until.0));
    let (tenant, aggregate, id) = (tenant.as_str(), stream.aggregate(), stream.id());
    for sql in [sql::FOLD, sql::FOLD_ARCHIVED] {
        let rows = reader.stream(sql, &[&tenant, &aggregate, &id, &after, &until]).await?;
        if events::fold(rows, range.after, fold).await? {
            break;
        }
    }
    Ok(())
}

async fn outcome(
    reader: &Reader,
    tenant: &TenantId,
    command: CommandId,
) -> Result<Option<(Fingerprint, Outcome)>, Fault> {
    let rows = reader.query(sql::COMMAND, &[&tenant.as_str(), &command.0]).await?;
    rows.first().map(read_outcome).transpose()
}

/// The version that the stream is at, if it is another one and nothing was done.
async fn archive(
    reader: &Reader,
    tenant: &TenantId,
    stream: &StreamId,
    at: Version,
) -> Result<Option<Version>, Fault> {
    let (tenant, aggregate, id) = (tenant.as_str(), stream.aggregate(), stream.id());
    let rows = reader.query(sql::ARCHIVE, &[&tenant, &aggregate, &id, &integer(at.0)]).await?;
    rows[0].try_get::<_, Option<i64>>(0)?.map(|actual| unsigned(actual).map(Version)).transpose()
}

/// What lies at or before the head never changes, so that it need not be read in one transaction with it, only before.
async fn read_all(
    reader: &Reader,
    scope: &Scope,
    after: Position,
    query: &EventQuery,
    limit: usize,
) -> Result<Batch, Fault> {
    if let (Scope::EveryTenant, Some(kinds)) = (scope, event_query::kinds_alone(query)) {
        return in_order(reader, after, &kinds, limit).await;
    }
    let until = reader.head().await?;
    let part = event_query::Part { after, until, limit };
    let events = read_part(reader, scope, part, query).await?;
    Ok(batch(events, limit, until.max(after)))
}

/// The events of all tenants, of these kinds or, if there are none, of all. As long as many events are of them the log is
/// read through; where few are, what is left is found by their index.
async fn in_order(
    reader: &Reader,
    after: Position,
    kinds: &[&EventKind],
    limit: usize,
) -> Result<Batch, Fault> {
    let (aggregates, names) = (!kinds.is_empty()).then(|| event_query::pairs(kinds.iter().copied())).unzip();
    let (mut events, mut read_to) = (Vec::new(), after);
    while events.len() < limit {
        let left = limit - events.len();
        let until = Position(read_to.0.saturating_add(left as u64));
        let part: [&(dyn ToSql + Sync); 4] = [&integer(read_to.0), &integer(until.0), &aggregates, &names];
        let (head, rows) = reader.stream_behind_head(sql::LOG, &part).await?;
        let mut found = Reading::of_all().events(rows).await?;
        // What came in behind the head is left for the next page, which has all of it.
        found.retain(|event| event.position <= head && is_of(kinds, event));
        let is_sparse = found.len() < left / 8;
        events.extend(found);
        if until >= head {
            return Ok(batch(events, limit, head.max(read_to)));
        }
        read_to = until;
        if is_sparse {
            let query = EventQuery::kinds(kinds.iter().copied().cloned().collect());
            let part = event_query::Part { after: until, until: head, limit: limit - events.len() };
            events.extend(read_part(reader, &Scope::EveryTenant, part, &query).await?);
            return Ok(batch(events, limit, head));
        }
    }
    Ok(batch(events, limit, read_to))
}

fn is_of(kinds: &[&EventKind], event: &Recorded<RawEvent>) -> bool {
    let is = |kind: &&EventKind| kind.name == event.event.name && kind.aggregate == event.stream.aggregate();
    kinds.is_empty() || kinds.iter().any(is)
}

/// With how far was read if there is nothing more up to there.
fn batch(events: Vec<Recorded<RawEvent>>, limit: usize, until: Position) -> Batch {
    let read_to = match events.last() {
        Some(last) if events.len() == limit => last.position,
        _ => until,
    };
    Batch { events, read_to }
}

async fn read_part(
    reader: &Reader,
    scope: &Scope,
    part: event_query::Part,
    query: &EventQuery,
) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    if part.after >= part.until {
        return Ok(Vec::new());
    }
    let positions = event_query::positions(reader, scope, part, query).await?;
    let positions: Vec<i64> = positions.into_iter().map(|position| integer(position.0)).collect();
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = match scope {
        Scope::Tenant(tenant) => reader.stream(sql::EVENTS_AT, &[&tenant.as_str(), &positions]).await?,
        Scope::EveryTenant => reader.stream(sql::EVENTS_AT_ANYWHERE, &[&positions]).await?,
    };
    Reading::of_all().events(rows).await
}

fn read_outcome(row: &Row) -> Result<(Fingerprint, Outcome), Fault> {
    let stream = StreamId::new(row.try_get::<_, String>(1)?, row.try_get(2)?);
    let (version, position) = (Version(number(row, 3)?), Position(number(row, 4)?));
    let outcome = Outcome { stream, version, position, replayed: true };
    Ok((Fingerprint(row.try_get(0)?), outcome))
}
