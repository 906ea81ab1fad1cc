//! Pages of rows as JSON.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use freehold_domain::{Shape, Total};
use serde_json::json;

use super::query::json;
use crate::route::Answered;

/// The parameter that says behind which place a page begins.
const CURSOR: &str = "cursor";
/// The parameter that says behind how many rows a page begins.
const OFFSET: &str = "offset";

/// A page, and in its header `Link` where the next one is: the same question from another place on.
pub(super) fn answer(shape: Shape, answered: &Answered, path: &str, asked: &str) -> Response {
    let items = answered.rows.join(",");
    let rest = members(shape, answered);
    let mut response = json(format!("{{\"items\":[{items}],{rest}}}"));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let next = next(shape, answered).map(|(name, value)| link(path, asked, name, &value));
    if let Some(Ok(next)) = next.map(HeaderValue::try_from) {
        headers.insert(header::LINK, next);
    }
    response
}

/// What stands behind the rows.
fn members(shape: Shape, answered: &Answered) -> String {
    let Answered { next, offset, limit, total, .. } = answered;
    let (next, total) = (json!(next), json!(total));
    match shape {
        Shape::One | Shape::Page => format!("\"next\":{next}"),
        Shape::CountedPage => format!("\"next\":{next},\"total\":{total}"),
        Shape::OffsetPage => format!("\"offset\":{offset},\"limit\":{limit},\"total\":{total}"),
    }
}

/// The parameter of the next page.
fn next(shape: Shape, answered: &Answered) -> Option<(&'static str, String)> {
    if shape != Shape::OffsetPage {
        return answered.next.clone().map(|cursor| (CURSOR, cursor));
    }
    let shown = u32::try_from(answered.rows.len()).unwrap_or_default();
    let end = answered.offset.saturating_add(shown);
    let is_last = shown == 0 || (answered.total.is_exact && end >= answered.total.count);
    // Further than is counted no page can be asked for.
    (!is_last && end <= Total::BOUND).then(|| (OFFSET, end.to_string()))
}

fn link(path: &str, asked: &str, name: &str, value: &str) -> String {
    let others = form_urlencoded::parse(asked.as_bytes()).filter(|(other, _)| other != name);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(others).append_pair(name, value);
    format!("<{path}?{}>; rel=\"next\"", query.finish())
}
