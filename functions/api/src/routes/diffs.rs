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

use crate::Api;
use crate::body::Body;
use crate::merge_patch::patched;
use crate::path::Id;
use crate::principal::Principal;

use crate::problem::Problem;
use crate::query::Parameters;
use crate::view::{FireTime, JobView, utc};

/// What a change would do.
#[derive(Debug, Serialize)]
pub struct DiffView {
    /// The compared range, from here on
    from: String,
    /// up to, but not including, here.
    until: String,
    timezone: &'static str,
    kept: usize,
    gained: Vec<FireTime>,
    lost: Vec<FireTime>,
    moved: Vec<MoveView>,
    /// From here on nothing was compared: there are too many fire times.
    truncated_at: Option<String>,
    /// The job as it would be.
    job: JobView,
}

/// A fire time that would move.
#[derive(Debug, Serialize)]
struct MoveView {
    from: FireTime,
    to: FireTime,
}

/// `POST /v1/jobs/{id}/diff`: the body is what `PATCH` would be given.
pub async fn diff<W: World + 'static>(
    State(api): State<Arc<Api<W>>>,
    Principal(caller): Principal,
    Id(id): Id<JobId>,
    mut parameters: Parameters,
    Body(patch): Body<Map<String, Value>>,
) -> Result<Json<DiffView>, Problem> {
    let Api {
        world, registry, ..
    } = &*api;
    let days = parameters.days()?;
    parameters.no_others()?;
    let revise = |current| Ok(patched(current, &patch)?);
    let rehearsal = rehearse(world, registry, &caller, id, days, revise).await?;
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
