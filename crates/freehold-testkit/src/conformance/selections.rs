//! Selections: which rows a list has, in which order, and page by page.

use std::{cmp::Ordering, sync::Arc};

use freehold_domain::{Cell, CellKind, Comparison, Decimal, Duration, Order, Schema, Search, Selection};
use freehold_ports::{Database, StoredRow};
use serde_json::json;
use uuid::Uuid;

use super::{
    rows::{rows, select},
    sample::{parcel, tenant},
    views::{LINES, SPECIMENS, show},
};

/// Cells come back with their values, decimals with their scale too.
pub async fn every_kind_of_cell_comes_back_as_it_was(db: Arc<dyn Database>) {
    let specimens = specimens();
    show(&SPECIMENS, specimens.clone()).on(&db).await;
    let found = rows(&db, &tenant(0), &SPECIMENS).await;
    assert_eq!(found.len(), specimens.len());
    for (found, specimen) in found.iter().zip(&specimens) {
        // As text, since a decimal of another scale would be equal.
        assert_eq!(format!("{:?}", found.cells), format!("{specimen:?}"));
    }
}

/// A filter finds the rows whose column has the value, whatever its kind.
pub async fn rows_are_filtered_by_every_kind_of_cell(db: Arc<dyn Database>) {
    let specimens = specimens();
    show(&SPECIMENS, specimens.clone()).on(&db).await;
    for column in 0..SPECIMENS.columns.len() {
        for value in specimens.iter().map(|cells| &cells[column]).filter(|value| **value != Cell::Null) {
            let selection = filtered(vec![Comparison::equal(column, value.clone())]);
            let expected = specimens.iter().filter(|cells| cells[column] == *value).count();
            let found = select(&db, &tenant(0), &selection).await;
            assert_eq!(found.len(), expected, "{value:?} in column {column}");
            assert!(found.iter().all(|row| row.cells[column] == *value));
        }
    }
    let both = |cells: &[Cell]| cells[1] != Cell::Null && cells[2] != Cell::Null;
    let wanted = specimens.iter().find(|cells| both(cells)).expect("one has both");
    let expected = specimens.iter().filter(|cells| cells[1..3] == wanted[1..3]).count();
    let comparisons = [1, 2].map(|column| Comparison::equal(column, wanted[column].clone()));
    assert_eq!(select(&db, &tenant(0), &filtered(comparisons.into())).await.len(), expected);
}

/// The sign U+0000, which some databases cannot hold in text, stops no view; in its place may come U+FFFD.
pub async fn a_sign_that_text_cannot_hold_stops_nothing(db: Arc<dyn Database>) {
    let words = Cell::Text("a\u{0}b".to_owned());
    let mut specimen = specimens().remove(0);
    specimen[4] = words.clone();
    show(&SPECIMENS, [specimen]).on(&db).await;
    let found = select(&db, &tenant(0), &filtered(vec![Comparison::equal(4, words.clone())])).await;
    let held: Vec<_> = found.into_iter().map(|row| row.cells[4].clone()).collect();
    let replaced = Cell::Text("a\u{FFFD}b".to_owned());
    assert!(held == [words] || held == [replaced], "{held:?}");
}

/// What is absent equals nothing, not even what is absent.
pub async fn absent_equals_nothing(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    for name in ["truth", "number", "weight", "words", "extra"] {
        assert_eq!(select(&db, &tenant(0), &filtered(vec![comparison(name, Cell::Null)])).await, []);
    }
}

/// 1.0 is 1.00: in filters, in the order, and as part of a key.
pub async fn decimals_are_equal_across_scales(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    let count = async |text| {
        let comparison = comparison("weight", decimal(text));
        select(&db, &tenant(0), &filtered(vec![comparison])).await.len()
    };
    assert_eq!(count("1").await, count("1.000").await);
    assert!(count("1").await >= 2);
    assert_eq!(count("1.001").await, 0);

    let line = |weight, note: &str| vec![decimal(weight), text(note), text("a"), Cell::Int(1)];
    show(&LINES, [line("1.0", "first")]).on(&db).await;
    show(&LINES, [line("1.00", "second"), line("1.000", "third")]).on(&db).await;
    let found = rows(&db, &tenant(0), &LINES).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0].cells[1], found[0].version.0), (&text("third"), 3));
}

/// A search looks into all of its columns, and takes ASCII letters for the same in either case.
pub async fn text_is_searched_whatever_its_case(db: Arc<dyn Database>) {
    let words = ["Apple pie", "pineAPPLE", "ÄHRE", "ähre", "zebra"];
    show_words(&db, &words).await;
    assert_eq!(search(&db, "apple").await, [0, 1]);
    assert_eq!(search(&db, "E P").await, [0]);
    assert_eq!(search(&db, "hre").await, [2, 3]);
    assert_eq!(search(&db, "ähre").await, [3], "only ASCII letters have a case");
    assert_eq!(search(&db, "").await.len(), words.len());
    assert_eq!(search(&db, "none").await, [0usize; 0]);
    assert_eq!(search(&db, "ROW-4").await, [4], "the other column is looked into as well");
    assert_eq!(search(&db, &"a".repeat(100_000)).await, [0usize; 0]);
}

/// No sign has a meaning in a search.
pub async fn signs_in_a_search_stand_for_themselves(db: Arc<dyn Database>) {
    show_words(&db, &["100%", "100 percent", "a_b", "axb", r"c\d", "c/d", "it's", r#""quoted""#]).await;
    for (text, expected) in [
        ("0%", vec![0]),
        ("%", vec![0]),
        ("a_b", vec![2]),
        ("_", vec![2]),
        (r"\", vec![4]),
        (r"\d", vec![4]),
        ("'", vec![6]),
        ("\"", vec![7]),
        ("*", vec![]),
    ] {
        assert_eq!(search(&db, text).await, expected, "{text}");
    }
}

/// Absent first, then by value, the key between equals, and all of that in reverse when descending.
pub async fn rows_are_ordered_by_every_kind_of_cell(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    for selection in orders(&SPECIMENS) {
        let found = select(&db, &tenant(0), &selection).await;
        assert_eq!(found.len(), specimens().len());
        assert!(is_in_order(&selection, &found), "{:?}: {found:#?}", selection.order);
    }
}

/// Pages of any size in any order hold together every row once, in that order.
pub async fn pages_neither_skip_nor_repeat(db: Arc<dyn Database>) {
    show(&SPECIMENS, specimens()).on(&db).await;
    for selection in orders(&SPECIMENS) {
        let whole = select(&db, &tenant(0), &selection).await;
        for limit in [1, 4, 7] {
            assert_eq!(in_pages(&db, &selection, limit).await, whole, "{:?} by {limit}", selection.order);
        }
    }
    let filtered = filtered(vec![comparison("truth", Cell::Bool(true))]);
    let by_words =
        Selection { order: Order { column: SPECIMENS.column("words"), descending: true }, ..filtered };
    assert_eq!(in_pages(&db, &by_words, 2).await, select(&db, &tenant(0), &by_words).await);
}

/// A key of several columns is ordered by the first of them, then the second, and so on.
pub async fn keys_of_several_columns_are_ordered_one_by_one(db: Arc<dyn Database>) {
    let lines = ["b", "a", "ab"].into_iter().flat_map(|list| {
        let weights = [(10, "9.5"), (2, "10"), (2, "9"), (-1, "0")];
        weights.map(|(number, weight)| vec![decimal(weight), text("note"), text(list), Cell::Int(number)])
    });
    show(&LINES, lines).on(&db).await;
    for selection in orders(&LINES) {
        let whole = select(&db, &tenant(0), &selection).await;
        assert_eq!(whole.len(), 12);
        assert!(is_in_order(&selection, &whole), "{:?}: {whole:#?}", selection.order);
        assert_eq!(in_pages(&db, &selection, 5).await, whole);
    }
}

/// Rows with every kind of cell, with what is absent, with ties and with extremes.
pub(super) fn specimens() -> Vec<Vec<Cell>> {
    let pools = [
        vec![Cell::Null, Cell::Bool(false), Cell::Bool(true)],
        vec![Cell::Null, Cell::Int(7), Cell::Int(-5), Cell::Int(0), Cell::Int(i64::MIN), Cell::Int(i64::MAX)],
        ["1.0", "1.00", "-2.5", "10", "9.99", "0", "79228162514264337593543950335"].map(decimal).into(),
        ["", "apple", "Apple", "Zebra", "zebra", "ähre", "a%b", "a_b", r"a\b", "🙂"].map(text).into(),
        ["2026-01-15", "1999-12-31", "0001-01-01", "9999-12-31"]
            .map(|day| Cell::Date(day.parse().expect("a day")))
            .into(),
        [
            "2026-01-15T09:30:00.000001Z",
            "2026-01-15T09:30:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-30T00:00:00Z",
        ]
        .map(|moment| Cell::Timestamp(moment.parse().expect("a moment")))
        .into(),
        [0, -3_600_000_000, 1, 40_000_000_000_000]
            .map(|micros| Cell::Duration(Duration::from_micros(micros)))
            .into(),
        [7, 3, u128::MAX].map(|id| Cell::Uuid(Uuid::from_u128(id))).into(),
        vec![Cell::Json(json!(null)), Cell::Json(json!({"a": [1, "x", null]})), Cell::Json(json!("text"))],
    ];
    (0..24).map(|number| specimen(number, &pools)).collect()
}

/// Every pool at another pace, and every fifth cell absent.
fn specimen(number: usize, pools: &[Vec<Cell>]) -> Vec<Cell> {
    let cell = |(column, pool): (usize, &Vec<Cell>)| {
        if (number + column).is_multiple_of(5) {
            Cell::Null
        } else {
            pool[(number * 7 + number / 3 * (column + 1)) % pool.len()].clone()
        }
    };
    let id = Cell::Uuid(parcel(u32::try_from(number).expect("a few")).id());
    let price = decimal(["5", "5.0", "-1.25", "100"][number % 4]);
    let order = text(&format!("row-{}", number % 7));
    [id].into_iter().chain(pools.iter().enumerate().map(cell)).chain([price, order]).collect()
}

/// By every column that has an order, and by the key alone, in both directions.
pub(super) fn orders(schema: &'static Schema) -> Vec<Selection> {
    let columns = (0..schema.columns.len()).filter(|&column| schema.columns[column].kind != CellKind::Json);
    let columns = columns.map(Some).chain([None]);
    let directions = columns.flat_map(|column| [false, true].map(|descending| Order { column, descending }));
    directions.map(|order| Selection { order, ..Selection::all(schema) }).collect()
}

/// The rows page by page, each after the last row of the one before.
pub(super) async fn in_pages(db: &Arc<dyn Database>, selection: &Selection, limit: u32) -> Vec<StoredRow> {
    let mut page = Selection { limit, ..selection.clone() };
    let mut read: Vec<StoredRow> = Vec::new();
    loop {
        let rows = select(db, &tenant(0), &page).await;
        let Some(last) = rows.last() else { return read };
        page.after = Some(place(selection, &last.cells));
        read.extend(rows);
        assert!(read.len() < 1_000, "the pages do not end");
    }
}

/// The cells that say where a whole row is in an order.
pub(super) fn place(selection: &Selection, cells: &[Cell]) -> Vec<Cell> {
    selection.order_columns().into_iter().map(|column| cells[column].clone()).collect()
}

/// How a row is ordered before or after another.
pub(super) fn compare(selection: &Selection, a: &[Cell], b: &[Cell]) -> Ordering {
    let ordering = a.iter().zip(b).fold(Ordering::Equal, |ordering, (a, b)| ordering.then(a.order(b)));
    if selection.order.descending { ordering.reverse() } else { ordering }
}

fn is_in_order(selection: &Selection, rows: &[StoredRow]) -> bool {
    rows.is_sorted_by(|a, b| {
        compare(selection, &place(selection, &a.cells), &place(selection, &b.cells)).is_lt()
    })
}

fn filtered(comparisons: Vec<Comparison>) -> Selection {
    Selection { comparisons, ..Selection::all(&SPECIMENS) }
}

fn comparison(name: &str, equals: Cell) -> Comparison {
    Comparison::equal(SPECIMENS.column(name).expect("a column of the view"), equals)
}

/// Rows with these words, and with `row-n` in the other column that is searched.
async fn show_words(db: &Arc<dyn Database>, words: &[&str]) {
    let blank = specimen(0, &vec![vec![Cell::Null]; 9]);
    let rows = words.iter().enumerate().map(|(number, words)| {
        let mut cells = blank.clone();
        cells[0] = Cell::Uuid(Uuid::from_u128(number as u128));
        cells[4] = text(words);
        cells[11] = text(&format!("row-{number}"));
        cells
    });
    show(&SPECIMENS, rows).on(db).await;
}

/// Which of the rows of [`show_words`] contain the text.
async fn search(db: &Arc<dyn Database>, text: &str) -> Vec<usize> {
    let search = Search { columns: vec![4, 11], text: text.to_owned() };
    let selection = Selection { search: Some(search), ..Selection::all(&SPECIMENS) };
    let number = |row: &StoredRow| match row.cells[0] {
        Cell::Uuid(id) => usize::try_from(id.as_u128()).expect("a few"),
        _ => panic!("the key is a UUID"),
    };
    select(db, &tenant(0), &selection).await.iter().map(number).collect()
}

pub(super) fn decimal(text: &str) -> Cell {
    Cell::Decimal(text.parse::<Decimal>().expect("a decimal number"))
}

pub(super) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}
