//! How long to wait before something that failed is tried again.

use std::time::Duration;

use tokio::time::sleep;

/// How long to wait after the first failure; twice as long after each further one in a row.
const FIRST: Duration = Duration::from_millis(50);
/// How long to wait at most.
const LONGEST: Duration = Duration::from_secs(10);

/// The pause that comes after the next failure.
pub(crate) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Backoff {
    /// Waits, and longer the next time.
    pub(crate) async fn pause(&mut self) {
        let pause = self.0;
        self.0 = (pause * 2).min(LONGEST);
        sleep(pause).await;
    }

    /// It went well: the next failure is the first of a row.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}
