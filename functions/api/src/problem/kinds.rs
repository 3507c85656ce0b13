//! Every kind of problem there is. Their type URIs are part of the API: programs tell problems apart by them.

use axum::http::StatusCode;
use punctual::domain::{Invalid, Role};
use punctual::usecase::RequestError;

use super::{Challenge, Problem};
use crate::identity::Refusal;

/// Pressure is judged anew at every tick.
const A_TICK_SECONDS: u64 = 60;

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

    /// A request all of whose values stand in its query was not carried out.
    pub fn of_the_query(error: RequestError) -> Self {
        match error {
            RequestError::Invalid(invalid) => Self::parameter(&invalid.field, invalid.reason),
            error => error.into(),
        }
    }

    /// A request whose filter cannot be accepted was not carried out.
    pub fn of_the_filter(error: RequestError) -> Self {
        match error {
            RequestError::Invalid(invalid)
                if ["user", "from"].contains(&invalid.field.as_str()) =>
            {
                let field = format!("filter.{}", invalid.field);
                Self::invalid(Invalid { field, ..invalid })
            }
            error => error.into(),
        }
    }

    /// The caller did not prove who it is, or not well enough.
    fn unauthenticated(detail: impl Into<String>, challenge: Challenge) -> Self {
        let (kind, title) = ("/problems/unauthenticated", "The caller is not known");
        Self::new(StatusCode::UNAUTHORIZED, kind, title, detail).challenging(challenge)
    }

    /// The route is in no row of the access table.
    pub fn closed() -> Self {
        Self::forbidden("nobody may do this")
    }

    /// The caller is known, but its token gives it no role.
    pub fn no_role() -> Self {
        let names = Role::ALL.map(Role::name).join(", ");
        Self::forbidden(format!("the token names no role; one of {names} is needed"))
    }

    /// The caller's role may not do this, whosever things it is about.
    pub fn not_for(role: Role) -> Self {
        Self::forbidden(format!("the role `{}` may not do this", role.name()))
    }

    fn forbidden(detail: impl Into<String>) -> Self {
        let (kind, title) = ("/problems/forbidden", "Not allowed");
        Self::new(StatusCode::FORBIDDEN, kind, title, detail)
            .challenging(Challenge::InsufficientScope)
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

    pub fn conflict(detail: impl Into<String>) -> Self {
        let (kind, title) = ("/problems/conflict", "The present state does not allow it");
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        let (kind, title) = (
            "/problems/precondition-failed",
            "It has changed since it was read",
        );
        Self::new(StatusCode::PRECONDITION_FAILED, kind, title, detail)
    }

    pub fn key_reused(detail: impl Into<String>) -> Self {
        let (kind, title) = (
            "/problems/idempotency-key-reused",
            "The idempotency key was used before",
        );
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail)
    }

    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems/unavailable",
            "Temporarily unavailable",
            "whether the request took effect is not known; with an Idempotency-Key it is safe to send it again",
        )
    }

    /// The request gives way: the service is too hard pressed for it.
    pub fn overloaded() -> Self {
        let (kind, title) = ("/problems/overloaded", "The service is too hard pressed");
        let detail = "nothing was done; what is due goes first, so send it again later";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, title, detail);
        problem.retried_after(A_TICK_SECONDS)
    }

    pub fn internal() -> Self {
        let (kind, title) = ("/problems/internal", "Internal error");
        let detail = "the request met a fault on our side; sending it again will not help";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, kind, title, detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing => Self::unauthenticated(
                "a token is needed, sent as Authorization: Bearer",
                Challenge::Bearer,
            ),
            Refusal::Unreadable(reason) => Self::unauthenticated(reason, Challenge::InvalidRequest),
            Refusal::Invalid(reason) => Self::unauthenticated(reason, Challenge::InvalidToken),
            Refusal::NoKeys => Self::unavailable(),
        }
    }
}
