//! Work in the background: begun on the way, finished before the host has stopped.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many pieces of work are under way at once.
const AT_ONCE: usize = 64;

/// Where work is begun that nobody waits for but the host when it stops.
#[derive(Clone)]
pub(crate) struct Background {
    tracker: TaskTracker,
    stop: CancellationToken,
    room: Arc<Semaphore>,
}

impl Background {
    pub(crate) fn new(tracker: TaskTracker, stop: CancellationToken) -> Self {
        Self { tracker, stop, room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Begins a piece of work that can as well be left out, as it is when the host has been told to stop or too much
    /// is under way.
    pub(crate) fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        // The token comes first: a host that is told to stop behind this line waits for it.
        let token = self.tracker.token();
        if self.stop.is_cancelled() {
            return;
        }
        if let Ok(permit) = self.room.clone().try_acquire_owned() {
            self.tracker.spawn(async move {
                work.await;
                drop((permit, token));
            });
        }
    }
}
