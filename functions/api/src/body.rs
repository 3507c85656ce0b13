//! Request bodies: JSON objects, read whole or refused. What cannot be read as JSON is malformed; what can be read but
//! not accepted is refused by the name of the field.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use punctual::domain::{Root, read, refusal};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json::Strict;
use crate::problem::Problem;

/// The longest body read: the greatest payload, with room for the fields around it and for white space.
pub const MAX_BODY_BYTES: usize = 384 * 1024;

/// A body of type `T`, of `MAX_BYTES` at most: what the route's layer lets through.
pub struct Body<T, const MAX_BYTES: usize = MAX_BODY_BYTES>(pub T);

impl<T: DeserializeOwned, S: Send + Sync, const MAX_BYTES: usize> FromRequest<S>
    for Body<T, MAX_BYTES>
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !says_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        decode(&whole(request, state, MAX_BYTES).await?).map(Self)
    }
}

/// A body of type `T` that may be left out: nothing is said then, whatever its media type.
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = says_json(request.headers());
        let bytes = whole(request, state, MAX_BODY_BYTES).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        if !is_json {
            return Err(Problem::unsupported_media_type());
        }
        decode(&bytes).map(Self)
    }
}

/// Reads a body.
///
/// # Errors
/// [`Problem`] if it is malformed, or names the field that cannot be accepted.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    read(Root::Body, &parse(bytes)?).map_err(Problem::invalid)
}

async fn whole<S: Send + Sync>(
    request: Request,
    state: &S,
    max_bytes: usize,
) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(max_bytes),
            _ => Problem::malformed("the body broke off"),
        })
}

/// Whether the media type is JSON, or one that builds on it, as a merge patch does.
fn says_json(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Problem::malformed("the body is not UTF-8"))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Strict(value) = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        if error.inner().is_data() {
            Problem::invalid(refusal(&error))
        } else {
            Problem::malformed(format!("the body is not JSON: {}", error.inner()))
        }
    })?;
    deserializer
        .end()
        .map_err(|error| Problem::malformed(format!("the body is not JSON: {error}")))?;
    if !value.is_object() {
        return Err(Problem::malformed("the body must be a JSON object"));
    }
    Ok(value)
}
