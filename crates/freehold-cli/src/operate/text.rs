//! What a service says, as terminals may show it.

use std::time::Duration;

use serde_json::Value;

/// One line without control characters: what events and errors contain came from anybody, and must not move a cursor,
/// colour or retitle the terminal of an operator.
pub(crate) fn line(text: &str) -> String {
    let spaced = text.chars().map(|letter| if is_space(letter) { ' ' } else { letter });
    spaced.filter(|letter| is_shown(*letter)).collect::<String>().trim().to_owned()
}

/// The beginning of a text, where the whole of it would bury the rest of a table.
pub(crate) fn beginning(text: &str) -> String {
    const LENGTH: usize = 100;
    let line = line(text);
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A JSON value over several lines.
pub(crate) fn json(value: &Value) -> String {
    format!("{value:#}").chars().filter(|letter| *letter == '\n' || is_shown(*letter)).collect()
}

/// What may be missing.
pub(crate) fn known<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

pub(crate) fn seconds(value: Option<f64>) -> String {
    known(value.map(|seconds| format!("{seconds:.1} s")))
}

/// A length of time that is only told roughly.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).as_secs();
    match (whole / 3_600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}')
}

/// Whether a character shows itself, rather than changing how others are shown: marks of direction turn text around.
fn is_shown(letter: char) -> bool {
    let direction =
        matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !letter.is_control() && !direction
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_line_has_no_control_characters_and_no_marks_of_direction() {
        assert_eq!(super::line("a\u{1b}[31m\u{9b}b\u{7f}\n\tc\u{202e}d\u{0}"), "a[31mb  cd");
    }

    #[test]
    fn json_keeps_its_lines_and_nothing_else_that_controls() {
        assert_eq!(super::json(&json!({ "a": "\u{9b}b" })), "{\n  \"a\": \"b\"\n}");
    }

    #[test]
    fn a_duration_is_told_in_two_units_at_most() {
        let told = [0.4, 59.9, 61.0, 7_320.0].map(super::duration);
        assert_eq!(told, ["0 s", "59 s", "1 min 1 s", "2 h 2 min"]);
    }

    #[test]
    fn a_beginning_counts_characters() {
        assert_eq!(super::beginning(&"ü".repeat(100)), "ü".repeat(100));
        assert_eq!(super::beginning(&"ü".repeat(101)), format!("{}…", "ü".repeat(100)));
    }
}
