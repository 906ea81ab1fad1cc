//! Values and commands that must be refused, each for one reason.

use super::{loans, shipping};
use freehold_scaffold::samples::{Reason, Samples};

fn reasons(of: &str) -> Vec<(String, Reason, String)> {
    let refused = Samples::of(&loans()).refused_values(of);
    refused.into_iter().map(|it| (it.path.join("."), it.reason, it.sample.to_json().to_string())).collect()
}

#[test]
fn a_newtype_refuses_what_its_bounds_pattern_and_rules_refuse() {
    let expected = [("", Reason::Pattern, "\"978-123456789\"")];
    assert_eq!(
        reasons("Isbn"),
        expected.map(|(path, reason, json)| (path.to_owned(), reason, json.to_owned()))
    );
    let expected =
        [(Reason::BelowMin, "-1"), (Reason::AboveMax, "101"), (Reason::Rule("OddPercent".to_owned()), "3")];
    assert_eq!(reasons("Percent"), expected.map(|(reason, json)| (String::new(), reason, json.to_owned())));
}

#[test]
fn a_composite_refuses_by_field_and_by_rule() {
    let found: Vec<_> = reasons("Line").into_iter().map(|(path, reason, _)| (path, reason)).collect();
    for (path, reason) in [
        ("sku", Reason::TooShort),
        ("sku", Reason::TooLong),
        ("quantity", Reason::BelowMin),
        ("quantity", Reason::AboveMax),
        ("period", Reason::Rule("EndsBeforeStart".to_owned())),
        ("", Reason::Rule("FreeGift".to_owned())),
    ] {
        assert!(found.contains(&(path.to_owned(), reason.clone())), "{path} {reason:?} in {found:?}");
    }
}

#[test]
fn a_command_is_refused_for_each_of_its_fields() {
    let refused = Samples::of(&shipping()).refused_commands("Shipment", "BookShipment");
    let found: Vec<_> = refused.iter().map(|it| (it.path.join("."), it.reason.clone())).collect();
    assert!(found.contains(&("weight_kg".to_owned(), Reason::BelowMin)), "{found:?}");
    assert!(found.contains(&("tracking_number".to_owned(), Reason::Pattern)), "{found:?}");
    assert!(found.contains(&("to.country".to_owned(), Reason::Malformed)), "{found:?}");
    assert!(found.contains(&("to".to_owned(), Reason::Rule("BlankCity".to_owned()))), "{found:?}");
    assert!(refused.iter().all(|it| it.fields.len() == 3));
}
