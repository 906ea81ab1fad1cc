//! What figures are held to.

use crate::numbers::{count, latency, ratio};

/// A figure, and where it should lie.
pub(crate) struct Aim {
    pub(crate) what: String,
    /// `None` where it was not measured.
    pub(crate) measured: Option<f64>,
    pub(crate) bound: Bound,
}

pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
    /// A second.
    Rate(f64),
    /// In microseconds.
    Under(f64),
}

impl Aim {
    pub(crate) fn verdict(&self) -> &'static str {
        match self.is_met() {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "not measured",
        }
    }

    fn is_met(&self) -> Option<bool> {
        let measured = self.measured?;
        Some(match self.bound {
            Bound::AtLeast(bound) | Bound::Rate(bound) => measured >= bound,
            Bound::AtMost(bound) => measured <= bound,
            Bound::Under(bound) => measured < bound,
        })
    }

    pub(crate) fn bound_shown(&self) -> String {
        match self.bound {
            Bound::AtLeast(bound) => format!("at least {bound} ×"),
            Bound::AtMost(bound) => format!("at most {bound} ×"),
            Bound::Rate(bound) => format!("at least {} a second", count(bound)),
            Bound::Under(bound) => format!("under {}", latency(bound)),
        }
    }

    pub(crate) fn measured_shown(&self) -> String {
        let Some(measured) = self.measured else { return "–".to_owned() };
        match self.bound {
            Bound::AtLeast(_) | Bound::AtMost(_) => format!("{} ×", ratio(measured)),
            Bound::Rate(_) => count(measured),
            Bound::Under(_) => latency(measured),
        }
    }
}
