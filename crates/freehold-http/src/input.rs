//! What clients send, read into typed commands and queries, with everything that is wrong named by its place.

mod body;
mod form;
mod mistake;
mod parameters;
mod place;
mod required;

pub(crate) use body::from_json;
pub(crate) use parameters::Parameters;
pub(crate) use place::pointer;
