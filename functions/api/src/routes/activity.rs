//! What the service has done lately, for those who run it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::usecase::{World, lately};

use crate::Api;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{MinutesParameter, Parameters};
use crate::view::ActivityView;

/// Show the activity
///
/// What was started and how it ended, by the minute, as the functions have reported it; and how far the scanner has come.
/// Where either cannot be read, it says so, and the other is shown. How much is waiting is `/v1/admin/pressure`'s to say.
#[utoipa::path(
    get, path = "/v1/admin/activity", operation_id = "show_activity", tag = "admin",
    params(MinutesParameter),
    responses((status = 200, description = "The last minutes", body = ActivityView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    _: Principal,
    mut parameters: Parameters,
) -> Result<Json<ActivityView>, Problem> {
    let minutes = parameters.minutes()?;
    parameters.no_others()?;
    let lately = lately(&api.world, &api.activity).await;
    Ok(Json(ActivityView::of(lately, minutes)))
}
