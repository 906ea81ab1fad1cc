//! Checked values that a business needs, so that a value that exists is valid.

mod checked;
mod country;
mod email;
mod money;
mod phone;
mod time;

pub use checked::{Checked, Rules};
pub use country::{Country, UnknownCountry};
pub use email::{Email, InvalidEmail};
pub use iso_currency::Currency;
pub use money::{CurrencyMismatch, Money};
pub use phone::{InvalidPhone, Phone};
pub use rust_decimal::Decimal;
pub use rust_decimal_macros::dec;
pub use time::{Date, Duration, InvalidTimestamp, Timestamp};
pub use url::Url;

/// Bounds for `#[garde(custom(..))]`: those that are open at an end, and all of decimals.
pub mod bounds {
    use std::{cmp::Ordering, fmt::Display};

    macro_rules! bounds {
        ($($(#[$doc:meta])* $name:ident: $($ordering:ident)|+, $message:literal;)+) => {$(
            $(#[$doc])*
            pub fn $name<T: PartialOrd + Display>(limit: T) -> impl FnOnce(&T, &()) -> garde::Result {
                move |value, ()| match value.partial_cmp(&limit) {
                    Some($(Ordering::$ordering)|+) => Ok(()),
                    _ => Err(garde::Error::new(format!($message, limit))),
                }
            }
        )+};
    }

    bounds! {
        /// The value is more than this.
        above: Greater, "not greater than {}";
        /// The value is this or more.
        at_least: Greater | Equal, "lower than {}";
        /// The value is this or less.
        at_most: Less | Equal, "greater than {}";
        /// The value is less than this.
        below: Less, "not less than {}";
    }
}
