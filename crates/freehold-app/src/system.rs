//! The real clock and the real source of ids.

use freehold_domain::Timestamp;
use freehold_ports::{Clock, IdSource};
use uuid::Uuid;

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others are asked to use")]
    fn now(&self) -> Timestamp {
        jiff::Timestamp::now().into()
    }
}

/// UUIDs of version 7, which sort by the time of their making.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the source of ids that all others are asked to use"
    )]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
