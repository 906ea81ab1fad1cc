//! The forms that an answer can have, as the header `Accept` asks for them.

use axum::http::{HeaderMap, header};

/// JSON, one row a line.
pub(crate) const LINES: &str = "application/x-ndjson";

/// Server-sent events.
pub(crate) const EVENTS: &str = "text/event-stream";

/// Whether this form is asked for. It is if it is named, so that whoever takes anything gets what is usual.
pub(super) fn is_asked_for(headers: &HeaderMap, media_type: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media_type));
        is_named && !parts.any(is_refusal)
    })
}

fn is_refusal(parameter: &str) -> bool {
    let quality = parameter.strip_prefix(['q', 'Q']).and_then(|rest| rest.trim_start().strip_prefix('='));
    quality.and_then(|quality| quality.trim().parse::<f32>().ok()) == Some(0.0)
}
