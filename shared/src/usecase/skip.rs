//! Leaves a single fire time out, and takes that back. Taking it back sends its message before it commits: a scanner may
//! have passed the time already while it was left out, and nobody else would send it.

use chrono::{DateTime, Utc};

use super::commit::commit;
use super::exclusions::exclusions_of;
use super::launch::launch;
use super::{RACES, RequestError, World, at_version, contended, reachable_present_job};
use crate::domain::{Action, Author, Caller, ExpectedVersion, Job, JobId};
use crate::plan;
use crate::port::Clock;

/// Leaves out `fire_time`, or the next one if none is named. Its message, if it is on its way, ends as skipped by its
/// user. Leaving out what is left out already changes nothing.
///
/// # Errors
/// [`RequestError::Invalid`] names `fire_time`; [`RequestError::AnotherVersion`].
pub async fn skip(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    expected: &ExpectedVersion,
    fire_time: Option<DateTime<Utc>>,
) -> Result<Job, RequestError> {
    let author = Author::from(caller);
    for _ in 0..RACES {
        let before = at_version(reachable_present_job(world, caller, id).await?, expected)?;
        let exclusions = exclusions_of(world, &before).await?;
        let now = world.clock().now();
        let Some(after) = plan::skip(before.owed(&exclusions), fire_time, now)? else {
            return Ok(before);
        };
        if let Some(job) = commit(world, (&author, Action::Skip), &before, after, now).await? {
            return Ok(job);
        }
    }
    Ok(contended("skip")?)
}

/// Lets the job fire at `fire_time` again. If it is not left out, nothing changes.
///
/// # Errors
/// [`RequestError::Invalid`] names `fire_time`; [`RequestError::AnotherVersion`].
pub async fn unskip(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    expected: &ExpectedVersion,
    fire_time: DateTime<Utc>,
) -> Result<Job, RequestError> {
    let author = Author::from(caller);
    for _ in 0..RACES {
        let before = at_version(reachable_present_job(world, caller, id).await?, expected)?;
        let exclusions = exclusions_of(world, &before).await?;
        let now = world.clock().now();
        let Some(after) = plan::unskip(before.owed(&exclusions), fire_time, now)? else {
            return Ok(before);
        };
        launch(world, &after, fire_time, now).await?;
        if let Some(job) = commit(world, (&author, Action::Unskip), &before, after, now).await? {
            return Ok(job);
        }
    }
    Ok(contended("unskip")?)
}
