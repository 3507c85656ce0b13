//! Stops one execution, whatever it is doing: one that waits, for a retry, for a worker to take it or for a hold to end,
//! is canceled; one that runs is told so.

use super::audit::{Deed, audit};
use super::{RACES, World, contended};
use crate::domain::{
    Action, Author, ContentHash, Execution, ExecutionState, Reason, Stamp, Subject, UserId,
};
use crate::port::{Clock, Entropy, Executions, Expected, PortResult, Put};

/// Who stops an execution by itself, rather than with its job.
#[derive(Clone, Copy)]
pub(super) struct Stopper<'a> {
    /// Who does it.
    pub(super) author: &'a Author,
    /// Whose execution it is.
    pub(super) owner: &'a UserId,
}

/// Cancels an execution that waits; flags one that runs. Leaves one that has ended as it is. With its job,
/// whose change says it all, it is stopped without an entry of its own in the audit.
pub(super) async fn stop(
    world: &impl World,
    mut execution: Execution,
    reason: Reason,
    by: Option<Stopper<'_>>,
) -> PortResult<Execution> {
    for _ in 0..RACES {
        let stamp = Stamp(world.entropy().next_u64());
        let stopped = match execution.state {
            ExecutionState::Running if !execution.cancel_requested => Execution {
                cancel_requested: true,
                ..execution.clone().stamped(stamp)
            },
            ExecutionState::Waiting
            | ExecutionState::RetryWait
            | ExecutionState::Offered
            | ExecutionState::Held => Execution {
                state: ExecutionState::Canceled,
                reason: Some(reason),
                retry_at: None,
                held: None,
                finished_at: Some(world.clock().now()),
                ..execution.clone().stamped(stamp)
            },
            _ => return Ok(execution),
        };
        if let Some(by) = by {
            audit_stop(world, by, Some(&execution), &stopped).await?;
        }
        let expected = Expected::Stamp(execution.stamp);
        match world.store().put_execution(&stopped, expected).await? {
            Put::Written => return Ok(stopped),
            Put::Refused(Some(current)) => execution = *current,
            Put::Refused(None) => return Ok(execution),
        }
    }
    contended("stop")
}

/// Writes down that `by` is about to make `stopped` out of `before`, or out of nothing.
pub(super) async fn audit_stop(
    world: &impl World,
    by: Stopper<'_>,
    before: Option<&Execution>,
    stopped: &Execution,
) -> PortResult<()> {
    let deed = Deed {
        action: Action::CancelExecution,
        subject: Subject::Execution(stopped.id),
        owner: by.owner,
        version: None,
        before: before.map(ContentHash::of),
        after: Some(ContentHash::of(stopped)),
        detail: None,
    };
    audit(world, by.author, deed).await
}
