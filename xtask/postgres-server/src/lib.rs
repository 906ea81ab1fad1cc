//! A PostgreSQL server for tests and measurements: on a free port of this machine, with data of its own, to be stopped,
//! killed and started again, and gone without a trace when whoever started it is, however that ends.
//!
//! It is a crate of its own, so that benchmarks and crash tests can use it, which belong to other packages.

mod binaries;
mod server;
mod setup;
mod user;
mod watchdog;

pub use binaries::Binaries;
pub use server::Server;
pub use setup::Setup;
