//! Views: read models as a row type, a key and a pure fold over events.

use std::{fmt, marker::PhantomData, time::Duration};

use crate::{Cell, CellError, CellKind, CellValue, EventSet, Recorded};

/// A read model that is folded from events.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    note = "implement `freehold::View` for it: which events it folds, which row an event touches, and how"
)]
pub trait View: Row {
    /// The events that it folds: those of an aggregate, or a union of several.
    type Event: EventSet;

    /// Which events are applied in the transaction of their append, before the command returns.
    const SYNC: SyncMode = SyncMode::Async;
    /// Views with a higher priority are applied first in that transaction.
    const PRIORITY: i32 = 0;
    /// How long the synchronous share of one append may take, at most 5 s; past it the command fails and nothing is
    /// written.
    const TIMEOUT: Duration = Duration::from_secs(2);

    /// The row that the event touches; `None` leaves the view alone.
    fn key(event: &Recorded<Self::Event>) -> Option<Self::Key>;

    /// The row after the event; `None` is no row.
    fn evolve(row: Option<Self>, event: &Recorded<Self::Event>) -> Option<Self>;
}

/// A read model whose events may touch several rows each, as a transfer does with two accounts. Every [`View`] is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    note = "implement `freehold::View` for it: which events it folds, which row an event touches, and how; or \
            `freehold::FanOut`, if an event touches several rows"
)]
pub trait FanOut: Row {
    /// The events that it folds: those of an aggregate, or a union of several.
    type Event: EventSet;

    /// See [`View::SYNC`]. A view that is synchronous for some events only must touch the row of their stream alone.
    const SYNC: SyncMode = SyncMode::Async;
    /// See [`View::PRIORITY`].
    const PRIORITY: i32 = 0;
    /// See [`View::TIMEOUT`].
    const TIMEOUT: Duration = Duration::from_secs(2);

    /// The rows that the event touches, each of which is folded by itself; naming one twice changes nothing.
    fn keys(event: &Recorded<Self::Event>) -> Vec<Self::Key>;

    /// The row of this key after the event; `None` is no row.
    fn evolve(key: &Self::Key, row: Option<Self>, event: &Recorded<Self::Event>) -> Option<Self>;
}

impl<V: View> FanOut for V {
    type Event = V::Event;

    const SYNC: SyncMode = V::SYNC;
    const PRIORITY: i32 = V::PRIORITY;
    const TIMEOUT: Duration = V::TIMEOUT;

    fn keys(event: &Recorded<V::Event>) -> Vec<V::Key> {
        V::key(event).into_iter().collect()
    }

    fn evolve(_: &V::Key, row: Option<V>, event: &Recorded<V::Event>) -> Option<V> {
        <V as View>::evolve(row, event)
    }
}

/// Which events of a view are applied before the command returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncMode {
    /// None: a worker applies them all, soon.
    Async,
    /// All.
    Sync,
    /// Those of these names; the others by a worker. Only for views that are keyed by their stream: such an event
    /// first takes in the earlier events of its stream.
    Events(&'static [&'static str]),
}

impl SyncMode {
    /// Whether the event of this name is applied before the command returns.
    pub fn covers(&self, event: &str) -> bool {
        match self {
            Self::Async => false,
            Self::Sync => true,
            Self::Events(names) => names.contains(&event),
        }
    }
}

/// A row of a table: typed fields, some of which are its key. Derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row",
    note = "add `#[derive(Row)]` with `#[row(name = .., table = ..)]`, and `#[row(key)]` on the fields of its key"
)]
pub trait Row: Clone + Send + Sync + Sized + 'static {
    /// Its key fields.
    type Key: RowKey;
    /// The table.
    const SCHEMA: &'static Schema;

    /// The key of this row.
    fn key_of(&self) -> Self::Key;
    /// One cell a column.
    fn to_cells(&self) -> Vec<Cell>;
    /// Reads one cell a column.
    fn from_cells(cells: Vec<Cell>) -> Result<Self, CellError>;
}

/// The table of a view.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// The stable name of the view, with its context before it: `shipping.ShipmentSummary`.
    pub view: &'static str,
    /// The version of its shape and of its fold, from 1.
    pub version: u32,
    /// The table that holds it. Beside the columns it has `tenant_id`, `version` and `position`.
    pub table: &'static str,
    /// Its columns, in the order of the fields.
    pub columns: &'static [ColumnDef],
    /// Which of the columns are the key.
    pub key: &'static [usize],
}

impl Schema {
    /// The place of the column of this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The key among these cells of a row.
    pub fn key_of(&self, cells: &[Cell]) -> Vec<Cell> {
        self.key.iter().map(|&column| cells[column].clone()).collect()
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: CellKind,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

/// A column of the rows `R` whose values, where present, are of type `T`.
pub struct Column<R, T> {
    index: usize,
    marker: PhantomData<fn() -> (R, T)>,
}

impl<R: Row, T: CellValue> Column<R, T> {
    /// The column at this place. The derive of [`Row`] makes one constant a field.
    pub const fn new(index: usize) -> Self {
        Self { index, marker: PhantomData }
    }

    /// Its place.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        R::SCHEMA.columns[self.index].name
    }
}

impl<R, T> Clone for Column<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T> Copy for Column<R, T> {}

impl<R, T> fmt::Debug for Column<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({})", self.index)
    }
}

/// The key of a row: the type of its one key field, or a tuple of several.
pub trait RowKey: Clone + Send + Sync + 'static {
    /// What kind of cell each key field is.
    const KINDS: &'static [CellKind];

    /// One cell a key field.
    fn into_cells(self) -> Vec<Cell>;
    /// Reads one cell a key field.
    fn from_cells(cells: &[Cell]) -> Result<Self, CellError>;
}

impl<T: CellValue + Clone + Send + Sync + 'static> RowKey for T {
    const KINDS: &'static [CellKind] = &[T::KIND];

    fn into_cells(self) -> Vec<Cell> {
        vec![self.to_cell()]
    }

    fn from_cells(cells: &[Cell]) -> Result<Self, CellError> {
        let [cell] = cells else { return Err(another_number(1, cells)) };
        T::from_cell(cell.clone())
    }
}

fn another_number(fields: usize, cells: &[Cell]) -> CellError {
    CellError::new(format!("a key of {fields} fields cannot be read from {} cells", cells.len()))
}

macro_rules! tuple_keys {
    ($($fields:literal: $($name:ident),+);+ $(;)?) => {$(
        impl<$($name: CellValue + Clone + Send + Sync + 'static),+> RowKey for ($($name,)+) {
            const KINDS: &'static [CellKind] = &[$($name::KIND),+];

            #[expect(non_snake_case, reason = "a type and its value share a name")]
            fn into_cells(self) -> Vec<Cell> {
                let ($($name,)+) = self;
                vec![$($name.to_cell()),+]
            }

            #[expect(non_snake_case, reason = "a type and its value share a name")]
            fn from_cells(cells: &[Cell]) -> Result<Self, CellError> {
                let [$($name),+] = cells else { return Err(another_number($fields, cells)) };
                Ok(($($name::from_cell($name.clone())?,)+))
            }
        }
    )+};
}

tuple_keys! { 2: A, B; 3: A, B, C; 4: A, B, C, D; 5: A, B, C, D, E; 6: A, B, C, D, E, F }
