//! The audit: who changed what, for those who answer for the service.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::usecase::{World, list_audit};

use crate::Api;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageRequest, Parameters};
use crate::view::{AuditedView, Page};

/// `GET /v1/admin/audit`, newest first. A part may be short, or empty, and still have a `next_cursor`.
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<Page<AuditedView>>, Problem> {
    let query = parameters.audit()?;
    let PageRequest { cursor, limit } = parameters.page()?;
    let page = list_audit(&api.world, &caller, query, cursor.as_deref(), limit).await?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(Page::of(page, AuditedView::from)))
}
