//! Rejections: why an aggregate refuses a command.

use std::error::Error;

/// Why an aggregate refuses a command: an enum with one variant a reason. Derived.
///
/// It keeps its type through every layer, and its name is what a client can rely on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rejection",
    note = "add `#[derive(Debug, Clone, PartialEq, thiserror::Error, Rejection)]` to the enum of reasons"
)]
pub trait Rejection: Error + Clone + PartialEq + Send + Sync + 'static {
    /// Every name, in the order of the variants.
    const NAMES: &'static [&'static str];

    /// The stable name of this reason.
    fn name(&self) -> &'static str;
}
