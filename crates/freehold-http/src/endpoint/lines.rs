//! All rows that answer a query, one a line.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::task::AbortOnDropHandle;

use super::{accept, headers};
use crate::{layer::Place, route::Streamed};

/// How many lines go into one piece of the body at most.
const LINES: usize = 100;

/// A part of the body.
enum Piece {
    Lines(Bytes),
    /// There is nothing behind it. Without it the body was broken off.
    End,
}

/// The answer, which begins at once and goes on as fast as the client takes it.
///
/// A task reads, so that it is known how long the client takes nothing: past the limit it is given up. Wherever it ends
/// before the last row, the body fails and the connection is broken off, since a body that just ended would be taken for
/// the whole.
pub(super) fn answer(streamed: Streamed, limit: Duration, place: Option<Place>) -> Response {
    let (send, receive) = mpsc::channel(1);
    let position = streamed.position;
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        read(streamed, limit, send).await;
        drop(place);
    }));
    let body = stream::unfold((receive, task), async |(mut receive, task)| {
        let piece = match receive.recv().await {
            Some(Piece::Lines(lines)) => Ok(lines),
            Some(Piece::End) => return None,
            None => Err(io::Error::other("the rows were broken off")),
        };
        Some((piece, (receive, task)))
    });
    let media_type = HeaderValue::from_static(accept::LINES);
    let mut response = ([(header::CONTENT_TYPE, media_type)], Body::from_stream(body)).into_response();
    headers::tell_position(response.headers_mut(), position);
    response
}

/// Hands the rows over until they end, fail, or nobody takes them any more.
async fn read(streamed: Streamed, limit: Duration, send: mpsc::Sender<Piece>) {
    let mut pieces = streamed.rows.map_ok(|row| row + "\n").try_ready_chunks(LINES);
    loop {
        let piece = match pieces.next().await {
            Some(Ok(lines)) => Piece::Lines(lines.concat().into()),
            // Where it happened it was told to the log.
            Some(Err(_)) => return,
            None => Piece::End,
        };
        let is_end = matches!(piece, Piece::End);
        match timeout(limit, send.send(piece)).await {
            Ok(Ok(())) if !is_end => {}
            Ok(_) => return,
            Err(_) => return tracing::info!(?limit, "rows were broken off: nobody takes them"),
        }
    }
}
