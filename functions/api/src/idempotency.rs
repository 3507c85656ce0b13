//! The `Idempotency-Key` header. Its form is judged by the use case that honours it; here it only has to be text.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use punctual::domain::Invalid;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

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

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[!-~]{1,255}$"));
        let header = ParameterBuilder::new()
            .name(HEADER)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "Makes the request safe to send again: with the same key it takes effect once.",
            ))
            .schema(Some(text))
            .example(Some("report-1".into()));
        vec![header.build()]
    }
}
