//! Reconciliation at an operator's wish, and what the ones so far have found.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::{Invalid, Reconciliation, Window};
use punctual::port::{Clock, Reconciliations};
use punctual::usecase::{self, Bounds, World, reconcile, reconcile_next};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{PageParameters, PageRequest, Parameters};
use crate::view::{Page, ReconciliationPage, ReconciliationView};

/// A request has this long: API Gateway and the function give it 15 s.
const TIME: TimeDelta = TimeDelta::seconds(8);

/// The body of a request to reconcile.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconcileRequest {
    /// What follows the last reconciliation, if absent.
    window: Option<WindowRequest>,
    /// Where a report that was cut short says that its window goes on.
    cursor: Option<String>,
}

/// The stretch of time to prove: at most 31 days, and settled, so that it must end ten minutes ago.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowRequest {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Reconcile
///
/// Proves that everything planned in a stretch of time is accounted for, and mends what is not. Null if nothing has
/// settled since the last one.
#[utoipa::path(
    post, path = "/v1/admin/reconcile", operation_id = "reconcile", tag = "admin",
    request_body = ReconcileRequest,
    responses((status = 200, description = "What was found, and mended", body = Option<ReconciliationView>)),
)]
pub async fn run<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Body(request): Body<ReconcileRequest>,
) -> Result<Json<Option<ReconciliationView>>, Problem> {
    usecase::note_reconciliation(&api.world, &caller).await?;
    let bounds = Bounds::until(api.world.clock().now() + TIME);
    let report: Option<Reconciliation> = match (request.window, request.cursor) {
        (None, None) => reconcile_next(&api.world, bounds).await?,
        (None, Some(_)) => {
            return Err(Problem::invalid(Invalid::new(
                "cursor",
                "goes with the window of the report that it comes from",
            )));
        }
        (Some(window), cursor) => {
            let window = Window::new(window.from, window.until).map_err(|invalid| {
                let field = format!("window.{}", invalid.field);
                Problem::invalid(Invalid { field, ..invalid })
            })?;
            let report = reconcile(&api.world, window, cursor, bounds).await?;
            let foreign = || Invalid::new("cursor", "is not a cursor of a reconciliation");
            Some(report.ok_or_else(|| Problem::invalid(foreign()))?)
        }
    };
    Ok(Json(report.map(ReconciliationView::from)))
}

/// List reconciliations
///
/// The reports of the last 30 days, latest first.
#[utoipa::path(
    get, path = "/v1/admin/reconciliations", operation_id = "list_reconciliations", tag = "admin",
    params(PageParameters),
    responses((status = 200, description = "A part of the list", body = ReconciliationPage)),
)]
pub async fn list<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    _: Principal,
    parameters: Parameters,
) -> Result<Json<Page<ReconciliationView>>, Problem> {
    let PageRequest { cursor, limit } = parameters.page()?;
    let store = api.world.store();
    let page = store.list_reconciliations(cursor.as_deref(), limit).await?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(Page::of(page, ReconciliationView::from)))
}
