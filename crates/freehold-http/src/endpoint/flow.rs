//! Bodies that go on: as fast as the client takes them, and with an end only if they are whole.

use std::{io, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::{layer::Place, problem::Problem};

/// What holds for a body that goes on.
pub(super) struct Terms {
    /// How long the client may take nothing.
    pub(super) stall_limit: Duration,
    /// Its place among the requests that are under way, which it keeps to its end.
    pub(super) place: Option<Place>,
}

/// A part of the body.
enum Piece {
    Bytes(Bytes),
    /// There is nothing behind it. Without it the body was broken off.
    End,
}

/// The body of these pieces.
///
/// A task reads, so that it is known how long the client takes nothing: past the limit it is given up. Wherever it ends
/// before the last piece, the body fails and the connection is broken off, since a body that just ended would be taken for
/// the whole.
pub(super) fn body(
    pieces: impl Stream<Item = Result<Bytes, Problem>> + Send + 'static,
    terms: Terms,
) -> Body {
    let (send, receive) = mpsc::channel(1);
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        let Terms { stall_limit, place } = terms;
        hand_over(pieces, stall_limit, send).await;
        drop(place);
    }));
    Body::from_stream(stream::unfold((receive, task), async |(mut receive, task)| {
        let piece = match receive.recv().await {
            Some(Piece::Bytes(bytes)) => Ok(bytes),
            Some(Piece::End) => return None,
            None => Err(io::Error::other("the body was broken off")),
        };
        Some((piece, (receive, task)))
    }))
}

/// Hands the pieces over until they end, fail, or nobody takes them any more.
async fn hand_over(
    pieces: impl Stream<Item = Result<Bytes, Problem>>,
    stall_limit: Duration,
    send: mpsc::Sender<Piece>,
) {
    let mut pieces = std::pin::pin!(pieces);
    loop {
        let piece = match pieces.next().await {
            Some(Ok(bytes)) => Piece::Bytes(bytes),
            // Where it happened it was told to the log.
            Some(Err(_)) => return,
            None => Piece::End,
        };
        let is_end = matches!(piece, Piece::End);
        match timeout(stall_limit, send.send(piece)).await {
            Ok(Ok(())) if !is_end => {}
            Ok(_) => return,
            Err(_) => return tracing::info!(?stall_limit, "a body was broken off: nobody takes it"),
        }
    }
}
