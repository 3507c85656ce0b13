//! How hard the service is pressed, for those who run it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::usecase::{World, strain};

use crate::Api;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::PressureView;

/// Show the pressure
///
/// What is given up at present and since when; for each band what it can take, what is in its queue, and how much is
/// deferred.
#[utoipa::path(
    get, path = "/v1/admin/pressure", operation_id = "show_pressure", tag = "admin",
    responses((status = 200, description = "As it is now", body = PressureView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    _: Principal,
) -> Result<Json<PressureView>, Problem> {
    let (pressure, bands) = strain(&api.world, api.places).await?;
    Ok(Json(PressureView::of(&pressure, &bands)))
}
