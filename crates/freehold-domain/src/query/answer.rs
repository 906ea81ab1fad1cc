//! What queries are answered with: one row, or a page of rows.

use std::ops::Deref;

use serde::Serialize;

use super::{Cursor, Query};
use crate::{Excerpt, Position, Version};

/// What a query is answered with.
pub trait Answer: Sized + Send + 'static {
    /// What is told of each row: all of it, or an [excerpt](Excerpt).
    type Item: Excerpt;
    /// What it has beside the rows.
    const SHAPE: Shape;

    /// The answer with what was found.
    fn from_found(found: Found<Self::Item>) -> Self;

    /// What is in the answer. What it does not tell is left at its beginning.
    fn into_found(self) -> Found<Self::Item>;
}

/// What each row tells that answers a query.
pub type ItemOf<Q> = <<Q as Query>::Answer as Answer>::Item;

/// The rows that answer a query, whole.
pub type RowOf<Q> = <ItemOf<Q> as Excerpt>::Row;

/// What an answer has beside its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// At most one row, and nothing beside it.
    One,
    /// Where the next rows begin: [`Page`].
    Page,
    /// That, and how many there are: [`CountedPage`].
    CountedPage,
    /// Where it lies among all rows, and how many there are: [`OffsetPage`].
    OffsetPage,
}

impl Shape {
    /// Whether there is at most one row in it.
    pub const fn is_one(self) -> bool {
        matches!(self, Self::One)
    }

    /// Whether it says how many rows there are.
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::CountedPage | Self::OffsetPage)
    }
}

/// What was found for a query, of which each kind of answer tells what it has room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The rows, in order.
    pub rows: Vec<Stored<T>>,
    /// Where the next ones begin, if there are any.
    pub next: Option<Cursor>,
    /// How many rows lie before them.
    pub offset: u32,
    /// How many rows were asked for.
    pub limit: u32,
    /// How many rows there are.
    pub total: Total,
}

/// A row with the version and the position of the last event that changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stored<R> {
    /// The row.
    #[serde(flatten)]
    pub row: R,
    /// The version that the row is at: of its stream if it is keyed by one, else the number of its changes.
    pub version: Version,
    /// The position of the last event in it.
    #[serde(skip)]
    pub position: Position,
}

impl<R> Deref for Stored<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.row
    }
}

/// How many rows match, whatever the page.
///
/// Counting stays cheap however large the table is: it ends at [`BOUND`](Self::BOUND), past which it is only known that
/// there are more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// So many rows match, or more if that is not exact.
    pub count: u32,
    /// Whether there are no more than that.
    pub is_exact: bool,
}

impl Total {
    /// How many rows are counted at most.
    pub const BOUND: u32 = 10_000;

    /// The total where so many rows were found by a count that ends one past [`BOUND`](Self::BOUND).
    pub const fn of(counted: u32) -> Self {
        let is_exact = counted <= Self::BOUND;
        Self { count: if is_exact { counted } else { Self::BOUND }, is_exact }
    }
}

/// Some of the rows that were asked for, and where the next ones begin.
///
/// Pages are stable while rows are written: a row that does not change is on exactly one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<R> {
    /// The rows, in the order that was asked for.
    pub items: Vec<Stored<R>>,
    /// Ask again with this cursor for those after them; absent on the last page.
    pub next: Option<Cursor>,
}

/// A [`Page`] that says how many rows there are on all pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountedPage<R> {
    /// The rows, in the order that was asked for.
    pub items: Vec<Stored<R>>,
    /// Ask again with this cursor for those after them; absent on the last page.
    pub next: Option<Cursor>,
    /// How many rows match, counted about when the page was read.
    pub total: Total,
}

/// Some of the rows that were asked for, by their number in the order.
///
/// For tables that people leaf through. Where rows are written between two pages, what lies behind moves, so that a row
/// can be on two of them or on none; whoever needs every row asks for a [`Page`] or a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OffsetPage<R> {
    /// The rows, in the order that was asked for.
    pub items: Vec<Stored<R>>,
    /// How many rows lie before them.
    pub offset: u32,
    /// How many rows the page has at most.
    pub limit: u32,
    /// How many rows match, counted about when the page was read.
    pub total: Total,
}

impl<T> Found<T> {
    /// These rows and nothing else.
    pub fn rows(rows: Vec<Stored<T>>) -> Self {
        Self { rows, next: None, offset: 0, limit: 0, total: Total::default() }
    }
}

impl<T: Excerpt> Answer for Option<Stored<T>> {
    type Item = T;
    const SHAPE: Shape = Shape::One;

    fn from_found(found: Found<T>) -> Self {
        found.rows.into_iter().next()
    }

    fn into_found(self) -> Found<T> {
        Found::rows(self.into_iter().collect())
    }
}

impl<T: Excerpt> Answer for Page<T> {
    type Item = T;
    const SHAPE: Shape = Shape::Page;

    fn from_found(found: Found<T>) -> Self {
        Self { items: found.rows, next: found.next }
    }

    fn into_found(self) -> Found<T> {
        Found { next: self.next, ..Found::rows(self.items) }
    }
}

impl<T: Excerpt> Answer for CountedPage<T> {
    type Item = T;
    const SHAPE: Shape = Shape::CountedPage;

    fn from_found(found: Found<T>) -> Self {
        Self { items: found.rows, next: found.next, total: found.total }
    }

    fn into_found(self) -> Found<T> {
        Found { next: self.next, total: self.total, ..Found::rows(self.items) }
    }
}

impl<T: Excerpt> Answer for OffsetPage<T> {
    type Item = T;
    const SHAPE: Shape = Shape::OffsetPage;

    fn from_found(found: Found<T>) -> Self {
        let Found { rows: items, offset, limit, total, .. } = found;
        Self { items, offset, limit, total }
    }

    fn into_found(self) -> Found<T> {
        let Self { items, offset, limit, total } = self;
        Found { offset, limit, total, ..Found::rows(items) }
    }
}
