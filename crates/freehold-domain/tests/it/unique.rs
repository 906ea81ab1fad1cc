//! Keys that no two live streams share.

use freehold::prelude::*;
use proptest::prelude::{any, prop_assert_eq, proptest};

use crate::sample::{Parcel, email};

fn key(name: &'static str, values: &impl Serialize) -> UniqueKey {
    UniqueKey::new::<Parcel>(name, values).expect("no value is absent")
}

#[test]
fn what_is_absent_is_shared_by_all() {
    assert_eq!(UniqueKey::new::<Parcel>("code", &None::<String>), None);
    assert_eq!(UniqueKey::new::<Parcel>("hall+place", &("a", None::<i64>)), None);
    assert_eq!(UniqueKey::hidden::<Parcel>("to", &None::<Email>), None);
    assert!(UniqueKey::new::<Parcel>("hall+place", &("a", Some(1))).is_some());
}

#[test]
fn what_is_present_counts_the_same_whether_it_may_be_absent_or_not() {
    assert_eq!(key("code", &"A"), key("code", &Some("A")));
}

#[test]
fn the_tag_of_a_claim_is_not_that_of_a_release() {
    let code = key("code", &"A");
    assert_ne!(code.claim(), code.release());
    assert_eq!(code.name(), "code");
    assert_eq!(code.claim().as_str(), r#"+post.Parcel.code="A""#);
}

#[test]
fn a_hidden_key_shows_nothing_of_its_values() {
    let hidden = |text| UniqueKey::hidden::<Parcel>("to", &email(text)).expect("it is present");
    let anna = hidden("anna@example.com");
    assert!(!format!("{anna:?} {}", anna.claim()).contains("anna"));
    assert_eq!(anna, hidden("anna@example.com"));
    assert_ne!(anna.claim(), hidden("bob@example.com").claim());
}

#[test]
fn the_same_values_under_two_names_are_two_keys() {
    assert_ne!(key("code", &"A").claim(), key("name", &"A").claim());
}

proptest! {
    #[test]
    fn keys_are_equal_only_if_all_their_values_are(a in any::<(String, String)>(), b in any::<(String, String)>()) {
        prop_assert_eq!(key("a+b", &a) == key("a+b", &b), a == b);
        let hidden = |values| UniqueKey::hidden::<Parcel>("a+b", values);
        prop_assert_eq!(hidden(&a) == hidden(&b), a == b);
    }

    #[test]
    fn where_one_value_ends_and_the_next_begins_matters(text in ".{2,12}", at in 0usize..12, other in 0usize..12) {
        let characters: Vec<char> = text.chars().collect();
        let split = |at: usize| {
            let (left, right) = characters.split_at(at.min(characters.len()));
            (String::from_iter(left), String::from_iter(right))
        };
        let (a, b) = (split(at), split(other));
        prop_assert_eq!(key("a+b", &a).claim() == key("a+b", &b).claim(), a == b);
    }
}
