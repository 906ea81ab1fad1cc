//! The page to read and try the API on, with everything that it needs in the binary: nothing comes from elsewhere.

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use crate::html;

/// Scripts and requests to this service only. `RapiDoc` sets styles on its elements, which is what its policy
/// cannot do without.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; \
                      img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The page, with a place for the title.
const PAGE: &str = include_str!("../assets/page.html");
/// The library behind the page, compressed.
const RAPIDOC: &[u8] = include_bytes!("../assets/rapidoc-9.3.8.js.gz");

/// A file whose text is in the binary.
macro_rules! file {
    ($type:literal, $name:literal) => {
        get(|| async { text($type, include_str!(concat!("../assets/", $name))) })
    };
}

/// The page, its files and the description itself.
pub(crate) fn routes(title: &str, openapi: Bytes) -> Router {
    let page = PAGE.replace("{{title}}", &html::escaped(title));
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/docs") }))
        .route("/docs", get(move || async { html::respond(page, POLICY) }))
        .route("/docs/page.js", file!("text/javascript; charset=utf-8", "page.js"))
        .route("/docs/style.css", file!("text/css; charset=utf-8", "style.css"))
        .route("/docs/icon.svg", file!("image/svg+xml", "icon.svg"))
        .route("/docs/rapidoc-9.3.8.js", get(rapidoc))
        .route("/openapi.json", get(move || async { described(openapi) }))
}

fn text(media_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}

fn described(openapi: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, Body::from(openapi)).into_response()
}

/// The library, whose name has its version, so that a browser may keep it.
async fn rapidoc(headers: HeaderMap) -> Response {
    let mut response = if takes_gzip(&headers) {
        ([(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], RAPIDOC).into_response()
    } else {
        unpacked().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.split(',').any(|coding| coding.trim().split(';').next() == Some("gzip"))
    })
}

/// What `gzip -n` wraps around the data: ten bytes before it, eight after.
fn unpacked() -> Vec<u8> {
    let data = RAPIDOC.get(10..RAPIDOC.len() - 8).unwrap_or_default();
    miniz_oxide::inflate::decompress_to_vec(data).unwrap_or_default()
}
