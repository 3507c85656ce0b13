//! What executions cost, summed over a job's and over a user's.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::domain::JobId;
use punctual::port::Clock;
use punctual::usecase::{World, job_cost, user_cost};

use crate::Api;
use crate::openapi::NoSuchUser;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{
    CostParameters, CursorParameter, FewJobsParameters, FilterParameters, PageRequest, Parameters,
    UserParameter,
};
use crate::view::{JobCostView, UserCostView};

/// Sum what a job's executions cost
///
/// Of executions whose fire times lie in a stretch of time, at most 1,000 at once, the earliest first: the parts are to be
/// added up. What was used is as metered; what it comes to is an estimate.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/cost", operation_id = "show_job_cost", tag = "jobs",
    params(Id<JobId>, CostParameters, CursorParameter),
    responses((status = 200, description = "What they cost, or a part of them", body = JobCostView)),
)]
pub async fn of_job<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(job): Id<JobId>,
    mut parameters: Parameters,
) -> Result<Json<JobCostView>, Problem> {
    let window = parameters.cost(api.world.clock().now())?;
    let after = PageRequest::place(parameters.cursor()?.as_deref())?;
    let part = job_cost(&api.world, &caller, job, window, after).await?;
    Ok(Json(JobCostView::of(job, window, part)))
}

/// Sum what a user's jobs cost
///
/// Some jobs at a time, each with the sum of its first 1,000 executions of a stretch of time; `is_whole` says whether that
/// is all of them. Deleted jobs are among them only if they are asked for, by `status=canceled`.
#[utoipa::path(
    get, path = "/v1/cost", operation_id = "show_cost", tag = "jobs",
    params(CostParameters, UserParameter, FilterParameters, FewJobsParameters),
    responses((status = 200, description = "What some of the jobs cost", body = UserCostView), NoSuchUser),
)]
pub async fn of_user<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    mut parameters: Parameters,
) -> Result<Json<UserCostView>, Problem> {
    let window = parameters.cost(api.world.clock().now())?;
    let owner = parameters.user()?;
    let filter = parameters.filter()?;
    let PageRequest { cursor, limit } = parameters.few_jobs()?;
    let place = (cursor.as_deref(), limit);
    let page = user_cost(&api.world, &caller, owner.as_ref(), &filter, window, place).await?;
    let page = page.ok_or_else(PageRequest::foreign_cursor)?;
    Ok(Json(UserCostView::of(window, page)))
}
