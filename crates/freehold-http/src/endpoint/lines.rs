//! All rows that answer a query, one a line.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;

use super::{
    accept,
    flow::{self, Terms},
    headers,
};
use crate::route::Streamed;

/// How many lines go into one piece of the body at most.
const LINES: usize = 100;

/// The answer, which begins at once and goes on as fast as the client takes it.
pub(super) fn answer(streamed: Streamed, terms: Terms) -> Response {
    let lines = streamed.rows.map_ok(|row| row + "\n").try_ready_chunks(LINES);
    let pieces = lines.map_ok(|lines| lines.concat().into()).map_err(|error| error.1);
    let media_type = HeaderValue::from_static(accept::LINES);
    let mut response = ([(header::CONTENT_TYPE, media_type)], flow::body(pieces, terms)).into_response();
    headers::tell_position(response.headers_mut(), streamed.position);
    response
}
