//! Commands over HTTP.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use freehold_app::{Receipt, SendOptions};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use uuid::Uuid;

use super::{Call, etag, headers};
use crate::{
    problem::{FieldError, Kind, Problem},
    route::{CommandCall, CommandOperation, Endpoint},
};

/// What a command is answered with.
#[derive(Serialize)]
struct Accepted {
    id: Uuid,
    version: u64,
    position: u64,
}

pub(super) async fn answer(command: &CommandOperation, call: Call) -> Result<Response, Problem> {
    let Call { service, endpoint, caller, path, request, .. } = call;
    let options = SendOptions {
        command_id: headers::command_id(request.headers(), &caller.actor)?,
        expected: etag::expected(request.headers())?,
    };
    let target = target(&path)?;
    let body = body(request, service.body_limit).await?;
    let application = service.application.clone();
    let receipt = (command.carry_out)(CommandCall { application, caller, target, body, options }).await?;
    respond(&endpoint, command.creates, receipt)
}

/// The id of the aggregate that is addressed, if the path has one.
fn target(path: &[(String, String)]) -> Result<Option<Uuid>, Problem> {
    let Some((name, value)) = path.first() else {
        return Ok(None);
    };
    let invalid = |_| Problem::invalid(vec![FieldError::parameter(name, "expected a UUID")]);
    value.parse().map(Some).map_err(invalid)
}

/// The whole body. One that is too large is refused before it is read, if it says so.
async fn body(request: Request, limit: usize) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    let said =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > limit as u64) {
        return Err(too_large(limit));
    }
    let body = Limited::new(body, limit).collect().await.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            too_large(limit)
        } else {
            Problem::new(Kind::BadRequest, "The body ended before it was complete.")
        }
    })?;
    let body = body.to_bytes();
    if !body.is_empty() && !is_json(&parts.headers) {
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            "Send the body as `Content-Type: application/json`.",
        ));
    }
    Ok(body)
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::TooLarge, format!("A body has at most {limit} bytes."))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn respond(endpoint: &Endpoint, creates: bool, receipt: Receipt) -> Result<Response, Problem> {
    let Receipt { id, version, position, replayed } = receipt;
    let accepted = Accepted { id, version: version.0, position: position.0 };
    let body = serde_json::to_string(&accepted).map_err(|error| Problem::internal(&error))?;
    let status = if creates { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = (status, Body::from(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::ETAG, etag::of(version));
    headers::tell_position(headers, position);
    if replayed {
        headers.insert(headers::REPLAYED, HeaderValue::from_static("true"));
    }
    let location = endpoint.location.as_ref().map(|location| location.filled(&id.to_string()));
    if let Some(Ok(location)) = location.map(HeaderValue::try_from) {
        headers.insert(header::LOCATION, location);
    }
    Ok(response)
}
