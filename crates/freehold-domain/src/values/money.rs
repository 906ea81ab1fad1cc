//! Money: amounts that cannot be mixed across currencies.

use std::fmt;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Currency;

/// A decimal amount with its currency.
///
/// ```
/// use freehold_domain::{Currency, Decimal, Money, dec};
///
/// let price = Money::new(dec!(12.50), Currency::EUR);
/// assert_eq!(price.checked_add(price).unwrap(), Money::new(dec!(25), Currency::EUR));
/// assert!(price.checked_add(Money::new(dec!(1), Currency::USD)).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "An amount of money.")]
pub struct Money {
    /// How much, in the main unit of the currency.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

/// Why two amounts cannot be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyMismatch {
    /// They are of two currencies.
    #[error("{} cannot be combined with {}", .0.code(), .1.code())]
    Currencies(Currency, Currency),
    /// The result has no room in a decimal.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// So much of this currency.
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing of this currency.
    pub fn zero(currency: Currency) -> Self {
        Self::new(Decimal::ZERO, currency)
    }

    /// Both together.
    pub fn checked_add(self, other: Self) -> Result<Self, CurrencyMismatch> {
        self.combine(other, Decimal::checked_add)
    }

    /// What is left without the other.
    pub fn checked_sub(self, other: Self) -> Result<Self, CurrencyMismatch> {
        self.combine(other, Decimal::checked_sub)
    }

    fn combine(
        self,
        other: Self,
        operation: fn(Decimal, Decimal) -> Option<Decimal>,
    ) -> Result<Self, CurrencyMismatch> {
        if self.currency != other.currency {
            return Err(CurrencyMismatch::Currencies(self.currency, other.currency));
        }
        let amount = operation(self.amount, other.amount).ok_or(CurrencyMismatch::Overflow)?;
        Ok(Self { amount, currency: self.currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.code())
    }
}
