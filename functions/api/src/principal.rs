//! Who calls. Handlers learn it from [`Principal`] alone, so another way of proving it replaces this file and no other.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use punctual::domain::{Caller, Reach, Role, UserId};

use crate::problem::Problem;

/// Names the caller; trusted, so the deployment must let nobody set it but its own front door.
const HEADER: &str = "x-punctual-user";

/// The caller.
#[derive(Clone, Debug)]
pub struct Principal(pub Caller);

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        // Of two values, which one a proxy checked cannot be known.
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(Problem::unauthenticated(format!(
                "the header {HEADER} must be given once"
            )));
        };
        let user = value.to_str().ok().and_then(|text| UserId::new(text).ok());
        user.map(|user| {
            Self(Caller {
                user,
                role: Role::User,
                reach: Reach::Own,
                request_id: String::new(),
            })
        })
        .ok_or_else(|| {
            Problem::unauthenticated(format!(
                "the header {HEADER} must be 1 to 128 visible ASCII characters"
            ))
        })
    }
}
