//! Uniqueness: what no two live streams of a tenant share, as tags in the log.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::Aggregate;

/// A mark on an event that it can be found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// The tag with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of values that no other live stream of the tenant may have.
///
/// The event that takes it carries [`claim`](Self::claim) as a tag, the event that gives it back
/// [`release`](Self::release); whichever came last tells whether it is free.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UniqueKey {
    name: &'static str,
    text: String,
}

impl UniqueKey {
    /// The key of the set `name` with these values; `None` if one of them is absent, since what is absent is shared
    /// by all.
    pub fn new<A: Aggregate>(name: &'static str, values: &impl Serialize) -> Option<Self> {
        let values = present(values)?;
        Some(Self { name, text: format!("{}.{name}={values}", A::NAME) })
    }

    /// The same for values that must not be readable in the log: their UUID of version 5 (RFC 9562) takes their place.
    pub fn hidden<A: Aggregate>(name: &'static str, values: &impl Serialize) -> Option<Self> {
        let values = present(values)?;
        let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}.{name}={values}", A::NAME).as_bytes());
        Some(Self { name, text: format!("{}.{name}#{digest}", A::NAME) })
    }

    /// The name of the set.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The tag of the event that takes it.
    pub fn claim(&self) -> Tag {
        Tag(format!("+{}", self.text))
    }

    /// The tag of the event that gives it back.
    pub fn release(&self) -> Tag {
        Tag(format!("-{}", self.text))
    }
}

/// The values as JSON text, unless one is absent.
fn present(values: &impl Serialize) -> Option<String> {
    let values = serde_json::to_value(values).ok()?;
    let absent = match &values {
        Value::Array(parts) => parts.contains(&Value::Null),
        single => single.is_null(),
    };
    (!absent).then(|| values.to_string())
}
