//! Why a caller is not known. Reasons are fixed phrases: nothing of a token is repeated in an answer or a log.

/// Why the caller could not be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request has no bearer token.
    #[error("the request has no bearer token")]
    Missing,
    /// A token was given in a way that cannot be read.
    #[error("{0}")]
    Unreadable(&'static str),
    /// The token does not prove who calls.
    #[error("{0}")]
    Invalid(&'static str),
    /// The issuer's keys cannot be had, so no token can be judged.
    #[error("the issuer's keys cannot be had")]
    NoKeys,
}
