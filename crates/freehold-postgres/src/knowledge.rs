//! What the committer knows of the log from having written to it, so that the database need not look it up again.
//!
//! It holds as of an event, and for as long as that one is the last of the log and no stream was archived, which the
//! database is asked each time it is relied on. What is under way counts as written: of batches that are sent behind one
//! another, the second relies on the last event of the first.

use std::{collections::HashMap, sync::Arc};

use freehold_domain::{Cell, EventId, Position, StreamId, TenantId, Version};
use freehold_ports::{Projection, RowId, StoredRow};
use quick_cache::{Equivalent, unsync::Cache};
use serde_json::Value;

use crate::{
    batch::Batch,
    inline::{self, Changes, ViewKey},
};

/// After how many batches in a row it is likely that the next one comes right behind them too. Where others write as well,
/// what is known is out of date before it can be used, and each batch that relies on it is sent in vain.
const ALONE: u32 = 3;

/// How many streams are known at most, those that were used least lately making way.
const STREAMS: usize = 65_536;
/// How many rows of views.
const ROWS: usize = 32_768;
/// How large a row of these may be, in bytes of what has no fixed size: all together stay under 64 MiB.
const LARGEST_ROW: usize = 2_048;

/// Where the log ended, and where streams did then.
pub(crate) struct Knowledge {
    end: Option<End>,
    /// How often all of it was forgotten.
    forgotten: u64,
    /// How many batches of this node came one right behind the other, with nothing of others between them.
    in_a_row: u32,
    streams: Cache<(TenantId, StreamId), (Version, EventId)>,
    /// Views that have taken in all that this node has appended since.
    views: HashMap<ViewKey, KnownView>,
    rows: Cache<(ViewKey, RowId), Option<StoredRow>>,
}

/// A view that is brought up to date with the log, and with nothing else.
struct KnownView {
    projection: Arc<dyn Projection>,
    checkpoint: Position,
}

/// The end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) position: Position,
    /// The event that lies there.
    pub(crate) event: EventId,
    pub(crate) archivals: i64,
}

/// Where the log was found to end before a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) head: Position,
    pub(crate) archivals: i64,
}

#[derive(PartialEq, Eq, Hash)]
struct Name<'a>(&'a TenantId, &'a StreamId);

impl Equivalent<(TenantId, StreamId)> for Name<'_> {
    fn equivalent(&self, (tenant, stream): &(TenantId, StreamId)) -> bool {
        self.0 == tenant && self.1 == stream
    }
}

#[derive(PartialEq, Eq, Hash)]
struct RowName<'a>(ViewKey, &'a RowId);

impl Equivalent<(ViewKey, RowId)> for RowName<'_> {
    fn equivalent(&self, (view, id): &(ViewKey, RowId)) -> bool {
        self.0 == *view && self.1 == id
    }
}

impl Knowledge {
    pub(crate) fn none() -> Self {
        Self {
            end: None,
            forgotten: 0,
            in_a_row: 0,
            streams: Cache::new(STREAMS),
            views: HashMap::new(),
            rows: Cache::new(ROWS),
        }
    }

    /// The event that the log ends with, if it is likely that it still does.
    pub(crate) fn end(&self) -> Option<End> {
        self.end.filter(|_| self.in_a_row >= ALONE)
    }

    /// What is read while this stays the same may be used with all that is known.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Where a stream is, and its last event.
    pub(crate) fn stream(&self, tenant: &TenantId, stream: &StreamId) -> Option<(Version, EventId)> {
        self.streams.get(&Name(tenant, stream)).copied()
    }

    /// How far a view has come, all that lies behind that being nothing to it.
    pub(crate) fn checkpoint(&self, view: ViewKey) -> Option<Position> {
        self.views.get(&view).map(|known| known.checkpoint)
    }

    /// A row of a view, or that there is none.
    pub(crate) fn row(&self, view: ViewKey, id: &RowId) -> Option<&Option<StoredRow>> {
        self.rows.get(&RowName(view, id))
    }

    /// A batch is sent that relies on what is known, with what it does to views, and counts as written.
    pub(crate) fn send(&mut self, batch: &Batch<'_>, changes: Option<&Changes>) {
        if let Some(End { position, archivals, .. }) = self.end {
            self.add(batch, Found { head: position, archivals }, changes);
        }
    }

    /// A batch was written that did not rely on it, with what it does to views.
    pub(crate) fn learn(&mut self, batch: &Batch<'_>, found: Found, changes: Option<&Changes>) {
        let is_where_it_was = |end: End| (end.position, end.archivals) == (found.head, found.archivals);
        if self.end.is_some_and(is_where_it_was) {
            self.in_a_row = self.in_a_row.saturating_add(1);
        } else {
            self.in_a_row = 0;
            self.clear();
        }
        self.add(batch, found, changes);
    }

    /// What was relied on does not hold, or it is not known what became of what was sent.
    pub(crate) fn forget(&mut self) {
        self.end = None;
        self.in_a_row = 0;
        self.clear();
    }

    fn learn_views(&mut self, changes: &Changes) {
        for (projection, checkpoint, rows) in changes.in_step() {
            let view = inline::key(projection.as_ref());
            self.views.insert(view, KnownView { projection: Arc::clone(projection), checkpoint });
            for (id, row) in rows {
                self.learn_row(view, id, row.as_ref());
            }
        }
    }

    fn learn_row(&mut self, view: ViewKey, id: &RowId, row: Option<&StoredRow>) {
        let name = RowName(view, id);
        if row.is_some_and(|row| size(&row.cells) > LARGEST_ROW) {
            self.rows.remove(&name);
            return;
        }
        match self.rows.get_mut(&name) {
            Some(mut known) => *known = row.cloned(),
            None => self.rows.insert((view, id.clone()), row.cloned()),
        }
    }

    fn clear(&mut self) {
        self.forgotten += 1;
        self.streams.clear();
        self.views.clear();
        self.rows.clear();
    }

    fn add(&mut self, batch: &Batch<'_>, Found { head, archivals }: Found, changes: Option<&Changes>) {
        if let Some(changes) = changes {
            self.learn_views(changes);
        }
        let known = self.views.len();
        self.views.retain(|_, known| {
            batch.appends.iter().all(|placed| inline::keeps_up(&known.projection, placed.append))
        });
        if self.views.len() < known {
            self.rows.retain(|(view, _), _| self.views.contains_key(view));
        }
        for (tenant, stream, version, event) in batch.ends() {
            match self.streams.get_mut(&Name(tenant, stream)) {
                Some(mut known) => *known = (version, event),
                None => self.streams.insert((tenant.clone(), stream.clone()), (version, event)),
            }
        }
        if let Some(event) = batch.last_event() {
            self.end = Some(End { position: Position(head.0 + batch.len()), event, archivals });
        }
    }
}

/// What cells take beyond what every cell does, about.
fn size(cells: &[Cell]) -> usize {
    let one = |cell: &Cell| match cell {
        Cell::Text(text) => text.len(),
        Cell::Json(value) => size_of_json(value),
        _ => 0,
    };
    cells.iter().map(one).sum()
}

fn size_of_json(value: &Value) -> usize {
    let within: usize = match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(size_of_json).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + size_of_json(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + within
}
