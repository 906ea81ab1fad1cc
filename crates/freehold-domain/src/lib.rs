//! The pure kernel of Freehold: what a domain is made of, and nothing that it could do to the outside.
//!
//! Nothing here is async, does I/O, reads a clock or makes an id. What a decision needs comes in as an argument.

mod aggregate;
mod cell;
mod command;
mod ensure;
mod event;
mod excerpt;
mod ids;
mod query;
mod recorded;
mod rejection;
mod snapshot;
mod unique;
mod upcast;
pub mod values;
mod view;
mod violation;

pub use aggregate::{Aggregate, Create, Decide, Events};
pub use cell::{Cell, CellError, CellKind, CellValue};
pub use command::{Change, Command, Creation};
pub use ensure::{either, ensure};
pub use event::{DecodeError, Event, EventSet, EventType, Published, RawEvent};
pub use excerpt::Excerpt;
pub use ids::{ActorId, CommandId, CorrelationId, EventId, Id, InvalidTenantId, StreamId, TenantId};
pub use query::{
    Answer, Ask, Comparison, CountedPage, Cursor, Found, ItemOf, OffsetPage, Order, Page, Query, Range,
    RowOf, Search, Select, Selection, Shape, Sort, Stored, Test, Total,
};
pub use recorded::{Metadata, Position, Recorded, Version};
pub use rejection::Rejection;
pub use snapshot::{SnapshotError, SnapshotForm, Snapshots};
pub use unique::{Tag, UniqueKey};
pub use upcast::{Fields, Upcast, UpcastError};
pub use values::{
    Checked, Country, Currency, CurrencyMismatch, Date, Decimal, Duration, Email, Money, Phone, Rules,
    Timestamp, Url, dec,
};
pub use view::{Column, ColumnDef, FanOut, Row, RowKey, Schema, SyncMode, View};
pub use violation::{Invalid, Violation, broken_rules};

pub use freehold_macros::{Command, Event, EventSet, Excerpt, Id, Query, Redact, Rejection, Row, Value};

#[doc(hidden)]
pub mod __private {
    //! What the derives name, so that a user's crate needs no dependency of its own for them.
    pub use garde;
    pub use schemars;
    pub use serde;
    pub use serde_json;
    pub use uuid::Uuid;

    pub use crate::upcast::upcast;
}
