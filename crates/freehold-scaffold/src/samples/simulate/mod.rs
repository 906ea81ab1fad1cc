//! An aggregate at work: events folded into a state, commands decided against it, rows of views kept, as the
//! generated code will do.

mod decide;
mod evolve;
mod rows;

pub(super) use decide::{Decision, Moment, decide};
pub(super) use evolve::{State, evolve};
pub(super) use rows::rows;
