//! What a service has answered, with the assertions that tests make about it.

use axum::{
    body::to_bytes,
    http::{HeaderMap, StatusCode},
};
use serde_json::Value;

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null if there is none.
    pub body: Value,
}

impl Response {
    pub(crate) async fn read(answer: axum::response::Response) -> Self {
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("the body arrives");
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// The request was carried out.
    ///
    /// # Panics
    /// If it was not.
    #[track_caller]
    pub fn assert_success(&self) {
        assert!(self.status.is_success(), "{}: {:#}", self.status, self.body);
    }

    /// The status is this.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn assert_status(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
    }

    /// The answer is one row that holds at least this.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn assert_answer(&self, expected: &Value) {
        self.assert_status(200);
        assert_holds(&self.body, expected);
    }

    /// The answer is a page with one row, which holds at least this.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn assert_page_of_one(&self, expected: &Value) {
        self.assert_status(200);
        match self.items() {
            [row] => assert_holds(row, expected),
            rows => panic!("a page with one row was expected, and it has {}: {:#}", rows.len(), self.body),
        }
    }

    /// The answer is a page without rows.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn assert_empty_page(&self) {
        self.assert_status(200);
        assert!(self.items().is_empty(), "{:#}", self.body);
    }

    /// The request was refused for what stands at this JSON pointer, or within it.
    ///
    /// # Panics
    /// If it was not.
    #[track_caller]
    pub fn assert_invalid(&self, pointer: &str) {
        self.assert_status(422);
        let errors = self.body["errors"].as_array().map_or(&[][..], Vec::as_slice);
        let at = |error: &Value| {
            error["pointer"].as_str().is_some_and(|at| pointer.starts_with(at) || at.starts_with(pointer))
        };
        assert!(errors.iter().any(at), "`{pointer}` was expected to be refused: {:#}", self.body);
    }

    fn items(&self) -> &[Value] {
        self.body["items"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// Every field that is expected is there with that value.
#[track_caller]
fn assert_holds(row: &Value, expected: &Value) {
    for (name, value) in expected.as_object().into_iter().flatten() {
        assert_eq!(&row[name], value, "`{name}` in {row:#}");
    }
}
