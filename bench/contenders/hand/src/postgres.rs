//! On PostgreSQL.

mod batches;
mod decides;
mod inserts;
mod pool;

pub(crate) use batches::Batches;
pub(crate) use decides::Postgres;
pub(crate) use inserts::Inserts;

/// The kinds of events, as they are kept.
pub(crate) const OPENED: &str = "Opened";
/// The same.
pub(crate) const DEPOSITED: &str = "Deposited";
