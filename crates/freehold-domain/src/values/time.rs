//! Days, moments and lengths of time, from the `jiff` library.

use std::{
    fmt,
    ops::{Add, Deref, Sub},
    str::FromStr,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A day of the calendar, without a time zone.
pub type Date = jiff::civil::Date;

/// A length of time, written as in ISO 8601: `PT72H`.
pub type Duration = jiff::SignedDuration;

/// A moment in UTC, to the microsecond: what every database keeps. Finer digits are cut off.
///
/// ```
/// use freehold_domain::{Duration, Timestamp};
///
/// let moment: Timestamp = "2026-01-15T10:30:00.1234567+01:00".parse().unwrap();
/// assert_eq!(moment.to_string(), "2026-01-15T09:30:00.123456Z");
/// assert_eq!((moment + Duration::from_hours(1)) - moment, Duration::from_hours(1));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    description = "A moment, to the microsecond.",
    example = &"2026-01-15T09:30:00Z",
    extend("format" = "date-time")
)]
pub struct Timestamp(jiff::Timestamp);

/// Why a text is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a moment as in RFC 3339, such as `2026-01-15T09:30:00Z`")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The moment so many microseconds after the beginning of 1970; the nearest there is if that lies past the years
    /// -9999 to 9999.
    pub fn from_micros(micros: i64) -> Self {
        let edge = if micros < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let moment = jiff::Timestamp::from_microsecond(micros);
        Self(moment.or_else(|_| jiff::Timestamp::from_microsecond(edge.as_microsecond())).unwrap_or(edge))
    }

    /// How much later it is than another moment; negative if it is earlier.
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0)
    }

    /// Microseconds since the beginning of 1970.
    pub fn as_micros(&self) -> i64 {
        self.0.as_microsecond()
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self::from_micros(moment.as_microsecond())
    }
}

impl Deref for Timestamp {
    type Target = jiff::Timestamp;

    fn deref(&self) -> &jiff::Timestamp {
        &self.0
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// The moment so much later, or the last there is.
    fn add(self, duration: Duration) -> Self {
        self.0.saturating_add(duration).map_or(self, Self::from)
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    /// The moment so much earlier, or the first there is.
    fn sub(self, duration: Duration) -> Self {
        self.0.saturating_sub(duration).map_or(self, Self::from)
    }
}

impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        text.parse::<jiff::Timestamp>().map(Self::from).map_err(|_| InvalidTimestamp)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(text: String) -> Result<Self, InvalidTimestamp> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> Self {
        moment.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
