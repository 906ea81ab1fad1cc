//! Small words for decisions, and the names of rejections.

use freehold::prelude::*;

use crate::sample::ParcelRejection;

#[test]
fn a_choice_is_told_with_commas_and_one_or() {
    let none: [&str; 0] = [];
    assert_eq!(either(&none), "");
    assert_eq!(either(&["A"]), "A");
    assert_eq!(either(&["A", "B"]), "A or B");
    assert_eq!(either(&["A", "B", "C", "D"]), "A, B, C or D");
}

#[test]
fn a_rule_that_does_not_hold_is_the_rejection() {
    assert_eq!(ensure(true, ParcelRejection::Lost), Ok(()));
    assert_eq!(ensure(false, ParcelRejection::Lost), Err(ParcelRejection::Lost));
}

#[test]
fn a_rejection_has_the_name_of_its_variant() {
    assert_eq!(ParcelRejection::NAMES, ["TooHeavy", "Lost"]);
    assert_eq!(ParcelRejection::TooHeavy { by: 3 }.name(), "TooHeavy");
    assert_eq!(ParcelRejection::TooHeavy { by: 3 }.to_string(), "too heavy by 3");
}
