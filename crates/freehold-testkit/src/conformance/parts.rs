//! Parts of what there is: some of the columns, a page by its number, and how many rows there are.

use std::sync::Arc;

use freehold_domain::{Cell, Comparison, Selection};
use freehold_ports::{Database, StoredRow};

use super::{
    rows::{count, select},
    sample::tenant,
    selections::{orders, place, specimens},
    views::{SPECIMENS, show},
};

/// Of each row the columns that are asked for are read, in the order in which they are.
pub async fn columns_are_read_as_they_are_asked_for(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    let whole = select(&db, &tenant(0), &Selection::all(&SPECIMENS)).await;
    for columns in [vec![], vec![11], vec![4, 0], vec![9, 3, 10, 1]] {
        let selection = Selection { columns: columns.clone(), ..Selection::all(&SPECIMENS) };
        let part = |row: &StoredRow| StoredRow {
            cells: columns.iter().map(|&column| row.cells[column].clone()).collect(),
            ..row.clone()
        };
        let expected: Vec<_> = whole.iter().map(part).collect();
        assert_eq!(select(&db, &tenant(0), &selection).await, expected, "{columns:?}");
    }
}

/// Pages of some columns hold together every row once, by whichever column they are ordered.
pub async fn pages_of_some_columns_neither_skip_nor_repeat(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    for mut selection in orders(&SPECIMENS) {
        let whole = select(&db, &tenant(0), &selection).await;
        selection.read_only(&[11, 4]);
        selection.limit = 5;
        let mut read: Vec<StoredRow> = Vec::new();
        while read.len() < whole.len() {
            let page = select(&db, &tenant(0), &selection).await;
            let last = page.last().unwrap_or_else(|| panic!("a page behind {} rows is empty", read.len()));
            selection.after = selection.place_of(&last.cells);
            read.extend(page);
        }
        for (read, whole) in read.iter().zip(&whole) {
            assert_eq!(read.cells[..2], [whole.cells[11].clone(), whole.cells[4].clone()]);
            assert_eq!(selection.place_of(&read.cells), Some(place(&selection, &whole.cells)));
        }
        assert_eq!(select(&db, &tenant(0), &selection).await, [], "there is nothing behind the last");
    }
}

/// A page begins behind as many rows as it is told to, in whichever order, and behind a place as well.
pub async fn a_page_begins_behind_so_many_rows(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    for selection in orders(&SPECIMENS) {
        let whole = select(&db, &tenant(0), &selection).await;
        for (offset, limit) in [(0, 4), (1, 4), (7, 1), (22, 7), (24, 7), (1_000_000, 7)] {
            let page = Selection { offset, limit, ..selection.clone() };
            let expected: Vec<_> = whole.iter().skip(offset as usize).take(limit as usize).cloned().collect();
            assert_eq!(select(&db, &tenant(0), &page).await, expected, "{:?}", selection.order);
        }
        let after = Some(place(&selection, &whole[3].cells));
        let page = Selection { after, offset: 2, limit: 3, ..selection.clone() };
        assert_eq!(select(&db, &tenant(0), &page).await, whole[6..9]);
    }
}

/// A count is of all rows that match, whatever the page, and ends where it is told to.
pub async fn a_count_is_of_all_pages_and_ends_in_time(db: Arc<dyn Database>) {
    let specimens = specimens();
    show(&SPECIMENS, specimens.clone()).on(&db).await;
    let all = u32::try_from(specimens.len()).expect("a few");
    let whole = Selection::all(&SPECIMENS);
    let after = Some(place(&whole, &specimens[9]));
    let page = Selection { after, offset: 3, limit: 2, ..whole.clone() };
    for selection in [whole, page] {
        for (most, expected) in
            [(0, 0), (1, 1), (all - 1, all - 1), (all, all), (all + 1, all), (u32::MAX, all)]
        {
            assert_eq!(count(&db, &tenant(0), &selection, most).await, expected);
        }
    }
    let comparisons = vec![Comparison::equal(1, Cell::Bool(true))];
    let some = Selection { comparisons, ..Selection::all(&SPECIMENS) };
    let expected = select(&db, &tenant(0), &some).await.len();
    assert_eq!(count(&db, &tenant(0), &some, 100).await as usize, expected);
}

/// Nobody counts what belongs to another tenant.
pub async fn counts_cross_no_tenant(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    assert_eq!(count(&db, &tenant(1), &Selection::all(&SPECIMENS), 100).await, 0);
}
