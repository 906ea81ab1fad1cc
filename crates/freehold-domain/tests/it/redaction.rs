//! What is personal or secret is in no debug output.

use crate::sample::{Parcel, ParcelEvent, email, packed};

#[test]
fn an_event_shows_neither_what_is_personal_nor_what_is_secret() {
    let shown = format!("{:?} {:#?}", packed(), packed());
    assert!(!shown.contains("anna") && !shown.contains("1234"), "{shown}");
    assert_eq!(format!("{:?}", packed()), "Packed { size: Large, to: <personal>, pin: <secret>, f: 1 }");
    assert_eq!(format!("{:?}", ParcelEvent::Lost), "Lost");
}

#[test]
fn a_state_shows_neither_even_where_it_is_absent() {
    let parcel = |pin| Parcel { grams: 7, to: email("anna@example.com"), pin };
    let shown = "Parcel { grams: 7, to: <personal>, pin: <secret> }";
    assert_eq!(format!("{:?}", parcel(Some("1234".to_owned()))), shown);
    assert_eq!(format!("{:?}", parcel(None)), shown);
}

#[test]
fn a_field_with_a_raw_name_is_shown_without_its_mark() {
    let event = ParcelEvent::PutOnScales { grams: 1, note: None, colour: 0, r#type: "box".to_owned() };
    assert!(format!("{event:?}").ends_with(r#"type: "box" }"#), "{event:?}");
}
