//! The headers that make sending a command twice safe, and those that say how far the log goes.

use axum::http::HeaderMap;
use freehold_domain::{ActorId, CommandId, Position};
use uuid::{Uuid, uuid};

use super::only;
use crate::problem::{Kind, Problem};

/// The name of the header with the key.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The name of the header that says that a command had been carried out before.
pub(super) const REPLAYED: &str = "idempotent-replayed";

/// The name of the header with a position of the log: where the events of a command lie, what the rows that answer a query
/// have taken in, and, in a query, what they have to have taken in.
const LOG_POSITION: &str = "log-position";

/// What ids of commands with a key are made in. Changing it would make every key new.
const NAMESPACE: Uuid = uuid!("b9f0a5f6-5f0e-5b0f-9d1c-3c1c7a3e6d52");
/// The most characters of a key.
const LONGEST: usize = 255;

/// The id of the command with the key in these headers: the same for the same sender and key.
pub(super) fn command_id(headers: &HeaderMap, sender: &ActorId) -> Result<Option<CommandId>, Problem> {
    let Some(value) = only(headers, IDEMPOTENCY_KEY)? else {
        return Ok(None);
    };
    let key = key(value.trim_ascii()).ok_or_else(|| {
        let detail = "`Idempotency-Key` takes 1 to 255 visible ASCII characters, or such a string in quotes.";
        Problem::new(Kind::InvalidHeader, detail)
    })?;
    let sender = sender.as_str();
    // The length keeps `ab` with the key `c` apart from `a` with the key `bc`.
    let name = format!("{}:{sender}:{key}", sender.len());
    Ok(Some(CommandId(Uuid::new_v5(&NAMESPACE, name.as_bytes()))))
}

/// The position that the rows which answer a query have to have taken in.
pub(super) fn at_least(headers: &HeaderMap) -> Result<Option<Position>, Problem> {
    position(headers, LOG_POSITION).map_err(|()| {
        let detail = "`Log-Position` takes a position as it came in a header of that name, such as `42`.";
        Problem::new(Kind::InvalidHeader, detail)
    })
}

/// The position in the header of this name, if there is one.
pub(super) fn position(headers: &HeaderMap, name: &str) -> Result<Option<Position>, ()> {
    let Some(value) = only(headers, name).map_err(|_| ())? else {
        return Ok(None);
    };
    let digits = std::str::from_utf8(value.trim_ascii()).ok().filter(|text| is_number(text));
    digits.and_then(|digits| digits.parse().ok()).map(|position| Some(Position(position))).ok_or(())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Says a position.
pub(super) fn tell_position(headers: &mut HeaderMap, position: Position) {
    headers.insert(LOG_POSITION, position.0.into());
}

/// The key, bare or as a string of RFC 9651.
fn key(value: &[u8]) -> Option<String> {
    let key = match value.strip_prefix(b"\"") {
        Some(rest) => unescaped(rest.strip_suffix(b"\"")?)?,
        None if value.iter().all(u8::is_ascii_graphic) => value.to_vec(),
        None => return None,
    };
    if !(1..=LONGEST).contains(&key.len()) {
        return None;
    }
    String::from_utf8(key).ok()
}

/// A backslash stands before a quote or another backslash, and nowhere else.
fn unescaped(inner: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = inner.iter();
    let mut plain = Vec::with_capacity(inner.len());
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => plain.push(*bytes.next().filter(|next| b"\\\"".contains(next))?),
            b'"' => return None,
            b' '..=b'~' => plain.push(byte),
            _ => return None,
        }
    }
    Some(plain)
}
