//! Which hosts are spared.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::usecase::{World, list_host_breakers};

use crate::Api;
use crate::openapi::NoSuchUser;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageParameters, PageRequest, Parameters, UserParameter};
use crate::view::{HostBreakerPage, HostBreakerView, Page};

/// List host breakers
///
/// The hosts that have failed so many of a user's calls within a day that calls to them were held back, and whether they
/// are called now.
#[utoipa::path(
    get, path = "/v1/host-breakers", operation_id = "list_host_breakers", tag = "executions",
    params(UserParameter, PageParameters),
    responses((status = 200, description = "A part of the list", body = HostBreakerPage), NoSuchUser),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<Page<HostBreakerView>>, Problem> {
    let owner = parameters.user()?;
    let PageRequest { cursor, limit } = parameters.page()?;
    let place = (cursor.as_deref(), limit);
    let page = list_host_breakers(&api.world, &caller, owner.as_ref(), place).await?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(Page::of(page, HostBreakerView::from)))
}
