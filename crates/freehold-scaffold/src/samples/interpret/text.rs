//! Methods of text and characters.

use super::super::sample::Sample;
use super::call::apply;
use super::method::Call;
use super::operator::whole;
use super::scope::{Failure, Scope};
use super::value::Value;
use rust_decimal::Decimal;
use std::str::FromStr;

type Outcome = Result<Value, Failure>;

pub(super) fn call(receiver: &Value, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    if let Value::Char(it) = receiver {
        return of_char(*it, call);
    }
    if call.name == "to_string" && call.args.is_empty() {
        return Some(display(receiver).map(Value::text).ok_or_else(|| call.unknown()));
    }
    let text = receiver.as_text()?;
    match call.args.len() {
        0 => plain(text, call).map(Ok).or_else(|| parse(text, call)),
        _ => searching(text, call, scope),
    }
}

fn plain(text: &str, call: &Call<'_>) -> Option<Value> {
    let texts = |it: Vec<&str>| Value::List(it.into_iter().map(Value::text).collect());
    Some(match call.name.as_str() {
        "is_empty" => Value::bool(text.is_empty()),
        "len" => Value::size(text.len()),
        "as_str" | "as_string" | "code" | "into_string" | "into_boxed_str" => Value::text(text),
        "trim" => Value::text(text.trim()),
        "trim_start" => Value::text(text.trim_start()),
        "trim_end" => Value::text(text.trim_end()),
        "to_lowercase" => Value::text(text.to_lowercase()),
        "to_uppercase" => Value::text(text.to_uppercase()),
        "to_ascii_lowercase" => Value::text(text.to_ascii_lowercase()),
        "to_ascii_uppercase" => Value::text(text.to_ascii_uppercase()),
        "is_ascii" => Value::bool(text.is_ascii()),
        "chars" => Value::List(text.chars().map(Value::Char).collect()),
        "bytes" | "as_bytes" => Value::List(text.bytes().map(|it| Value::Size(it.into())).collect()),
        "lines" => texts(text.lines().collect()),
        "split_whitespace" => texts(text.split_whitespace().collect()),
        _ => return None,
    })
}

/// `parse`; a text that cannot be parsed is `None`, as every error is.
fn parse(text: &str, call: &Call<'_>) -> Option<Outcome> {
    if call.name != "parse" {
        return None;
    }
    Some(match call.hint.as_deref() {
        Some("i64" | "i32" | "i16" | "i8") => Ok(text.parse().map_or(Value::NONE, Value::int)),
        Some("u64" | "u32" | "u16" | "u8" | "usize") => Ok(text.parse().map_or(Value::NONE, Value::Size)),
        Some("Decimal") => {
            Ok(Decimal::from_str(text).map_or(Value::NONE, |it| Value::Sample(Sample::Decimal(it))))
        }
        _ => Err(Failure::unsupported("the method parse without a known type")),
    })
}

fn searching(text: &str, call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Outcome> {
    match call.name.as_str() {
        "eq_ignore_ascii_case" => Some(call.arg(0, scope).and_then(|other| match other.as_text() {
            Some(other) => Ok(Value::bool(text.eq_ignore_ascii_case(other))),
            None => Err(call.unknown()),
        })),
        "contains" | "starts_with" | "ends_with" | "find" | "split" | "strip_prefix" | "strip_suffix"
        | "trim_matches" | "trim_start_matches" | "trim_end_matches" => Some(by_needle(text, call, scope)),
        "replace" => Some(replace(text, call, scope)),
        "repeat" => Some(repeat(text, call, scope)),
        _ => None,
    }
}

/// A longer text is none that a rule is about.
const LONGEST: usize = 10_000;

fn repeat(text: &str, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let times = whole(&call.arg(0, scope)?).and_then(|it| usize::try_from(it).ok());
    match times.and_then(|times| Some((times, times.checked_mul(text.len())?))) {
        Some((times, length)) if length <= LONGEST => Ok(Value::text(text.repeat(times))),
        _ => Err(call.unknown()),
    }
}

fn replace(text: &str, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    let (from, to) = (call.arg(0, scope)?, call.arg(1, scope)?);
    match (display(&from), to.as_text()) {
        (Some(from), Some(to)) if text.len() <= LONGEST => Ok(Value::text(text.replace(&from, to))),
        _ => Err(call.unknown()),
    }
}

/// What a text is searched for.
enum Needle {
    Text(String),
    Chars(Vec<char>),
}

fn by_needle(text: &str, call: &Call<'_>, scope: &mut Scope<'_>) -> Outcome {
    match needle(text, call, scope)? {
        Needle::Text(it) => with_text(text, &it, call),
        Needle::Chars(it) => with_chars(text, &it, call),
    }
}

/// A closure or function over characters becomes the characters of this text that it says yes to.
fn needle(text: &str, call: &Call<'_>, scope: &mut Scope<'_>) -> Result<Needle, Failure> {
    let expr = call.expr(0)?;
    if let Ok(value) = super::evaluate(expr, scope) {
        return match value {
            Value::Char(it) => Ok(Needle::Chars(vec![it])),
            Value::List(chars) => Ok(Needle::Chars(chars.iter().filter_map(as_char).collect())),
            other => other.as_text().map(|it| Needle::Text(it.to_owned())).ok_or_else(|| call.unknown()),
        };
    }
    let mut chars = Vec::new();
    for char in text.chars() {
        match apply(expr, &[Value::Char(char)], scope)?.as_bool() {
            Some(true) => chars.push(char),
            Some(false) => {}
            None => return Err(call.unknown()),
        }
    }
    Ok(Needle::Chars(chars))
}

fn as_char(value: &Value) -> Option<char> {
    match value {
        Value::Char(it) => Some(*it),
        _ => None,
    }
}

fn with_text(text: &str, needle: &str, call: &Call<'_>) -> Outcome {
    Ok(match call.name.as_str() {
        "contains" => Value::bool(text.contains(needle)),
        "starts_with" => Value::bool(text.starts_with(needle)),
        "ends_with" => Value::bool(text.ends_with(needle)),
        "find" => text.find(needle).map_or(Value::NONE, Value::size),
        "split" => Value::List(text.split(needle).map(Value::text).collect()),
        "strip_prefix" => text.strip_prefix(needle).map_or(Value::NONE, Value::text),
        "strip_suffix" => text.strip_suffix(needle).map_or(Value::NONE, Value::text),
        "trim_start_matches" => Value::text(text.trim_start_matches(needle)),
        "trim_end_matches" => Value::text(text.trim_end_matches(needle)),
        _ => return Err(call.unknown()),
    })
}

fn with_chars(text: &str, chars: &[char], call: &Call<'_>) -> Outcome {
    Ok(match call.name.as_str() {
        "contains" => Value::bool(text.contains(chars)),
        "starts_with" => Value::bool(text.starts_with(chars)),
        "ends_with" => Value::bool(text.ends_with(chars)),
        "find" => text.find(chars).map_or(Value::NONE, Value::size),
        "split" => Value::List(text.split(chars).map(Value::text).collect()),
        "strip_prefix" => text.strip_prefix(chars).map_or(Value::NONE, Value::text),
        "strip_suffix" => text.strip_suffix(chars).map_or(Value::NONE, Value::text),
        "trim_matches" => Value::text(text.trim_matches(chars)),
        "trim_start_matches" => Value::text(text.trim_start_matches(chars)),
        "trim_end_matches" => Value::text(text.trim_end_matches(chars)),
        _ => return Err(call.unknown()),
    })
}

fn of_char(it: char, call: &Call<'_>) -> Option<Outcome> {
    Some(Ok(Value::bool(match call.name.as_str() {
        "is_alphabetic" => it.is_alphabetic(),
        "is_alphanumeric" => it.is_alphanumeric(),
        "is_numeric" => it.is_numeric(),
        "is_whitespace" => it.is_whitespace(),
        "is_uppercase" => it.is_uppercase(),
        "is_lowercase" => it.is_lowercase(),
        "is_control" => it.is_control(),
        "is_ascii" => it.is_ascii(),
        "is_ascii_alphabetic" => it.is_ascii_alphabetic(),
        "is_ascii_alphanumeric" => it.is_ascii_alphanumeric(),
        "is_ascii_digit" => it.is_ascii_digit(),
        "is_ascii_hexdigit" => it.is_ascii_hexdigit(),
        "is_ascii_lowercase" => it.is_ascii_lowercase(),
        "is_ascii_uppercase" => it.is_ascii_uppercase(),
        "is_ascii_punctuation" => it.is_ascii_punctuation(),
        "is_ascii_whitespace" => it.is_ascii_whitespace(),
        "to_ascii_uppercase" => return Some(Ok(Value::Char(it.to_ascii_uppercase()))),
        "to_ascii_lowercase" => return Some(Ok(Value::Char(it.to_ascii_lowercase()))),
        "to_string" => return Some(Ok(Value::text(it.to_string()))),
        _ => return None,
    })))
}

/// As `to_string` writes it.
pub(super) fn display(value: &Value) -> Option<String> {
    match value {
        Value::Char(it) => Some(it.to_string()),
        Value::Size(it) => Some(it.to_string()),
        Value::Sample(sample) => match sample.bare() {
            Sample::Bool(it) => Some(it.to_string()),
            Sample::Int(it) => Some(it.to_string()),
            Sample::Decimal(it) => Some(it.to_string()),
            Sample::Date(it) => Some(it.to_string()),
            Sample::Timestamp(it) => Some(it.to_string()),
            Sample::Uuid(it) | Sample::Id { uuid: it, .. } => Some(it.to_string()),
            _ => value.as_text().map(str::to_owned),
        },
        _ => None,
    }
}
