//! Event queries: which events are meant, found by index.
//!
//! Each branch of a query (a kind, a stream, or a set of tags) is asked on its own by a statement that reads one index
//! in the order of the log, and what they find is merged here. Within a process a statement costs a microsecond,
//! whereas one large statement for all branches would leave it to the planner whether the rest of the log is read and
//! sorted. The whole log, or that of a tenant, is read by one statement.

mod branch;

use std::collections::BTreeSet;

use freehold_domain::{Position, RawEvent, Recorded, TenantId};
use freehold_ports::{EventQuery, Scope};
use rusqlite::Connection;

use crate::{events, fault::Fault, sql};
use branch::{Branch, branches};

/// A part of the log: the positions after one, up to another, so many at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) after: Position,
    pub(crate) until: Position,
    pub(crate) limit: usize,
}

/// The same as statements take it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) after: i64,
    pub(crate) until: i64,
    pub(crate) limit: i64,
}

impl Part {
    pub(crate) fn bounds(self) -> Bounds {
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        Bounds { after: sql::integer(self.after.0), until: sql::integer(self.until.0), limit }
    }
}

/// The first events in a part of the log that are meant.
pub(crate) fn events(
    connection: &Connection,
    scope: &Scope,
    part: Part,
    query: &EventQuery,
) -> Result<Vec<Recorded<RawEvent>>, Fault> {
    let tenant = match scope {
        Scope::Tenant(tenant) => Some(tenant),
        Scope::EveryTenant => None,
    };
    match branches(query) {
        None => events::within(connection, tenant, part),
        Some(branches) => events::at(connection, &positions(connection, tenant, part, &branches)?),
    }
}

/// The position of the last event of a tenant after a position that is meant.
pub(crate) fn last(
    connection: &Connection,
    tenant: &TenantId,
    after: Position,
    query: &EventQuery,
) -> Result<Option<Position>, Fault> {
    let Some(branches) = branches(query) else {
        return events::last(connection, tenant, after);
    };
    let mut last = None;
    for branch in branches {
        last = last.max(branch.last(connection, tenant, after)?);
    }
    Ok(last)
}

/// The first positions in a part of the log that any of the branches finds.
fn positions(
    connection: &Connection,
    tenant: Option<&TenantId>,
    part: Part,
    branches: &[Branch<'_>],
) -> Result<Vec<Position>, Fault> {
    let mut first = First { part, found: BTreeSet::new() };
    for branch in branches {
        let found = branch.positions(connection, tenant, first.open_part())?;
        first.take_in(found);
    }
    Ok(first.found.into_iter().collect())
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
