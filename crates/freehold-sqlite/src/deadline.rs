//! Deadlines: how long a piece of work inside a transaction may take, statements under way included.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// No deadline.
const NONE: u64 = u64::MAX;

/// The deadline of one connection, shared with its progress handler.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    epoch: Instant,
    /// Nanoseconds after the epoch.
    at: Arc<AtomicU64>,
}

/// A deadline runs until this is dropped.
pub(crate) struct Running<'d> {
    deadline: &'d Deadline,
}

impl Deadline {
    pub(crate) fn new() -> Self {
        Self { epoch: Instant::now(), at: Arc::new(AtomicU64::new(NONE)) }
    }

    /// From now on, so long.
    pub(crate) fn start(&self, limit: Duration) -> Running<'_> {
        self.at.store(nanoseconds(self.epoch.elapsed() + limit), Ordering::Relaxed);
        Running { deadline: self }
    }

    pub(crate) fn has_passed(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        at != NONE && nanoseconds(self.epoch.elapsed()) >= at
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.deadline.at.store(NONE, Ordering::Relaxed);
    }
}

/// Half a millennium and more is as good as never.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NONE)
}
