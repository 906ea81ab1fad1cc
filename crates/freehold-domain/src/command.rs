//! Commands: what a user asks an aggregate to do.

use serde::Serialize;

use crate::Aggregate;

/// A wish, in the imperative, addressed to one aggregate. Derived.
///
/// ```ignore
/// #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Validate, Command)]
/// #[command(on = Shipment, roles("dispatcher"))]
/// pub struct DispatchShipment { pub carrier: Carrier }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    note = "add `#[derive(Command)]` with `#[command(creates = Aggregate, roles(..))]` or `#[command(on = Aggregate, roles(..))]`"
)]
pub trait Command: garde::Validate<Context = ()> + Serialize + Clone + Send + Sync + 'static {
    /// Its stable name.
    const NAME: &'static str;
    /// Who may send it; empty is nobody.
    const ROLES: &'static [&'static str];
    /// What decides on it.
    type Aggregate: Aggregate;
    /// [`Creation`] or [`Change`].
    type Kind: 'static;
}

/// The kind of a command that begins a new stream.
#[derive(Clone, Copy, Debug)]
pub enum Creation {}

/// The kind of a command to what exists.
#[derive(Clone, Copy, Debug)]
pub enum Change {}
