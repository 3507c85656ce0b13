//! Runs a job at once, beside its schedule. It leaves an execution record like any other.

use super::audit::{Deed, audit};
use super::submit::checked_key;
use super::{RequestError, World, log_dispatched, reachable_present_job};
use crate::domain::{
    Action, Author, Caller, DispatchMessage, ExecutionId, JobId, Lane, Occasion, Pressure, Subject,
    TraceContext,
};
use crate::port::{
    Backlog, Clock, Deferral, Deferred, Entropy, OutgoingMessage, Queues, RunRequests, SendAt,
};

/// Sends an execution of the user's job on its way and returns its id. A paused or completed job may be run, too. With
/// an idempotency key, the same request is answered with the same execution for a day. Under `pressure` it may have to wait,
/// but not at priorities 1–3. It goes on
/// in the trace of the request, if that is in one.
///
/// # Errors
/// [`RequestError::NotFound`], [`RequestError::Invalid`] for the key, or a port's failure.
pub async fn run_now(
    world: &impl World,
    caller: &Caller,
    id: JobId,
    idempotency_key: Option<&str>,
    pressure: &Pressure,
    asked_in: Option<TraceContext>,
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
    let deed = Deed {
        action: Action::RunNow,
        subject: Subject::Execution(execution),
        owner: &job.user,
        version: None,
        before: None,
        after: None,
        detail: None,
    };
    audit(world, &Author::from(caller), deed).await?;
    let mut message = DispatchMessage::new(execution, 1, job.timeout_seconds);
    message.asked_in = asked_in;
    // A long attempt takes up no place of its band's.
    if job.lane() != Lane::Long && pressure.holds_back(job.priority) {
        message.deferred = true;
        let backlog = Backlog::Capacity(job.priority.band());
        let deferral = Deferral {
            user: job.user,
            priority: job.priority,
            message,
            since: world.clock().now(),
            fires_until: None,
        };
        world.store().defer(&backlog, &[deferral]).await?;
        return Ok(execution);
    }
    let outgoing = [OutgoingMessage {
        lane: job.lane(),
        user: Some(job.user.clone()),
        send_at: SendAt::Now,
        message,
    }];
    world.queues().send(&outgoing).await?;
    log_dispatched(&outgoing);
    Ok(execution)
}
