//! Schedules without jobs: what one would do, in words and in instants, and which changes of the clock it meets. Nothing
//! is stored.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Datelike, Utc};
use punctual::domain::calendar::CalendarName;
use punctual::domain::schedule::ScheduleRequest;
use punctual::domain::{Invalid, JobId, JobRequest, Placing, SpreadSeconds};
use punctual::usecase::{World, preview as rehearse};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::view::PreviewView;

/// The body of a preview: a schedule, and the policies that say which of its times fire.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    schedule: ScheduleRequest,
    /// Only recurring: no fire time lies before this.
    starts_at: Option<DateTime<Utc>>,
    /// Only recurring: no fire time lies after this.
    ends_at: Option<DateTime<Utc>>,
    /// Only recurring: how many fire times there are from now on.
    #[schema(minimum = 1, maximum = 10_000)]
    max_runs: Option<u32>,
    #[serde(default)]
    spread_seconds: SpreadSeconds,
    /// With `auto`, shows the place that the job would be given now.
    #[serde(default)]
    #[schema(default = Placing::default)]
    spread: Placing,
    /// Your calendars in which nothing fires.
    #[serde(default)]
    #[schema(max_items = 5)]
    exclude_calendars: Vec<CalendarName>,
    /// The job whose own `H` and spread are shown; those of some job, if absent.
    job_id: Option<JobId>,
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

impl PreviewRequest {
    /// The request of a job that would fire so.
    fn job(&self) -> JobRequest {
        JobRequest {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            max_runs: self.max_runs,
            spread_seconds: self.spread_seconds,
            spread: self.spread,
            exclude_calendars: self.exclude_calendars.clone(),
            ..JobRequest::new(
                "preview".to_owned(),
                "echo".to_owned(),
                Value::Null,
                self.schedule.clone(),
            )
        }
    }
}

/// Preview a schedule
///
/// In words, as its next fire times, and with the changes of the clock that it meets within a year. Nothing is stored.
#[utoipa::path(
    post, path = "/v1/schedules/preview", operation_id = "preview_schedule", tag = "schedules",
    request_body = PreviewRequest,
    responses((status = 200, description = "What the schedule would do", body = PreviewView)),
)]
pub async fn preview<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Body(request): Body<PreviewRequest>,
) -> Result<Json<PreviewView>, Problem> {
    if !(1..=100).contains(&request.count) {
        return Err(refused("count", "must be from 1 to 100"));
    }
    if request
        .from
        .is_some_and(|from| !(1970..=9999).contains(&from.year()))
    {
        return Err(refused("from", "must lie in the years 1970 to 9999"));
    }
    let (job, id) = (request.job(), request.job_id);
    let (world, agenda) = (&api.world, &api.agenda);
    let found = rehearse(
        world,
        agenda,
        &caller,
        &job,
        id,
        request.from,
        request.count,
    );
    let found = found.await?;
    Ok(Json(found.into()))
}

fn refused(field: &str, reason: &str) -> Problem {
    Problem::invalid(Invalid::new(field, reason))
}
