//! Dead letters: events that a row of a view could not take in, with those that wait behind them.

use std::time::Duration;

use freehold_domain::{CorrelationId, Position, StreamId, TenantId, Timestamp};

/// A row of a view that has stopped at an event which it cannot take in, while all others go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What it is called by.
    pub number: u64,
    /// The view.
    pub view: String,
    /// The version of the view.
    pub version: u32,
    /// The partition of the row.
    pub partition: u32,
    /// Whose row it is.
    pub tenant: TenantId,
    /// The key of the row, as [`RowId::key_text`](crate::RowId::key_text) has it.
    pub key: String,
    /// The event that it cannot take in.
    pub position: Position,
    /// The stream of the event.
    pub stream: StreamId,
    /// Its kind.
    pub name: String,
    /// What the event was recorded for.
    pub correlation: CorrelationId,
    /// Why it cannot be taken in, without its content.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// How many events of the row wait, this one included.
    pub waiting: u64,
    /// When it was parked.
    pub parked: Timestamp,
    /// When it was tried last.
    pub tried: Timestamp,
    /// When it is tried again by itself; nothing, when that is left to people.
    pub next: Option<Timestamp>,
}

/// Which dead letters are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadLetterQuery {
    /// Those of this view.
    pub view: Option<String>,
    /// Those behind this number.
    pub after: u64,
    /// Those whose next attempt is due.
    pub due: bool,
    /// So many at most.
    pub limit: u32,
}

/// How a dead letter is taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeUp {
    /// The event is tried again.
    Retry,
    /// The event at this position, if it is still the first that waits, is left out for good.
    Skip(Position),
}

/// What has become of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenUp {
    /// Nothing waits any more, and the row goes on.
    Done,
    /// Some was taken in, and more waits.
    More,
    /// An event cannot be taken in, for this reason.
    Failed(String),
    /// There is no such letter of this view, or the event to be left out is not its first any more.
    Gone,
}

/// How often an event is tried before it is left to people.
pub const ATTEMPTS: u32 = 5;

/// How long to wait after so many attempts before the next: longer each time, and not the same for all rows that failed
/// together. Nothing, when there were enough.
pub fn retry_after(key: &str, attempts: u32) -> Option<Duration> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let pause = 200 * 4_u64.pow(attempts.saturating_sub(1));
    let jitter = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, format!("{attempts} {key}").as_bytes());
    Some(Duration::from_millis(pause / 2 + jitter.as_u64_pair().0 % pause))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ATTEMPTS, retry_after};

    #[test]
    fn pauses_grow_spread_and_end() {
        let pauses = |key: &str| (1..ATTEMPTS).map(|attempt| retry_after(key, attempt).unwrap()).collect();
        let (one, other): (Vec<_>, Vec<_>) = (pauses("[1]"), pauses("[2]"));
        assert_ne!(one, other);
        let middles = [200, 800, 3_200, 12_800].map(Duration::from_millis);
        for (pause, middle) in one.iter().chain(&other).zip(middles.into_iter().cycle()) {
            assert!((middle / 2..middle * 3 / 2).contains(pause), "{pause:?}");
        }
        assert_eq!(retry_after("[1]", ATTEMPTS), None);
    }
}
