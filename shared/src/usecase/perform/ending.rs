//! Records an end and does what follows from it. The record comes first: whoever finds it after a crash can do the rest
//! again.

use chrono::{DateTime, TimeDelta, Utc};

use super::claiming::Won;
use super::turn::release;
use super::{Disposition, Performed, What};
use crate::domain::{DispatchMessage, Execution, ExecutionState, Job, Lane, Reason, Used};
use crate::plan::{FollowUp, complete, follow_up, has_lapsed, next_attempt_at, to_announce};
use crate::port::{
    Clock, Edge, Executions, Expected, Hints, Jobs, Offers, OutgoingMessage, PortResult, Put,
    Queues,
};
use crate::usecase::announce::announce;
use crate::usecase::dependencies::fan_out;
use crate::usecase::exclusions::exclusions_of;
use crate::usecase::{RACES, World, contended};
use crate::{tab, trace};

/// Writes the record of an end, if the claim still holds. `None`: it does not.
pub(super) async fn record(
    world: &impl World,
    won: &Won,
    mut ended: Execution,
) -> PortResult<Option<Execution>> {
    let mut expected = Expected::Stamp(won.record.stamp);
    let used_before = ended.used;
    for _ in 0..RACES {
        ended.used = used(used_before, world.clock().now());
        match put_while_held(world, won, &ended, expected).await? {
            Put::Written => {
                trace::finished(won.token, &ended);
                return Ok(Some(ended));
            }
            // Only its user's wish to cancel was added, or a heartbeat whose answer was lost; what has happened has happened.
            Put::Refused(Some(current)) if current.is_held_by(won.token) => {
                ended.cancel_requested = current.cancel_requested;
                let waits = !ended.state.is_terminal();
                if ended.cancel_requested && waits {
                    ended.state = ExecutionState::Canceled;
                    ended.reason = Some(Reason::CanceledByUser);
                    ended.retry_at = None;
                    ended.held = None;
                    ended.finished_at = Some(world.clock().now());
                }
                expected = Expected::Stamp(current.stamp);
            }
            Put::Refused(_) => return Ok(None),
        }
    }
    contended("finish")
}

/// Writes the record, and tries again what fails for as long as the claim lasts: if no end is on record by then, the
/// attempt is made again.
async fn put_while_held(
    world: &impl World,
    won: &Won,
    ended: &Execution,
    expected: Expected,
) -> PortResult<Put<Box<Execution>>> {
    let mut pause = TimeDelta::milliseconds(250);
    loop {
        let error = match world.store().put_execution(ended, expected).await {
            Err(error) if error.may_pass() => error,
            answer => return answer,
        };
        let again_at = world.clock().now() + pause;
        if has_lapsed(&won.record, again_at) || won.until.is_some_and(|until| until <= again_at) {
            return Err(error);
        }
        world.clock().sleep_until(again_at).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Between two tries to write an end.
const LONGEST_PAUSE: TimeDelta = TimeDelta::seconds(4);

/// What the record is to say of what was used: by earlier attempts, by this one so far, and by the write itself. What
/// comes after the write, as the next attempt's message does, is on no record.
fn used(before: Option<Used>, now: DateTime<Utc>) -> Option<Used> {
    let used = tab::so_far(now)?;
    Some(before.unwrap_or_default() + used + Used::SMALL_WRITE)
}

/// Leaves the message to whoever holds the claim now: deleting it might leave a later crash without a redelivery.
pub(super) fn fence_lost(world: &impl World, won: &Won) -> Performed {
    trace::fenced_off(won.token, won.record.id);
    let now = world.clock().now();
    let until = won.record.lease_until.unwrap_or(now).max(now);
    Performed {
        what: What::FenceLost,
        execution: Some(Box::new(won.record.clone())),
        disposition: Disposition::ComeBackAt(until),
    }
}

/// What follows from a record; safe to do again. `edges` are those from its job, if they have been read.
pub(in crate::usecase) async fn follow(
    world: &impl World,
    lane: Lane,
    message: &DispatchMessage,
    execution: &Execution,
    job: Option<&Job>,
    edges: Option<&[Edge]>,
) -> PortResult<()> {
    let now = world.clock().now();
    match follow_up(execution, now) {
        FollowUp::Offer { work, until } => {
            let end = next_attempt_at(execution, until, now);
            ask_later(world, lane, message, execution, &end).await?;
            world.store().put_offer(&work, until).await?;
        }
        FollowUp::DeadLetter => {
            world.queues().send_dead_letter(lane, message).await?;
        }
        later => ask_later(world, lane, message, execution, &later).await?,
    }
    fan_out(world, execution, edges).await?;
    if let Some(job) = job {
        announce(world, job, execution, &to_announce(job, execution)).await?;
        release(world, job, execution).await?;
    }
    let mut job = job.cloned();
    for _ in 0..RACES {
        let Some(present) = job else { break };
        let exclusions = exclusions_of(world, &present).await?;
        let Some(completed) = complete(present.owed(&exclusions), execution, now) else {
            break;
        };
        match world.store().put_job(&completed).await? {
            Put::Written => break,
            Put::Refused(current) => job = current.map(|current| *current),
        }
    }
    Ok(())
}

/// Has a later attempt of `execution` asked for, by a message or, where that is too far off, by a hint.
async fn ask_later(
    world: &impl World,
    lane: Lane,
    message: &DispatchMessage,
    execution: &Execution,
    later: &FollowUp,
) -> PortResult<()> {
    match *later {
        FollowUp::SendRetry { attempt, send_at } => {
            let message = DispatchMessage::new(execution.id, attempt, message.timeout_seconds);
            let retry = OutgoingMessage {
                lane,
                user: execution.user.clone(),
                send_at,
                message,
            };
            world.queues().send(&[retry]).await
        }
        FollowUp::HintRetry(hint) => world.store().put_hints(&[hint]).await,
        _ => Ok(()),
    }
}
