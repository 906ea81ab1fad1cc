//! A parcel: the aggregate, the values and the row that the tests use.

use freehold::prelude::*;

/// Identifies a parcel.
#[derive(Id)]
pub(crate) struct ParcelId(Uuid);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Value)]
pub(crate) enum Size {
    Small,
    Large,
}

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Validate, Value)]
#[garde(transparent)]
pub(crate) struct Code(#[garde(pattern(r"^[A-Z]{3}$"))] String);

#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Validate, Value)]
#[value(rules)]
#[garde(transparent)]
pub(crate) struct Even(#[garde(range(min = 0))] i64);

impl Rules for Even {
    fn broken(&self) -> Vec<Violation> {
        broken_rules([(self.0 % 2 == 0, "Even")])
    }
}

pub(crate) type Period = Checked<PeriodFields>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct PeriodFields {
    #[garde(length(chars, min = 1))]
    pub(crate) name: String,
    pub(crate) from: Date,
    pub(crate) until: Date,
}

impl Rules for PeriodFields {
    fn broken(&self) -> Vec<Violation> {
        broken_rules([(self.from <= self.until, "Ordered"), (self.until < Date::MAX, "Ends")])
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Rejection)]
pub(crate) enum ParcelRejection {
    #[error("too heavy by {by}")]
    TooHeavy { by: i64 },
    #[error("lost")]
    Lost,
}

/// A type that an event is named after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Labelled {
    pub(crate) text: String,
}

#[derive(Clone, Redact, PartialEq, Event)]
#[event(of = Parcel)]
pub(crate) enum ParcelEvent {
    #[event(published)]
    Packed {
        size: Size,
        #[personal]
        to: Email,
        #[secret]
        pin: String,
        f: i64,
    },
    #[event(name = "Weighed", was = "Measured", was = "Scaled", version = 3, upcast(1 = in_grams, 2 = typed))]
    PutOnScales {
        #[serde(rename = "g")]
        grams: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        #[serde(with = "hexadecimal", default)]
        colour: u32,
        r#type: String,
    },
    Labelled {
        labelled: Labelled,
    },
    #[event(retired)]
    Stamped {},
    Lost,
}

/// Version 1 counted kilograms.
pub(crate) fn in_grams(mut fields: Fields) -> Result<Fields, UpcastError> {
    let kilograms = fields.remove("kg").ok_or("it has no weight")?;
    let kilograms = kilograms.as_i64().ok_or("its weight is no whole number")?;
    let grams = kilograms.checked_mul(1000).expect("nothing is as heavy");
    fields.insert("g".to_owned(), grams.into());
    Ok(fields)
}

/// Version 2 knew boxes only.
#[expect(clippy::unnecessary_wraps, reason = "this is what a step looks like")]
pub(crate) fn typed(mut fields: Fields) -> Result<Fields, UpcastError> {
    fields.insert("type".to_owned(), "box".into());
    Ok(fields)
}

mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{number:x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let text = String::deserialize(deserializer)?;
        u32::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

#[derive(Clone, Redact, PartialEq)]
pub(crate) struct Parcel {
    pub(crate) grams: i64,
    #[personal]
    pub(crate) to: Email,
    #[secret]
    pub(crate) pin: Option<String>,
}

impl Aggregate for Parcel {
    const NAME: &'static str = "post.Parcel";
    type Id = ParcelId;
    type Event = ParcelEvent;
    type Rejection = ParcelRejection;

    fn begin(event: &ParcelEvent) -> Option<Self> {
        match event {
            ParcelEvent::Packed { to, pin, .. } => {
                Some(Self { grams: 0, to: to.clone(), pin: Some(pin.clone()) })
            }
            _ => None,
        }
    }

    fn evolve(&mut self, event: &ParcelEvent) {
        if let ParcelEvent::PutOnScales { grams, .. } = event {
            self.grams = *grams;
        }
    }
}

/// A row with a column of many a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Row)]
#[row(name = "post.Shelf", table = "shelves", version = 3)]
pub(crate) struct Shelf {
    #[row(key)]
    pub(crate) hall: String,
    #[row(key)]
    pub(crate) place: i64,
    pub(crate) parcel: Option<ParcelId>,
    pub(crate) size: Option<Size>,
    pub(crate) filled_at: Timestamp,
    pub(crate) r#type: String,
}

pub(crate) fn email(text: &str) -> Email {
    text.parse().expect("it is an address")
}

pub(crate) fn packed() -> ParcelEvent {
    ParcelEvent::Packed { size: Size::Large, to: email("anna@example.com"), pin: "1234".to_owned(), f: 1 }
}
