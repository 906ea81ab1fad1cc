//! Cells: the values that a column of a read model can hold, the same for every store.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    Checked, Country, Currency, Date, Decimal, Duration, Email, Money, Phone, Position, Rules, TenantId,
    Timestamp, Url, Version,
};

/// The value of one column of one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cell {
    /// Absent.
    Null,
    /// A truth.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// Text.
    Text(String),
    /// A day.
    Date(Date),
    /// A moment.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(Duration),
    /// A UUID.
    Uuid(Uuid),
    /// Anything composite, as JSON.
    Json(serde_json::Value),
}

impl Cell {
    /// How this cell is ordered before or after another of its column: absent first, then by value, text by bytes.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::Duration(a), Self::Duration(b)) => a.cmp(b),
            (Self::Uuid(a), Self::Uuid(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }

    /// Whether it is absent, or of this kind.
    pub fn fits(&self, kind: CellKind) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(_) => kind == CellKind::Bool,
            Self::Int(_) => kind == CellKind::Int,
            Self::Decimal(_) => kind == CellKind::Decimal,
            Self::Text(_) => kind == CellKind::Text,
            Self::Date(_) => kind == CellKind::Date,
            Self::Timestamp(_) => kind == CellKind::Timestamp,
            Self::Duration(_) => kind == CellKind::Duration,
            Self::Uuid(_) => kind == CellKind::Uuid,
            Self::Json(_) => kind == CellKind::Json,
        }
    }
}

/// What kind of cell a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// [`Cell::Bool`]
    Bool,
    /// [`Cell::Int`]
    Int,
    /// [`Cell::Decimal`]
    Decimal,
    /// [`Cell::Text`]
    Text,
    /// [`Cell::Date`]
    Date,
    /// [`Cell::Timestamp`]
    Timestamp,
    /// [`Cell::Duration`]
    Duration,
    /// [`Cell::Uuid`]
    Uuid,
    /// [`Cell::Json`]
    Json,
}

/// Why a cell does not fit the field that it is read into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct CellError {
    problem: String,
}

impl CellError {
    /// The cell does not fit for this reason, told without its value.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into() }
    }

    fn expected(kind: CellKind) -> Self {
        Self::new(format!("a cell of kind {kind:?} was expected"))
    }
}

/// A type that a column can hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a column of a read model",
    note = "columns hold values, enums, ids and the types of `freehold::values`; add `#[derive(Value)]` to a type of your own"
)]
pub trait CellValue: Sized {
    /// The kind of its cells.
    const KIND: CellKind;
    /// Whether it may be absent.
    const NULLABLE: bool = false;

    /// The cell that holds it.
    fn to_cell(&self) -> Cell;
    /// What the cell holds.
    fn from_cell(cell: Cell) -> Result<Self, CellError>;
}

macro_rules! direct_cells {
    ($($type:ty => $kind:ident),+ $(,)?) => {$(
        impl CellValue for $type {
            const KIND: CellKind = CellKind::$kind;

            fn to_cell(&self) -> Cell {
                Cell::$kind(self.clone())
            }

            fn from_cell(cell: Cell) -> Result<Self, CellError> {
                match cell {
                    Cell::$kind(value) => Ok(value),
                    _ => Err(CellError::expected(CellKind::$kind)),
                }
            }
        }
    )+};
}

direct_cells! {
    bool => Bool,
    i64 => Int,
    Decimal => Decimal,
    String => Text,
    Date => Date,
    Timestamp => Timestamp,
    Duration => Duration,
    Uuid => Uuid,
    serde_json::Value => Json,
}

macro_rules! text_cells {
    ($($type:ty: $write:expr, $read:expr);+ $(;)?) => {$(
        impl CellValue for $type {
            const KIND: CellKind = CellKind::Text;

            fn to_cell(&self) -> Cell {
                let write: fn(&$type) -> String = $write;
                Cell::Text(write(self))
            }

            fn from_cell(cell: Cell) -> Result<Self, CellError> {
                let read: fn(&str) -> Option<$type> = $read;
                let Cell::Text(text) = cell else { return Err(CellError::expected(CellKind::Text)) };
                read(&text).ok_or_else(|| CellError::new(concat!("a cell does not hold a ", stringify!($type))))
            }
        }
    )+};
}

text_cells! {
    Currency: |currency| currency.code().to_owned(), |text| Currency::from_code(text);
    Country: ToString::to_string, |text| text.parse().ok();
    Email: ToString::to_string, |text| text.parse().ok();
    Phone: ToString::to_string, |text| text.parse().ok();
    TenantId: |tenant| tenant.as_str().to_owned(), |text| text.parse().ok();
    Url: ToString::to_string, |text| text.parse().ok();
}

macro_rules! number_cells {
    ($($type:ident),+) => {$(
        impl CellValue for $type {
            const KIND: CellKind = CellKind::Int;

            fn to_cell(&self) -> Cell {
                Cell::Int(i64::try_from(self.0).unwrap_or(i64::MAX))
            }

            fn from_cell(cell: Cell) -> Result<Self, CellError> {
                let number = i64::from_cell(cell)?;
                number.try_into().map(Self).map_err(|_| CellError::new("a cell holds a negative number"))
            }
        }
    )+};
}

number_cells! { Position, Version }

macro_rules! json_cells {
    ($([$($generics:tt)*] $type:ty),+ $(,)?) => {$(
        impl<$($generics)*> CellValue for $type {
            const KIND: CellKind = CellKind::Json;

            fn to_cell(&self) -> Cell {
                Cell::Json(serde_json::to_value(self).unwrap_or_default())
            }

            fn from_cell(cell: Cell) -> Result<Self, CellError> {
                let Cell::Json(json) = cell else { return Err(CellError::expected(CellKind::Json)) };
                serde_json::from_value(json).map_err(|_| CellError::new("a cell holds JSON of another shape"))
            }
        }
    )+};
}

json_cells! {
    [] Money,
    [T: Rules + Serialize + DeserializeOwned] Checked<T>,
    [T: Serialize + DeserializeOwned] Vec<T>,
}

impl<T: CellValue> CellValue for Option<T> {
    const KIND: CellKind = T::KIND;
    const NULLABLE: bool = true;

    fn to_cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, T::to_cell)
    }

    fn from_cell(cell: Cell) -> Result<Self, CellError> {
        match cell {
            Cell::Null => Ok(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}
