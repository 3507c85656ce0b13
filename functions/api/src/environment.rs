//! The function's parts, from its environment. A part that is missing stops the function at its start, not at its first
//! request.

use axum::Router;
use lambda_http::Error;

/// The router over the tables and queues that the environment names.
///
/// # Errors
/// If the environment does not name them all.
pub async fn from_env() -> Result<Router, Error> {
    Err("this build has no tables to work on".into())
}
