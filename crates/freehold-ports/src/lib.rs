//! What the application needs from outside: traits, their errors and their obligations.
//!
//! An adapter implements them, depends on nothing but this crate and its own library, and passes the conformance
//! suite of `freehold-testkit`.

mod clock;
mod error;
mod event_store;
mod migration;
mod projection;
mod snapshot_store;
mod view_store;

pub use clock::{Clock, IdSource};
pub use error::StoreError;
pub use event_store::{
    Append, AppendError, Batch, Conflict, Criterion, EventKind, EventQuery, EventStore, Expected,
    Fingerprint, Fold, InlineError, NewEvent, Outcome, Pending, Scope, StreamEvent, Unless, Versions,
};
pub use migration::{Migration, MigrationError, Migrations, Migrator};
pub use projection::{FoldError, Folding, Projection, RowChange, RowId, StoredRow};
pub use snapshot_store::{Snapshot, SnapshotStore};
pub use view_store::{ApplyError, ViewStore};

/// A database: the log, the snapshots and the read models beside it, and their tables.
pub trait Database: EventStore + SnapshotStore + ViewStore + Migrator {}

impl<T: EventStore + SnapshotStore + ViewStore + Migrator> Database for T {}
