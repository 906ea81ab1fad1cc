//! The collation `decimal`: decimal numbers as text, ordered and compared as numbers, whatever their scale.
//!
//! The `sqlite3` shell has one of the same name and order built in, so that people can query the tables with it.

use std::cmp::Ordering;

use freehold_domain::Decimal;

/// Numbers by value, before all else; all else by bytes.
pub(crate) fn collate(a: &str, b: &str) -> Ordering {
    match (a.parse::<Decimal>(), b.parse::<Decimal>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::collate;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn numbers_are_compared_by_value() {
        assert_eq!(collate("1.0", "1.00"), Equal);
        assert_eq!(collate("-0", "0.000"), Equal);
        assert_eq!(collate("9", "10"), Less);
        assert_eq!(collate("-9", "-10"), Greater);
        assert_eq!(collate("79228162514264337593543950335", "79228162514264337593543950334"), Greater);
    }

    #[test]
    fn what_is_no_number_comes_last_by_bytes() {
        assert_eq!(collate("10", "abc"), Less);
        assert_eq!(collate("abc", "-1"), Greater);
        assert_eq!(collate("a", "b"), Less);
    }
}
