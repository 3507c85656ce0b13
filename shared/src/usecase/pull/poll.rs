//! Looks for what is offered, and takes it: claim, read the job strongly, judge, hand out. The order is the worker's own.
//! The offer stands until the watch over the claim is on its way: a crash before that leaves it to be found, and taken
//! over once the lease has run out.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::holds::remember;
use super::super::perform::follow;
use super::super::{HoldWatch, RequestError, World};
use super::hold::settle;
use super::registry::registered;
use crate::domain::pull::{Offer, PullTerms, PullWorker};
use crate::domain::{
    Caller, ClaimToken, DispatchMessage, Execution, Hold, Holdable, Job, Stamp, WorkerId,
};
use crate::plan::{Take, end_unrun, hand_back, held_by, hold_back, still_wanted, take};
use crate::port::{
    Clock, Entropy, Executions, Jobs, OfferedWork, Offers, PortResult, PullWorkers, Put,
};

/// The longest that a poll waits: the HTTP API gives up after 30 s.
pub const MAX_WAIT: TimeDelta = TimeDelta::seconds(20);
/// The most executions that one poll takes.
pub const MAX_TAKEN: usize = 10;

/// How often a poll that found nothing looks again.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(1);
/// How many offers of each work are looked at: more than are taken, for some of them may be of the past.
const LOOK_AT: usize = 2 * MAX_TAKEN;

/// An execution in the hands of a worker.
#[derive(Clone, Debug, PartialEq)]
pub struct Handed {
    /// The record as claimed.
    pub execution: Execution,
    /// What proves that its worker holds it.
    pub claim: ClaimToken,
    /// How it is held.
    pub held: Offer,
    /// What is to be done, and with what.
    pub terms: PullTerms,
}

/// Takes up to `max` executions of the worker's works, the most urgent first; waits for one for up to `wait`. What is held
/// is not handed out: it is offered anew when it is let go.
///
/// # Errors
/// [`RequestError::NotFound`] if the caller has no such worker, or a port's failure before anything was taken.
pub async fn poll(
    world: &impl World,
    caller: &Caller,
    id: WorkerId,
    wait: TimeDelta,
    max: usize,
    holds: &HoldWatch,
) -> Result<Vec<Handed>, RequestError> {
    let worker = registered(world, caller, id).await?;
    let begun = world.clock().now();
    if let Some(seen) = worker.seen(begun) {
        world.store().put_worker(&seen).await?;
    }
    let until = begun + wait.min(MAX_WAIT);
    loop {
        let taken = look(world, &worker, max, holds).await?;
        let now = world.clock().now();
        if !taken.is_empty() || now >= until {
            return Ok(taken);
        }
        world.clock().sleep_until(until.min(now + LOOK_EVERY)).await;
    }
}

/// Takes what is there.
async fn look(
    world: &impl World,
    worker: &PullWorker,
    max: usize,
    holds: &HoldWatch,
) -> PortResult<Vec<Handed>> {
    let holds = holds.in_effect(world).await?;
    let mut offers = Vec::new();
    for work in &worker.works {
        offers.extend(world.store().offers(&worker.user, work, LOOK_AT).await?);
    }
    offers.sort_by_key(|offer| (offer.priority, offer.execution.occasion.fire_time()));
    let mut taken = Vec::new();
    for offer in offers {
        if taken.len() >= max {
            break;
        }
        match take_up(world, worker, &offer, &holds).await {
            Ok(handed) => taken.extend(handed),
            // What was taken must reach its worker; what was not is still there.
            Err(error) if !taken.is_empty() => {
                tracing::warn!(%error, "a poll was cut short");
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(taken)
}

/// Takes what `found` offers, if nobody else does.
async fn take_up(
    world: &impl World,
    worker: &PullWorker,
    found: &OfferedWork,
    holds: &[Hold],
) -> PortResult<Option<Handed>> {
    let current = world.store().execution(found.execution).await?;
    let now = world.clock().now();
    let claim = ClaimToken(world.entropy().next_u64());
    let stamp = Stamp(world.entropy().next_u64());
    let (execution, expected) = match take(
        current.as_ref(),
        found.attempt,
        worker.id,
        now,
        claim,
        stamp,
    ) {
        Take::Leave => return Ok(None),
        Take::Remove => {
            world.store().remove_offer(found).await?;
            return Ok(None);
        }
        Take::Write {
            execution,
            expected,
        } => (*execution, expected),
    };
    if let Put::Refused(_) = world.store().put_execution(&execution, expected).await? {
        return Ok(None);
    }
    // Only now, with the claim on record, may the job be read: a cancel that this read misses will find the claim.
    let job = world.store().job(found.execution.job).await?;
    let offer = execution.offer.as_ref();
    let released_by = offer.map(|offer| offer.released_by.clone());
    let released_by = released_by.unwrap_or_default();
    let handed = match still_wanted(&execution, job.as_ref()) {
        Ok(job) if let Some(hold) = held_by(holds, &of(job), &released_by) => {
            let mut message =
                DispatchMessage::new(execution.id, execution.attempt, job.timeout_seconds);
            message.released_by = released_by;
            remember(world, hold, job, &execution, &message).await?;
            let held = settle(world, execution, claim, |taken, stamp| {
                hold_back(taken, &job.user, hold, now, stamp)
            });
            follow_settled(world, found, held.await?.as_ref(), Some(job)).await?;
            None
        }
        Ok(job) => hand_over(world, found, execution, claim, job, now).await?,
        Err((state, reason)) => {
            let ended = settle(world, execution, claim, |taken, stamp| {
                end_unrun(taken, job.as_ref(), state, reason, now, stamp)
            });
            follow_settled(world, found, ended.await?.as_ref(), job.as_ref()).await?;
            None
        }
    };
    world.store().remove_offer(found).await?;
    Ok(handed)
}

/// What a hold asks for of a job whose work is done elsewhere.
fn of(job: &Job) -> Holdable<'_> {
    Holdable {
        user: &job.user,
        job_type: &job.job_type,
        target_host: None,
    }
}

/// Has the claim watched, and makes what the worker is given.
async fn hand_over(
    world: &impl World,
    found: &OfferedWork,
    execution: Execution,
    claim: ClaimToken,
    job: &Job,
    now: DateTime<Utc>,
) -> PortResult<Option<Handed>> {
    let terms = job.pull_terms();
    let held = execution.offer.clone();
    let (Some(terms), Some(held)) = (terms.filter(|terms| terms.work == found.work), held) else {
        // The job has been changed, and wants something else done: whoever judges it next finds out what.
        let back = settle(world, execution, claim, |taken, stamp| {
            hand_back(taken, now, stamp)
        });
        follow_settled(world, found, back.await?.as_ref(), Some(job)).await?;
        return Ok(None);
    };
    let message = DispatchMessage::new(execution.id, execution.attempt, job.timeout_seconds);
    follow(
        world,
        found.priority.band().into(),
        &message,
        &execution,
        None,
        None,
    )
    .await?;
    Ok(Some(Handed {
        execution,
        claim,
        held,
        terms,
    }))
}

/// What follows from a record that was taken and let go at once, if it was this one's to let go.
async fn follow_settled(
    world: &impl World,
    found: &OfferedWork,
    settled: Option<&Execution>,
    job: Option<&Job>,
) -> PortResult<()> {
    let (Some(settled), Some(timeout)) = (settled, job.map(|job| job.timeout_seconds)) else {
        return Ok(());
    };
    let message = DispatchMessage::new(settled.id, settled.attempt, timeout);
    let lane = found.priority.band().into();
    follow(world, lane, &message, settled, job, None).await
}
