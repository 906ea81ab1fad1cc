//! Upcasting: how an event that was stored in an older shape becomes one of today's, version by version.

use std::panic::catch_unwind;

use serde_json::{Map, Value};

use crate::{DecodeError, EventType, RawEvent};

/// The fields of a stored event, as JSON.
pub type Fields = Map<String, Value>;

/// A step of an [`Event`](trait@crate::Event) from one version of its shape to the next: a pure function over what
/// was stored.
pub type Upcast = fn(Fields) -> Result<Fields, UpcastError>;

/// Why a stored event cannot be brought to the next version. The reason is a constant, so that nothing of the event's
/// content gets into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UpcastError(pub &'static str);

impl From<&'static str> for UpcastError {
    fn from(reason: &'static str) -> Self {
        Self(reason)
    }
}

/// The fields of an event of an older version after every step that leads from it to today's; the first of the steps
/// leads from version 1 to 2.
pub fn upcast(kind: &'static EventType, raw: &RawEvent, steps: &[Upcast]) -> Result<Value, DecodeError> {
    let EventType { name, version: known, .. } = *kind;
    if !(1..known).contains(&raw.version) {
        return Err(DecodeError::UnknownVersion { name, stored: raw.version, known });
    }
    let stored = serde_json::from_str(&raw.payload).map_err(|source| DecodeError::Fields { name, source })?;
    let mut steps = (1..).zip(steps).skip_while(|(version, _)| *version < raw.version);
    let fields = steps.try_fold(stored, |fields, (version, step)| {
        take(*step, fields).map_err(|reason| DecodeError::Upcast { name, version, reason })
    })?;
    Ok(Value::Object(fields))
}

/// A step that panics, as one that looks for a field that is not there, does not take its reader down.
fn take(step: Upcast, fields: Fields) -> Result<Fields, UpcastError> {
    catch_unwind(|| step(fields)).unwrap_or(Err(UpcastError("the step panicked")))
}
