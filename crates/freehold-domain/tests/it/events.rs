//! Events as they are stored.

use freehold::{DecodeError, Event as _, EventSet as _, RawEvent, prelude::*};
use serde_json::json;

use crate::sample::{Labelled, Parcel, ParcelEvent, packed};

#[derive(EventSet, Debug, PartialEq)]
enum Both {
    Parcel(ParcelEvent),
}

fn weighed(note: Option<&str>) -> ParcelEvent {
    ParcelEvent::PutOnScales {
        grams: 250,
        note: note.map(str::to_owned),
        colour: 255,
        r#type: "box".to_owned(),
    }
}

fn raw(name: &str, version: u32, payload: &Json) -> RawEvent {
    RawEvent { name: name.to_owned(), version, payload: payload.to_string() }
}

#[track_caller]
fn stored_as(event: &ParcelEvent, name: &str, version: u32, payload: &Json) {
    let stored = event.encode().unwrap();
    assert_eq!((stored.name.as_str(), stored.version), (name, version));
    assert_eq!(serde_json::from_str::<Json>(&stored.payload).unwrap(), *payload);
    assert_eq!(ParcelEvent::decode(&stored).unwrap(), *event);
}

#[test]
fn an_event_is_stored_as_its_fields_under_its_name_and_version() {
    let payload = json!({ "size": "Large", "to": "anna@example.com", "pin": "1234", "f": 1 });
    stored_as(&packed(), "Packed", 1, &payload);
}

#[test]
fn an_event_without_fields_is_stored_as_an_empty_object() {
    stored_as(&ParcelEvent::Stamped {}, "Stamped", 1, &json!({}));
    let lost = ParcelEvent::Lost.encode().unwrap();
    assert_eq!(ParcelEvent::decode(&lost).unwrap(), ParcelEvent::Lost);
}

#[test]
fn an_event_may_share_its_name_with_the_type_of_its_field() {
    let event = ParcelEvent::Labelled { labelled: Labelled { text: "fragile".to_owned() } };
    stored_as(&event, "Labelled", 1, &json!({ "labelled": { "text": "fragile" } }));
}

#[test]
fn the_attributes_of_serde_shape_what_is_stored() {
    let noted = json!({ "g": 250, "note": "wet", "colour": "ff", "type": "box" });
    stored_as(&weighed(Some("wet")), "Weighed", 3, &noted);
    stored_as(&weighed(None), "Weighed", 3, &json!({ "g": 250, "colour": "ff", "type": "box" }));
    let oldest = raw("Weighed", 3, &json!({ "g": 1, "type": "box" }));
    let expected = ParcelEvent::PutOnScales { grams: 1, note: None, colour: 0, r#type: "box".to_owned() };
    assert_eq!(ParcelEvent::decode(&oldest).unwrap(), expected);
}

#[test]
fn an_event_is_read_under_every_name_that_it_ever_had() {
    let payload = json!({ "g": 250, "note": "wet", "colour": "ff", "type": "box" });
    for name in ["Weighed", "Measured", "Scaled"] {
        assert_eq!(ParcelEvent::decode(&raw(name, 3, &payload)).unwrap(), weighed(Some("wet")), "{name}");
    }
}

#[test]
fn an_event_of_an_unknown_version_is_not_guessed_at() {
    for version in [0, 4, u32::MAX] {
        let error =
            ParcelEvent::decode(&raw("Weighed", version, &json!({ "g": 1, "type": "box" }))).unwrap_err();
        let DecodeError::UnknownVersion { name: "Weighed", stored, known: 3 } = error else {
            panic!("{error}")
        };
        assert_eq!(stored, version);
    }
    let error = ParcelEvent::decode(&raw("Lost", 2, &json!({}))).unwrap_err();
    assert_eq!(error.to_string(), "event `Lost` is stored in version 2, and this program reads version 1");
}

#[test]
fn an_event_of_an_unknown_name_is_an_error_that_says_whose() {
    let error = ParcelEvent::decode(&raw("PutOnScales", 3, &json!({}))).unwrap_err();
    assert_eq!(error.to_string(), "`post.Parcel` has no event named `PutOnScales`");
}

#[test]
fn what_does_not_fit_is_told_by_its_field() {
    let error = ParcelEvent::decode(&raw("Weighed", 3, &json!({ "type": "box" }))).unwrap_err();
    assert!(error.to_string().contains("missing field `g`"), "{error}");
}

#[test]
fn what_does_not_fit_is_told_without_its_content() {
    let wrong = [
        json!({ "size": "Gigantic", "to": "anna@example.com", "pin": "1234", "f": 1 }),
        json!({ "size": "Large", "to": "Gigantic", "pin": "1234", "f": 1 }),
        json!({ "size": "Large", "to": "anna@example.com", "pin": "1234", "f": "Gigantic" }),
    ];
    for payload in wrong {
        let error = ParcelEvent::decode(&raw("Packed", 1, &payload)).unwrap_err();
        assert!(matches!(error, DecodeError::Fields { name: "Packed", .. }));
        assert!(!error.to_string().contains("Gigantic"), "{error}");
    }
}

#[test]
fn every_kind_says_whether_it_is_published_or_retired_and_what_it_was() {
    let kinds: Vec<_> = ParcelEvent::TYPES.iter().map(|kind| kind.name).collect();
    assert_eq!(kinds, ["Packed", "Weighed", "Labelled", "Stamped", "Lost"]);
    assert_eq!(weighed(None).event_type().was, ["Measured", "Scaled"]);
    let marks = |event: &ParcelEvent| (event.event_type().published, event.event_type().retired);
    assert_eq!(marks(&packed()), (true, false));
    assert_eq!(marks(&ParcelEvent::Stamped {}), (false, true));
}

#[test]
fn a_set_reads_the_events_of_its_aggregates_and_passes_over_others() {
    let stored = packed().encode().unwrap();
    assert_eq!(Both::decode_from("post.Parcel", &stored).unwrap().unwrap(), Both::Parcel(packed()));
    assert!(Both::decode_from("post.Letter", &stored).is_none());
    assert_eq!(Both::sources(), ParcelEvent::sources());
    assert!(Both::decode_from("post.Parcel", &raw("Burnt", 1, &json!({}))).unwrap().is_err());
}

#[test]
fn no_aggregate_begins_with_an_event_that_none_begins_with() {
    assert_eq!(Parcel::fold([&weighed(None)]), None);
    assert_eq!(
        Parcel::fold([&weighed(None), &packed(), &weighed(None)]).map(|parcel| parcel.grams),
        Some(250)
    );
}

#[test]
fn a_decision_makes_events_happen_in_order_and_only_where_they_should() {
    let events = Events::<Parcel>::from(packed())
        .and_when(false, || weighed(None))
        .and_when(true, || ParcelEvent::Lost);
    assert_eq!(events.as_slice(), [packed(), ParcelEvent::Lost]);
    assert!(Events::<Parcel>::none().into_vec().is_empty());
}
