//! Every answer that is not a success is one problem document (RFC 9457). It names the field at fault where there is
//! one, and never shows what is inside.

mod kinds;
mod limits;

pub use limits::allowance_headers;
use limits::refusal_headers;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use punctual::domain::Invalid;
use punctual::edge::error_chain;
use punctual::plan::admission::Refusal;
use punctual::port::PortError;
use punctual::usecase::RequestError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::capitalized;

/// What went wrong, for the user.
#[derive(Debug)]
pub struct Problem {
    kind: &'static str,
    title: &'static str,
    status: StatusCode,
    detail: String,
    fault: Option<Box<FieldError>>,
    limited: Option<Box<Refusal>>,
    retry_after_seconds: Option<u64>,
    challenge: Option<Challenge>,
}

/// What `WWW-Authenticate` says (RFC 6750, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Challenge {
    /// The scheme alone: the request brought no token.
    Bearer,
    /// A token was brought in a way that cannot be read.
    InvalidRequest,
    /// The token proves nothing.
    InvalidToken,
    /// The token proves too little for what is asked.
    InsufficientScope,
}

impl Challenge {
    /// `detail` must be a fixed phrase: it stands between quotation marks.
    fn header(self, detail: &str) -> String {
        let code = match self {
            Self::Bearer => return "Bearer".to_owned(),
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => return "Bearer error=\"insufficient_scope\"".to_owned(),
        };
        format!("Bearer error=\"{code}\", error_description=\"{detail}\"")
    }
}

/// One field and what is wrong with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct FieldError {
    /// Its path, dotted: `schedule.expression`.
    field: String,
    /// What is wrong with it, and what would be right.
    reason: String,
}

/// Why a request was not carried out (RFC 9457). Programs tell problems apart by `type`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// This one, for a person.
    detail: String,
    /// When another try may fare better, where that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u64)]
    retry_after_seconds: Option<u64>,
    /// The path of the field at fault, if one is: `schedule.expression`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    field: Option<String>,
    /// What is wrong with it, and what would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    reason: Option<String>,
    /// Every field at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Document {
    /// The last part of its type, as one word: `InvalidField`.
    pub fn name(&self) -> String {
        let words = self.kind.rsplit('/').next().unwrap_or_default().split('-');
        words.map(capitalized).collect()
    }
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
            limited: None,
            retry_after_seconds: None,
            challenge: None,
        }
    }

    /// The status that it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is said of it, without the headers.
    pub fn into_document(self) -> Document {
        Document {
            kind: self.kind,
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail,
            retry_after_seconds: self
                .limited
                .and_then(|limited| limited.retry_after_seconds)
                .or(self.retry_after_seconds),
            field: self.fault.as_ref().map(|fault| fault.field.clone()),
            reason: self.fault.as_ref().map(|fault| fault.reason.clone()),
            errors: self.fault.into_iter().map(|fault| *fault).collect(),
        }
    }

    /// The field at fault, if one is.
    pub fn into_invalid(self) -> Option<Invalid> {
        let FieldError { field, reason } = *self.fault?;
        Some(Invalid { field, reason })
    }

    fn retried_after(self, seconds: u64) -> Self {
        Self {
            retry_after_seconds: Some(seconds),
            ..self
        }
    }

    fn challenging(self, challenge: Challenge) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    fn at(self, Invalid { field, reason }: Invalid) -> Self {
        Self {
            fault: Some(Box::new(FieldError { field, reason })),
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
            RequestError::Limited(refusal) => Self::limited(refusal),
            RequestError::AnotherVersion { .. } => Self::precondition_failed(error.to_string()),
            RequestError::KeyReused => Self::key_reused(error.to_string()),
            RequestError::Port(error) => error.into(),
        }
    }
}

/// The one place where a port's failure is logged: whoever passes it on stays silent.
impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        tracing::error!(error = error_chain(&error), "a port failed");
        match error {
            PortError::Corrupt { .. } => Self::internal(),
            PortError::Throttled { .. }
            | PortError::Unavailable { .. }
            | PortError::DeadlinePassed { .. } => Self::unavailable(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let challenge = self
            .challenge
            .and_then(|challenge| HeaderValue::try_from(challenge.header(&self.detail)).ok());
        let limits = self
            .limited
            .as_deref()
            .map(refusal_headers)
            .unwrap_or_default();
        let retry_after_seconds = self.retry_after_seconds;
        let mut response = (status, limits, Json(self.into_document())).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = retry_after_seconds.unwrap_or(2);
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
