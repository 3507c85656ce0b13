//! Users' plans, for those who run the service: which plan a user has, what it allows, and how much of it is used.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use punctual::domain::{Limits, Tier, UserId};
use punctual::usecase::{Standing, World, assign_tier, standing};
use serde::{Deserialize, Serialize};

use crate::Api;
use crate::body::Body;
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::utc_ms;

/// The body of `PUT /v1/admin/users/{user}/plan`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    plan: Tier,
}

/// A user's plan, and what is used of it.
#[derive(Debug, Serialize)]
pub struct PlanView {
    user: UserId,
    plan: Tier,
    /// Whether this user was given it; it is the default, otherwise.
    assigned: bool,
    limits: Limits,
    /// Jobs created in this minute, and tokens that instances of the API hold.
    granted_this_minute: u64,
    /// The same, of this UTC day.
    granted_today: u64,
    /// Active and paused jobs, at most; `null` if they have not been counted lately.
    live_jobs_at_most: Option<u64>,
    live_jobs_counted_at: Option<String>,
}

impl PlanView {
    fn of(user: UserId, standing: Standing) -> Json<Self> {
        Json(Self {
            user,
            plan: standing.tier,
            assigned: standing.assigned,
            limits: standing.limits,
            granted_this_minute: standing.granted_this_minute,
            granted_today: standing.granted_today,
            live_jobs_at_most: standing.live.map(|live| live.at_most),
            live_jobs_counted_at: standing.live.map(|live| utc_ms(live.counted_at)),
        })
    }
}

/// `GET /v1/admin/users/{user}/plan`
pub async fn show<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(user): Id<UserId>,
) -> Result<Json<PlanView>, Problem> {
    let found = standing(&api.world, &api.admission, &caller, &user).await?;
    Ok(PlanView::of(user, found))
}

/// `PUT /v1/admin/users/{user}/plan`: in force within a minute.
pub async fn assign<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(user): Id<UserId>,
    Body(PlanRequest { plan }): Body<PlanRequest>,
) -> Result<Json<PlanView>, Problem> {
    let found = assign_tier(&api.world, &api.admission, &caller, &user, plan).await?;
    Ok(PlanView::of(user, found))
}
