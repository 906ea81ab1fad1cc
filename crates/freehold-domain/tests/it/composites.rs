//! Values that refuse, when they are made, what they cannot be.

use freehold::prelude::*;
use serde_json::json;

use crate::sample::{Code, Even, Period, PeriodFields, Size};

fn period(name: &str, from: Date, until: Date) -> PeriodFields {
    PeriodFields { name: name.to_owned(), from, until }
}

const MONDAY: Date = Date::constant(2026, 1, 5);
const TUESDAY: Date = Date::constant(2026, 1, 6);

#[test]
fn a_value_checks_its_bounds_when_it_is_made_and_when_it_is_read() {
    assert_eq!(*Code::new("ABC").unwrap(), "ABC");
    assert!(Code::new("abc").unwrap_err().concerns(""));
    assert!(serde_json::from_value::<Code>(json!("ABC")).is_ok());
    assert!(serde_json::from_value::<Code>(json!("abc")).is_err());
}

#[test]
fn a_value_checks_its_rules_beside_its_bounds_and_tells_all_at_once() {
    assert_eq!(Even::new(4).unwrap().into_inner(), 4);
    let wrong = Even::new(-3).unwrap_err();
    assert!(wrong.breaks("Even"));
    assert_eq!(wrong.violations.len(), 2, "{wrong}");
}

#[test]
fn a_composite_value_tells_every_bound_and_every_rule_that_does_not_hold() {
    assert_eq!(Period::new(period("a", MONDAY, TUESDAY)).unwrap().until, TUESDAY);
    let wrong = Period::new(period("", TUESDAY, MONDAY)).unwrap_err();
    assert!(wrong.concerns("name") && wrong.breaks("Ordered") && !wrong.breaks("Ends"), "{wrong}");
}

#[test]
fn a_composite_value_cannot_be_read_past_its_rules() {
    let wrong = json!({ "name": "a", "from": TUESDAY, "until": MONDAY });
    let (read, invalid) = Invalid::caught(|| serde_json::from_value::<Period>(wrong));
    assert!(read.is_err());
    assert!(invalid.is_some_and(|invalid| invalid.breaks("Ordered")));
    let unknown = json!({ "name": "a", "from": MONDAY, "until": TUESDAY, "by": 1 });
    assert!(serde_json::from_value::<Period>(unknown).is_err());
}

#[test]
fn what_was_invalid_before_is_not_taken_for_the_reason_of_now() {
    assert!(serde_json::from_value::<Code>(json!("abc")).is_err());
    let (read, invalid) = Invalid::caught(|| serde_json::from_value::<Code>(json!(7)));
    assert!(read.is_err());
    assert_eq!(invalid, None);
}

#[test]
fn a_word_is_one_of_its_enum_and_no_other() {
    assert_eq!(Size::ALL, [Size::Small, Size::Large]);
    assert_eq!("Small".parse(), Ok(Size::Small));
    assert_eq!(serde_json::to_value(Size::Large).unwrap(), json!("Large"));
    let unknown = "small".parse::<Size>().unwrap_err();
    assert_eq!(unknown.to_string(), "expected one of Small, Large");
    assert!(serde_json::from_value::<Size>(json!("Huge")).is_err());
}

#[derive(Validate)]
struct Bounded {
    #[garde(custom(bounds::above(dec!(1))))]
    above: Decimal,
    #[garde(custom(bounds::at_least(dec!(1))))]
    at_least: Decimal,
    #[garde(custom(bounds::at_most(dec!(1))))]
    at_most: Decimal,
    #[garde(custom(bounds::below(dec!(1))))]
    below: Decimal,
}

fn bounded(value: Decimal) -> Vec<String> {
    let fields = Bounded { above: value, at_least: value, at_most: value, below: value };
    let invalid = fields.validate().map_err(Invalid::from).expect_err("two bounds exclude each other");
    invalid.violations.iter().map(ToString::to_string).collect()
}

#[test]
fn a_bound_includes_its_limit_or_does_not_as_it_says() {
    assert_eq!(bounded(dec!(1)), ["above: not greater than 1", "below: not less than 1"]);
    assert_eq!(bounded(dec!(0.99)), ["above: not greater than 1", "at_least: lower than 1"]);
    assert_eq!(bounded(dec!(1.01)), ["at_most: greater than 1", "below: not less than 1"]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let invalid =
        Invalid { violations: vec![Violation::at("to.city", "too long"), Violation::rule("Ordered")] };
    assert_eq!(invalid.to_string(), "to.city: too long; the rule `Ordered` does not hold");
    assert!(invalid.concerns("to.city") && invalid.concerns("to"));
    assert!(!invalid.concerns("t") && !invalid.concerns("from"));
}
