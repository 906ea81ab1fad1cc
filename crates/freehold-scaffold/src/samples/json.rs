//! Samples as the JSON that the HTTP interface and the event log carry.

use super::sample::{Fields, Sample};
use serde_json::{Map, Value, json};

impl Sample {
    /// Decimals as strings, moments in RFC 3339, durations in ISO 8601, a newtype as what it wraps.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(it) => json!(it),
            Self::Int(it) => json!(it),
            Self::Decimal(it) => json!(it.to_string()),
            Self::Money { amount, currency } => json!({ "amount": amount.to_string(), "currency": currency }),
            Self::Text(it)
            | Self::Currency(it)
            | Self::Email(it)
            | Self::Phone(it)
            | Self::Url(it)
            | Self::Country(it)
            | Self::Enum { variant: it, .. }
            | Self::State { variant: it, .. } => json!(it),
            Self::Date(it) => json!(it.to_string()),
            // In microseconds, as a service writes them.
            Self::Timestamp(it) => json!(format!("{it:.6}")),
            Self::Duration(it) => json!(it.to_string()),
            Self::Uuid(uuid) | Self::Id { uuid, .. } => json!(uuid.to_string()),
            Self::Json(it) => it.clone(),
            Self::List(elements) => elements.iter().map(Self::to_json).collect(),
            Self::Newtype { inner, .. } => inner.to_json(),
            Self::Composite { fields, .. } => Value::Object(object(fields)),
        }
    }
}

/// Named samples as a JSON object, in their order where the reader keeps one.
pub fn object(fields: &Fields) -> Map<String, Value> {
    fields.iter().map(|(name, sample)| (name.clone(), sample.to_json())).collect()
}
