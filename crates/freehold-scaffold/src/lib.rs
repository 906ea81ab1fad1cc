//! Writes a service, with one bounded context in it, from a model.
//!
//! [`draft`] says what would be written, [`format()`] formats it, and [`Plan::write`] writes all of it or nothing.

mod context;
mod curl;
mod expressions;
mod format;
mod imports;
mod names;
mod plan;
mod rust;
pub mod samples;
mod service;
mod templates;

pub use context::Gap;
pub use curl::Example;
pub use format::{Formatted, format};
pub use plan::{File, Plan, WriteError};
pub use service::{Draft, Service, draft, roles};
