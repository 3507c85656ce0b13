//! What an edit would do, without doing it: the same revision and the same checks as the edit itself, and no write.

use chrono::{DateTime, TimeDelta, Utc};

use super::change::revised;
use super::exclusions::exclusions_of;
use super::{Intake, RequestError, World, reachable_present_job};
use crate::domain::schedule::{Diff, diff};
use crate::domain::{Caller, Job, JobId, JobRequest, JobState, next_second};

/// How many fire times are compared at most.
const COMPARED: usize = 2_000;

/// An edit that was not made.
#[derive(Debug)]
pub struct Rehearsal {
    /// The job as it would be.
    pub after: Job,
    /// The compared range: from the next second on,
    pub from: DateTime<Utc>,
    /// up to, but not including, this.
    pub until: DateTime<Utc>,
    /// What the edit would do to the fire times of the range. A paused job is compared as if it were active.
    pub diff: Diff,
}

/// Rehearses the edit that [`edit`](super::edit) would make, and compares the fire times of the next `days` days.
///
/// # Errors
/// As for the edit.
pub async fn rehearse(
    world: &impl World,
    intake: Intake<'_>,
    caller: &Caller,
    id: JobId,
    days: u16,
    revise: impl Fn(JobRequest) -> Result<JobRequest, RequestError> + Sync,
) -> Result<Rehearsal, RequestError> {
    let before = reachable_present_job(world, caller, id).await?;
    let (after, now) = revised(world, intake, &before, revise).await?;
    let from = next_second(now);
    let until = from + TimeDelta::days(days.into());
    let old = fire_times(world, &before, from, until).await?;
    let new = fire_times(world, &after, from, until).await?;
    Ok(Rehearsal {
        diff: diff(old, new, COMPARED),
        after,
        from,
        until,
    })
}

async fn fire_times(
    world: &impl World,
    job: &Job,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, RequestError> {
    let exclusions = exclusions_of(world, job).await?;
    let active = Job {
        state: JobState::Active,
        ..job.clone()
    };
    let owed = active.owed(&exclusions);
    Ok(owed.between(from, until).take(COMPARED + 1).collect())
}
