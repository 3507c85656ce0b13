//! Schedules without jobs: what one would fire, in UTC and in its own time zone. Nothing is stored.

use std::iter::successors;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use punctual::domain::schedule::ScheduleRequest;
use punctual::domain::{Invalid, Schedule, next_second};
use punctual::port::Clock;
use punctual::usecase::World;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::FireTime;

/// The body of a preview.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    schedule: ScheduleRequest,
    /// How many fire times.
    #[serde(default = "ten")]
    #[schema(minimum = 1, maximum = 100, default = ten)]
    count: usize,
    /// The next second, if absent. In the years 1970 to 9999.
    from: Option<DateTime<Utc>>,
}

fn ten() -> usize {
    10
}

/// The next fire times of a schedule.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The zone of the local times.
    #[schema(format = "iana-time-zone")]
    timezone: &'static str,
    fire_times: Vec<FireTime>,
}

/// Preview a schedule
///
/// Its next fire times. Nothing is stored.
#[utoipa::path(
    post, path = "/v1/schedules/preview", operation_id = "preview_schedule", tag = "schedules",
    request_body = PreviewRequest,
    responses((status = 200, description = "The next fire times", body = Preview)),
)]
pub async fn preview<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    _: Principal,
    Body(request): Body<PreviewRequest>,
) -> Result<Json<Preview>, Problem> {
    let now = api.world.clock().now();
    Ok(Json(fire_times(&request, now).map_err(Problem::invalid)?))
}

fn fire_times(request: &PreviewRequest, now: DateTime<Utc>) -> Result<Preview, Invalid> {
    if !(1..=100).contains(&request.count) {
        return Err(Invalid::new("count", "must be from 1 to 100"));
    }
    let from = request.from.unwrap_or_else(|| next_second(now));
    if !(1970..=9999).contains(&from.year()) {
        return Err(Invalid::new("from", "must lie in the years 1970 to 9999"));
    }
    // Without a job, an `H` stands for some value: which one is known when the job has its id.
    let schedule = Schedule::from_request(&request.schedule, now, 0)?;
    let timezone = schedule.timezone();
    let fire_times = successors(schedule.next(from), |at| {
        schedule.next(*at + TimeDelta::seconds(1))
    });
    Ok(Preview {
        timezone: timezone.name(),
        fire_times: fire_times
            .take(request.count)
            .map(|at| FireTime::of(at, timezone))
            .collect(),
    })
}
