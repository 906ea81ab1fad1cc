//! The facade: what a service built with Freehold names in its manifest.
//!
//! - The domain's vocabulary, at the root: aggregates, commands, events, views, queries and checked values.
//! - [`app`]: buses, workers and the host.
//! - [`ports`]: what adapters implement.
//! - [`http`], [`sqlite`], [`postgres`], [`memory`], [`testkit`]: behind features of these names.
//! - [`prelude`]: what the files of a context import.

pub use freehold_app as app;
pub use freehold_domain::*;
#[cfg(feature = "http")]
pub use freehold_http as http;
#[cfg(feature = "memory")]
pub use freehold_memory as memory;
pub use freehold_ports as ports;
#[cfg(feature = "postgres")]
pub use freehold_postgres as postgres;
#[cfg(feature = "sqlite")]
pub use freehold_sqlite as sqlite;
#[cfg(feature = "testkit")]
pub use freehold_testkit as testkit;

#[doc(hidden)]
pub use freehold_domain::__private;

pub mod prelude {
    //! What the files of a context import.

    pub use std::time::Duration as StdDuration;

    pub use freehold_app::Context;
    pub use freehold_domain::{
        Aggregate, Ask, Change, Checked, Command, CountedPage, Country, Create, Creation, Currency, Cursor,
        Date, Decide, Decimal, Duration, Email, Event, EventSet, Events, Excerpt, Fields, Id, Invalid, Money,
        OffsetPage, Page, Phone, Position, Published, Query, Range, Recorded, Redact, Rejection, Row, Rules,
        Select, Snapshots, Sort, Stored, SyncMode, Tag, TenantId, Timestamp, UniqueKey, UpcastError, Url,
        Value, Version, View, Violation, broken_rules, dec, either, ensure, values::bounds,
    };
    #[cfg(feature = "http")]
    pub use freehold_http::{Routes, delete, get, patch, post, put};
    pub use freehold_ports::Migration;
    pub use garde::Validate;
    pub use jiff;
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::Value as Json;
    pub use uuid::Uuid;
}
