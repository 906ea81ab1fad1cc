//! Text that a reader of a test recognises: the field's name and a number, within the bounds.

use freehold_model::Bounds;

/// `carrier name 1`, cut or padded to the bounds.
pub(super) fn readable(name: &str, bounds: Bounds<u32>, n: usize) -> String {
    let words = name.replace('_', " ");
    let full = format!("{words} {n}");
    let (min, max) = (bounds.min.unwrap_or(0) as usize, bounds.max.map_or(usize::MAX, |max| max as usize));
    if full.chars().count() > max { short(&words, n, max) } else { padded(full, &words, min) }
}

/// Text of exactly this many characters.
pub(in super::super) fn sized(name: &str, length: usize) -> String {
    let bounds = u32::try_from(length).unwrap_or(u32::MAX);
    readable(name, Bounds { min: Some(bounds), max: Some(bounds) }, 1)
}

fn short(words: &str, n: usize, max: usize) -> String {
    let number = n.to_string();
    if number.len() >= max {
        return letters(n, max);
    }
    let head: String = words.chars().filter(|it| *it != ' ').take(max - number.len()).collect();
    let text = format!("{head}{number}");
    padded(text, words, max)
}

/// `a`, `b`, `c`, or `aa`, `ab`, where there is no room for anything better.
fn letters(n: usize, max: usize) -> String {
    let mut rest = n.saturating_sub(1);
    let mut letters: Vec<char> = Vec::new();
    for _ in 0..max {
        letters.push(char::from(b'a' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// Goes on with the words until the text is long enough. It never ends in a space, which trimming would take away.
fn padded(text: String, words: &str, min: usize) -> String {
    let length = text.chars().count();
    if length >= min {
        return text;
    }
    let more = format!(" {words}");
    let mut padded: String = text.chars().chain(more.chars().cycle().take(min - length)).collect();
    if padded.ends_with(' ') {
        padded.pop();
        padded.push('x');
    }
    padded
}
