//! The claims that API Gateway's JWT authoriser has verified. They are in the event, where no caller can write; the
//! `Authorization` header beside them is never read.
//!
//! API Gateway turns every claim into text: `["admin"]` arrives as `[admin]`, an object as `map[role:admin]`. Neither is
//! the name of a role. A user's name of such a form is refused, so that an array cannot pass for the text it looks like.

use axum::http::Extensions;
use lambda_http::request::RequestContext;

use super::Refusal;
use super::claims::{Proven, UNNAMED, role};
use punctual::domain::UserId;

/// The caller that the authoriser let pass.
pub fn proven(extensions: &Extensions, role_claim: &str) -> Result<Proven, Refusal> {
    let Some(RequestContext::ApiGatewayV2(context)) = extensions.get() else {
        return Err(Refusal::Missing);
    };
    let authorizer = context.authorizer.as_ref();
    let jwt = authorizer.and_then(|authorizer| authorizer.jwt.as_ref());
    let claims = &jwt.ok_or(Refusal::Missing)?.claims;
    let sub = claims.get("sub").filter(|sub| !is_composite(sub));
    Ok(Proven {
        user: sub.and_then(|sub| UserId::new(sub).ok()).ok_or(UNNAMED)?,
        role: claims.get(role_claim).and_then(|name| role(name)),
    })
}

fn is_composite(claim: &str) -> bool {
    claim.starts_with('[') || claim.starts_with("map[")
}
