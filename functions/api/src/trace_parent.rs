//! The `traceparent` header of W3C Trace Context. One that cannot be read is as if it had not been sent: nobody's request
//! fails for it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use punctual::domain::TraceContext;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

/// Where in a trace the request was made, if it was in one.
pub struct TraceParent(pub Option<TraceContext>);

impl<S: Sync> FromRequestParts<S> for TraceParent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut values = parts.headers.get_all(TraceContext::HEADER).iter();
        let one = match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        };
        Ok(Self(one.and_then(TraceContext::parse)))
    }
}

impl IntoParams for TraceParent {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let header = ParameterBuilder::new()
            .name(TraceContext::HEADER)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The trace that the run goes on in, by W3C Trace Context; ignored if it is of another form.",
            ))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .example(Some(
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into(),
            ));
        vec![header.build()]
    }
}
