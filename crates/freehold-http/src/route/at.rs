//! A method and a path: where a route answers.

use axum::http::Method;

/// A method and a path below the prefix of its routes: `post("/{id}/dispatch")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    pub(crate) method: Method,
    pub(crate) path: String,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident = $method:ident;)+) => {$(
        $(#[$doc])*
        pub fn $name(path: impl Into<String>) -> At {
            At { method: Method::$method, path: path.into() }
        }
    )+};
}

methods! {
    /// `GET` at this path. Only queries answer it.
    get = GET;
    /// `POST` at this path.
    post = POST;
    /// `PUT` at this path.
    put = PUT;
    /// `PATCH` at this path.
    patch = PATCH;
    /// `DELETE` at this path.
    delete = DELETE;
}
