//! An aggregate at work: events folded into a state, commands decided against it, as the generated code will do both.

mod decide;
mod evolve;

pub(super) use decide::{Decision, Moment, decide};
pub(super) use evolve::{State, evolve};
