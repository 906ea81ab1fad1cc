//! What contenders share, so that they differ in nothing but how they keep events.
//!
//! - [`workload`]: the accounts, what happens to them, and who did it.
//! - [`Contender`]: what a library has to be able to do to take part.
//! - [`serve`]: answers the orchestrator over standard input and output.

mod book;
mod case;
mod contender;
mod latencies;
pub mod protocol;
mod round;
mod serve;
mod usage;
pub mod workload;

pub use case::Case;
pub use contender::{Contender, Failure, Kind, Variant};
pub use protocol::{Fill, Setup, Shortcut, Store};
pub use serve::serve;
pub use workload::{Account, Balance, Deposit, Metadata, Opening};
