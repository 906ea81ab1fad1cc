//! A bounded, deterministic search for samples that make rules say what a test wants to see.

mod candidates;
mod desk;
mod drafts;
mod find;
mod leads;
mod plan;
mod rival;
mod routes;
mod solve;
mod stream;
mod variables;

pub(super) use desk::Desk;
pub(super) use find::Search;
pub(super) use leads::Leads;
pub(super) use plan::Numbering;
pub(super) use rival::rival;
pub(super) use solve::{Budget, Goal, Verdict, solve};
pub(super) use stream::{History, Wish};
pub(super) use variables::{Records, Variable, bare, variables};
