//! Selections: which rows, in which order, from where on.

use std::cmp::Ordering;

use freehold_domain::{Cell, Comparison, Search, Selection};
use freehold_ports::StoredRow;

/// The rows that are asked for, in order.
pub(crate) fn select<'r>(selection: &Selection, rows: impl Iterator<Item = &'r StoredRow>) -> Vec<StoredRow> {
    let is_after = |row: &&StoredRow| match &selection.after {
        Some(after) => order(selection, &place(selection, row), after).is_gt(),
        None => true,
    };
    let mut rows: Vec<_> = rows.filter(|row| matches(selection, row)).filter(is_after).collect();
    rows.sort_by(|a, b| order(selection, &place(selection, a), &place(selection, b)));
    let page = rows.into_iter().skip(selection.offset as usize).take(selection.limit as usize);
    page.map(|row| read(selection, row)).collect()
}

/// How many rows match, and no more than that.
pub(crate) fn count<'r>(selection: &Selection, rows: impl Iterator<Item = &'r StoredRow>, most: u32) -> u32 {
    let matching = rows.filter(|row| matches(selection, row)).take(most as usize);
    u32::try_from(matching.count()).unwrap_or(most)
}

/// Whether a row is on one of the pages.
fn matches(selection: &Selection, row: &StoredRow) -> bool {
    let holds = |comparison: &Comparison| comparison.test.holds(&row.cells[comparison.column]);
    selection.comparisons.iter().all(holds)
        && selection.search.as_ref().is_none_or(|search| contains(search, row))
}

/// The columns that are asked for.
fn read(selection: &Selection, row: &StoredRow) -> StoredRow {
    let cells = selection.columns.iter().map(|&column| row.cells[column].clone()).collect();
    StoredRow { cells, ..*row }
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
