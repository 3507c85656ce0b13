//! What keeps a job from firing. A job that refers to no calendar costs no read.

use super::World;
use crate::domain::{Exclusions, Job};
use crate::port::PortResult;

/// What the calendars of `job` exclude.
pub(super) async fn exclusions_of(_world: &impl World, _job: &Job) -> PortResult<Exclusions> {
    Ok(Exclusions::default())
}

/// The same of a job that was looked for, and perhaps not found.
pub(super) async fn exclusions_of_read(
    world: &impl World,
    job: Option<&Job>,
) -> PortResult<Exclusions> {
    match job {
        Some(job) => exclusions_of(world, job).await,
        None => Ok(Exclusions::default()),
    }
}
