//! On PostgreSQL.

mod batches;
mod decides;
mod inserts;
mod pool;
mod questions;
mod rebuild;
mod views;

pub(crate) use batches::Batches;
pub(crate) use decides::Postgres;
pub(crate) use inserts::Inserts;
pub(crate) use questions::{FILL as FILL_HOLDERS, Questions};
pub(crate) use views::Views;

/// The kinds of events, as they are kept.
pub(crate) const OPENED: &str = "Opened";
/// The same.
pub(crate) const DEPOSITED: &str = "Deposited";
