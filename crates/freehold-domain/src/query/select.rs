//! The rows that answer a query, asked for in typed columns.

use std::marker::PhantomData;

use super::{Comparison, Cursor, Order, Range, Search, Selection, Sort, Test, Total};
use crate::{CellKind, CellValue, Column, Invalid, Row, RowKey, Violation};

/// The rows that answer a query, with typed columns.
///
/// Mistakes in what a client asked for (an order that is not declared, a foreign cursor) are collected and come out
/// of [`finish`](Self::finish).
#[derive(Debug)]
pub struct Select<R: Row> {
    selection: Selection,
    violations: Vec<Violation>,
    cursor: Option<Cursor>,
    asked: Vec<&'static str>,
    row: PhantomData<fn() -> R>,
}

impl<R: Row> Select<R> {
    /// How many rows a page has unless a query says otherwise.
    pub const PAGE: u32 = 50;
    /// How many rows a page has at most.
    pub const LARGEST_PAGE: u32 = 200;
    /// How many rows can lie before a page that is asked for by number: as many as are counted. Further on a database
    /// would read past too many of them; a cursor costs the same everywhere.
    pub const LARGEST_OFFSET: u32 = Total::BOUND;
    /// How many values a list can have that a column is held against.
    pub const LONGEST_LIST: usize = 1_000;

    /// All rows, in the order of their keys.
    pub fn all() -> Self {
        let selection = Selection { limit: Self::PAGE, ..Selection::all(R::SCHEMA) };
        Self { selection, violations: Vec::new(), cursor: None, asked: Vec::new(), row: PhantomData }
    }

    /// The row with this key.
    pub fn by_key(key: R::Key) -> Self {
        let mut select = Self::all();
        let cells = key.into_cells();
        let comparisons =
            R::SCHEMA.key.iter().zip(cells).map(|(&column, value)| Comparison::equal(column, value));
        select.selection.comparisons.extend(comparisons);
        select
    }

    /// Only rows whose column has this value, if one is given.
    #[must_use]
    pub fn filter<T: CellValue>(mut self, column: Column<R, T>, equals: Option<T>) -> Self {
        if let Some(equals) = equals {
            self.compare(column, Test::Equals(equals.to_cell()));
        }
        self
    }

    /// Only rows whose column has one of these values, if any are given: with an empty list, none.
    #[must_use]
    pub fn one_of<T: CellValue>(mut self, column: Column<R, T>, values: Option<Vec<T>>) -> Self {
        let Some(values) = values else { return self };
        if values.len() > Self::LONGEST_LIST {
            let message = format!("a list has {} values at most", Self::LONGEST_LIST);
            self.violations.push(Violation::at(column.name(), message));
        } else {
            self.compare(column, Test::OneOf(values.iter().map(T::to_cell).collect()));
        }
        self
    }

    /// Only rows whose column has a value in this range, if one is given. Text is ordered by its bytes.
    ///
    /// A column whose values are held as JSON (a composite, a list) has no order, and cannot be asked for in this way:
    ///
    /// ```compile_fail,E0080
    /// # use freehold::prelude::*;
    /// # #[derive(Clone, Row)]
    /// # #[row(name = "shipping.Parcel", table = "parcels")]
    /// # struct Parcel { #[row(key)] id: i64, price: Money }
    /// let _ = Select::all().range(Parcel::PRICE, None);
    /// ```
    #[must_use]
    pub fn range<T: CellValue>(mut self, column: Column<R, T>, range: Option<Range<T>>) -> Self {
        const { assert!(!matches!(T::KIND, CellKind::Json), "values that are held as JSON have no order") }
        for test in range.unwrap_or_default().into_tests() {
            self.compare(column, test);
        }
        self
    }

    /// Only rows of which one of these columns contains the text, whatever the case of ASCII letters.
    #[must_use]
    pub fn search(mut self, columns: &[&str], text: Option<String>) -> Self {
        self.selection.search = text.map(|text| Search { columns: Self::places(columns), text });
        self
    }

    /// In the order that the client asks for, which must be one of these columns, or by the first of them.
    #[must_use]
    pub fn sort(mut self, columns: &[&str], asked: Option<Sort>) -> Self {
        self.asked.extend(asked.iter().map(|_| "sort"));
        let asked = asked.map_or_else(|| columns.first().map(ToString::to_string), |sort| Some(sort.0));
        let Some(asked) = asked else { return self };
        let (name, descending) = asked.strip_prefix('-').map_or((asked.as_str(), false), |name| (name, true));
        if columns.contains(&name) {
            self.selection.order = Order { column: R::SCHEMA.column(name), descending };
        } else {
            let known = columns.join(", ");
            let message = format!("rows can be sorted by {known}; `-` before the name for descending");
            self.violations.push(Violation::at("sort", message));
        }
        self
    }

    /// Only so many rows, after the place that the last page ended at.
    #[must_use]
    pub fn page(mut self, limit: Option<u32>, cursor: Option<Cursor>) -> Self {
        self.limit(limit);
        self.asked.extend(cursor.iter().map(|_| "cursor"));
        self.cursor = cursor;
        self
    }

    /// Only so many rows, behind so many others: for a query that is answered with an [`OffsetPage`](crate::OffsetPage).
    #[must_use]
    pub fn offset_page(mut self, limit: Option<u32>, offset: Option<u32>) -> Self {
        self.limit(limit);
        self.asked.extend(offset.map(|_| "offset"));
        let offset = offset.unwrap_or_default();
        if offset > Self::LARGEST_OFFSET {
            let message =
                format!("a page lies behind {} rows at most; narrow the list down", Self::LARGEST_OFFSET);
            self.violations.push(Violation::at("offset", message));
        }
        self.selection.offset = offset;
        self
    }

    /// What the store is asked for, or what is wrong with it.
    pub fn finish(mut self) -> Result<Selection, Invalid> {
        if let Some(cursor) = self.cursor.take() {
            self.selection.after = self.selection.place_at(&cursor);
            if self.selection.after.is_none() {
                let message = "this cursor is not from a list in the same order; leave it out to begin anew";
                self.violations.push(Violation::at("cursor", message));
            }
        }
        if self.violations.is_empty() {
            Ok(self.selection)
        } else {
            Err(Invalid { violations: self.violations })
        }
    }

    /// The same for all rows at once, which are not limited: after a cursor, if there is one, up to the last.
    pub fn finish_whole(mut self) -> Result<Selection, Invalid> {
        self.refuse(&["limit", "offset"], "all rows are answered, and not a page of them; leave it out");
        self.selection.limit = u32::MAX;
        self.finish()
    }

    /// The same for what happens to the rows, whose order is that of the log.
    pub fn finish_changes(mut self) -> Result<Selection, Invalid> {
        let message = "changes come in the order in which they happen, and all of them; leave it out";
        self.refuse(&["limit", "offset", "sort", "cursor"], message);
        self.selection.limit = u32::MAX;
        self.selection.order = Order { column: None, descending: false };
        self.finish()
    }

    fn refuse(&mut self, names: &[&str], message: &str) {
        let refused = self.asked.iter().filter(|asked| names.contains(asked));
        self.violations.extend(refused.map(|&name| Violation::at(name, message)));
    }

    fn limit(&mut self, limit: Option<u32>) {
        self.asked.extend(limit.map(|_| "limit"));
        let limit = limit.unwrap_or(Self::PAGE);
        if !(1..=Self::LARGEST_PAGE).contains(&limit) {
            let message = format!("a page has 1 to {} rows", Self::LARGEST_PAGE);
            self.violations.push(Violation::at("limit", message));
        }
        self.selection.limit = limit;
    }

    fn compare<T: CellValue>(&mut self, column: Column<R, T>, test: Test) {
        self.selection.comparisons.push(Comparison { column: column.index(), test });
    }

    fn places(columns: &[&str]) -> Vec<usize> {
        columns.iter().filter_map(|name| R::SCHEMA.column(name)).collect()
    }
}
