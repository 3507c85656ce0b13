//! Users' plans, for those who run the service: which plan a user has, what it allows, and how much of it is used.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::domain::{Limits, Tier, UserId};
use punctual::usecase::{Standing, World, assign_tier, standing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::utc_ms;

/// The body of `PUT /v1/admin/users/{user}/plan`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    plan: Tier,
}

/// A user's plan, and what is used of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanView {
    user: UserId,
    plan: Tier,
    /// Whether this user was given it; it is the default, otherwise.
    assigned: bool,
    limits: Limits,
    /// Executions that run now; `null` where the plan does not limit them, for then nobody counts.
    #[schema(required)]
    executing: Option<u64>,
    /// Jobs created in this minute, and tokens that instances of the API hold.
    granted_this_minute: u64,
    /// The same, of this UTC day.
    granted_today: u64,
    /// Active and paused jobs, at most; `null` if they have not been counted lately.
    #[schema(required)]
    live_jobs_at_most: Option<u64>,
    #[schema(required, format = DateTime)]
    live_jobs_counted_at: Option<String>,
}

impl PlanView {
    fn of(user: UserId, standing: Standing) -> Json<Self> {
        Json(Self {
            user,
            plan: standing.tier,
            assigned: standing.assigned,
            limits: standing.limits,
            executing: standing.executing,
            granted_this_minute: standing.granted_this_minute,
            granted_today: standing.granted_today,
            live_jobs_at_most: standing.live.map(|live| live.at_most),
            live_jobs_counted_at: standing.live.map(|live| utc_ms(live.counted_at)),
        })
    }
}

/// Show a user's plan
///
/// What it allows, and how much of it is used.
#[utoipa::path(
    get, path = "/v1/admin/users/{user}/plan", operation_id = "show_plan", tag = "admin",
    params(Id<UserId>),
    responses((status = 200, description = "The plan", body = PlanView)),
)]
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(user): Id<UserId>,
) -> Result<Json<PlanView>, Problem> {
    let found = standing(&api.world, &api.admission, &caller, &user).await?;
    Ok(PlanView::of(user, found))
}

/// Give a user a plan
///
/// It is in force within a minute.
#[utoipa::path(
    put, path = "/v1/admin/users/{user}/plan", operation_id = "assign_plan", tag = "admin",
    params(Id<UserId>),
    request_body = PlanRequest,
    responses((status = 200, description = "The plan as it is now", body = PlanView)),
)]
pub async fn assign<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(user): Id<UserId>,
    Body(PlanRequest { plan }): Body<PlanRequest>,
) -> Result<Json<PlanView>, Problem> {
    let found = assign_tier(&api.world, &api.admission, &caller, &user, plan).await?;
    Ok(PlanView::of(user, found))
}
