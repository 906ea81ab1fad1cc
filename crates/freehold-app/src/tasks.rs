//! The tasks of a host: what they write is written before the host has stopped.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many errands are under way at once.
const ERRANDS: usize = 64;

/// Where tasks are begun. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
    room: Arc<Semaphore>,
}

impl Tasks {
    pub(crate) fn new() -> Self {
        let room = Arc::new(Semaphore::new(ERRANDS));
        Self { tracker: TaskTracker::new(), stop: CancellationToken::new(), room }
    }

    /// What tells tasks that they shall end.
    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Begins a task that ends when it is told to.
    pub(crate) fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// Begins an errand: something short that can as well be left out, as it is when the host has been told to stop or
    /// too many are under way.
    pub(crate) fn begin(&self, errand: impl Future<Output = ()> + Send + 'static) {
        // The token comes first: a host that is told to stop behind this line waits for it.
        let token = self.tracker.token();
        if self.stop.is_cancelled() {
            return;
        }
        if let Ok(permit) = self.room.clone().try_acquire_owned() {
            self.tracker.spawn(async move {
                errand.await;
                drop((permit, token));
            });
        }
    }

    /// Tells all that they shall end.
    pub(crate) fn tell(&self) {
        self.stop.cancel();
    }

    /// Tells all that they shall end, and waits until they have.
    pub(crate) async fn stop(&self) {
        self.tell();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
