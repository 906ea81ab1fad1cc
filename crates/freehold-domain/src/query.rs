//! Queries: typed questions to read models, answered by one row or by a page of rows.

use std::{fmt, marker::PhantomData, ops::Deref};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cell, CellValue, Column, Invalid, Position, Row, RowKey, Schema, Version, Violation};

/// A question. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    note = "add `#[derive(Query)]` with `#[query(one = Row, roles(..))]` or `#[query(page = Row, roles(..))]`"
)]
pub trait Query: Clone + Send + Sync + 'static {
    /// Its stable name.
    const NAME: &'static str;
    /// Who may ask it; empty is nobody.
    const ROLES: &'static [&'static str];
    /// `Option<Row>` or `Page<Row>`.
    type Answer: Answer;
}

/// Says which rows answer a query.
#[diagnostic::on_unimplemented(
    message = "nothing says which rows answer `{Self}`",
    note = "implement `freehold::Ask` for it"
)]
pub trait Ask: Query {
    /// The rows that answer it.
    fn select(self) -> Select<<Self::Answer as Answer>::Row>;
}

/// What a query is answered with.
pub trait Answer: Sized + Send + 'static {
    /// The rows that it is made from.
    type Row: Row;
    /// Whether there is at most one row in it.
    const ONE: bool;

    /// The answer with these rows.
    fn from_rows(rows: Vec<Stored<Self::Row>>, next: Option<Cursor>) -> Self;

    /// The rows in the answer, and where the next ones begin.
    fn into_rows(self) -> (Vec<Stored<Self::Row>>, Option<Cursor>);
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

impl<R: Row> Answer for Option<Stored<R>> {
    type Row = R;
    const ONE: bool = true;

    fn from_rows(rows: Vec<Stored<R>>, _: Option<Cursor>) -> Self {
        rows.into_iter().next()
    }

    fn into_rows(self) -> (Vec<Stored<R>>, Option<Cursor>) {
        (self.into_iter().collect(), None)
    }
}

impl<R: Row> Answer for Page<R> {
    type Row = R;
    const ONE: bool = false;

    fn from_rows(items: Vec<Stored<R>>, next: Option<Cursor>) -> Self {
        Self { items, next }
    }

    fn into_rows(self) -> (Vec<Stored<R>>, Option<Cursor>) {
        (self.items, self.next)
    }
}

/// Some of the rows that were asked for, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<R> {
    /// The rows, in the order that was asked for.
    pub items: Vec<Stored<R>>,
    /// Ask again with this cursor for those after them; absent on the last page.
    pub next: Option<Cursor>,
}

/// A place between two rows in the order of a list; opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(description = "Where to go on: `next` of the page before.")]
pub struct Cursor(String);

#[derive(Serialize, Deserialize)]
struct CursorContent {
    order: String,
    after: Vec<Cell>,
}

impl Cursor {
    /// The place after the row with these cells in this order.
    fn after(order: String, after: Vec<Cell>) -> Option<Self> {
        let json = serde_json::to_vec(&CursorContent { order, after }).ok()?;
        Some(Self(BASE64_URL_SAFE_NO_PAD.encode(json)))
    }

    fn content(&self) -> Option<CursorContent> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(&self.0).ok()?).ok()
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The order that a client asks for: the name of a column, with `-` before it for descending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(description = "The column to sort by; `-` before it for descending.")]
pub struct Sort(pub String);

/// The rows that answer a query, with typed columns.
///
/// Mistakes in what a client asked for (an order that is not declared, a foreign cursor) are collected and come out
/// of [`finish`](Self::finish).
#[derive(Debug)]
pub struct Select<R: Row> {
    selection: Selection,
    violations: Vec<Violation>,
    cursor: Option<Cursor>,
    row: PhantomData<fn() -> R>,
}

impl<R: Row> Select<R> {
    /// How many rows a page has unless a query says otherwise.
    pub const PAGE: u32 = 50;
    /// How many rows a page has at most.
    pub const LARGEST_PAGE: u32 = 200;

    /// All rows, in the order of their keys.
    pub fn all() -> Self {
        let selection = Selection {
            schema: R::SCHEMA,
            comparisons: Vec::new(),
            search: None,
            order: Order { column: None, descending: false },
            after: None,
            limit: Self::PAGE,
        };
        Self { selection, violations: Vec::new(), cursor: None, row: PhantomData }
    }

    /// The row with this key.
    pub fn by_key(key: R::Key) -> Self {
        let mut select = Self::all();
        let cells = key.into_cells();
        let comparisons =
            R::SCHEMA.key.iter().zip(cells).map(|(&column, equals)| Comparison { column, equals });
        select.selection.comparisons.extend(comparisons);
        select
    }

    /// Only rows whose column has this value, if one is given.
    #[must_use]
    pub fn filter<T: CellValue>(mut self, column: Column<R, T>, equals: Option<T>) -> Self {
        if let Some(equals) = equals {
            self.selection.comparisons.push(Comparison { column: column.index(), equals: equals.to_cell() });
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
        let limit = limit.unwrap_or(Self::PAGE);
        if !(1..=Self::LARGEST_PAGE).contains(&limit) {
            let message = format!("a page has 1 to {} rows", Self::LARGEST_PAGE);
            self.violations.push(Violation::at("limit", message));
        }
        self.selection.limit = limit;
        self.cursor = cursor;
        self
    }

    /// What the store is asked for, or what is wrong with it.
    pub fn finish(mut self) -> Result<Selection, Invalid> {
        if let Some(cursor) = self.cursor.take() {
            self.selection.after = self.selection.place_of(&cursor);
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

    fn places(columns: &[&str]) -> Vec<usize> {
        columns.iter().filter_map(|name| R::SCHEMA.column(name)).collect()
    }
}

/// The rows that are asked of a store.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The table.
    pub schema: &'static Schema,
    /// All of these hold.
    pub comparisons: Vec<Comparison>,
    /// And this, if any.
    pub search: Option<Search>,
    /// The order, the key behind it.
    pub order: Order,
    /// Only rows after this place: the cell of the order's column, if it has one, and the key.
    pub after: Option<Vec<Cell>>,
    /// So many rows at most.
    pub limit: u32,
}

impl Selection {
    /// The columns that rows are ordered by: the one that was asked for, then the key.
    pub fn order_columns(&self) -> Vec<usize> {
        let key = self.schema.key.iter().copied().filter(|key| Some(*key) != self.order.column);
        self.order.column.into_iter().chain(key).collect()
    }

    /// The cursor of the place after the row with these cells.
    pub fn cursor_after(&self, cells: &[Cell]) -> Option<Cursor> {
        let after = self.order_columns().into_iter().map(|column| cells[column].clone()).collect();
        Cursor::after(self.order_name(), after)
    }

    fn place_of(&self, cursor: &Cursor) -> Option<Vec<Cell>> {
        let content = cursor.content()?;
        let columns = self.order_columns();
        let fits = content.order == self.order_name()
            && content.after.len() == columns.len()
            && columns
                .iter()
                .zip(&content.after)
                .all(|(&column, cell)| cell.fits(self.schema.columns[column].kind));
        fits.then_some(content.after)
    }

    fn order_name(&self) -> String {
        let column = self.order.column.map_or("", |column| self.schema.columns[column].name);
        format!("{}{}/{column}", if self.order.descending { "-" } else { "" }, self.schema.view)
    }
}

/// A column has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The column.
    pub column: usize,
    /// The value.
    pub equals: Cell,
}

/// One of the columns contains a text, whatever the case of ASCII letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The columns, of text.
    pub columns: Vec<usize>,
    /// The text.
    pub text: String,
}

/// The order of rows: absent first, then by value; the key decides between equals, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By this column, or by the key alone.
    pub column: Option<usize>,
    /// From the last to the first.
    pub descending: bool,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
