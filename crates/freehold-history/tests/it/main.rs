//! The laws hold where they should, and find every lie; stores keep them, whatever is killed.

mod crashes;
mod liar;
mod liars;
mod lies;
mod plans;
mod played;
mod steps;
mod stores;
