//! Valid samples for fields and values, any number of distinct ones, always the same.

mod pattern;
mod refused;
mod satisfy;
mod scalar;
mod text;
mod value;

pub(super) use refused::{commands as refused_commands, values as refused_values};
pub(super) use text::sized;
pub(super) use value::{default_of, field, typed, value};

/// The currencies of samples; all of them have cents.
pub(super) const CURRENCIES: [&str; 4] = ["EUR", "USD", "GBP", "CHF"];
