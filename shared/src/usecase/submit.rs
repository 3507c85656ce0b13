//! Creates a job. With an idempotency key the job's id derives from it, so the conditional write of the row is itself
//! the record of the request: a replay finds the row, and starts its chain once more in case the first try was late.

use super::calendars::bind;
use super::launch::{launch, within_put_limit};
use super::{RequestError, World};
use crate::domain::{Caller, Invalid, Job, JobId, JobRequest, next_second};
use crate::jobtype::Registry;
use crate::port::{Clock, Entropy, JobPut, Jobs};

/// A created job.
#[derive(Debug)]
pub struct Submitted {
    /// The job.
    pub job: Job,
    /// Whether an earlier request with the same idempotency key had created it.
    pub replayed: bool,
}

/// Creates the job that the caller asks for.
///
/// # Errors
/// [`RequestError::Invalid`] for a field that cannot be accepted, with nothing written; [`RequestError::KeyReused`] if
/// the key belongs to another request; [`RequestError::Port`] if the outcome is unknown: the same request with the same
/// key may be sent again.
pub async fn submit(
    world: &impl World,
    registry: &Registry,
    caller: &Caller,
    request: JobRequest,
    idempotency_key: Option<&str>,
) -> Result<Submitted, RequestError> {
    let now = world.clock().now();
    let id = match idempotency_key {
        Some(key) => JobId::from_idempotency_key(&caller.user, checked_key(key)?),
        None => JobId::from_random(world.entropy().next_u128()),
    };
    registry.validate(&request.job_type, &request.payload)?;
    let digest = request.digest()?;
    let job = match request.into_job(id, caller.user.clone(), now) {
        Ok(job) => job,
        // What was accepted once may lie in the past by now: a replay is answered by what it made.
        Err(invalid) => return replay_or(world, id, &digest, idempotency_key, invalid).await,
    };

    let job = bind(world, job, None, now).await?;
    launch(world, &job, job.effective_from, now).await?;
    within_put_limit(world, now, "submit")?;
    match world.store().put_job(&job).await? {
        JobPut::Written => Ok(Submitted {
            job,
            replayed: false,
        }),
        JobPut::Refused(existing) => replay(world, existing.map(|job| *job), &digest).await,
    }
}

async fn replay_or(
    world: &impl World,
    id: JobId,
    digest: &str,
    idempotency_key: Option<&str>,
    invalid: Invalid,
) -> Result<Submitted, RequestError> {
    if idempotency_key.is_some()
        && let Some(existing) = world.store().job(id).await?
    {
        return replay(world, Some(existing), digest).await;
    }
    Err(invalid.into())
}

async fn replay(
    world: &impl World,
    existing: Option<Job>,
    digest: &str,
) -> Result<Submitted, RequestError> {
    let job = existing
        .filter(|job| job.request_digest == digest)
        .ok_or(RequestError::KeyReused)?;
    let now = world.clock().now();
    let from = job.effective_from.max(next_second(now));
    launch(world, &job, from, now).await?;
    Ok(Submitted {
        job,
        replayed: true,
    })
}

/// Accepts 1–255 visible ASCII characters.
pub(super) fn checked_key(key: &str) -> Result<&str, Invalid> {
    if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(key)
    } else {
        Err(Invalid::new(
            "Idempotency-Key",
            "must be 1 to 255 visible ASCII characters",
        ))
    }
}
