//! How a client says in which order it wants rows, and where to go on.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Cell;

/// A place between two rows in the order of a list; opaque to clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(description = "Where to go on: `next` of the page before.")]
pub struct Cursor(String);

#[derive(Serialize, Deserialize)]
pub(super) struct CursorContent {
    pub(super) order: String,
    pub(super) after: Vec<Cell>,
}

impl Cursor {
    /// The place after the row with these cells in this order.
    pub(super) fn after(order: String, after: Vec<Cell>) -> Option<Self> {
        let json = serde_json::to_vec(&CursorContent { order, after }).ok()?;
        Some(Self(BASE64_URL_SAFE_NO_PAD.encode(json)))
    }

    pub(super) fn content(&self) -> Option<CursorContent> {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(&self.0).ok()?).ok()
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The order that a client asks for: the name of a column, with `-` before it for descending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(description = "The column to sort by; `-` before it for descending.")]
pub struct Sort(pub String);
