//! Changes of a list as server-sent events.

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use freehold_domain::Position;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    accept,
    flow::{self, Terms},
    headers,
};
use crate::{
    problem::{Kind, Problem},
    route::{Followed, Told},
};

/// After how long without an event a comment is sent, so that whoever stands between does not close the connection, and a
/// client that is gone is noticed.
const SILENCE: Duration = Duration::from_secs(15);
/// The name of the header that says behind which event to go on.
const LAST_EVENT_ID: &str = "last-event-id";

/// When the events end by themselves, in a way that a client takes up again.
pub(super) struct Until {
    /// The token of the caller is not valid any more then.
    pub(super) expires_in: Duration,
    /// The service stops.
    pub(super) stopping: CancellationToken,
}

/// The answer, which goes on until the client or the service ends it.
pub(super) fn answer(followed: Followed, until: Until, terms: Terms) -> Response {
    let begin = stream::once(std::future::ready(Ok(beginning(followed.position))));
    let events = begin.chain(never_silent(followed.changes));
    let Until { expires_in, stopping } = until;
    let ended = async move { drop(timeout(expires_in, stopping.cancelled()).await) };
    let body = flow::body(events.take_until(Box::pin(ended)), terms);
    let media_type = HeaderValue::from_static(accept::EVENTS);
    let mut response = ([(header::CONTENT_TYPE, media_type)], body).into_response();
    headers::tell_position(response.headers_mut(), followed.position);
    response
}

/// Behind which position the events begin, if that is said.
pub(super) fn after(headers: &HeaderMap) -> Result<Option<Position>, Problem> {
    headers::position(headers, LAST_EVENT_ID).map_err(|()| {
        let detail = "`Last-Event-ID` takes the id of an event of this list, or a position as it came in `Log-Position`.";
        Problem::new(Kind::InvalidHeader, detail)
    })
}

/// An id without an event: a client that is cut off before the first goes on here.
fn beginning(position: Position) -> Bytes {
    format!("id: {position}\n\n").into()
}

/// What one event of the log has changed. All but the last of its rows come without an id, so that a client that is cut off
/// between them is told all of them again.
fn text(changed: &Told) -> Bytes {
    let last = changed.rows.len().saturating_sub(1);
    let row = |(index, (name, data)): (usize, &(&str, String))| {
        let id = if index == last { format!("id: {}\n", changed.position) } else { String::new() };
        format!("{id}event: {name}\ndata: {data}\n\n")
    };
    changed.rows.iter().enumerate().map(row).collect::<String>().into()
}

fn never_silent(
    changes: impl Stream<Item = Result<Told, Problem>> + Send + Unpin + 'static,
) -> impl Stream<Item = Result<Bytes, Problem>> + Send {
    stream::unfold(changes, async |mut changes| {
        let piece = match timeout(SILENCE, changes.next()).await {
            Ok(changed) => changed?.map(|changed| text(&changed)),
            Err(_) => Ok(Bytes::from_static(b":\n\n")),
        };
        Some((piece, changes))
    })
}
