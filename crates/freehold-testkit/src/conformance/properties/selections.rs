//! Selections of any kind over rows with every kind of cell.

use std::cmp::Ordering;

use freehold_domain::{Cell, CellKind, Comparison, Search, Selection, Test};
use freehold_ports::{Database, StoredRow};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any},
    prop_oneof,
    sample::{select as one_of, subsequence},
};

use super::check;
use crate::conformance::{
    prepared,
    rows::{count, rows, select},
    runtime,
    sample::tenant,
    selections::{compare, orders, place, specimens},
    views::{SPECIMENS, show},
};

/// A selection finds what filtering and sorting all rows in memory finds, from any place on, and of each row what it asks
/// for; and it counts as many, as far as it is told to.
pub fn any_selection_equals_one_over_the_rows_in_memory<D: Database, G>(fresh: impl AsyncFn() -> (D, G)) {
    let runtime = runtime();
    let (database, _guard) = runtime.block_on(fresh());
    let db = runtime.block_on(prepared(database));
    runtime.block_on(show(&SPECIMENS, specimens()).on(&db));
    let all = runtime.block_on(rows(&db, &tenant(0), &SPECIMENS));
    check(&(selection(), 0..30_u32), 512, |(selection, most)| {
        let found = runtime.block_on(select(&db, &tenant(0), &selection));
        assert_eq!(found, selected(&selection, &all));
        let matching = all.iter().filter(|row| matches(&selection, row)).count();
        let counted = runtime.block_on(count(&db, &tenant(0), &selection, most));
        assert_eq!(counted as usize, matching.min(most as usize));
    });
}

fn selection() -> impl Strategy<Value = Selection> {
    let search = one_of(vec!["", "a", "ZEB", "%", "_", r"\", "row-3", "ä"]);
    let search = search.prop_map(|text| Search { columns: vec![4, 11], text: text.to_owned() });
    let order = one_of(orders(&SPECIMENS)).prop_map(|selection| selection.order);
    let after = proptest::option::of(one_of(specimens()));
    let limit = prop_oneof![0..30_u32, Just(u32::MAX)];
    let columns = subsequence((0..SPECIMENS.columns.len()).collect::<Vec<_>>(), 0..=SPECIMENS.columns.len());
    let parts = (
        vec(comparison(), 0..3),
        proptest::option::of(search),
        order,
        after,
        (prop_oneof![2 => Just(0), 1 => 0..30_u32], limit),
        (columns.prop_shuffle(), any::<bool>()),
    );
    parts.prop_map(|(comparisons, search, order, after, (offset, limit), (columns, is_whole))| {
        let mut selection =
            Selection { comparisons, search, order, offset, limit, ..Selection::all(&SPECIMENS) };
        selection.after = after.map(|cells| place(&selection, &cells));
        if !is_whole {
            selection.columns = columns;
        }
        selection
    })
}

/// Something that is held against a column: cells of it, and of a column of JSON whether they are these.
fn comparison() -> impl Strategy<Value = Comparison> {
    let column = 0..SPECIMENS.columns.len();
    (column, vec(one_of(specimens()), 0..4), one_of(specimens()), 0..6_usize).prop_map(
        |(column, several, one, test)| {
            let is_ordered = SPECIMENS.columns[column].kind != CellKind::Json;
            let several = several.into_iter().map(|cells| cells[column].clone()).collect();
            let one = one[column].clone();
            let test = match test {
                0 => Test::OneOf(several),
                1 if is_ordered => Test::AtLeast(one),
                2 if is_ordered => Test::AtMost(one),
                3 if is_ordered => Test::Above(one),
                4 if is_ordered => Test::Below(one),
                _ => Test::Equals(one),
            };
            Comparison { column, test }
        },
    )
}

/// What a selection has to find among these rows.
fn selected(selection: &Selection, rows: &[StoredRow]) -> Vec<StoredRow> {
    let mut found: Vec<_> = rows.iter().filter(|row| matches(selection, row)).collect();
    found.retain(|row| match &selection.after {
        Some(after) => compare(selection, &place(selection, &row.cells), after).is_gt(),
        None => true,
    });
    found.sort_by(|a, b| compare(selection, &place(selection, &a.cells), &place(selection, &b.cells)));
    let found = found.into_iter().skip(selection.offset as usize).take(selection.limit as usize);
    let read = |row: &StoredRow| {
        let cells = selection.columns.iter().map(|&column| row.cells[column].clone()).collect();
        StoredRow { cells, ..row.clone() }
    };
    found.map(read).collect()
}

fn matches(selection: &Selection, row: &StoredRow) -> bool {
    selection.comparisons.iter().all(|comparison| holds(&comparison.test, &row.cells[comparison.column]))
        && selection.search.as_ref().is_none_or(|search| contains(search, row))
}

fn holds(test: &Test, cell: &Cell) -> bool {
    let against = |other: &Cell| (*cell != Cell::Null && *other != Cell::Null).then(|| cell.order(other));
    match test {
        Test::Equals(value) => *cell != Cell::Null && cell == value,
        Test::OneOf(values) => *cell != Cell::Null && values.contains(cell),
        Test::AtLeast(end) => against(end).is_some_and(Ordering::is_ge),
        Test::AtMost(end) => against(end).is_some_and(Ordering::is_le),
        Test::Above(end) => against(end).is_some_and(Ordering::is_gt),
        Test::Below(end) => against(end).is_some_and(Ordering::is_lt),
    }
}

fn contains(search: &Search, row: &StoredRow) -> bool {
    let wanted = search.text.to_ascii_lowercase();
    search.columns.iter().any(|&column| match &row.cells[column] {
        Cell::Text(text) => text.to_ascii_lowercase().contains(&wanted),
        _ => false,
    })
}
