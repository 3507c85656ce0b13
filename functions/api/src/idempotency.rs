//! The `Idempotency-Key` header. Its form is judged by the use case that honours it; here it only has to be text.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use punctual::domain::Invalid;

use crate::problem::Problem;

/// The header, and the field that refusals of it name.
pub const HEADER: &str = "Idempotency-Key";

/// The key, if the request has one.
pub struct IdempotencyKey(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) => Some(value.to_str().map_err(|_| refused("must be text"))?),
            (Some(_), Some(_)) => return Err(refused("must be given at most once")),
        };
        Ok(Self(key.map(ToOwned::to_owned)))
    }
}

fn refused(reason: &str) -> Problem {
    Problem::invalid(Invalid::new(HEADER, reason))
}
