//! Moments and lengths of time.

use freehold::prelude::*;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use serde_json::json;

fn at(text: &str) -> Timestamp {
    text.parse().expect("it is a moment")
}

#[test]
fn a_moment_is_kept_to_the_microsecond_in_utc() {
    assert_eq!(at("2026-01-15T10:30:00.1234567+01:00"), at("2026-01-15T09:30:00.123456Z"));
    assert_eq!(at("2026-01-15T09:30:00Z").to_string(), "2026-01-15T09:30:00.000000Z");
    assert_eq!(format!("{:?}", at("2026-01-15T09:30:00Z")), "2026-01-15T09:30:00.000000Z");
}

#[test]
fn a_text_without_a_zone_or_a_number_is_no_moment() {
    for text in ["", "2026-01-15", "2026-01-15T09:30:00", "yesterday"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
    assert!(serde_json::from_value::<Timestamp>(json!(0)).is_err());
}

#[test]
fn a_moment_past_the_last_is_the_last() {
    let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
    assert_eq!(last + Duration::from_hours(1), last);
    assert_eq!(first - Duration::from_hours(1), first);
    assert_eq!(last + Duration::MAX, last);
    assert_eq!(last - Duration::MAX, first);
    assert_eq!(first + Duration::MAX, last);
    assert_eq!((first + (last - first)), last);
}

#[test]
fn a_length_of_time_is_written_as_in_iso_8601() {
    assert_eq!(serde_json::to_value(Duration::from_hours(72)).unwrap(), json!("PT72H"));
    assert_eq!(serde_json::from_value::<Duration>(json!("PT90M")).unwrap(), Duration::from_mins(90));
}

proptest! {
    #[test]
    fn a_moment_survives_text_json_and_micros(micros in any::<i64>()) {
        let moment = Timestamp::from_micros(micros);
        prop_assert_eq!(moment.to_string().parse::<Timestamp>(), Ok(moment));
        let json = serde_json::to_value(moment).unwrap();
        prop_assert_eq!(serde_json::from_value::<Timestamp>(json).unwrap(), moment);
        prop_assert_eq!(Timestamp::from_micros(moment.as_micros()), moment);
    }

    #[test]
    fn texts_of_moments_of_our_era_sort_as_the_moments_do(a in 0i64..4_000_000_000_000_000, b in 0i64..4_000_000_000_000_000) {
        let (a, b) = (Timestamp::from_micros(a), Timestamp::from_micros(b));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn a_moment_and_a_length_of_time_make_the_moment_so_much_later(micros in 0i64..4_000_000_000_000_000, by in 0i64..1_000_000_000) {
        let (moment, by) = (Timestamp::from_micros(micros), Duration::from_micros(by));
        prop_assert_eq!((moment + by) - moment, by);
        prop_assert_eq!(moment + by - by, moment);
        prop_assert!(moment + by >= moment);
    }
}
