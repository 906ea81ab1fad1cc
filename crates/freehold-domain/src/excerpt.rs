//! Excerpts: some of the columns of a row, for answers that do not need all of them.

use crate::{Cell, CellError, Row};

/// Some of the columns of a row, and nothing else is read from the database. Derived; every [`Row`] is its own.
///
/// The derive holds each field against the column of its name: that there is one, that it holds values of that type,
/// and that what may be absent is an `Option`. All of that is told by the compiler.
///
/// ```
/// use freehold::prelude::*;
///
/// #[derive(Clone, Row)]
/// #[row(name = "shipping.ShipmentSummary", table = "shipment_summaries")]
/// struct ShipmentSummary {
///     #[row(key)]
///     tracking_number: String,
///     carrier: Option<String>,
///     weight_kg: Decimal,
/// }
///
/// #[derive(Clone, Excerpt)]
/// #[excerpt(of = ShipmentSummary)]
/// struct ShipmentLabel {
///     tracking_number: String,
///     carrier: Option<String>,
/// }
///
/// #[derive(Clone, Query)]
/// #[query(page = ShipmentLabel, roles("viewer"))]
/// struct ListLabels {
///     weight_kg: Option<Range<Decimal>>,
///     cursor: Option<Cursor>,
/// }
///
/// impl Ask for ListLabels {
///     fn select(self) -> Select<ShipmentSummary> {
///         Select::all().range(ShipmentSummary::WEIGHT_KG, self.weight_kg).page(None, self.cursor)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a row nor an excerpt of one",
    note = "add `#[derive(Excerpt)]` with `#[excerpt(of = Row)]`, or answer with the row itself"
)]
pub trait Excerpt: Clone + Send + Sync + Sized + 'static {
    /// The row that it is taken from.
    type Row: Row;

    /// The columns of the row that it has, in the order of its fields.
    fn columns() -> Vec<usize>;
    /// Reads one cell a column.
    fn read(cells: Vec<Cell>) -> Result<Self, CellError>;
}

impl<R: Row> Excerpt for R {
    type Row = R;

    fn columns() -> Vec<usize> {
        (0..R::SCHEMA.columns.len()).collect()
    }

    fn read(cells: Vec<Cell>) -> Result<Self, CellError> {
        <R as Row>::from_cells(cells)
    }
}
