//! Ranges and lists: which rows lie in one, or have one of its values.

use std::{cmp::Ordering, sync::Arc};

use freehold_domain::{Cell, CellKind, Comparison, Date, Duration, Selection, Test, Timestamp};
use freehold_ports::Database;

use super::{
    rows::select,
    sample::tenant,
    selections::{specimens, text},
    views::{SPECIMENS, show},
};

/// What is made of an end of a range, and how what lies in it is ordered beside that end.
type End = (fn(Cell) -> Test, fn(Ordering) -> bool);

const ENDS: [End; 4] = [
    (Test::AtLeast, Ordering::is_ge),
    (Test::AtMost, Ordering::is_le),
    (Test::Above, Ordering::is_gt),
    (Test::Below, Ordering::is_lt),
];

/// Each end of a range finds the rows that lie on its side, whatever the kind of the column. What is absent is in no range.
pub async fn rows_lie_in_ranges_of_every_kind_of_cell(db: Arc<dyn Database>) {
    let specimens = specimens();
    show(&SPECIMENS, specimens.clone()).on(&db).await;
    for column in (0..SPECIMENS.columns.len()).filter(|&column| has_order(column)) {
        for end in specimens.iter().map(|cells| &cells[column]).filter(|end| **end != Cell::Null) {
            for (test, lies_in_it) in ENDS {
                let is_in = |cell: &Cell| *cell != Cell::Null && lies_in_it(cell.order(end));
                let expected = specimens.iter().filter(|cells| is_in(&cells[column])).count();
                assert_eq!(
                    found(&db, column, test(end.clone())).await,
                    expected,
                    "{end:?} in column {column}"
                );
            }
        }
    }
}

/// Both ends hold together.
pub async fn a_range_has_two_ends(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    let column = SPECIMENS.column("number").expect("a column of the view");
    let ends = [Test::Above(Cell::Int(-5)), Test::AtMost(Cell::Int(7))];
    let comparisons = ends.map(|test| Comparison { column, test });
    let selection = Selection { comparisons: comparisons.into(), ..Selection::all(&SPECIMENS) };
    let rows = select(&db, &tenant(0), &selection).await;
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| [Cell::Int(0), Cell::Int(7)].contains(&row.cells[column])), "{rows:?}");
}

/// A list finds the rows that have one of its values, an empty one none.
pub async fn rows_have_one_of_a_list_of_every_kind_of_cell(db: Arc<dyn Database>) {
    let specimens = specimens();
    show(&SPECIMENS, specimens.clone()).on(&db).await;
    for column in 0..SPECIMENS.columns.len() {
        for size in 0..5 {
            // Absent ones among them find nothing.
            let list: Vec<_> =
                specimens.iter().step_by(3).take(size).map(|cells| cells[column].clone()).collect();
            let is_in = |cell: &Cell| *cell != Cell::Null && list.contains(cell);
            let expected = specimens.iter().filter(|cells| is_in(&cells[column])).count();
            assert_eq!(found(&db, column, Test::OneOf(list.clone())).await, expected, "{list:?}");
        }
    }
    let many = (0..1_000).map(|number| text(&format!("row-{number}"))).collect();
    let column = SPECIMENS.column("order").expect("a column of the view");
    assert_eq!(found(&db, column, Test::OneOf(many)).await, specimens.len());
}

/// What is absent is no end of a range.
pub async fn nothing_lies_beside_what_is_absent(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    for column in (0..SPECIMENS.columns.len()).filter(|&column| SPECIMENS.columns[column].nullable) {
        for (test, _) in ENDS {
            assert_eq!(found(&db, column, test(Cell::Null)).await, 0);
        }
        assert_eq!(found(&db, column, Test::OneOf(vec![Cell::Null])).await, 0);
    }
}

/// A client may ask for more than a column can hold: everything lies between the first moment that there is and the last.
pub async fn a_range_may_end_where_no_column_reaches(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    let moment = |micros| Cell::Timestamp(Timestamp::from_micros(micros));
    let extremes = [
        ("day", Cell::Date(Date::MIN), Cell::Date(Date::MAX)),
        ("moment", moment(i64::MIN), moment(i64::MAX)),
        ("took", Cell::Duration(Duration::MIN), Cell::Duration(Duration::MAX)),
    ];
    for (name, least, most) in extremes {
        let column = SPECIMENS.column(name).expect("a column of the view");
        let all = specimens().iter().filter(|cells| cells[column] != Cell::Null).count();
        assert_eq!(found(&db, column, Test::AtLeast(least.clone())).await, all, "{name}");
        assert_eq!(found(&db, column, Test::AtMost(most.clone())).await, all, "{name}");
        for nothing in [Test::Below(least.clone()), Test::Above(most.clone()), Test::Equals(least)] {
            assert_eq!(found(&db, column, nothing).await, 0, "{name}");
        }
    }
}

/// How many rows have a cell in the column that passes.
async fn found(db: &Arc<dyn Database>, column: usize, test: Test) -> usize {
    let comparisons = vec![Comparison { column, test }];
    select(db, &tenant(0), &Selection { comparisons, ..Selection::all(&SPECIMENS) }).await.len()
}

fn has_order(column: usize) -> bool {
    SPECIMENS.columns[column].kind != CellKind::Json
}
