//! Small words for decisions.

use std::fmt::Display;

/// The rejection, unless the rule holds.
///
/// ```
/// use freehold_domain::ensure;
///
/// assert_eq!(ensure(1 < 2, "too heavy"), Ok(()));
/// assert_eq!(ensure(3 < 2, "too heavy"), Err("too heavy"));
/// ```
pub fn ensure<R>(holds: bool, otherwise: R) -> Result<(), R> {
    if holds { Ok(()) } else { Err(otherwise) }
}

/// Some words as a choice.
///
/// ```
/// assert_eq!(freehold_domain::either(&["Booked", "InTransit", "Delivered"]), "Booked, InTransit or Delivered");
/// ```
pub fn either(words: &[impl Display]) -> String {
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        let separator = match index {
            0 => "",
            last if last + 1 == words.len() => " or ",
            _ => ", ",
        };
        text.push_str(separator);
        text.push_str(&word.to_string());
    }
    text
}
