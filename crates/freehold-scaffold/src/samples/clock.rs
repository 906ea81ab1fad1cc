//! The moments of samples: one for every decision, earlier ones for every history.

use jiff::Timestamp;

/// The moment at which every command of a case is decided: 2026-01-15T09:00:00Z.
pub fn now() -> Timestamp {
    Timestamp::constant(1_768_467_600, 0)
}

/// The moment of the first event of a history, unless a rule wants another: 2026-01-10T09:00:00Z.
pub(super) fn began() -> Timestamp {
    Timestamp::constant(1_768_035_600, 0)
}

/// The moment of the event after so many others: an hour lies between two.
pub(super) fn began_after(events: usize) -> Timestamp {
    let hours = i64::try_from(events % 100).unwrap_or_default();
    began().checked_add(jiff::SignedDuration::from_hours(hours)).unwrap_or_else(|_| began())
}

/// Moments so far apart that what is decided alike at all of them will be decided alike at any time that a test runs.
pub(super) fn any_time() -> [Timestamp; 3] {
    [Timestamp::constant(1_577_836_800, 0), now(), Timestamp::constant(2_840_140_800, 0)]
}
