//! What the application needs from outside: traits, their errors and their obligations.
//!
//! An adapter implements them, depends on nothing but this crate and its own library, and passes the conformance
//! suite of `freehold-testkit`.

mod clock;
mod dead_letter;
mod error;
mod event_store;
mod folding;
mod leases;
mod migration;
mod operations;
mod projection;
mod rebuilds;
mod script;
mod share;
mod snapshot_store;
mod sql_projection;
mod view_store;

pub use clock::{Clock, IdSource};
pub use dead_letter::{ATTEMPTS, DeadLetter, DeadLetterQuery, TakeUp, TakenUp, retry_after};
pub use error::StoreError;
pub use event_store::{
    Append, AppendError, Batch, Conflict, Criterion, EventKind, EventQuery, EventStore, Expected,
    Fingerprint, Fold, InlineError, NewEvent, Outcome, Pending, Scope, StreamEvent, Unless, Versions,
};
pub use folding::{Folded, Folding, Parked};
pub use leases::{Claimed, Cluster, Leases, Living, Node, Partition, ViewVersion};
pub use migration::{Migration, MigrationError, Migrations, Migrator};
pub use operations::{AuditEntry, NewAuditEntry, Operations};
pub use projection::{FoldError, Projection, RowChange, RowId, StoredRow};
pub use rebuilds::{Comparison, Rebuild, Rebuilds, Sample, Shadow, Stage};
pub use script::{Dialect, Script, Scripts, Sql, SqlAnswer, SqlError, SqlParam, SqlStatement, Step};
pub use share::{Lease, Share, StoredPartitions};
pub use snapshot_store::{Snapshot, SnapshotStore};
pub use sql_projection::{Lane, Reaction, SqlProjection};
pub use view_store::{ApplyError, ViewStore, Work};

/// A database: the log, the snapshots and the read models beside it, their tables, and who brings them up to date.
pub trait Database:
    EventStore + SnapshotStore + ViewStore + Leases + Rebuilds + Operations + Migrator
{
}

impl<T: EventStore + SnapshotStore + ViewStore + Leases + Rebuilds + Operations + Migrator> Database for T {}
