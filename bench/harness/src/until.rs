//! When callers stop: at a time that is known when they begin, or becomes known while they are at it.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

/// The end, once it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Until(Arc<OnceLock<Instant>>);

impl Until {
    /// A time that is known.
    pub(crate) fn at(end: Instant) -> Self {
        Self(Arc::new(OnceLock::from(end)))
    }

    /// It is over now, if it was not before.
    #[cfg(feature = "views")]
    pub(crate) fn is_now(&self) {
        let _ = self.0.set(Instant::now());
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over_since(Duration::ZERO)
    }

    /// Whether it has been over for so long.
    pub(crate) fn is_over_since(&self, grace: Duration) -> bool {
        self.0.get().is_some_and(|end| Instant::now() >= *end + grace)
    }
}
