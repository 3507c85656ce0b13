//! Every answer that is not a success is one problem document (RFC 9457). It names the field at fault where there is
//! one, and never shows what is inside.

use std::error::Error;
use std::fmt::Write;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use punctual::domain::Invalid;
use punctual::port::PortError;
use punctual::usecase::RequestError;
use serde::Serialize;

/// What went wrong, for the user.
#[derive(Debug)]
pub struct Problem {
    kind: &'static str,
    title: &'static str,
    status: StatusCode,
    detail: String,
    fault: Option<FieldError>,
}

/// One field and what is wrong with it.
#[derive(Clone, Debug, Serialize)]
struct FieldError {
    field: String,
    reason: String,
}

/// A problem as it is written.
#[derive(Serialize)]
struct Document {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(flatten)]
    fault: Option<FieldError>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Problem {
    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            title,
            status,
            detail: detail.into(),
            fault: None,
        }
    }

    /// The body, or its parts, cannot be read at all, so that no field is at fault.
    pub fn malformed(detail: impl Into<String>) -> Self {
        let (kind, title) = ("/problems/malformed-body", "The body cannot be read");
        Self::new(StatusCode::BAD_REQUEST, kind, title, detail)
    }

    /// A field of the body, or a header, was read and cannot be accepted.
    pub fn invalid(invalid: Invalid) -> Self {
        let (kind, title) = ("/problems/invalid-field", "A field cannot be accepted");
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            kind,
            title,
            invalid.to_string(),
        )
        .at(invalid)
    }

    /// A query parameter cannot be accepted.
    pub fn parameter(name: &str, reason: impl Into<String>) -> Self {
        let invalid = Invalid::new(name, reason);
        let (kind, title) = (
            "/problems/invalid-parameter",
            "A query parameter cannot be accepted",
        );
        Self::new(StatusCode::BAD_REQUEST, kind, title, invalid.to_string()).at(invalid)
    }

    /// The caller did not say who it is.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        let (kind, title) = ("/problems/unauthenticated", "The caller is not known");
        Self::new(StatusCode::UNAUTHORIZED, kind, title, detail)
    }

    /// There is no such thing, or it is somebody else's: the two answers are the same, byte for byte.
    pub fn not_found(what: &str) -> Self {
        let (kind, title) = ("/problems/not-found", "Not found");
        let detail = format!("there is no such {what}");
        Self::new(StatusCode::NOT_FOUND, kind, title, detail)
    }

    /// The path is known, the method is not one of its own.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "/problems/method-not-allowed",
            "Method not allowed",
            "the Allow header names the methods of this path",
        )
    }

    /// The body says that it is not JSON.
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "/problems/unsupported-media-type",
            "Unsupported media type",
            "the body must be JSON, sent as Content-Type: application/json",
        )
    }

    /// The body is longer than any acceptable request.
    pub fn too_large(limit_bytes: usize) -> Self {
        let (kind, title) = ("/problems/body-too-large", "The body is too large");
        let detail = format!("the body may be at most {} KB", limit_bytes / 1_024);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, kind, title, detail)
    }

    fn conflict(detail: impl Into<String>) -> Self {
        let (kind, title) = ("/problems/conflict", "The present state does not allow it");
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    fn key_reused(detail: impl Into<String>) -> Self {
        let (kind, title) = (
            "/problems/idempotency-key-reused",
            "The idempotency key was used before",
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail)
    }

    fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems/unavailable",
            "Temporarily unavailable",
            "whether the request took effect is not known; with an Idempotency-Key it is safe to send it again",
        )
    }

    fn internal() -> Self {
        let (kind, title) = ("/problems/internal", "Internal error");
        let detail = "the request met a fault on our side; sending it again will not help";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, kind, title, detail)
    }

    fn at(self, Invalid { field, reason }: Invalid) -> Self {
        Self {
            fault: Some(FieldError { field, reason }),
            ..self
        }
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Invalid(invalid) => Self::invalid(invalid),
            RequestError::NotFound(what) => Self::not_found(what),
            RequestError::Conflict(detail) => Self::conflict(detail),
            RequestError::KeyReused => Self::key_reused(error.to_string()),
            RequestError::Port(error) => error.into(),
        }
    }
}

/// The one place where a port's failure is logged: whoever passes it on stays silent.
impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        tracing::error!(error = with_causes(&error), "a port failed");
        match error {
            PortError::Corrupt { .. } => Self::internal(),
            PortError::Throttled { .. }
            | PortError::Unavailable { .. }
            | PortError::DeadlinePassed { .. } => Self::unavailable(),
        }
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}"); // writing to a String cannot fail
        cause = error.source();
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let document = Document {
            kind: self.kind,
            title: self.title,
            status: status.as_u16(),
            detail: self.detail,
            errors: self.fault.iter().cloned().collect(),
            fault: self.fault,
        };
        let mut response = (status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            }
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::from_static("Punctual-User");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            _ => {}
        }
        response
    }
}
