//! Runs a job at once, beside its schedule. It leaves an execution record like any other.

use super::submit::checked_key;
use super::{RequestError, World, log_dispatched, reachable_present_job};
use crate::domain::{Caller, DispatchMessage, ExecutionId, JobId, Occasion};
use crate::port::{Clock, Entropy, OutgoingMessage, Queues, RunRequests, SendAt};

/// Sends an execution of the user's job on its way and returns its id. A paused or completed job may be run, too. With
/// an idempotency key, the same request is answered with the same execution for a day.
///
/// # Errors
/// [`RequestError::NotFound`], [`RequestError::Invalid`] for the key, or a port's failure.
pub async fn run_now(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    idempotency_key: Option<&str>,
) -> Result<ExecutionId, RequestError> {
    let key = idempotency_key.map(checked_key).transpose()?;
    let job = reachable_present_job(world, caller, id).await?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any 32 of the random bits will do"
    )]
    let nonce = world.entropy().next_u64() as u32;
    let fresh = Occasion::manual(world.clock().now(), nonce);
    let occasion = match key {
        Some(key) => world.store().remember(id, key, fresh).await?,
        None => fresh,
    };
    let execution = ExecutionId { job: id, occasion };
    let outgoing = [OutgoingMessage {
        band: job.priority.band(),
        send_at: SendAt::Now,
        message: DispatchMessage::new(execution, 1, job.timeout_seconds),
    }];
    world.queues().send(&outgoing).await?;
    log_dispatched(&outgoing);
    Ok(execution)
}
