//! Ids, versions and positions.

use freehold::{InvalidTenantId, StreamId, prelude::*};
use serde_json::json;

use crate::sample::{Parcel, ParcelId};

#[test]
fn a_tenant_id_is_1_to_64_letters_digits_and_a_few_marks() {
    let longest = "x".repeat(64);
    for text in ["a", "acme", "ACME-1_2.3", &longest] {
        assert_eq!(text.parse::<TenantId>().unwrap().as_str(), text);
    }
    let too_long = "x".repeat(65);
    for text in ["", "a b", "a/b", "ä", "a'b", "a\0", &too_long] {
        assert_eq!(text.parse::<TenantId>(), Err(InvalidTenantId), "{text}");
        assert!(serde_json::from_value::<TenantId>(json!(text)).is_err(), "{text}");
    }
}

#[test]
fn a_typed_id_is_its_uuid_in_text_and_in_json() {
    let uuid = Uuid::from_u128(7);
    let id = ParcelId::from_uuid(uuid);
    assert_eq!(id.to_string(), uuid.to_string());
    assert_eq!(uuid.to_string().parse(), Ok(id));
    assert_eq!(serde_json::to_value(id).unwrap(), json!(uuid));
    assert_eq!(serde_json::from_value::<ParcelId>(json!(uuid)).unwrap(), id);
    assert_eq!(format!("{id:?}"), format!("ParcelId({uuid})"));
    assert!("7".parse::<ParcelId>().is_err());
}

#[test]
fn a_stream_is_its_aggregate_and_its_id() {
    let stream = StreamId::of::<Parcel>(ParcelId::from_uuid(Uuid::nil()));
    assert_eq!(stream.to_string(), format!("post.Parcel/{}", Uuid::nil()));
    assert_ne!(stream, StreamId::new("post.Letter", Uuid::nil()));
}

#[test]
fn versions_and_positions_count_from_one_and_are_plain_numbers_in_json() {
    assert_eq!(Version::NONE.next(), Version(1));
    assert!(Position::START < Position(1));
    assert_eq!(serde_json::to_value((Version(2), Position(3))).unwrap(), json!([2, 3]));
    assert_eq!((Version(2).to_string(), Position(3).to_string()), ("2".into(), "3".into()));
}
