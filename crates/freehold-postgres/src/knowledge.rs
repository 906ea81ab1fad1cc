//! What the committer knows of the log from having written to it, so that the database need not look it up again.
//!
//! It holds as of an event, and for as long as that one is the last of the log and no stream was archived, which the
//! database is asked each time it is relied on. What is under way counts as written: of batches that are sent behind one
//! another, the second relies on the last event of the first.

use freehold_domain::{EventId, Position, StreamId, TenantId, Version};
use quick_cache::{Equivalent, unsync::Cache};

use crate::batch::Batch;

/// How many streams are known at most, those that were used least lately making way.
const STREAMS: usize = 65_536;

/// Where the log ended, and where streams did then.
pub(crate) struct Knowledge {
    end: Option<End>,
    /// Whether nobody else has written between the last two batches of this node. If others do, what is known is out of
    /// date before it can be used.
    is_alone: bool,
    streams: Cache<(TenantId, StreamId), (Version, EventId)>,
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

impl Knowledge {
    pub(crate) fn none() -> Self {
        Self { end: None, is_alone: false, streams: Cache::new(STREAMS) }
    }

    /// The event that the log ends with, if it is likely that it still does.
    pub(crate) fn end(&self) -> Option<End> {
        self.end.filter(|_| self.is_alone)
    }

    /// Where a stream is, and its last event.
    pub(crate) fn stream(&self, tenant: &TenantId, stream: &StreamId) -> Option<(Version, EventId)> {
        self.streams.get(&Name(tenant, stream)).copied()
    }

    /// A batch is sent that relies on what is known, and counts as written.
    pub(crate) fn send(&mut self, batch: &Batch<'_>) {
        if let Some(End { position, archivals, .. }) = self.end {
            self.add(batch, Found { head: position, archivals });
        }
    }

    /// A batch was written that did not rely on it.
    pub(crate) fn learn(&mut self, batch: &Batch<'_>, found: Found) {
        let is_where_it_was = |end: End| (end.position, end.archivals) == (found.head, found.archivals);
        self.is_alone = self.end.is_some_and(is_where_it_was);
        if !self.is_alone {
            self.streams.clear();
        }
        self.add(batch, found);
    }

    /// What was relied on does not hold, or it is not known what became of what was sent.
    pub(crate) fn forget(&mut self) {
        self.end = None;
        self.is_alone = false;
        self.streams.clear();
    }

    fn add(&mut self, batch: &Batch<'_>, Found { head, archivals }: Found) {
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
