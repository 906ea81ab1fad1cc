//! Numbers as people read them.

/// A count, with a comma after each three digits: `12,345`.
pub(crate) fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A latency that is given in microseconds.
pub(crate) fn latency(micros: f64) -> String {
    match micros {
        micros if micros < 10.0 => format!("{micros:.1} µs"),
        micros if micros < 1_000.0 => format!("{micros:.0} µs"),
        micros if micros < 10_000.0 => format!("{:.1} ms", micros / 1_000.0),
        micros if micros < 1_000_000.0 => format!("{:.0} ms", micros / 1_000.0),
        micros => format!("{:.1} s", micros / 1_000_000.0),
    }
}

/// Memory that is given in KiB.
#[expect(clippy::cast_precision_loss, reason = "shown to a MiB")]
pub(crate) fn mebibytes(kib: u64) -> String {
    format!("{} MiB", count(kib as f64 / 1024.0))
}

/// How many times as much.
pub(crate) fn ratio(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three_digits() {
        let shown = [7.0, 999.4, 1_000.0, 12_345.6, 1_234_567.0].map(count);
        assert_eq!(shown, ["7", "999", "1,000", "12,346", "1,234,567"]);
    }

    #[test]
    fn latencies_are_told_in_the_unit_that_they_have_few_digits_in() {
        let shown = [3.21, 134.0, 1_234.0, 45_600.0, 2_300_000.0].map(latency);
        assert_eq!(shown, ["3.2 µs", "134 µs", "1.2 ms", "46 ms", "2.3 s"]);
    }
}
