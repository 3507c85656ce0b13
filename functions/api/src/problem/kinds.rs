//! Every kind of problem there is. Their type URIs are part of the API: programs tell problems apart by them.

use axum::http::StatusCode;
use punctual::domain::Invalid;

use super::Problem;

impl Problem {
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

    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        let (kind, title) = ("/problems/conflict", "The present state does not allow it");
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    pub(super) fn key_reused(detail: impl Into<String>) -> Self {
        let (kind, title) = (
            "/problems/idempotency-key-reused",
            "The idempotency key was used before",
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail)
    }

    pub(super) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems/unavailable",
            "Temporarily unavailable",
            "whether the request took effect is not known; with an Idempotency-Key it is safe to send it again",
        )
    }

    pub(super) fn internal() -> Self {
        let (kind, title) = ("/problems/internal", "Internal error");
        let detail = "the request met a fault on our side; sending it again will not help";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, kind, title, detail)
    }
}
