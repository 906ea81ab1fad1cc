//! One piece of sample data, typed so that it can be written as a Rust literal and as JSON.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Named samples, in the order in which the model names the fields.
pub type Fields = Vec<(String, Sample)>;

/// A value of a type of the model.
///
/// What is optional carries no wrapper: it is the value, or `Null`. Whoever writes a literal knows from the
/// field whether `Some` belongs around it.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// An optional field that is left out.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// A string.
    Text(String),
    /// A decimal amount with a currency.
    Money {
        /// How much.
        amount: Decimal,
        /// Its ISO 4217 code.
        currency: String,
    },
    /// An ISO 4217 code.
    Currency(String),
    /// A day of the calendar.
    Date(Date),
    /// A moment.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(SignedDuration),
    /// Any UUID.
    Uuid(Uuid),
    /// An e-mail address.
    Email(String),
    /// A telephone number in E.164.
    Phone(String),
    /// An absolute URL.
    Url(String),
    /// An ISO 3166-1 alpha-2 code.
    Country(String),
    /// Any JSON.
    Json(serde_json::Value),
    /// A variant of an enum of the model.
    Enum {
        /// The enum.
        name: String,
        /// The variant.
        variant: String,
    },
    /// A state of an aggregate's life cycle.
    State {
        /// The aggregate.
        aggregate: String,
        /// The state.
        variant: String,
    },
    /// The typed id of an aggregate.
    Id {
        /// The context that it belongs to, `None` for the model's own.
        context: Option<String>,
        /// The aggregate.
        of: String,
        /// The id.
        uuid: Uuid,
    },
    /// The elements of a list field.
    List(Vec<Sample>),
    /// A checked newtype.
    Newtype {
        /// The value's name in the model.
        value: String,
        /// What it wraps.
        inner: Box<Sample>,
    },
    /// A value of several fields.
    Composite {
        /// The value's name in the model.
        value: String,
        /// All of its fields.
        fields: Fields,
    },
}

impl Sample {
    /// Whether it is an optional field that is left out.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What a newtype wraps, and everything else itself.
    pub fn bare(&self) -> &Self {
        match self {
            Self::Newtype { inner, .. } => inner,
            other => other,
        }
    }
}

/// The sample of that name.
pub fn field<'a>(fields: &'a [(String, Sample)], name: &str) -> Option<&'a Sample> {
    fields.iter().find(|(known, _)| known == name).map(|(_, sample)| sample)
}
