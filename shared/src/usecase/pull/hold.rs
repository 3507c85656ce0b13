//! What the holder of an execution may do with it: be heard of, and report its end. The claim token is all that proves
//! it; every write is conditional on the record that the token was compared with.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::perform::{follow, keep};
use super::super::{RACES, RequestError, World, contended};
use crate::domain::pull::{Offer, ProgressReport};
use crate::domain::{
    Caller, ClaimToken, DispatchMessage, Execution, ExecutionId, Output, Reason, Stamp,
};
use crate::plan::{Ended, Standing, finish, heartbeat, report, standing};
use crate::port::{Clock, Edges, Entropy, Executions, Expected, PortResult, Put};

/// What a holder is told when it is heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Whether it is to stop.
    pub cancel_requested: bool,
    /// Until when it holds the execution if it is not heard of again.
    pub lease_until: DateTime<Utc>,
    /// When its time is over in any case.
    pub deadline: DateTime<Utc>,
}

/// Extends the lease of the holder of `token`, and keeps its progress.
///
/// # Errors
/// [`RequestError::NotFound`] if the caller has no such execution, [`RequestError::Conflict`] if the token does not hold
/// it, [`RequestError::Invalid`] for the progress.
pub async fn extend(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
    token: ClaimToken,
    progress: Option<ProgressReport>,
) -> Result<Heard, RequestError> {
    let now = world.clock().now();
    let progress = progress.map(|said| said.made_at(now)).transpose()?;
    let mut held = own_execution(world, caller, id).await?;
    for _ in 0..RACES {
        holds(&held, token, now)?;
        let stamp = Stamp(world.entropy().next_u64());
        let Some(heard) = heartbeat(&held, progress.clone(), now, stamp) else {
            return heard_of(&held);
        };
        let expected = Expected::Stamp(held.stamp);
        match world.store().put_execution(&heard, expected).await? {
            Put::Written => return heard_of(&heard),
            Put::Refused(Some(current)) => held = *current,
            Put::Refused(None) => return Err(RequestError::NotFound("execution")),
        }
    }
    Ok(contended("heartbeat")?)
}

fn heard_of(held: &Execution) -> Result<Heard, RequestError> {
    let deadline = held.offer.as_ref().and_then(Offer::deadline);
    match (held.lease_until, deadline) {
        (Some(lease_until), Some(deadline)) => Ok(Heard {
            cancel_requested: held.cancel_requested,
            lease_until,
            deadline,
        }),
        _ => Err(stale()),
    }
}

/// Records that the holder of `token` has done its work. Cancelled or not: what has happened has happened.
///
/// # Errors
/// As [`extend`].
pub async fn succeed(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
    token: ClaimToken,
    output: Option<Value>,
) -> Result<Execution, RequestError> {
    conclude(world, caller, id, token, |_| Ended::Succeeded {
        output: output.clone().map(Output::from),
    })
    .await
}

/// Records that the holder of `token` has failed, or has stopped as it was told. `retry`: another attempt may do better.
///
/// # Errors
/// As [`extend`].
pub async fn fail(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
    token: ClaimToken,
    detail: &str,
    retry: bool,
) -> Result<Execution, RequestError> {
    conclude(world, caller, id, token, |held| {
        let detail = detail.to_owned();
        if held.cancel_requested {
            Ended::Canceled
        } else if retry {
            Ended::Failed {
                reason: Reason::AttemptFailed,
                detail,
                output: None,
            }
        } else {
            Ended::Rejected {
                reason: Reason::Rejected,
                detail,
                output: None,
            }
        }
    })
    .await
}

/// Ends what the holder of `token` holds. Sent again, the same report finds its work done, and does the rest again.
async fn conclude(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
    token: ClaimToken,
    ended: impl Fn(&Execution) -> Ended,
) -> Result<Execution, RequestError> {
    let held = own_execution(world, caller, id).await?;
    let now = world.clock().now();
    let (job, edges) = world.store().job_and_edges(id.job).await?;
    let job = job.ok_or(RequestError::NotFound("execution"))?;
    let settled = if standing(&held, token, now) == Standing::Reported {
        held
    } else {
        holds(&held, token, now)?;
        let began = held.offer.as_ref().and_then(|offer| offer.taken_at);
        let duration = now - began.unwrap_or(now);
        let jitter = world.entropy().next_unit();
        let kept = keep(world, &held, &job, &ended(&held)).await;
        let settled = settle(world, held, token, |held, stamp| {
            let finished = finish(held, &job, ended(held), duration, now, jitter, stamp);
            report(kept.clone().on(finished), token)
        });
        settled.await?.ok_or_else(stale)?
    };
    let message = DispatchMessage::new(id, settled.attempt, job.timeout_seconds);
    let lane = job.lane();
    follow(world, lane, &message, &settled, Some(&job), Some(&edges)).await?;
    Ok(settled)
}

/// Writes what `make` makes of the record that `claim` holds, over nothing but its user's wish to cancel. `None`: the
/// claim does not hold it any more.
pub(super) async fn settle(
    world: &impl World,
    held: Execution,
    claim: ClaimToken,
    make: impl Fn(&Execution, Stamp) -> Execution,
) -> PortResult<Option<Execution>> {
    let mut held = held;
    for _ in 0..RACES {
        let settled = make(&held, Stamp(world.entropy().next_u64()));
        let expected = Expected::Stamp(held.stamp);
        match world.store().put_execution(&settled, expected).await? {
            Put::Written => return Ok(Some(settled)),
            Put::Refused(Some(current)) if current.is_held_by(claim) => held = *current,
            Put::Refused(_) => return Ok(None),
        }
    }
    contended("settle")
}

/// The caller's execution. The record says whose it is: whatever a worker may hold was offered, and says so.
async fn own_execution(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
) -> Result<Execution, RequestError> {
    let found = world.store().execution(id).await?;
    found
        .filter(|found| found.user.as_ref() == Some(&caller.user))
        .ok_or(RequestError::NotFound("execution"))
}

fn holds(held: &Execution, token: ClaimToken, now: DateTime<Utc>) -> Result<(), RequestError> {
    match standing(held, token, now) {
        Standing::Holds => Ok(()),
        Standing::TimedOut => Err(RequestError::Conflict(
            "the claim has timed out: its deadline has passed".to_owned(),
        )),
        Standing::Reported | Standing::Stale => Err(stale()),
    }
}

fn stale() -> RequestError {
    let detail = "the claim token does not hold the execution: it has ended, or another worker has taken over";
    RequestError::Conflict(detail.to_owned())
}
