//! Questions: filters, orders, pages and cursors.

use freehold::{Cell, CellKind, ColumnDef, Comparison, Order, Selection, Test, Total, prelude::*};

use crate::sample::{ParcelId, Shelf, Size};

fn shelf() -> Shelf {
    Shelf {
        hall: "north".to_owned(),
        place: 7,
        parcel: None,
        size: Some(Size::Small),
        filled_at: Timestamp::from_micros(0),
        r#type: "steel".to_owned(),
    }
}

fn sorted(sort: Option<&str>) -> Select<Shelf> {
    Select::all().sort(&["filled_at", "size"], sort.map(|sort| Sort(sort.to_owned())))
}

/// The same list from after the shelf on.
fn cursor(sort: Option<&str>) -> Cursor {
    let selection = sorted(sort).finish().unwrap();
    selection.cursor_after(&shelf().to_cells()).expect("cells can be written")
}

#[track_caller]
fn refused(select: Select<Shelf>, path: &str) {
    let invalid = select.finish().expect_err("it is refused");
    assert!(invalid.concerns(path), "{invalid}");
    assert_eq!(invalid.violations.len(), 1);
}

fn with_cursor(sort: Option<&str>, cursor: Cursor) -> Select<Shelf> {
    sorted(sort).page(None, Some(cursor))
}

fn foreign(text: &str) -> Cursor {
    serde_json::from_value(text.into()).expect("any text is a cursor at first")
}

#[test]
fn a_row_knows_its_table_its_columns_and_its_key() {
    let schema = Shelf::SCHEMA;
    assert_eq!((schema.view, schema.table, schema.version), ("post.Shelf", "shelves", 3));
    assert_eq!(schema.key, [0, 1]);
    assert_eq!(schema.columns[3], ColumnDef { name: "size", kind: CellKind::Text, nullable: true });
    assert_eq!(schema.column("type"), Some(5));
    assert_eq!(Shelf::TYPE.name(), "type");
    assert_eq!(schema.column("weight"), None);
}

#[test]
fn a_row_comes_back_from_its_cells() {
    let cells = shelf().to_cells();
    assert_eq!(Shelf::SCHEMA.key_of(&cells), [Cell::Text("north".to_owned()), Cell::Int(7)]);
    assert_eq!(shelf().key_of(), ("north".to_owned(), 7));
    assert_eq!(Shelf::from_cells(cells.clone()).unwrap(), shelf());
    assert!(Shelf::from_cells(cells[..3].to_vec()).is_err());
}

#[test]
fn a_filter_counts_only_if_a_value_is_given() {
    let select =
        Select::<Shelf>::all().filter(Shelf::SIZE, Some(Size::Large)).filter(Shelf::PARCEL, None::<ParcelId>);
    let comparison = Comparison::equal(3, Cell::Text("Large".to_owned()));
    assert_eq!(select.finish().unwrap().comparisons, [comparison]);
}

#[test]
fn a_row_is_asked_for_by_its_whole_key() {
    let selection = Select::<Shelf>::by_key(("north".to_owned(), 7)).finish().unwrap();
    let columns: Vec<_> = selection.comparisons.iter().map(|comparison| comparison.column).collect();
    assert_eq!(columns, [0, 1]);
}

#[test]
fn rows_are_ordered_by_what_is_asked_for_then_by_the_key() {
    let order = |sort| -> (Selection, Order) {
        let selection = sorted(sort).finish().unwrap();
        let order = selection.order;
        (selection, order)
    };
    let (selection, descending) = order(Some("-size"));
    assert_eq!(descending, Order { column: Some(3), descending: true });
    assert_eq!(selection.order_columns(), [3, 0, 1]);
    assert_eq!(order(None).1, Order { column: Some(4), descending: false });
    let by_key = Select::<Shelf>::all().sort(&["place"], None).finish().unwrap();
    assert_eq!(by_key.order_columns(), [1, 0]);
    assert_eq!(Select::<Shelf>::all().finish().unwrap().order_columns(), [0, 1]);
}

#[test]
fn an_order_that_is_not_declared_is_refused() {
    for sort in ["hall", "-hall", "", "-", "--size", "size ", "size; drop table shelves"] {
        refused(sorted(Some(sort)), "sort");
    }
}

#[test]
fn a_page_has_1_to_200_rows_and_50_unless_said() {
    let limit = |limit| Select::<Shelf>::all().page(limit, None).finish().map(|selection| selection.limit);
    assert_eq!((limit(None), limit(Some(1)), limit(Some(200))), (Ok(50), Ok(1), Ok(200)));
    for wrong in [0, 201, u32::MAX] {
        refused(Select::all().page(Some(wrong), None), "limit");
    }
}

#[test]
fn a_cursor_leads_back_to_its_place_in_the_same_order() {
    for sort in [None, Some("size"), Some("-size"), Some("-filled_at")] {
        let selection = with_cursor(sort, cursor(sort)).finish().unwrap();
        let cells = shelf().to_cells();
        let place: Vec<_> = selection.order_columns().iter().map(|&column| cells[column].clone()).collect();
        assert_eq!(selection.after, Some(place));
    }
}

#[test]
fn the_order_that_is_usual_is_the_same_when_it_is_asked_for() {
    assert!(with_cursor(Some("filled_at"), cursor(None)).finish().is_ok());
}

#[test]
fn a_cursor_from_a_list_in_another_order_is_refused() {
    refused(with_cursor(None, cursor(Some("size"))), "cursor");
    refused(with_cursor(Some("-size"), cursor(Some("size"))), "cursor");
    refused(Select::all().page(None, Some(cursor(None))), "cursor");
}

#[test]
fn a_cursor_that_is_foreign_or_tampered_with_is_refused() {
    let short = &cursor(None).as_str()[..10].to_owned();
    for text in ["", "nonsense", "e30", "äöü", short] {
        refused(with_cursor(None, foreign(text)), "cursor");
    }
}

#[test]
fn all_that_is_wrong_with_a_question_is_told_at_once() {
    let select = sorted(Some("weight")).page(Some(0), Some(foreign("nonsense")));
    assert_eq!(select.finish().unwrap_err().violations.len(), 3);
}

#[test]
fn a_search_names_columns_and_the_text() {
    let search = |text: Option<&str>| {
        Select::<Shelf>::all().search(&["hall", "type"], text.map(str::to_owned)).finish().unwrap().search
    };
    assert!(search(None).is_none());
    assert_eq!(search(Some("no")).unwrap().columns, [0, 5]);
}

#[test]
fn a_question_about_a_tampered_kind_is_refused() {
    #[derive(Serialize)]
    struct Content {
        order: &'static str,
        after: Vec<Cell>,
    }
    let after = vec![Cell::Text("x".to_owned()), Cell::Text("north".to_owned()), Cell::Int(7)];
    let json = serde_json::to_vec(&Content { order: "post.Shelf/filled_at", after }).unwrap();
    let text = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, json);
    refused(with_cursor(None, foreign(&text)), "cursor");
}

/// Some of the columns of a shelf, in another order.
#[derive(Clone, Debug, PartialEq, Excerpt)]
#[excerpt(of = Shelf)]
struct ShelfLabel {
    r#type: String,
    size: Option<Size>,
    hall: String,
}

fn tests(select: Select<Shelf>) -> Vec<(usize, Test)> {
    let comparisons = select.finish().unwrap().comparisons;
    comparisons.into_iter().map(|comparison| (comparison.column, comparison.test)).collect()
}

#[test]
fn a_range_has_the_ends_that_are_given() {
    let ranged = |range: Range<i64>| tests(Select::all().range(Shelf::PLACE, Some(range)));
    let at = |test: fn(Cell) -> Test, end| (1, test(Cell::Int(end)));
    assert_eq!(ranged((5..9).into()), [at(Test::AtLeast, 5), at(Test::Below, 9)]);
    assert_eq!(ranged((5..=9).into()), [at(Test::AtLeast, 5), at(Test::AtMost, 9)]);
    assert_eq!(ranged((5..).into()), [at(Test::AtLeast, 5)]);
    assert_eq!(ranged((..9).into()), [at(Test::Below, 9)]);
    assert_eq!(ranged((..=9).into()), [at(Test::AtMost, 9)]);
    assert_eq!(ranged(Range { above: Some(5), ..Range::default() }), [at(Test::Above, 5)]);
    assert_eq!(ranged(Range::default()), []);
    assert_eq!(tests(Select::all().range(Shelf::PLACE, None)), []);
}

#[test]
fn a_list_counts_only_if_one_is_given() {
    let listed = |sizes| tests(Select::all().one_of(Shelf::SIZE, sizes));
    assert_eq!(listed(None), []);
    assert_eq!(listed(Some(vec![])), [(3, Test::OneOf(vec![]))]);
    let values = ["Small", "Large"].map(|size| Cell::Text(size.to_owned()));
    assert_eq!(listed(Some(vec![Size::Small, Size::Large])), [(3, Test::OneOf(values.into()))]);
}

#[test]
fn a_list_has_an_end() {
    let list = |length| Select::all().one_of(Shelf::PLACE, Some(vec![7; length]));
    assert!(list(1_000).finish().is_ok());
    refused(list(1_001), "place");
}

#[test]
fn what_is_absent_passes_no_test() {
    let cells = [Cell::Null, Cell::Int(1), Cell::Int(2), Cell::Int(3)];
    let passing = |test: &Test| cells.iter().filter(|cell| test.holds(cell)).count();
    for (test, expected) in [
        (Test::Equals as fn(Cell) -> Test, 1),
        (|end| Test::OneOf(vec![end, Cell::Int(3)]), 2),
        (Test::AtLeast, 2),
        (Test::AtMost, 2),
        (Test::Above, 1),
        (Test::Below, 1),
    ] {
        assert_eq!(passing(&test(Cell::Int(2))), expected);
        assert!(passing(&test(Cell::Null)) < 2, "nothing but the 3 of the list");
    }
}

#[test]
fn a_page_by_number_lies_behind_as_many_rows_as_are_counted_at_most() {
    let page = |offset| Select::<Shelf>::all().offset_page(Some(20), offset);
    let (offset, limit) = page(Some(10_000)).finish().map(|page| (page.offset, page.limit)).unwrap();
    assert_eq!((offset, limit), (Total::BOUND, 20));
    assert_eq!(page(None).finish().unwrap().offset, 0);
    refused(page(Some(10_001)), "offset");
    refused(Select::all().offset_page(Some(0), None), "limit");
}

#[test]
fn all_rows_are_asked_for_without_a_page() {
    let whole = |select: Select<Shelf>| select.finish_whole();
    assert_eq!(whole(Select::all()).unwrap().limit, u32::MAX);
    assert!(whole(with_cursor(None, cursor(None))).unwrap().after.is_some());
    let refused = whole(Select::all().page(Some(7), None)).unwrap_err();
    assert!(refused.concerns("limit"), "{refused}");
    let refused = whole(Select::all().offset_page(None, Some(0))).unwrap_err();
    assert!(refused.concerns("offset"), "{refused}");
}

#[test]
fn a_total_past_its_bound_is_not_exact() {
    let told = |counted| (Total::of(counted).count, Total::of(counted).is_exact);
    assert_eq!(told(0), (0, true));
    assert_eq!(told(Total::BOUND), (10_000, true));
    assert_eq!(told(Total::BOUND + 1), (10_000, false));
}

#[test]
fn an_excerpt_is_read_from_its_columns() {
    assert_eq!(ShelfLabel::columns(), [5, 3, 0]);
    let cells = shelf().to_cells();
    let read = ShelfLabel::columns().into_iter().map(|column| cells[column].clone());
    let label = ShelfLabel::read(read.collect()).unwrap();
    let expected =
        ShelfLabel { r#type: "steel".to_owned(), size: Some(Size::Small), hall: "north".to_owned() };
    assert_eq!(label, expected);
    assert!(ShelfLabel::read(vec![]).is_err());
}

#[test]
fn what_is_read_of_a_row_tells_its_place_in_the_order() {
    let mut selection = sorted(Some("-filled_at")).finish().unwrap();
    selection.read_only(&ShelfLabel::columns());
    assert_eq!(selection.columns, [5, 3, 0, 4, 1]);
    let whole = shelf().to_cells();
    let cells: Vec<_> = selection.columns.iter().map(|&column| whole[column].clone()).collect();
    assert_eq!(selection.place_of(&cells), Some([4, 0, 1].map(|column| whole[column].clone()).into()));
    assert_eq!(
        selection.cursor_after(&cells),
        sorted(Some("-filled_at")).finish().unwrap().cursor_after(&whole)
    );
    selection.columns = ShelfLabel::columns();
    assert_eq!(selection.cursor_after(&cells[..3]), None, "without the cells of the order there is no place");
}
