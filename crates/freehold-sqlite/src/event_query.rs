//! Event queries: which events are meant, found by index.
//!
//! Each branch of a query (a kind, or a set of tags) is asked on its own by a statement that reads one index in the
//! order of the log, and what they find is merged here. Within a process a statement costs a microsecond, whereas one
//! large statement for all branches would leave it to the planner whether the rest of the log is read and sorted.

use std::collections::BTreeSet;

use freehold_domain::{Position, Tag, TenantId};
use freehold_ports::{Criterion, EventKind, EventQuery, Scope};
use rusqlite::{Connection, Params, named_params};
use serde_json::json;

use crate::{
    fault::Fault,
    session::{position, query_row},
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
pub(crate) fn positions(
    connection: &Connection,
    scope: &Scope,
    part: Part,
    query: &EventQuery,
) -> Result<Vec<Position>, Fault> {
    let tenant = match scope {
        Scope::Tenant(tenant) => Some(tenant),
        Scope::EveryTenant => None,
    };
    let mut first = First { part, found: BTreeSet::new() };
    for branch in branches(query) {
        let found = branch.positions(connection, tenant, first.open_part())?;
        first.take_in(found);
    }
    Ok(first.found.into_iter().collect())
}

/// The position of the last event of a tenant after a position that is meant.
pub(crate) fn last(
    connection: &Connection,
    tenant: &TenantId,
    after: Position,
    query: &EventQuery,
) -> Result<Option<Position>, Fault> {
    let mut last = None;
    for branch in branches(query) {
        last = last.max(branch.last(connection, tenant, after)?);
    }
    Ok(last)
}

/// The first of the positions found so far, as many as are wanted.
struct First {
    part: Part,
    found: BTreeSet<Position>,
}

impl First {
    /// The part in which a further find would count.
    fn open_part(&self) -> Part {
        let is_full = self.found.len() >= self.part.limit;
        let until = self.found.last().copied().filter(|_| is_full).unwrap_or(self.part.until);
        Part { until, ..self.part }
    }

    fn take_in(&mut self, found: Vec<Position>) {
        self.found.extend(found);
        while self.found.len() > self.part.limit {
            self.found.pop_last();
        }
    }
}

/// What one statement can find.
enum Branch<'q> {
    Any,
    Kind(&'q EventKind),
    Tagged(&'q Criterion),
}

fn branches(query: &EventQuery) -> Vec<Branch<'_>> {
    if query.any_of.is_empty() {
        return vec![Branch::Any];
    }
    query.any_of.iter().flat_map(branches_of).collect()
}

fn branches_of(criterion: &Criterion) -> Vec<Branch<'_>> {
    match (criterion.kinds.as_slice(), criterion.tags.as_slice()) {
        ([], []) => vec![Branch::Any],
        (kinds, []) => kinds.iter().map(Branch::Kind).collect(),
        _ => vec![Branch::Tagged(criterion)],
    }
}

impl Branch<'_> {
    fn positions(
        &self,
        connection: &Connection,
        tenant: Option<&TenantId>,
        part: Part,
    ) -> Result<Vec<Position>, Fault> {
        let tenant = tenant.map(TenantId::as_str);
        let (after, until) = (sql::integer(part.after.0), sql::integer(part.until.0));
        let limit = i64::try_from(part.limit).unwrap_or(i64::MAX);
        let list = |sql, params: &[(&str, &dyn rusqlite::ToSql)]| {
            let place: &[(&str, &dyn rusqlite::ToSql)] =
                named_params! { ":after": after, ":until": until, ":limit": limit };
            list(connection, sql, [place, params].concat().as_slice())
        };
        match self {
            Self::Any => list(sql::POSITIONS, named_params! { ":tenant": tenant }),
            Self::Kind(EventKind { aggregate, name }) => list(
                sql::POSITIONS_OF_KIND,
                named_params! { ":tenant": tenant, ":aggregate": aggregate, ":name": name },
            ),
            Self::Tagged(criterion) => match (tenant, Tagged::new(criterion)) {
                (Some(tenant), Tagged { tag, others, kinds, .. }) => list(
                    sql::POSITIONS_TAGGED,
                    named_params! { ":tenant": tenant, ":tag": tag, ":other_tags": others, ":kinds": kinds },
                ),
                (None, Tagged { all, kinds, .. }) => {
                    list(sql::POSITIONS_TAGGED_ANYWHERE, named_params! { ":tags": all, ":kinds": kinds })
                }
            },
        }
    }

    fn last(
        &self,
        connection: &Connection,
        tenant: &TenantId,
        after: Position,
    ) -> Result<Option<Position>, Fault> {
        let (tenant, after) = (tenant.as_str(), sql::integer(after.0));
        match self {
            Self::Any => find(connection, sql::LAST, named_params! { ":tenant": tenant, ":after": after }),
            Self::Kind(EventKind { aggregate, name }) => {
                let params = named_params! {
                    ":tenant": tenant, ":after": after, ":aggregate": aggregate, ":name": name
                };
                find(connection, sql::LAST_OF_KIND, params)
            }
            Self::Tagged(criterion) => {
                let Tagged { tag, others, kinds, .. } = Tagged::new(criterion);
                let params = named_params! {
                    ":tenant": tenant, ":after": after, ":tag": tag, ":other_tags": others, ":kinds": kinds
                };
                find(connection, sql::LAST_TAGGED, params)
            }
        }
    }
}

/// A criterion with tags as statements take it, lists as JSON.
struct Tagged<'q> {
    tag: &'q str,
    others: String,
    all: String,
    kinds: Option<String>,
}

impl<'q> Tagged<'q> {
    fn new(criterion: &'q Criterion) -> Self {
        let tags: Vec<_> = criterion.tags.iter().map(Tag::as_str).collect();
        let kinds: Vec<_> = criterion.kinds.iter().map(|kind| (&kind.aggregate, &kind.name)).collect();
        Self {
            tag: tags.first().copied().unwrap_or_default(),
            others: json!(tags.get(1..)).to_string(),
            all: json!(tags).to_string(),
            kinds: (!kinds.is_empty()).then(|| json!(kinds).to_string()),
        }
    }
}

fn list(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<Position>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let positions = statement.query_map(params, position)?;
    Ok(positions.collect::<Result<_, _>>()?)
}

fn find(connection: &Connection, sql: &str, params: impl Params) -> Result<Option<Position>, Fault> {
    let position: Option<u64> = query_row(connection, sql, params, |row| row.get(0))?;
    Ok(position.map(Position))
}
