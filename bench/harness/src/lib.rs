//! What contenders share, so that they differ in nothing but how they keep events.
//!
//! - [`workload`]: the accounts, what happens to them, and who did it.
//! - [`Contender`]: what a library has to be able to do to take part.
//! - [`view`]: the views over the accounts.
//! - [`serve`]: answers the orchestrator over standard input and output.

#[cfg(feature = "views")]
mod beside;
mod book;
mod case;
#[cfg(feature = "views")]
mod catch_up;
mod contender;
mod latencies;
#[cfg(feature = "views")]
mod observer;
#[cfg(feature = "views")]
mod open_loop;
pub mod protocol;
mod round;
mod serve;
mod staged;
#[cfg(feature = "views")]
mod steady;
mod until;
mod usage;
pub mod view;
pub mod workload;

pub use case::Case;
pub use contender::{Contender, Failure, Kind, Variant};
pub use protocol::{Fill, Setup, Shortcut, Store};
pub use serve::serve;
pub use view::{Asked, Question, Rows, View, ViewCase};
pub use workload::{Account, Balance, Deposit, Metadata, Opening};
