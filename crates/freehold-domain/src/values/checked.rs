//! Rules values that cannot be built unchecked.

use std::{borrow::Cow, fmt, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Invalid, Violation};

/// What must hold for a value beyond the bounds of each of its fields.
pub trait Rules: garde::Validate<Context = ()> {
    /// The rules that do not hold.
    fn broken(&self) -> Vec<Violation> {
        Vec::new()
    }

    /// All that is wrong: bounds and rules.
    fn check(&self) -> Result<(), Invalid> {
        let mut violations =
            self.validate().err().map_or_else(Vec::new, |report| Invalid::from(report).violations);
        violations.extend(self.broken());
        if violations.is_empty() { Ok(()) } else { Err(Invalid { violations }) }
    }
}

/// A composite value whose fields have been checked. They can be read, and only be changed by building another one.
///
/// ```
/// use freehold_domain::{Checked, Rules, Violation};
///
/// #[derive(Clone, Debug, PartialEq, garde::Validate)]
/// pub struct RangeFields {
///     #[garde(range(min = 0))]
///     pub from: i64,
///     #[garde(skip)]
///     pub to: i64,
/// }
///
/// impl Rules for RangeFields {
///     fn broken(&self) -> Vec<Violation> {
///         if self.from <= self.to { vec![] } else { vec![Violation::rule("Ordered")] }
///     }
/// }
///
/// pub type Range = Checked<RangeFields>;
///
/// assert_eq!(Range::new(RangeFields { from: 1, to: 2 }).unwrap().to, 2);
/// assert!(Range::new(RangeFields { from: 3, to: 2 }).unwrap_err().breaks("Ordered"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Checked<T>(T);

impl<T: Rules> Checked<T> {
    /// The value with these fields, or all that is wrong with them.
    pub fn new(fields: T) -> Result<Self, Invalid> {
        fields.check().map(|()| Self(fields))
    }
}

impl<T> Checked<T> {
    /// Its fields, to build another one from.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Checked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, T: Rules + Deserialize<'de>> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(T::deserialize(deserializer)?).map_err(Invalid::into_serde)
    }
}

impl<T: JsonSchema> JsonSchema for Checked<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
