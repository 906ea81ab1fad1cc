//! Selections: which rows, in which order, from where on.

use std::cmp::Ordering;

use freehold_domain::{Cell, Search, Selection};
use freehold_ports::StoredRow;

/// The rows that are asked for, in order.
pub(crate) fn select<'r>(selection: &Selection, rows: impl Iterator<Item = &'r StoredRow>) -> Vec<StoredRow> {
    let mut rows: Vec<_> = rows.filter(|row| is_asked_for(selection, row)).collect();
    rows.sort_by(|a, b| order(selection, &place(selection, a), &place(selection, b)));
    rows.into_iter().take(selection.limit as usize).cloned().collect()
}

fn is_asked_for(selection: &Selection, row: &StoredRow) -> bool {
    let equal = |column: usize, cell: &Cell| *cell != Cell::Null && row.cells[column] == *cell;
    let is_after = |after: &Vec<Cell>| order(selection, &place(selection, row), after) == Ordering::Greater;
    selection.comparisons.iter().all(|comparison| equal(comparison.column, &comparison.equals))
        && selection.search.as_ref().is_none_or(|search| contains(search, row))
        && selection.after.as_ref().is_none_or(is_after)
}

fn contains(search: &Search, row: &StoredRow) -> bool {
    let wanted = search.text.to_ascii_lowercase();
    search.columns.iter().any(|&column| match &row.cells[column] {
        Cell::Text(text) => text.to_ascii_lowercase().contains(&wanted),
        _ => false,
    })
}

/// The cells that say where a row is in the order.
fn place(selection: &Selection, row: &StoredRow) -> Vec<Cell> {
    selection.order_columns().into_iter().map(|column| row.cells[column].clone()).collect()
}

fn order(selection: &Selection, a: &[Cell], b: &[Cell]) -> Ordering {
    let ascending =
        a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
    if selection.order.descending { ascending.reverse() } else { ascending }
}
