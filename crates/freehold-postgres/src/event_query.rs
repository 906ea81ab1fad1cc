//! Event queries: which events are meant, found by index.
//!
//! Each branch of a query (its kinds, its streams, or a set of tags) is asked on its own by a statement that reads one
//! index in the order of the log, and what they find is merged here: one large statement for all branches would leave
//! it to the planner whether the rest of the log is read and sorted.

use std::collections::BTreeSet;

use freehold_domain::{Position, TenantId};
use freehold_ports::{Criterion, EventKind, EventQuery, Scope};
use serde_json::Value;
use tokio_postgres::{Client, types::ToSql};
use uuid::Uuid;

use crate::{
    batch::{Tagged, kinds, tags},
    events::integer,
    fault::Fault,
    rows::Prepares,
    sql,
};

/// A part of the log: the positions after one, up to another, so many at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) after: Position,
    pub(crate) until: Position,
    pub(crate) limit: usize,
}

/// The first positions in a part of the log whose events are meant.
pub(crate) async fn positions(
    on: &impl Prepares,
    scope: &Scope,
    part: Part,
    query: &EventQuery,
) -> Result<Vec<Position>, Fault> {
    let mut found = BTreeSet::new();
    for branch in branches(query) {
        found.extend(branch.positions(on, scope, part).await?);
        while found.len() > part.limit {
            found.pop_last();
        }
    }
    Ok(found.into_iter().collect())
}

/// The position of the last event of a tenant after a position that is meant.
pub(crate) async fn last(
    on: &impl Prepares,
    tenant: &TenantId,
    after: Position,
    query: &EventQuery,
) -> Result<Option<Position>, Fault> {
    let mut last = None;
    for branch in branches(query) {
        last = last.max(branch.last(on, tenant, after).await?);
    }
    Ok(last)
}

/// The kinds that a query asks for, if it asks for nothing else; none, if it means all events.
pub(crate) fn kinds_alone(query: &EventQuery) -> Option<Vec<&EventKind>> {
    let is_of_kinds = |of: &Criterion| !of.kinds.is_empty() && of.streams.is_empty() && of.tags.is_empty();
    let any_of = &query.any_of;
    any_of.iter().all(is_of_kinds).then(|| any_of.iter().flat_map(|of| &of.kinds).collect())
}

/// What one statement can find.
enum Branch<'q> {
    Any,
    Kinds(&'q [EventKind]),
    Streams(&'q Criterion),
    Tagged(&'q Criterion),
}

fn branches(query: &EventQuery) -> Vec<Branch<'_>> {
    if query.any_of.is_empty() {
        return vec![Branch::Any];
    }
    query.any_of.iter().map(Branch::of).collect()
}

impl<'q> Branch<'q> {
    fn of(criterion: &'q Criterion) -> Self {
        match criterion {
            Criterion { streams, .. } if !streams.is_empty() => Self::Streams(criterion),
            Criterion { tags, .. } if !tags.is_empty() => Self::Tagged(criterion),
            Criterion { kinds, .. } if !kinds.is_empty() => Self::Kinds(kinds),
            _ => Self::Any,
        }
    }

    async fn positions(&self, on: &impl Prepares, scope: &Scope, part: Part) -> Result<Vec<Position>, Fault> {
        let (after, until) = (integer(part.after.0), integer(part.until.0));
        let limit = i64::try_from(part.limit).unwrap_or(i64::MAX);
        let place: [&(dyn ToSql + Sync); 3] = [&after, &until, &limit];
        let Scope::Tenant(tenant) = scope else { return self.anywhere(on, place).await };
        let tenant = &tenant.as_str();
        match self {
            Self::Any => {
                list(on, sql::POSITIONS, &[&[tenant as &(dyn ToSql + Sync)], &place[..]].concat()).await
            }
            Self::Kinds(kinds) => {
                let (aggregates, names) = pairs(*kinds);
                list(
                    on,
                    sql::POSITIONS_OF_KINDS,
                    &[&[tenant as &(dyn ToSql + Sync), &aggregates, &names], &place[..]].concat(),
                )
                .await
            }
            Self::Streams(criterion) => {
                let StreamLists { aggregates, ids, tags, kinds } = StreamLists::of(criterion);
                let params =
                    [&[tenant as &(dyn ToSql + Sync), &aggregates, &ids, &tags, &kinds], &place[..]].concat();
                list(on, sql::POSITIONS_OF_STREAMS, &params).await
            }
            Self::Tagged(criterion) => {
                let Tagged { tag, others, kinds } = Tagged::new(criterion);
                let params = [&[tenant as &(dyn ToSql + Sync), &tag, &others, &kinds], &place[..]].concat();
                list(on, sql::POSITIONS_TAGGED, &params).await
            }
        }
    }

    /// Over all tenants.
    async fn anywhere(
        &self,
        on: &impl Prepares,
        place: [&(dyn ToSql + Sync); 3],
    ) -> Result<Vec<Position>, Fault> {
        match self {
            Self::Any => list(on, sql::POSITIONS_ANYWHERE, &place).await,
            Self::Kinds(kinds) => {
                let (aggregates, names) = pairs(*kinds);
                let params = [&[&aggregates as &(dyn ToSql + Sync), &names], &place[..]].concat();
                list(on, sql::POSITIONS_OF_KINDS_ANYWHERE, &params).await
            }
            Self::Streams(criterion) => {
                let StreamLists { aggregates, ids, tags, kinds } = StreamLists::of(criterion);
                let params =
                    [&[&aggregates as &(dyn ToSql + Sync), &ids, &tags, &kinds], &place[..]].concat();
                list(on, sql::POSITIONS_OF_STREAMS_ANYWHERE, &params).await
            }
            Self::Tagged(criterion) => {
                let (tags, kinds) = (tags(&criterion.tags), kinds(&criterion.kinds));
                let params = [&[&tags as &(dyn ToSql + Sync), &kinds], &place[..]].concat();
                list(on, sql::POSITIONS_TAGGED_ANYWHERE, &params).await
            }
        }
    }

    async fn last(
        &self,
        on: &impl Prepares,
        tenant: &TenantId,
        after: Position,
    ) -> Result<Option<Position>, Fault> {
        let (tenant, after) = (tenant.as_str(), integer(after.0));
        let mut last = None;
        match self {
            Self::Any => last = find(on, sql::LAST, &[&tenant, &after]).await?,
            Self::Kinds(kinds) => {
                for EventKind { aggregate, name } in *kinds {
                    let params: [&(dyn ToSql + Sync); 4] = [&tenant, &after, aggregate, name];
                    last = last.max(find(on, sql::LAST_OF_KIND, &params).await?);
                }
            }
            Self::Streams(criterion) => {
                let (tags, kinds) = (tags(&criterion.tags), kinds(&criterion.kinds));
                for stream in &criterion.streams {
                    let (aggregate, id) = (stream.aggregate(), stream.id());
                    let params: [&(dyn ToSql + Sync); 6] = [&tenant, &after, &aggregate, &id, &tags, &kinds];
                    last = last.max(find(on, sql::LAST_OF_STREAM, &params).await?);
                }
            }
            Self::Tagged(criterion) => {
                let Tagged { tag, others, kinds } = Tagged::new(criterion);
                last = find(on, sql::LAST_TAGGED, &[&tenant, &after, &tag, &others, &kinds]).await?;
            }
        }
        Ok(last)
    }
}

/// The streams of a criterion, each once, as statements take them, with what else it asks for.
struct StreamLists<'q> {
    aggregates: Vec<&'q str>,
    ids: Vec<Uuid>,
    tags: Option<Value>,
    kinds: Option<Value>,
}

impl<'q> StreamLists<'q> {
    fn of(criterion: &'q Criterion) -> Self {
        let streams: BTreeSet<_> =
            criterion.streams.iter().map(|stream| (stream.aggregate(), stream.id())).collect();
        let (aggregates, ids) = streams.into_iter().unzip();
        Self { aggregates, ids, tags: tags(&criterion.tags), kinds: kinds(&criterion.kinds) }
    }
}

/// Each once: what is found twice would count twice against the limit of a page, which then says that it was read
/// further than it was.
pub(crate) fn pairs<'k>(kinds: impl IntoIterator<Item = &'k EventKind>) -> (Vec<&'k str>, Vec<&'k str>) {
    let kinds: BTreeSet<_> =
        kinds.into_iter().map(|kind| (kind.aggregate.as_str(), kind.name.as_str())).collect();
    kinds.into_iter().unzip()
}

async fn list(on: &impl Prepares, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Position>, Fault> {
    let rows = query(on, sql, params).await?;
    rows.iter().map(|row| sql::position(row, 0)).collect()
}

async fn find(
    on: &impl Prepares,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Option<Position>, Fault> {
    let rows = query(on, sql, params).await?;
    match rows.first().map(|row| row.try_get::<_, Option<i64>>(0)).transpose()?.flatten() {
        Some(_) => sql::position(&rows[0], 0).map(Some),
        None => Ok(None),
    }
}

/// The rows of a statement that is prepared once.
pub(crate) async fn query(
    on: &impl Prepares,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<tokio_postgres::Row>, Fault> {
    let statement = on.prepared(sql).await?;
    let client: &Client = on.client();
    Ok(client.query(&statement, params).await?)
}
