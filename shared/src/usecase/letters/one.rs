//! Redrives one execution: it is given one more attempt, under the id that its target knows. The order is hint, record,
//! message: a crash before the record leaves a hint that asks for nothing, one behind it leaves the hint to find it.

use super::reachable_letter;
use crate::domain::{
    Action, Author, Caller, ContentHash, DispatchMessage, Execution, ExecutionId, Job, Stamp,
    Subject,
};
use crate::plan::{Redrive, RedriveOrder, WhyNoRedrive, redrive as decide};
use crate::plan::{return_hint, return_message};
use crate::port::{
    Clock, Entropy, Executions, Hints, Jobs, OutgoingMessage, PortResult, Put, Queues,
};
use crate::usecase::audit::{Deed, audit};
use crate::usecase::launch::within_put_limit;
use crate::usecase::{RACES, RequestError, World, contended};

/// Gives a dead letter of the caller's, or within its reach, another attempt at once. Asked for again while that is under
/// way, it changes nothing.
///
/// # Errors
/// [`RequestError::NotFound`]; [`RequestError::Conflict`] if the execution has not ended badly, or its job is deleted.
pub async fn redrive(
    world: &impl World,
    caller: &Caller,
    id: ExecutionId,
) -> Result<Execution, RequestError> {
    let (_, found) = reachable_letter(world, caller, id).await?;
    let order = RedriveOrder {
        by: &caller.user,
        request: None,
        at: world.clock().now(),
    };
    let granted = grant(world, order, Some(&Author::from(caller)), found).await?;
    granted.map_err(|why| RequestError::Conflict(why.to_string()))
}

/// Carries out a redrive of `found`, as read. Audited as by `author`; not, if the request that it is a part of was.
pub(super) async fn grant(
    world: &impl World,
    order: RedriveOrder<'_>,
    author: Option<&Author>,
    mut found: Execution,
) -> PortResult<Result<Execution, WhyNoRedrive>> {
    for _ in 0..RACES {
        let job = world.store().job(found.id.job).await?;
        let now = world.clock().now();
        let stamp = Stamp(world.entropy().next_u64());
        let (execution, expected) = match decide(&found, job.as_ref(), order, now, stamp) {
            Redrive::Refuse(why) => return Ok(Err(why)),
            Redrive::UnderWay => {
                send(world, job.as_ref(), &found).await?;
                return Ok(Ok(found));
            }
            Redrive::Grant {
                execution,
                expected,
            } => (execution, expected),
        };
        if let (Some(author), Some(job)) = (author, &job) {
            audit_redrive(world, author, job, &found, &execution).await?;
        }
        world
            .store()
            .put_hints(&[return_hint(&execution, now)])
            .await?;
        within_put_limit(world, now, "redrive")?;
        match world.store().put_execution(&execution, expected).await? {
            Put::Written => {
                send(world, job.as_ref(), &execution).await?;
                return Ok(Ok(*execution));
            }
            Put::Refused(Some(current)) => found = *current,
            Put::Refused(None) => return Ok(Err(WhyNoRedrive::NotDead)),
        }
    }
    contended("redrive")
}

/// Sends the message of a redriven execution, if it is to come soon and has not been claimed.
async fn send(world: &impl World, job: Option<&Job>, redriven: &Execution) -> PortResult<()> {
    let (Some(job), Some(_)) = (job, redriven.retry_at) else {
        return Ok(());
    };
    let Some(send_at) = return_message(redriven, world.clock().now()) else {
        return Ok(());
    };
    let attempt = redriven.attempt.saturating_add(1);
    let outgoing = OutgoingMessage {
        lane: job.lane(),
        user: Some(job.user.clone()),
        send_at,
        message: DispatchMessage::new(redriven.id, attempt, job.timeout_seconds),
    };
    world.queues().send(&[outgoing]).await
}

async fn audit_redrive(
    world: &impl World,
    author: &Author,
    job: &Job,
    before: &Execution,
    after: &Execution,
) -> PortResult<()> {
    let deed = Deed {
        action: Action::Redrive,
        subject: Subject::Execution(before.id),
        owner: &job.user,
        version: None,
        before: Some(ContentHash::of(before)),
        after: Some(ContentHash::of(after)),
        detail: None,
    };
    audit(world, author, deed).await
}
