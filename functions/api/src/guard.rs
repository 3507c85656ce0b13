//! Stands before every route: finds out who calls, and lets the call pass if the access table does. Handlers learn who
//! calls, and how far that caller reaches, from [`Principal`] alone.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::Extensions;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use lambda_http::request::RequestContext;
use punctual::domain::Caller;
use punctual::port::{Clock, Entropy};
use punctual::usecase::World;

use crate::Api;
use crate::access::{Access, access};
use crate::problem::Problem;

/// The middleware.
pub async fn guard<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    // What a token would open must not be told to those without one, except that the route is closed.
    let access = access(&parts.method, path.as_str()).ok_or_else(Problem::closed)?;
    if access != Access::Public {
        let caller = caller(&api, &parts, access).await?;
        parts.extensions.insert(Principal(caller));
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

async fn caller<W: World>(
    api: &Api<W>,
    request: &Parts,
    access: Access,
) -> Result<Caller, Problem> {
    let proven = api
        .identity
        .caller(request, api.world.clock().now())
        .await?;
    let role = proven.role.ok_or_else(Problem::no_role)?;
    let reach = access.reach(role).ok_or_else(|| Problem::not_for(role))?;
    Ok(Caller {
        user: proven.user,
        role,
        reach,
        request_id: request_id(&request.extensions)
            .unwrap_or_else(|| format!("{:032x}", api.world.entropy().next_u128())),
    })
}

/// The id under which API Gateway logs the request.
fn request_id(extensions: &Extensions) -> Option<String> {
    match extensions.get()? {
        RequestContext::ApiGatewayV2(context) => context.request_id.clone(),
        _ => None,
    }
}

/// The caller, as the guard let it pass.
#[derive(Clone, Debug)]
pub struct Principal(pub Caller);

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Missing only where the table calls a route public whose handler asks who calls: a fault of ours.
        parts
            .extensions
            .get()
            .cloned()
            .ok_or_else(Problem::internal)
    }
}
