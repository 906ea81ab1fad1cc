//! Problem details of RFC 9457: the one form of every error that leaves the service.

mod catalogue;
mod from;
mod kind;
mod page;

pub(crate) use catalogue::{Catalogue, rejection_type};
pub(crate) use kind::{About, Kind};
pub(crate) use page::{index, one};

use std::borrow::Cow;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use heck::ToKebabCase;
use serde::Serialize;

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What went wrong, before it is known on which path.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Occurrence>);

#[derive(Clone, Debug)]
struct Occurrence {
    kind: String,
    status: StatusCode,
    title: Cow<'static, str>,
    detail: String,
    extensions: Extensions,
    retry_after: Option<u32>,
    challenge: Option<HeaderValue>,
}

/// What a problem says beside the members of RFC 9457.
#[derive(Clone, Debug, Default, Serialize)]
struct Extensions {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    roles: &'static [&'static str],
}

/// What is wrong in one place of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldError {
    #[serde(flatten)]
    pub(crate) place: Place,
    pub(crate) detail: String,
}

/// A place in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    /// A JSON pointer into the body.
    Pointer(String),
    /// The name of a parameter of the path or the query string.
    Parameter(String),
}

/// A problem as it is sent.
#[derive(Serialize)]
struct Sent<'p> {
    r#type: &'p str,
    title: &'p str,
    status: u16,
    detail: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'p str>,
    #[serde(flatten)]
    extensions: &'p Extensions,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<&'p str>,
}

impl Problem {
    /// A problem of this kind, with what is to be said of this occurrence.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let about = kind.about();
        Self(Box::new(Occurrence {
            kind: format!("/problems/{}", about.name),
            status: about.status,
            title: about.title.into(),
            detail: detail.into(),
            extensions: Extensions::default(),
            retry_after: None,
            challenge: None,
        }))
    }

    /// What a request carries is wrong in these places.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.to_string(),
            several => format!("{} places are not valid; see `errors`", several.len()),
        };
        let mut problem = Self::new(Kind::Invalid, detail);
        problem.0.extensions.errors = errors;
        problem
    }

    /// The domain refuses a command.
    pub(crate) fn rejected(context: &str, rejection: &'static str, detail: String) -> Self {
        let mut problem = Self::new(Kind::Invalid, detail);
        problem.0.kind = catalogue::rejection_type(context, rejection);
        problem.0.title = catalogue::rejection_title(rejection).into();
        problem.0.extensions.rejection = Some(rejection);
        problem
    }

    /// Something that the client cannot help. The error is for the log only.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "internal error");
        Self::new(Kind::Internal, "The request could not be carried out. Nothing more can be told here.")
    }

    /// The same, with the version that there is.
    pub(crate) fn at_version(mut self, version: u64) -> Self {
        self.0.extensions.version = Some(version);
        self
    }

    /// The same, with the roles that may.
    pub(crate) fn for_roles(mut self, roles: &'static [&'static str]) -> Self {
        self.0.extensions.roles = roles;
        self
    }

    /// The same, with the seconds after which it may work.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The same, with what `WWW-Authenticate` says.
    pub(crate) fn challenging(mut self, challenge: &'static str) -> Self {
        self.0.challenge = Some(HeaderValue::from_static(challenge));
        self
    }

    /// The answer to a request for this path.
    pub(crate) fn respond(&self, instance: Option<&str>, correlation: Option<&str>) -> Response {
        let sent = Sent {
            r#type: &self.0.kind,
            title: &self.0.title,
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            instance,
            extensions: &self.0.extensions,
            correlation_id: correlation,
        };
        let body = serde_json::to_string(&sent).unwrap_or_default();
        let mut response = (self.0.status, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = &self.0.challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge.clone());
        }
        response
    }
}

/// The problem goes along with the answer, so that the outermost layer can add what it knows of the request.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.respond(None, None);
        response.extensions_mut().insert(self);
        response
    }
}

impl FieldError {
    /// Something is wrong in a place of the body.
    pub(crate) fn pointer(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { place: Place::Pointer(pointer.into()), detail: detail.into() }
    }

    /// Something is wrong with a parameter.
    pub(crate) fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { place: Place::Parameter(name.into()), detail: detail.into() }
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Pointer(place) | Place::Parameter(place) if place.is_empty() => f.write_str(&self.detail),
            Place::Pointer(place) | Place::Parameter(place) => write!(f, "{place}: {}", self.detail),
        }
    }
}

/// A name as it stands in a path.
fn kebab(name: &str) -> String {
    name.to_kebab_case()
}
