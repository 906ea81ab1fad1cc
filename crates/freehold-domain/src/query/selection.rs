//! Selections: what a store is asked for, in columns and cells.

use super::Cursor;
use crate::{Cell, Schema};

/// The rows that are asked of a store.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The table.
    pub schema: &'static Schema,
    /// What is read of each row: these columns, in this order.
    pub columns: Vec<usize>,
    /// All of these hold.
    pub comparisons: Vec<Comparison>,
    /// And this, if any.
    pub search: Option<Search>,
    /// The order, the key behind it.
    pub order: Order,
    /// Only rows after this place: the cell of the order's column, if it has one, and the key.
    pub after: Option<Vec<Cell>>,
    /// Without the first so many of them.
    pub offset: u32,
    /// So many rows at most.
    pub limit: u32,
}

impl Selection {
    /// Every row, whole, in the order of the keys.
    pub fn all(schema: &'static Schema) -> Self {
        Self {
            schema,
            columns: (0..schema.columns.len()).collect(),
            comparisons: Vec::new(),
            search: None,
            order: Order { column: None, descending: false },
            after: None,
            offset: 0,
            limit: u32::MAX,
        }
    }

    /// The columns that rows are ordered by: the one that was asked for, then the key.
    pub fn order_columns(&self) -> Vec<usize> {
        let key = self.schema.key.iter().copied().filter(|key| Some(*key) != self.order.column);
        self.order.column.into_iter().chain(key).collect()
    }

    /// Reads only these columns, and behind them those of the order that are not among them, which a cursor needs.
    pub fn read_only(&mut self, columns: &[usize]) {
        let order = self.order_columns().into_iter().filter(|column| !columns.contains(column));
        self.columns = columns.iter().copied().chain(order).collect();
    }

    /// The place in the order of a row with these cells, one for each column that is read. None if the order's are not.
    pub fn place_of(&self, cells: &[Cell]) -> Option<Vec<Cell>> {
        let cell = |column| cells.get(self.columns.iter().position(|read| *read == column)?).cloned();
        self.order_columns().into_iter().map(cell).collect()
    }

    /// The cursor of the place after the row with these cells, one for each column that is read.
    pub fn cursor_after(&self, cells: &[Cell]) -> Option<Cursor> {
        Cursor::after(self.order_name(), self.place_of(cells)?)
    }

    /// The place that a cursor names, if it is one in this order.
    pub fn place_at(&self, cursor: &Cursor) -> Option<Vec<Cell>> {
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

/// Something holds of the cell in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The column.
    pub column: usize,
    /// What holds.
    pub test: Test,
}

impl Comparison {
    /// The column has this value.
    pub fn equal(column: usize, value: Cell) -> Self {
        Self { column, test: Test::Equals(value) }
    }
}

/// What a cell is held against. What is absent passes no test, and neither does anything against what is absent.
///
/// A column of JSON has no order, and is held against values only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is this.
    Equals(Cell),
    /// It is one of these.
    OneOf(Vec<Cell>),
    /// It is this or more.
    AtLeast(Cell),
    /// It is this or less.
    AtMost(Cell),
    /// It is more than this.
    Above(Cell),
    /// It is less than this.
    Below(Cell),
}

impl Test {
    /// Whether a cell passes: what every store finds.
    pub fn holds(&self, cell: &Cell) -> bool {
        let are_there = |other: &Cell| *cell != Cell::Null && *other != Cell::Null;
        match self {
            Self::Equals(value) => are_there(value) && cell == value,
            Self::OneOf(values) => values.iter().any(|value| are_there(value) && cell == value),
            Self::AtLeast(end) => are_there(end) && cell.order(end).is_ge(),
            Self::AtMost(end) => are_there(end) && cell.order(end).is_le(),
            Self::Above(end) => are_there(end) && cell.order(end).is_gt(),
            Self::Below(end) => are_there(end) && cell.order(end).is_lt(),
        }
    }
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
