//! Values that are written as text and checked when they are read.

use std::{fmt::Display, str::FromStr};

use freehold::prelude::*;
use proptest::prelude::{prop_assert_eq, proptest};
use serde::de::DeserializeOwned;
use serde_json::json;

/// Both ways of reading a text agree that it is one, and it is written as it was.
#[track_caller]
fn accepted<T: FromStr + Display + Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(text: &str) {
    let parsed = text.parse::<T>().unwrap_or_else(|_| panic!("{text} was refused"));
    assert_eq!(parsed.to_string(), text);
    assert_eq!(serde_json::to_value(&parsed).unwrap(), json!(text));
    assert_eq!(serde_json::from_value::<T>(json!(text)).unwrap(), parsed);
}

/// Both ways of reading a text agree that it is none, and the reason does not quote it.
#[track_caller]
fn refused<T: FromStr<Err: Display> + DeserializeOwned>(text: &str) {
    let Err(parsed) = text.parse::<T>() else { panic!("{text} was accepted") };
    let Err(read) = serde_json::from_value::<T>(json!(text)) else { panic!("{text} was accepted as JSON") };
    if text.len() > 2 {
        assert!(!parsed.to_string().contains(text), "{parsed}");
        assert!(!read.to_string().contains(text), "{read}");
    }
}

#[test]
fn an_email_has_a_local_part_and_a_domain() {
    for text in ["anna@example.com", "a+b@sub.example.org", "x_y.z@example.co"] {
        accepted::<Email>(text);
    }
    for text in
        ["", "bella", "@example.org", "bella@", "a b@example.com", "anna@exa mple.com", " anna@example.com"]
    {
        refused::<Email>(text);
    }
}

#[test]
fn a_phone_number_is_plus_and_seven_to_fifteen_digits_of_which_the_first_is_not_zero() {
    for text in ["+1234567", "+4930901820", "+123456789012345"] {
        accepted::<Phone>(text);
    }
    let too_long = "+1234567890123456";
    for text in ["", "+", "+123456", too_long, "+0301234567", "4912345678", "+49 30 901820", "+49３0901820"]
    {
        refused::<Phone>(text);
    }
}

#[test]
fn a_url_is_absolute() {
    accepted::<Url>("https://example.com/a?b=c");
    for text in ["", "example.com", "/path", "https://"] {
        assert!(text.parse::<Url>().is_err(), "{text}");
    }
}

#[test]
fn a_country_is_two_upper_case_letters_that_iso_3166_knows() {
    accepted::<Country>("DE");
    assert_eq!("DE".parse(), Ok(Country::DE));
    assert_eq!(Country::DE.name(), "Germany");
    for text in ["", "de", "DEU", "276", "XX", "D", " DE"] {
        refused::<Country>(text);
    }
}

#[test]
fn a_currency_is_three_upper_case_letters_that_iso_4217_knows() {
    assert_eq!(serde_json::from_value::<Currency>(json!("EUR")).unwrap(), Currency::EUR);
    assert_eq!(serde_json::to_value(Currency::EUR).unwrap(), json!("EUR"));
    for text in ["", "eur", "EU", "QQQ", "€"] {
        assert!(serde_json::from_value::<Currency>(json!(text)).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_read_as_text_is_written_as_it_was(text in ".{0,20}") {
        if let Ok(email) = text.parse::<Email>() {
            prop_assert_eq!(email.as_str(), &text);
        }
        if let Ok(phone) = text.parse::<Phone>() {
            prop_assert_eq!(phone.as_str(), &text);
        }
        if let Ok(country) = text.parse::<Country>() {
            prop_assert_eq!(country.code(), &text);
        }
    }
}
