//! Sample data for generated tests: for each command a history and a command that is accepted, for each rejection
//! a history and a command that end in it.
//!
//! Rules are Rust expressions, so finding data that reaches one means to evaluate it: a small interpreter over
//! samples, a simulation of the aggregate, and a bounded search over both.

mod case;
mod cases;
mod check;
mod clock;
mod drive;
mod expand;
mod generate;
mod interpret;
mod json;
mod library;
mod sample;
mod search;
mod simulate;
mod world;

pub use case::{
    Case, CommandCases, Drive, Occurrence, Reason, Refused, RefusedCommand, Skipped, Step, UniquePair,
    WrongState,
};
pub use clock::now;
pub use json::object;
pub use library::Samples;
pub use sample::{Fields, Sample, field};
