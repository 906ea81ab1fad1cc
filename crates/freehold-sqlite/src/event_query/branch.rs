//! Branches: what one statement can find.

use freehold_domain::{Position, StreamId, Tag, TenantId};
use freehold_ports::{Criterion, EventKind, EventQuery};
use rusqlite::{Connection, ToSql, named_params};
use serde_json::json;

use super::{Bounds, Part};
use crate::{
    events,
    fault::Fault,
    session::{position, query_first},
    sql, streams,
};

/// Events of one kind, or those that one index leads to.
pub(super) enum Branch<'q> {
    Kind(&'q EventKind),
    Stream(Streamed<'q>),
    Tagged(Tagged<'q>),
}

/// What has to be asked, or nothing if every event is meant.
pub(super) fn branches(query: &EventQuery) -> Option<Vec<Branch<'_>>> {
    let all = query.any_of.is_empty() || query.any_of.contains(&Criterion::default());
    (!all).then(|| query.any_of.iter().flat_map(branches_of).collect())
}

/// By stream before by tag: a stream is the life of one aggregate, whereas a tag may be on half of the log.
fn branches_of(criterion: &Criterion) -> Vec<Branch<'_>> {
    let Criterion { kinds, streams, tags } = criterion;
    if !streams.is_empty() {
        return streams.iter().map(|stream| Branch::Stream(Streamed::new(stream, criterion))).collect();
    }
    if !tags.is_empty() {
        return vec![Branch::Tagged(Tagged::new(criterion))];
    }
    kinds.iter().map(Branch::Kind).collect()
}

impl Branch<'_> {
    /// The first positions in a part of the log of a tenant, or of all; over all tenants there may be more of them
    /// than are wanted, and not in order.
    pub(super) fn positions(
        &self,
        connection: &Connection,
        tenant: Option<&TenantId>,
        part: Part,
    ) -> Result<Vec<Position>, Fault> {
        match self {
            Self::Kind(kind) => positions_of_kind(connection, tenant, part, kind),
            Self::Tagged(tagged) => tagged.positions(connection, tenant, part),
            Self::Stream(streamed) => match tenant {
                Some(tenant) => streamed.positions(connection, tenant, part),
                None => streamed.positions_anywhere(connection, part),
            },
        }
    }

    /// The last position of a tenant after one.
    pub(super) fn last(
        &self,
        connection: &Connection,
        tenant: &TenantId,
        after: Position,
    ) -> Result<Option<Position>, Fault> {
        match self {
            Self::Kind(kind) => last_of_kind(connection, tenant, after, kind),
            Self::Stream(streamed) => streamed.last(connection, tenant, after),
            Self::Tagged(tagged) => tagged.last(connection, tenant, after),
        }
    }
}

fn positions_of_kind(
    connection: &Connection,
    tenant: Option<&TenantId>,
    part: Part,
    kind: &EventKind,
) -> Result<Vec<Position>, Fault> {
    let tenant = tenant.map(TenantId::as_str);
    let params = named_params! { ":tenant": tenant, ":aggregate": kind.aggregate, ":name": kind.name };
    list(connection, sql::POSITIONS_OF_KIND, part.bounds(), params)
}

fn last_of_kind(
    connection: &Connection,
    tenant: &TenantId,
    after: Position,
    kind: &EventKind,
) -> Result<Option<Position>, Fault> {
    let (tenant, after) = (tenant.as_str(), sql::integer(after.0));
    let EventKind { aggregate, name } = kind;
    let params = named_params! { ":tenant": tenant, ":after": after, ":aggregate": aggregate, ":name": name };
    query_first(connection, sql::LAST_OF_KIND, params, position)
}

/// The events of a stream that meet the rest of a criterion, lists as JSON.
pub(super) struct Streamed<'q> {
    stream: &'q StreamId,
    names: Option<String>,
    tags: String,
}

impl<'q> Streamed<'q> {
    fn new(stream: &'q StreamId, criterion: &Criterion) -> Self {
        let own = criterion.kinds.iter().filter(|kind| kind.aggregate == stream.aggregate());
        let names: Vec<_> = own.map(|kind| &kind.name).collect();
        let names = (!criterion.kinds.is_empty()).then(|| json!(names).to_string());
        Self { stream, names, tags: list_of(&criterion.tags) }
    }

    fn positions(
        &self,
        connection: &Connection,
        tenant: &TenantId,
        part: Part,
    ) -> Result<Vec<Position>, Fault> {
        let version_at = |position| streams::version_at(connection, tenant, self.stream, position);
        let (after, until) = (version_at(part.after)?, version_at(part.until)?);
        let versions = Bounds { after: sql::integer(after.0), until: sql::integer(until.0), ..part.bounds() };
        let id = self.stream.id().to_string();
        let params = named_params! {
            ":tenant": tenant.as_str(), ":aggregate": self.stream.aggregate(), ":stream": id,
            ":names": self.names, ":tags": self.tags,
        };
        list(connection, sql::POSITIONS_OF_STREAM, versions, params)
    }

    /// Of the stream of every tenant that has one of this id.
    fn positions_anywhere(&self, connection: &Connection, part: Part) -> Result<Vec<Position>, Fault> {
        let tenants = events::tenants(connection)?;
        let found = tenants.iter().map(|tenant| self.positions(connection, tenant, part));
        Ok(found.collect::<Result<Vec<_>, _>>()?.concat())
    }

    fn last(
        &self,
        connection: &Connection,
        tenant: &TenantId,
        after: Position,
    ) -> Result<Option<Position>, Fault> {
        let after = streams::version_at(connection, tenant, self.stream, after)?;
        let (after, id) = (sql::integer(after.0), self.stream.id().to_string());
        let params = named_params! {
            ":tenant": tenant.as_str(), ":aggregate": self.stream.aggregate(), ":stream": id, ":after": after,
            ":names": self.names, ":tags": self.tags,
        };
        query_first(connection, sql::LAST_OF_STREAM, params, position)
    }
}

/// The events that have all tags of a criterion and one of its kinds, lists as JSON.
pub(super) struct Tagged<'q> {
    /// The one by which they are found.
    tag: &'q str,
    others: String,
    all: String,
    kinds: Option<String>,
}

impl<'q> Tagged<'q> {
    fn new(criterion: &'q Criterion) -> Self {
        let kinds: Vec<_> = criterion.kinds.iter().map(|kind| (&kind.aggregate, &kind.name)).collect();
        Self {
            tag: criterion.tags.first().map_or("", Tag::as_str),
            others: list_of(criterion.tags.get(1..).unwrap_or_default()),
            all: list_of(&criterion.tags),
            kinds: (!kinds.is_empty()).then(|| json!(kinds).to_string()),
        }
    }

    fn positions(
        &self,
        connection: &Connection,
        tenant: Option<&TenantId>,
        part: Part,
    ) -> Result<Vec<Position>, Fault> {
        let Self { tag, others, all, kinds } = self;
        if let Some(tenant) = tenant.map(TenantId::as_str) {
            let params =
                named_params! { ":tenant": tenant, ":tag": tag, ":other_tags": others, ":kinds": kinds };
            return list(connection, sql::POSITIONS_TAGGED, part.bounds(), params);
        }
        let params = named_params! { ":tags": all, ":kinds": kinds };
        list(connection, sql::POSITIONS_TAGGED_ANYWHERE, part.bounds(), params)
    }

    fn last(
        &self,
        connection: &Connection,
        tenant: &TenantId,
        after: Position,
    ) -> Result<Option<Position>, Fault> {
        let Self { tag, others, kinds, .. } = self;
        let (tenant, after) = (tenant.as_str(), sql::integer(after.0));
        let params = named_params! {
            ":tenant": tenant, ":after": after, ":tag": tag, ":other_tags": others, ":kinds": kinds
        };
        query_first(connection, sql::LAST_TAGGED, params, position)
    }
}

fn list_of(tags: &[Tag]) -> String {
    json!(tags.iter().map(Tag::as_str).collect::<Vec<_>>()).to_string()
}

/// The positions that a statement finds within bounds.
fn list(
    connection: &Connection,
    sql: &str,
    Bounds { after, until, limit }: Bounds,
    params: &[(&str, &dyn ToSql)],
) -> Result<Vec<Position>, Fault> {
    let bounds: &[(&str, &dyn ToSql)] = named_params! { ":after": after, ":until": until, ":limit": limit };
    let mut statement = connection.prepare_cached(sql)?;
    let positions = statement.query_map([bounds, params].concat().as_slice(), position)?;
    Ok(positions.collect::<Result<_, _>>()?)
}
