//! Cancels one execution. One that has not begun gets a tombstone: a record that the worker's claim will lose to.

use super::dependencies::fan_out;
use super::exclusions::exclusions_of;
use super::stop::{Stopper, audit_stop, stop};
use super::{RequestError, World, reachable_job};
use crate::domain::{
    Author, Caller, Execution, ExecutionId, ExecutionState, Occasion, Reason, Stamp,
};
use crate::port::{Clock, Entropy, Executions, Expected, Put};

/// Cancels the user's execution: at once if it has not begun or waits; if it runs, its handler is told.
///
/// # Errors
/// [`RequestError::NotFound`] if the user's job owes no such execution; [`RequestError::Conflict`] if it has ended.
pub async fn cancel_execution(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
) -> Result<Execution, RequestError> {
    let job = reachable_job(world, caller, id.job)
        .await
        .map_err(|error| match error {
            RequestError::NotFound(_) => RequestError::NotFound("execution"),
            other => other,
        })?;
    let exclusions = exclusions_of(world, &job).await?;
    let by = Stopper {
        author: &Author::from(caller),
        owner: &job.user,
    };
    let found = match world.store().execution(id).await? {
        Some(found) => found,
        None if matches!(id.occasion, Occasion::Scheduled(at) if job.owed(&exclusions).contains(at)) =>
        {
            let tombstone = Execution {
                user: Some(job.user.clone()),
                job_version: Some(job.version),
                reason: Some(Reason::CanceledByUser),
                finished_at: Some(world.clock().now()),
                ..Execution::new(
                    id,
                    ExecutionState::Canceled,
                    Stamp(world.entropy().next_u64()),
                )
            };
            audit_stop(world, by, None, &tombstone).await?;
            let put = world.store().put_execution(&tombstone, Expected::Absent);
            match put.await? {
                Put::Refused(Some(begun)) => *begun,
                Put::Written | Put::Refused(None) => {
                    fan_out(world, &tombstone, None).await?;
                    return Ok(tombstone);
                }
            }
        }
        None => return Err(RequestError::NotFound("execution")),
    };
    let stopped = stop(world, found.clone(), Reason::CanceledByUser, Some(by)).await?;
    // What is at its end by now says so to those behind it; asked for again, once more.
    fan_out(world, &stopped, None).await?;
    let took_effect = stopped.cancel_requested || stopped.reason == Some(Reason::CanceledByUser);
    if took_effect {
        Ok(stopped)
    } else {
        Err(RequestError::Conflict(
            "the execution has already ended".to_owned(),
        ))
    }
}
