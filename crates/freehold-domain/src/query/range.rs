//! A range of values: from one, up to one, or both.

use std::ops;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Test;
use crate::{Cell, CellValue};

/// A range of values, as a client asks for it: of each end what is given.
///
/// Over HTTP a field `booked_at: Option<Range<Timestamp>>` of a query is the parameters `booked_at.from`, `booked_at.to`,
/// `booked_at.above` and `booked_at.below`. In Rust any range will do:
///
/// ```
/// use freehold::Range;
///
/// assert_eq!(Range::from(5..10), Range { from: Some(5), below: Some(10), ..Range::default() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "`from`, `to`, `above` or `below`, with a dot before it")]
#[schemars(inline)]
pub struct Range<T> {
    /// At least this.
    pub from: Option<T>,
    /// At most this.
    pub to: Option<T>,
    /// More than this.
    pub above: Option<T>,
    /// Less than this.
    pub below: Option<T>,
}

impl<T> Default for Range<T> {
    fn default() -> Self {
        Self { from: None, to: None, above: None, below: None }
    }
}

impl<T: CellValue> Range<T> {
    /// What has to hold of a cell in the range.
    pub(super) fn into_tests(self) -> impl Iterator<Item = Test> {
        let Self { from, to, above, below } = self;
        let end = |end: Option<T>, test: fn(Cell) -> Test| end.map(|end| test(end.to_cell()));
        let ends = [
            end(from, Test::AtLeast),
            end(to, Test::AtMost),
            end(above, Test::Above),
            end(below, Test::Below),
        ];
        ends.into_iter().flatten()
    }
}

impl<T> From<ops::Range<T>> for Range<T> {
    fn from(range: ops::Range<T>) -> Self {
        Self { from: Some(range.start), below: Some(range.end), ..Self::default() }
    }
}

impl<T> From<ops::RangeInclusive<T>> for Range<T> {
    fn from(range: ops::RangeInclusive<T>) -> Self {
        let (from, to) = range.into_inner();
        Self { from: Some(from), to: Some(to), ..Self::default() }
    }
}

impl<T> From<ops::RangeFrom<T>> for Range<T> {
    fn from(range: ops::RangeFrom<T>) -> Self {
        Self { from: Some(range.start), ..Self::default() }
    }
}

impl<T> From<ops::RangeTo<T>> for Range<T> {
    fn from(range: ops::RangeTo<T>) -> Self {
        Self { below: Some(range.end), ..Self::default() }
    }
}

impl<T> From<ops::RangeToInclusive<T>> for Range<T> {
    fn from(range: ops::RangeToInclusive<T>) -> Self {
        Self { to: Some(range.end), ..Self::default() }
    }
}
