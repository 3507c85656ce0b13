//! Why a call brought no answer: one of a few kinds, whatever the libraries say. What they say is kept for a person,
//! without the URL: a query may hold a secret.

use std::error::Error;
use std::io;

use serde::Deserialize;

use super::resolver::Unresolved;
use crate::domain::TargetRefused;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The target, or what a redirect led to, is not to be called. Nothing was sent to it.
    Refused,
    /// The name could not be resolved.
    Dns,
    /// No connection came about, or none in time.
    Connect,
    /// The two sides did not agree on TLS, or the certificate is not one to trust.
    Tls,
    /// The answer did not come in time.
    Timeout,
    /// The answer broke off, or is not HTTP.
    Broken,
    /// There was one redirect more than was to be followed.
    TooManyRedirects,
}

/// A call that brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct CallFailed {
    /// What went wrong.
    pub kind: FailureKind,
    /// The same for a person, in one line.
    pub detail: String,
}

impl CallFailed {
    fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    pub(super) fn broken(detail: &str) -> Self {
        Self::new(FailureKind::Broken, detail)
    }

    pub(super) fn too_many_redirects(followed: u8) -> Self {
        let detail = format!("redirected once more after {followed} redirects");
        Self::new(FailureKind::TooManyRedirects, detail)
    }

    /// The request's body can be sent once only. No caller's is such.
    pub(super) fn unrepeatable() -> Self {
        Self::new(FailureKind::Refused, "the request cannot be sent again")
    }
}

impl From<TargetRefused> for CallFailed {
    fn from(refused: TargetRefused) -> Self {
        Self::new(FailureKind::Refused, format!("the target {refused}"))
    }
}

impl From<reqwest::Error> for CallFailed {
    fn from(error: reqwest::Error) -> Self {
        if let Some(refused) = find::<TargetRefused>(&error) {
            return refused.clone().into();
        }
        let kind = if find::<Unresolved>(&error).is_some() {
            FailureKind::Dns
        } else if find::<rustls::Error>(&error).is_some() {
            FailureKind::Tls
        } else if error.is_connect() {
            FailureKind::Connect
        } else if error.is_timeout() {
            FailureKind::Timeout
        } else {
            FailureKind::Broken
        };
        Self::new(kind, describe(&error))
    }
}

/// The cause of this type, however deep.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The causes of an error, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = cause(error);
    std::iter::from_fn(move || {
        let present = next?;
        next = cause(present);
        Some(present)
    })
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An I/O error gives what it wraps out of its own hand, and names as its source only the cause of that.
    let wrapped = error.downcast_ref().and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// The causes in words.
fn describe(error: &reqwest::Error) -> String {
    let mut text = String::new();
    for cause in causes(error) {
        let words = cause.to_string();
        if text.ends_with(&words) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&words);
    }
    if text.is_empty() {
        "the request failed".clone_into(&mut text);
    }
    text
}
