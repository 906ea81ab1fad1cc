//! Cells: what a column of a read model holds.

use std::{cmp::Ordering, fmt::Debug};

use freehold::{Cell, CellKind, CellValue, Id, prelude::*};
use proptest::{
    prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
    test_runner::TestCaseResult,
};
use serde_json::json;

use crate::sample::{Code, ParcelId, Period, PeriodFields, Size};

/// A value comes back from its cell as it was, directly and where it may be absent, and the cell survives JSON.
fn round_trip<T: CellValue + PartialEq + Debug + Clone>(value: &T) -> TestCaseResult {
    let cell = value.to_cell();
    prop_assert!(cell.fits(T::KIND));
    prop_assert_eq!(&T::from_cell(cell.clone()).unwrap(), value);
    prop_assert_eq!(Option::<T>::from_cell(Some(value.clone()).to_cell()).unwrap(), Some(value.clone()));
    let json = serde_json::to_string(&cell).unwrap();
    prop_assert_eq!(serde_json::from_str::<Cell>(&json).unwrap(), cell);
    Ok(())
}

fn decimals() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0u32..20).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn days() -> impl Strategy<Value = Date> {
    (-9999i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(year, month, day)| Date::constant(year, month, day))
}

fn durations() -> impl Strategy<Value = Duration> {
    (any::<i32>(), any::<i32>())
        .prop_map(|(seconds, nanos)| Duration::new(seconds.into(), nanos % 1_000_000_000))
}

/// Cells of one column: absent ones, and those of one kind.
fn column() -> impl Strategy<Value = [Cell; 3]> {
    let three = |cells: proptest::strategy::BoxedStrategy<Cell>| {
        let cell = prop_oneof![1 => Just(Cell::Null), 4 => cells];
        [cell.clone(), cell.clone(), cell]
    };
    prop_oneof![
        three(any::<bool>().prop_map(Cell::Bool).boxed()),
        three((-3i64..3).prop_map(Cell::Int).boxed()),
        three(decimals().prop_map(Cell::Decimal).boxed()),
        three("[a-zA-Zä]{0,3}".prop_map(Cell::Text).boxed()),
        three(days().prop_map(Cell::Date).boxed()),
        three(any::<i64>().prop_map(|micros| Cell::Timestamp(Timestamp::from_micros(micros))).boxed()),
        three(durations().prop_map(Cell::Duration).boxed()),
        three(any::<u128>().prop_map(|bits| Cell::Uuid(Uuid::from_u128(bits))).boxed()),
    ]
}

proptest! {
    #[test]
    fn plain_values_come_back_from_their_cells(truth: bool, number: i64, text: String, bits: u128, micros: i64) {
        round_trip(&truth)?;
        round_trip(&number)?;
        round_trip(&text)?;
        round_trip(&Uuid::from_u128(bits))?;
        round_trip(&ParcelId::from_uuid(Uuid::from_u128(bits)))?;
        round_trip(&Timestamp::from_micros(micros))?;
    }

    #[test]
    fn decimals_days_and_durations_come_back_from_their_cells(decimal in decimals(), day in days(), duration in durations()) {
        round_trip(&decimal)?;
        round_trip(&day)?;
        round_trip(&duration)?;
        round_trip(&Money::new(decimal, Currency::EUR))?;
    }

    #[test]
    fn texts_and_composites_come_back_from_their_cells(code in "[A-Z]{3}", name in ".{1,8}", day in days(), digits in "[1-9][0-9]{6,14}") {
        round_trip(&Code::new(code).unwrap())?;
        round_trip(&format!("+{digits}").parse::<Phone>().unwrap())?;
        round_trip(&format!("a{digits}@example.com").parse::<Email>().unwrap())?;
        round_trip(&format!("https://example.com/{digits}").parse::<Url>().unwrap())?;
        round_trip(&vec![name.clone(), name.clone()])?;
        round_trip(&json!({ "name": name, "day": day }))?;
        round_trip(&Period::new(PeriodFields { name, from: day, until: day }).unwrap())?;
    }

    #[test]
    fn cells_of_a_column_are_ordered_totally(cells in column()) {
        let [a, b, c] = &cells;
        prop_assert_eq!(a.order(b), b.order(a).reverse());
        prop_assert_eq!(a.order(b) == Ordering::Equal, a == b);
        if a.order(b).is_le() && b.order(c).is_le() {
            prop_assert!(a.order(c).is_le());
        }
    }
}

#[test]
fn words_countries_and_currencies_come_back_from_their_cells() {
    for size in Size::ALL {
        round_trip(size).unwrap();
    }
    round_trip(&Country::DE).unwrap();
    round_trip(&Currency::EUR).unwrap();
}

#[test]
fn what_is_absent_comes_before_all_else() {
    assert_eq!(Cell::Null.order(&Cell::Int(i64::MIN)), Ordering::Less);
    assert_eq!(Cell::Text(String::new()).order(&Cell::Null), Ordering::Greater);
    assert_eq!(Cell::Null.order(&Cell::Null), Ordering::Equal);
}

#[test]
fn text_is_ordered_by_its_bytes() {
    let text = |text: &str| Cell::Text(text.to_owned());
    assert_eq!(text("Z").order(&text("a")), Ordering::Less);
    assert_eq!(text("z").order(&text("ä")), Ordering::Less);
    assert_eq!(text("a").order(&text("aa")), Ordering::Less);
}

#[test]
fn equal_decimals_are_equal_cells_however_they_are_written() {
    assert_eq!(Cell::Decimal(dec!(1.0)), Cell::Decimal(dec!(1.00)));
    assert_eq!(Cell::Decimal(dec!(1.0)).order(&Cell::Decimal(dec!(1.00))), Ordering::Equal);
}

#[test]
fn a_cell_fits_its_own_kind_and_what_is_absent_fits_all() {
    let cells = [
        (Cell::Bool(true), CellKind::Bool),
        (Cell::Int(1), CellKind::Int),
        (Cell::Decimal(dec!(1)), CellKind::Decimal),
        (Cell::Text(String::new()), CellKind::Text),
        (Cell::Date(Date::ZERO), CellKind::Date),
        (Cell::Timestamp(Timestamp::from_micros(0)), CellKind::Timestamp),
        (Cell::Duration(Duration::ZERO), CellKind::Duration),
        (Cell::Uuid(Uuid::nil()), CellKind::Uuid),
        (Cell::Json(json!({})), CellKind::Json),
    ];
    for (cell, own) in &cells {
        for (_, kind) in &cells {
            assert_eq!(cell.fits(*kind), own == kind, "{cell:?} {kind:?}");
            assert!(Cell::Null.fits(*kind));
        }
    }
}

#[test]
fn a_cell_of_another_kind_or_with_a_refused_value_is_an_error_without_its_value() {
    let text = |text: &str| Cell::Text(text.to_owned());
    assert!(i64::from_cell(text("hidden")).is_err());
    assert!(i64::from_cell(Cell::Null).is_err());
    let refused = [
        Code::from_cell(text("hidden")).unwrap_err(),
        Size::from_cell(text("hidden")).unwrap_err(),
        Email::from_cell(text("hidden")).unwrap_err(),
        Money::from_cell(Cell::Json(json!({ "amount": "hidden" }))).unwrap_err(),
    ];
    for error in refused {
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[test]
fn what_may_be_absent_is_a_nullable_column_of_the_same_kind() {
    assert_eq!((Option::<i64>::KIND, Option::<i64>::NULLABLE), (CellKind::Int, true));
    assert_eq!((i64::KIND, i64::NULLABLE), (CellKind::Int, false));
    assert_eq!(None::<i64>.to_cell(), Cell::Null);
}
