//! The caller of a request, for handlers: who calls, and how far that caller reaches, as the guard let it pass.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use punctual::domain::Caller;

use crate::problem::Problem;

/// The caller.
#[derive(Clone, Debug)]
pub struct Principal(pub Caller);

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Missing only where the access table calls a route public whose handler asks who calls: a fault of ours.
        parts
            .extensions
            .get()
            .cloned()
            .ok_or_else(Problem::internal)
    }
}
