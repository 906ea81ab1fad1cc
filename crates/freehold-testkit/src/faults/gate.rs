//! Gates: where what hangs waits until a test lets it go on.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate, closed until it is opened. Its clones are handles to the same one.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    is_reached: Arc<watch::Sender<bool>>,
    is_open: Arc<watch::Sender<bool>>,
}

impl Gate {
    /// A gate that is closed.
    pub fn closed() -> Self {
        Self::default()
    }

    /// Waits until somebody has come to it.
    pub async fn reached(&self) {
        until(&self.is_reached).await;
    }

    /// Lets through who waits, and whoever comes later.
    pub fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// Waits until it is open.
    pub(super) async fn pass(&self) {
        self.is_reached.send_replace(true);
        until(&self.is_open).await;
    }
}

/// The sender lives as long as whoever waits here, so that waiting ends only with the truth.
async fn until(truth: &watch::Sender<bool>) {
    truth.subscribe().wait_for(|is_true| *is_true).await.ok();
}
