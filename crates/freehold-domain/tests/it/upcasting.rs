//! Events of older versions, read as those of today.

use freehold::{DecodeError, Event as _, RawEvent, prelude::*};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest},
};
use serde_json::json;

use crate::sample::{Parcel, ParcelEvent, in_grams, packed, typed};

fn stored(version: u32, fields: &Json) -> RawEvent {
    RawEvent { name: "Weighed".to_owned(), version, payload: fields.to_string() }
}

fn weighed(kilograms: i64) -> ParcelEvent {
    ParcelEvent::PutOnScales { grams: kilograms * 1000, note: None, colour: 0, r#type: "box".to_owned() }
}

/// The weighing of a box as the program of a version wrote it.
fn written(version: u32, kilograms: i64) -> RawEvent {
    let grams = kilograms * 1000;
    let fields = match version {
        1 => json!({ "kg": kilograms }),
        2 => json!({ "g": grams }),
        _ => json!({ "g": grams, "type": "box" }),
    };
    stored(version, &fields)
}

#[track_caller]
fn refused(fields: &Json) -> DecodeError {
    ParcelEvent::decode(&stored(1, fields)).expect_err("it cannot be read")
}

#[test]
fn an_event_of_an_older_version_is_read_as_one_of_today() {
    for version in 1..=3 {
        assert_eq!(ParcelEvent::decode(&written(version, 7)).unwrap(), weighed(7), "{version}");
    }
}

#[test]
fn an_older_version_is_read_under_an_older_name() {
    for name in ["Measured", "Scaled"] {
        let old = RawEvent { name: name.to_owned(), ..written(1, 7) };
        assert_eq!(ParcelEvent::decode(&old).unwrap(), weighed(7), "{name}");
    }
}

#[test]
fn a_step_that_cannot_be_taken_says_which_and_why_without_the_content() {
    let error = refused(&json!({ "kg": "hidden" }));
    let told = "event `Weighed` cannot be brought from version 1 to the next: its weight is no whole number";
    assert_eq!(error.to_string(), told);
    assert!(!format!("{error:?}").contains("hidden"), "{error:?}");
}

#[test]
fn a_step_that_panics_does_not_take_its_reader_down() {
    let error = refused(&json!({ "kg": i64::MAX }));
    assert!(matches!(error, DecodeError::Upcast { version: 1, .. }), "{error}");
    assert!(error.to_string().ends_with("the step panicked"), "{error}");
}

#[test]
fn what_does_not_fit_after_the_last_step_is_told_without_its_content() {
    let error = refused(&json!({ "kg": 1, "note": ["hidden"] }));
    assert!(matches!(error, DecodeError::Fields { name: "Weighed", .. }), "{error}");
    assert_eq!(error.to_string(), "event `Weighed` cannot be read: its fields do not fit");
    let error =
        ParcelEvent::decode(&RawEvent { payload: "[hidden".to_owned(), ..written(1, 1) }).unwrap_err();
    assert!(!error.to_string().contains("hidden"), "{error}");
}

fn histories() -> impl Strategy<Value = Vec<(u32, i64)>> {
    vec((1u32..=3, -1000i64..1000), 0..20)
}

fn notes() -> impl Strategy<Value = Json> {
    prop_oneof![Just(Json::Null), any::<String>().prop_map(Json::from)]
}

proptest! {
    #[test]
    fn a_chain_is_the_composition_of_its_steps(kilograms in -1000i64..1000, note in notes()) {
        let Json::Object(first) = json!({ "kg": kilograms, "note": note }) else { unreachable!() };
        let second = in_grams(first.clone()).unwrap();
        let third = typed(second.clone()).unwrap();
        let read = |version, fields| ParcelEvent::decode(&stored(version, &Json::Object(fields))).unwrap();
        let today = read(3, third);
        prop_assert_eq!(&read(1, first), &today);
        prop_assert_eq!(&read(2, second), &today);
    }

    #[test]
    fn a_history_of_mixed_versions_folds_to_the_state_of_one_of_today(history in histories()) {
        let old = history.iter().map(|(version, kilograms)| ParcelEvent::decode(&written(*version, *kilograms)));
        let old: Vec<_> = [Ok(packed())].into_iter().chain(old).collect::<Result<_, _>>().unwrap();
        let new: Vec<_> = [packed()].into_iter().chain(history.iter().map(|(_, kilograms)| weighed(*kilograms))).collect();
        prop_assert_eq!(Parcel::fold(&old), Parcel::fold(&new));
    }
}
