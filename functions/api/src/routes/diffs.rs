//! What a change would do to a job's fire times, before it is made. Nothing is stored.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use punctual::domain::schedule::Move;
use punctual::domain::{Exclusions, JobId};
use punctual::port::Clock;
use punctual::usecase::{Rehearsal, World, exclusions_of, rehearse};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Api;
use crate::body::Body;

use crate::merge_patch::{JobPatch, patched};
use crate::path::Id;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::query::{DaysParameter, Parameters};
use crate::view::{FireTime, JobView, utc};

/// What a change would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Diff)]
pub struct DiffView {
    /// The compared range, from here on
    #[schema(format = DateTime)]
    from: String,
    /// up to, but not including, here.
    #[schema(format = DateTime)]
    until: String,
    #[schema(format = "iana-time-zone")]
    timezone: &'static str,
    kept: usize,
    gained: Vec<FireTime>,
    lost: Vec<FireTime>,
    moved: Vec<MoveView>,
    /// From here on nothing was compared: there are too many fire times.
    #[schema(required, format = DateTime)]
    truncated_at: Option<String>,
    /// The job as it would be.
    job: JobView,
}

/// A fire time that would move.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Move)]
struct MoveView {
    from: FireTime,
    to: FireTime,
}

/// Compare a job with a change of it
///
/// The body is what `PATCH` would be given. Nothing is stored.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/diff", operation_id = "diff_job", tag = "jobs",
    params(Id<JobId>, DaysParameter),
    request_body(content((JobPatch = "application/json"), (JobPatch = "application/merge-patch+json"))),
    responses((status = 200, description = "What would become of its fire times", body = DiffView)),
)]
pub async fn diff<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    mut parameters: Parameters,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Json<DiffView>, Problem> {
    let world = &api.world;
    let days = parameters.days()?;
    parameters.no_others()?;
    let revise = |current| Ok(patched(current, &patch)?);
    let rehearsal = rehearse(world, api.intake(), &caller, id, days, revise).await?;
    let exclusions = exclusions_of(world, &rehearsal.after).await?;
    Ok(Json(view(rehearsal, &exclusions, world.clock().now())))
}

fn view(rehearsal: Rehearsal, exclusions: &Exclusions, now: DateTime<Utc>) -> DiffView {
    let timezone = rehearsal.after.timetable.schedule.timezone();
    let diff = rehearsal.diff;
    let all = |times: Vec<DateTime<Utc>>| {
        let times = times.into_iter();
        times.map(|at| FireTime::of(at, timezone)).collect()
    };
    DiffView {
        from: utc(rehearsal.from),
        until: utc(rehearsal.until),
        timezone: timezone.name(),
        kept: diff.kept,
        gained: all(diff.gained),
        lost: all(diff.lost),
        moved: diff
            .moved
            .iter()
            .map(|each| moved(each, timezone))
            .collect(),
        truncated_at: diff.truncated_at.map(utc),
        job: JobView::of(rehearsal.after, exclusions, now),
    }
}

fn moved(each: &Move, timezone: Tz) -> MoveView {
    MoveView {
        from: FireTime::of(each.from, timezone),
        to: FireTime::of(each.to, timezone),
    }
}
