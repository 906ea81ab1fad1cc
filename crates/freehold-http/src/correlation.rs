//! What ties together all that follows from one request, from the client on and back to it.

use axum::http::{Extensions, HeaderMap, HeaderValue};
use freehold_domain::CorrelationId;
use freehold_ports::IdSource;
use uuid::Uuid;

/// The header that it comes and goes in.
pub(crate) const HEADER: &str = "x-correlation-id";

/// The most characters that a client may give.
const LONGEST: usize = 128;

/// The id of a request, and the text that the client knows it by.
#[derive(Clone, Debug)]
pub(crate) struct Correlation {
    id: CorrelationId,
    text: HeaderValue,
}

impl Correlation {
    /// The one that the client gave, or a new one. Text that is no UUID stands for the UUID of version 5 of it.
    pub(crate) fn from_headers(headers: &HeaderMap, ids: &dyn IdSource) -> Self {
        let given = headers.get(HEADER).filter(|value| is_short_and_visible(value.as_bytes()));
        match given {
            Some(text) => Self { id: CorrelationId(uuid_of(text.as_bytes())), text: text.clone() },
            None => Self::new(ids.next()),
        }
    }

    /// The one that came with the request, or a new one where none was set.
    pub(crate) fn of(extensions: &Extensions, ids: &dyn IdSource) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self::new(ids.next()))
    }

    /// The id.
    pub(crate) fn id(&self) -> CorrelationId {
        self.id
    }

    /// What goes back in the header.
    pub(crate) fn header(&self) -> HeaderValue {
        self.text.clone()
    }

    /// The text that the client knows it by.
    pub(crate) fn as_str(&self) -> &str {
        self.text.to_str().unwrap_or_default()
    }

    fn new(uuid: Uuid) -> Self {
        let text = HeaderValue::try_from(uuid.to_string()).unwrap_or(HeaderValue::from_static("none"));
        Self { id: CorrelationId(uuid), text }
    }
}

fn is_short_and_visible(text: &[u8]) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
}

fn uuid_of(text: &[u8]) -> Uuid {
    Uuid::try_parse_ascii(text).unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, text))
}
