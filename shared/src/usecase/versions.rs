//! What a job was before: the archived versions and the present one, as one list.

use super::{RequestError, World, reachable_job};
use crate::domain::{Caller, Job, JobId};
use crate::plan::versions_below;
use crate::port::{History, Page};

/// Lists a job's versions, newest first, at most `limit` (1–100), from where `cursor` points. `Ok(None)`: the cursor is not
/// one of ours.
///
/// # Errors
/// [`RequestError::NotFound`], or a port's failure.
pub async fn list_versions(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Option<Page<Job>>, RequestError> {
    let present = reachable_job(world, caller, id).await?;
    let below: u64 = match cursor.map(str::parse) {
        None => present.version.saturating_add(1),
        Some(Ok(below)) => below,
        Some(Err(_)) => return Ok(None),
    };
    // One more: the last one of the part before may hide another beneath its label.
    let rows = world
        .store()
        .job_versions_below(id, below.saturating_add(1), limit + 1)
        .await?;
    let items = versions_below(below, &present, &rows, limit);
    let next = items.last().filter(|last| last.version > 1);
    let next = next.map(|last| last.version.to_string());
    Ok(Some(Page { items, next }))
}

/// One version of a job.
///
/// # Errors
/// [`RequestError::NotFound`] if there is no such job, or no such version any more; or a port's failure.
pub async fn job_version(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    version: u64,
) -> Result<Job, RequestError> {
    let present = reachable_job(world, caller, id).await?;
    let (below, above) = (version.saturating_add(1), version.saturating_add(2));
    let rows = world.store().job_versions_below(id, above, 2).await?;
    let found = versions_below(below, &present, &rows, 1).pop();
    found
        .filter(|job| job.version == version)
        .ok_or(RequestError::NotFound("version"))
}
