//! Stands before every route: finds out who calls, and lets the call pass if the access table does, and if it need not
//! give way.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
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
use crate::principal::Principal;
use crate::problem::Problem;
use crate::yielding::gives_way;

/// The middleware.
pub async fn guard<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    // A route that is closed to everybody is closed before anybody is asked who they are.
    let access = access(&parts.method, path.as_str()).ok_or_else(Problem::closed)?;
    if access != Access::Public {
        let caller = caller(&api, &parts, access).await?;
        parts.extensions.insert(Principal(caller));
    }
    if let Some(level) = gives_way(&parts.method, path.as_str())
        && api.pressure.pressure(&api.world).await.level >= level
    {
        return Err(Problem::overloaded());
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
