//! The line: where appends wait that were handed over and are not tried yet.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot::{self, error::TryRecvError};

/// Appends that wait, each until the one before it was tried.
#[derive(Default)]
pub(super) struct Line {
    last: Mutex<Option<oneshot::Receiver<()>>>,
}

/// A place in the line, given up when this is dropped.
pub(super) struct Place {
    before: Option<oneshot::Receiver<()>>,
    _behind: oneshot::Sender<()>,
}

impl Line {
    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.take_if(|last| last.try_recv() == Err(TryRecvError::Closed));
        last.is_none()
    }

    /// The place behind all others.
    pub(super) fn join(&self) -> Place {
        let (behind, last) = oneshot::channel();
        let before = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(last);
        Place { before, _behind: behind }
    }
}

impl Place {
    /// Waits until nobody is before it.
    pub(super) async fn reached(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is ever sent: whoever was there is gone.
            before.await.ok();
        }
    }
}
