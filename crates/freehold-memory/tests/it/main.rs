//! The conformance suite, in memory.

mod delayed;
mod suite;
