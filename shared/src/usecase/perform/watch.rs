//! Watches over a running handler: asks whether its user wants it stopped, and in a long attempt shows that its holder
//! lives. A heartbeat extends the record's lease first, then the slots and the message's visibility: whoever gets the
//! message too early finds the lease, and leaves it. A lease that could not be extended in time stops the handler.

use chrono::{DateTime, TimeDelta, Utc};

use super::Via;
use super::claiming::Won;
use super::slots::Held;
use crate::domain::{Execution, Job, Queue, Stamp};
use crate::plan::{Pulse, has_lapsed};
use crate::port::{Clock, Entropy, Executions, Expected, PortResult, Put, Queues};
use crate::usecase::World;

/// How often a running handler's record is asked whether its user has canceled it.
const CANCEL_POLL: TimeDelta = TimeDelta::seconds(3);

/// Why a handler is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Its user wants it.
    Canceled,
    /// The claim is lost, or not surely held any more: nothing of the attempt may be recorded.
    FenceLost,
}

/// An attempt under watch.
pub(super) struct Watched<'a> {
    pub(super) via: &'a Via<'a>,
    pub(super) pulse: Option<Pulse>,
    pub(super) job: &'a Job,
    pub(super) began: DateTime<Utc>,
    /// The claim; its record is kept as it was last written.
    pub(super) won: &'a mut Won,
    pub(super) slots: &'a mut Held,
}

/// Has the message come back once `delay` is over without a sign of life, rather than when the queue's visibility ends.
pub(super) async fn hide(world: &impl World, via: &Via<'_>, delay: TimeDelta) {
    let queue = Queue::Work(via.lane);
    if let Err(error) = world.queues().postpone(queue, via.receipt, delay).await {
        // It comes back too early, and the record's lease says so; or too late, and a crash is noticed that much later.
        tracing::warn!(%error, "a message's visibility could not be set");
    }
}

/// Returns when the handler is to be stopped before its time is over.
pub(super) async fn watch(world: &impl World, mut watched: Watched<'_>) -> Stop {
    let mut beat_at = watched.pulse.map(|pulse| watched.began + pulse.0);
    loop {
        let poll_at = world.clock().now() + CANCEL_POLL;
        let wake_at = beat_at.map_or(poll_at, |beat_at| beat_at.min(poll_at));
        world.clock().sleep_until(wake_at).await;
        let now = world.clock().now();
        match (watched.pulse, beat_at) {
            (Some(_), _)
                if has_lapsed(&watched.won.record, now) || watched.slots.has_lapsed(now) =>
            {
                return Stop::FenceLost;
            }
            (Some(pulse), Some(at)) if at <= now => match beat(world, &mut watched, pulse).await {
                Ok(None) => beat_at = Some(now + pulse.0),
                Ok(Some(stop)) => return stop,
                Err(error) => {
                    tracing::warn!(%error, execution_id = %watched.won.record.id, "a heartbeat was missed");
                    // Again soon: the lease outlasts some of these.
                    beat_at = Some(now + CANCEL_POLL.min(pulse.0));
                }
            },
            // A failed read is no reason to stop: the next poll asks again.
            _ => {
                let id = watched.won.record.id;
                if matches!(world.store().cancel_requested(id).await, Ok(true)) {
                    return Stop::Canceled;
                }
            }
        }
    }
}

/// One heartbeat. It also sees what a poll would: a wish to cancel changes the record that it is to replace.
async fn beat(
    world: &impl World,
    watched: &mut Watched<'_>,
    pulse: Pulse,
) -> PortResult<Option<Stop>> {
    let held = &mut watched.won.record;
    loop {
        let now = world.clock().now();
        let stamp = Stamp(world.entropy().next_u64());
        let timeout = watched.job.timeout_seconds;
        let prolonged = pulse.prolong(held, watched.began, timeout, now, stamp);
        let expected = Expected::Stamp(held.stamp);
        match world.store().put_execution(&prolonged, expected).await? {
            Put::Written => {
                *held = prolonged;
                break;
            }
            Put::Refused(Some(current)) if current.is_held_by(watched.won.token) => {
                // A wish to cancel, or an earlier heartbeat whose answer was lost.
                let started_at = held.started_at;
                *held = Execution {
                    started_at,
                    ..*current
                };
                if held.cancel_requested {
                    return Ok(Some(Stop::Canceled));
                }
            }
            Put::Refused(_) => return Ok(Some(Stop::FenceLost)),
        }
    }
    if !watched.slots.prolong(world, held.lease_until).await? {
        return Ok(Some(Stop::FenceLost));
    }
    hide(world, watched.via, pulse.lease()).await;
    Ok(None)
}
