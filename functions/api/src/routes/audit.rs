//! The audit: who changed what, for those who answer for the service.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::usecase::{World, list_audit};

use crate::Api;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{AuditParameters, PageParameters, PageRequest, Parameters};
use crate::view::{AuditedPage, AuditedView, Page};

/// List everybody's changes
///
/// The newest first. A part may be short, or empty, and still have a `next_cursor`.
#[utoipa::path(
    get, path = "/v1/admin/audit", operation_id = "list_audit", tag = "admin",
    params(AuditParameters, PageParameters),
    responses((status = 200, description = "A part of the list", body = AuditedPage)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<Page<AuditedView>>, Problem> {
    let query = parameters.audit()?;
    let PageRequest { cursor, limit } = parameters.page()?;
    let page = list_audit(&api.world, &caller, query, cursor.as_deref(), limit).await;
    let page = page.map_err(Problem::of_the_query)?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(Page::of(page, AuditedView::from)))
}
