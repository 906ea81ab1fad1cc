//! Defaults: `=100`, `=true`, `='USD'`, each checked against the type of its field.

use std::str::FromStr;

use rust_decimal::Decimal;

use crate::model::{Bounds, DecimalBounds, Literal, Type};
use crate::names;
use crate::nearest::did_you_mean;
use crate::symbols::Symbols;

/// What is wrong with a default; the message goes on after “the default of `x` ”.
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Wrong {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Reads a default of the given type.
pub(super) fn read(written: &str, ty: &Type, symbols: &Symbols) -> Result<Literal, Wrong> {
    match ty {
        Type::Bool => written.parse().map(Literal::Bool).map_err(|_| Wrong::new("must be `true` or `false`")),
        Type::Int(bounds) => integer(written, *bounds),
        Type::Decimal(bounds) => decimal(written, *bounds),
        Type::Text(bounds) => length(quoted(written)?, *bounds),
        Type::Enum(name) => variant(&quoted(written)?, name, symbols),
        Type::Value(name) => value(written, name, symbols),
        Type::Money => Err(Wrong::new("cannot be given: `Money` has none").help("make the field optional")),
        Type::Id { .. } => Err(Wrong::new("cannot be given: an id has none").help("make the field optional")),
        Type::State(_) => Err(Wrong::new("cannot be given: the state follows the events")),
        _ => text(quoted(written)?, ty),
    }
}

/// The text between quotes, in which a quote is doubled.
fn quoted(written: &str) -> Result<String, Wrong> {
    let inner = written.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match inner {
        Some(inner) if written.len() >= 2 => Ok(inner.replace("''", "'")),
        _ if written.is_empty() => {
            Err(Wrong::new("is missing").help("write it right after `=`, as in `='USD'`"))
        }
        _ => {
            Err(Wrong::new("must stand in quotes").help(format!("write `='{}'`", written.trim_matches('\''))))
        }
    }
}

fn integer(written: &str, bounds: Bounds<i64>) -> Result<Literal, Wrong> {
    let number: i64 =
        written.parse().map_err(|_| Wrong::new("must be a whole number").help("as in `=100`"))?;
    let inside = bounds.min.is_none_or(|min| min <= number) && bounds.max.is_none_or(|max| number <= max);
    if inside { Ok(Literal::Int(number)) } else { Err(outside()) }
}

fn decimal(written: &str, bounds: DecimalBounds) -> Result<Literal, Wrong> {
    let number = Decimal::from_str(written)
        .map_err(|_| Wrong::new("must be a decimal number").help("as in `=0.5`"))?;
    let above = bounds.min.is_none_or(|min| min.value < number || (min.value == number && !min.exclusive));
    let below = bounds.max.is_none_or(|max| number < max.value || (max.value == number && !max.exclusive));
    if above && below { Ok(Literal::Decimal(number)) } else { Err(outside()) }
}

fn length(text: String, bounds: Bounds<u32>) -> Result<Literal, Wrong> {
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let inside = bounds.min.is_none_or(|min| min <= length) && bounds.max.is_none_or(|max| length <= max);
    if inside { Ok(Literal::Text(text)) } else { Err(outside()) }
}

fn outside() -> Wrong {
    Wrong::new("lies outside of its own bounds")
}

fn variant(text: &str, name: &str, symbols: &Symbols) -> Result<Literal, Wrong> {
    let variants =
        symbols.enums.iter().find(|(other, _)| other == name).map_or(&[][..], |(_, variants)| variants);
    let found = names::pascal(text).filter(|text| variants.contains(text));
    found.map(Literal::Text).ok_or_else(|| Wrong {
        message: format!("is not a variant of `{name}`"),
        help: did_you_mean(text, variants.iter().map(String::as_str)),
    })
}

fn value(written: &str, name: &str, symbols: &Symbols) -> Result<Literal, Wrong> {
    let Some(newtype) = symbols.newtypes.get(name) else {
        return Err(Wrong::new(format!("cannot be given: `{name}` is made of several fields"))
            .help("make the field optional, or give its fields defaults"));
    };
    let Some(newtype) = newtype else {
        return Ok(Literal::Text(String::new()));
    };
    let literal = read(written, &newtype.inner, symbols)?;
    if let (Some(pattern), Literal::Text(text)) = (&newtype.pattern, &literal)
        && !pattern.is_match(text)
    {
        return Err(Wrong::new(format!("does not match the pattern of `{name}`")));
    }
    Ok(literal)
}

/// Texts that stand for something else.
fn text(text: String, ty: &Type) -> Result<Literal, Wrong> {
    let (valid, expected) = match ty {
        Type::Currency => {
            (iso_currency::Currency::from_code(&text).is_some(), "a currency of ISO 4217, as in `='EUR'`")
        }
        Type::Country => {
            let known = rust_iso3166::from_alpha2(&text).is_some();
            (known && text.len() == 2, "a country of ISO 3166-1 in two letters, as in `='DE'`")
        }
        Type::Date => (text.parse::<jiff::civil::Date>().is_ok(), "a date, as in `='2025-12-31'`"),
        Type::Timestamp => {
            (text.parse::<jiff::Timestamp>().is_ok(), "a moment, as in `='2025-12-31T12:00:00Z'`")
        }
        Type::Duration => (text.parse::<jiff::SignedDuration>().is_ok(), "a length of time, as in `='72h'`"),
        Type::Uuid => (uuid::Uuid::parse_str(&text).is_ok(), "a UUID"),
        Type::Email => (email_address::EmailAddress::is_valid(&text), "an e-mail address"),
        Type::Phone => (is_phone(&text), "a telephone number in E.164, as in `='+4930123456'`"),
        Type::Url => (url::Url::parse(&text).is_ok(), "an absolute URL, as in `='https://example.com/'`"),
        _ => (serde_json::from_str::<serde_json::Value>(&text).is_ok(), "JSON, as in `='{}'`"),
    };
    if valid { Ok(Literal::Text(text)) } else { Err(Wrong::new(format!("must be {expected}"))) }
}

fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}
