//! Creates a job. With an idempotency key the job's id derives from it, so the conditional write of the row is itself
//! the record of the request: a replay finds the row, and starts its chain once more in case the first try was late.

use super::admit::admit;
use super::agenda::place;
use super::audit::{Deed, audit};
use super::calendars::bind;
use super::dependencies::tie;
use super::launch::{launch, within_put_limit};
use super::{Intake, RequestError, World};
use crate::domain::{
    Action, Author, Caller, Change, Invalid, Job, JobId, JobRequest, UserId, next_second,
};
use crate::plan::admission::Allowance;
use crate::port::{Clock, Entropy, Jobs, Put};

/// A created job.
#[derive(Debug)]
pub struct Submitted {
    /// The job.
    pub job: Job,
    /// Whether an earlier request with the same idempotency key had created it.
    pub replayed: bool,
    /// What the user may still create, if a token was taken.
    pub allowance: Option<Allowance>,
}

/// An idempotency key: what tells a replay of a create from another create.
#[derive(Clone, Copy, Debug)]
pub enum CreateKey<'a> {
    /// Given for this create.
    Own(&'a str),
    /// Given for the batch whose item this is.
    OfBatch(&'a str, usize),
}

impl CreateKey<'_> {
    fn id(self, user: &UserId) -> Result<JobId, Invalid> {
        Ok(match self {
            Self::Own(key) => JobId::from_idempotency_key(user, checked_key(key)?),
            Self::OfBatch(key, index) => JobId::from_batch_key(user, checked_key(key)?, index),
        })
    }
}

/// Creates the job that the caller asks for. What cannot be accepted takes no token; a replay takes one while there are
/// any, and is answered without.
///
/// # Errors
/// [`RequestError::Invalid`] for a field that cannot be accepted, or [`RequestError::Limited`], with nothing written;
/// [`RequestError::KeyReused`] if the key belongs to another request; [`RequestError::Port`] if the outcome is unknown:
/// the same request with the same key may be sent again.
pub async fn submit(
    world: &impl World,
    intake: Intake<'_>,
    caller: &Caller,
    request: JobRequest,
    key: Option<CreateKey<'_>>,
) -> Result<Submitted, RequestError> {
    let id = match key {
        Some(key) => key.id(&caller.user)?,
        None => JobId::from_random(world.entropy().next_u128()),
    };
    intake.registry.accept(&request)?;
    let digest = request.digest()?;
    let author = Author::from(caller);
    let place = place(world, intake.agenda, &request, id).await;
    // Not earlier: to find a place may take a while, and hints must be put soon after the clock was read.
    let now = world.clock().now();
    let accepted = async {
        let job = request.into_job_at(place, id, caller.user.clone(), now)?;
        let job = Job {
            change: Change::new(&author, Action::Create, job.version, now),
            ..job
        };
        let job = bind(world, job, None, now).await?;
        tie(world, &job, None, now).await?;
        let allowance = admit(world, intake.admission, &job.user, job.payload_bytes()).await?;
        Ok((job, allowance))
    };
    let (job, allowance) = match accepted.await {
        Ok(accepted) => accepted,
        // What was accepted once may lie in the past by now, or be beyond a limit: a replay is answered by what it made.
        Err(refusal) => return replay_or(world, id, &digest, key.is_some(), refusal).await,
    };

    audit(world, &author, Deed::on_job(Action::Create, None, &job)).await?;
    launch(world, &job, job.effective_from, now).await?;
    within_put_limit(world, now, "submit")?;
    let submitted = match world.store().put_job(&job).await? {
        Put::Written => Submitted {
            job,
            replayed: false,
            allowance: None,
        },
        Put::Refused(existing) => replay(world, existing.map(|job| *job), &digest).await?,
    };
    Ok(Submitted {
        allowance: Some(allowance),
        ..submitted
    })
}

async fn replay_or(
    world: &impl World,
    id: JobId,
    digest: &str,
    may_be_replay: bool,
    refusal: RequestError,
) -> Result<Submitted, RequestError> {
    if may_be_replay
        && !matches!(refusal, RequestError::Port(_))
        && let Some(existing) = world.store().job(id).await?
    {
        return replay(world, Some(existing), digest).await;
    }
    Err(refusal)
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
        allowance: None,
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
