//! Carries out one delivery of one message: claim, read the job strongly, judge, look at its upstreams, take the turn and
//! the slots, run or offer, finish, follow up. Whatever dies in between, the message comes back and the record says how far it came.

mod attempt;
mod claiming;
mod ending;
mod filling;
mod gate;
mod offering;
mod results;
mod slots;
mod turn;
mod upstreams;

use chrono::{DateTime, Utc};

use self::attempt::attempt;
use self::claiming::{Claim, Won, undo, wait_out_earliness, win_claim};
pub(super) use self::ending::follow;
use self::ending::{fence_lost, record};
pub use self::gate::Gate;
use self::offering::offer;
use self::slots::{Found, give_back, take_slots};
use self::turn::{Stand, stand_in_line};
use self::upstreams::{look_up, once_more, wait};
use super::World;
use super::exclusions::exclusions_of_read;
use crate::domain::{Band, Execution, ExecutionState, Job, Reason, Stamp};
use crate::jobtype::Registry;
use crate::plan::dependencies::Gated;
use crate::plan::{Delivery, Judgement, Refused, end_unrun, judge, refused, wait_for_slot};
use crate::port::{Clock, Edges, Entropy, OutgoingMessage, PortResult, Queues, SendAt};

/// What is to become of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It has done its work.
    Delete,
    /// It is to be handed over again then.
    ComeBackAt(DateTime<Utc>),
}

/// What a delivery led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An attempt was made, and the record says how it ended.
    Attempted,
    /// The execution was offered to the workers of its owner.
    Offered,
    /// The execution was ended without an attempt.
    Judged,
    /// The execution waits for others that its job runs after: their ends will ask again.
    Waiting,
    /// The execution had ended, or waits for a later attempt: a duplicate, or a redelivery after a crash.
    AlreadyOver,
    /// Another worker holds the claim, or it is too early, or the message may have overtaken its commit.
    Postponed,
    /// Another execution of the job is under way, or no slot is free: a fresh message will ask again.
    Queued,
    /// The claim was lost while the handler ran: its end is not recorded here.
    FenceLost,
    /// There is no such job.
    NoSuchJob,
}

/// The report of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Performed {
    /// What it led to.
    pub what: What,
    /// The record as this worker left it, where it wrote or read one.
    pub execution: Option<Box<Execution>>,
    /// What is to become of the message.
    pub disposition: Disposition,
}

impl Performed {
    fn postponed(until: DateTime<Utc>) -> Self {
        Self {
            what: What::Postponed,
            execution: None,
            disposition: Disposition::ComeBackAt(until),
        }
    }

    fn over(what: What, execution: Execution) -> Self {
        Self {
            what,
            execution: Some(Box::new(execution)),
            disposition: Disposition::Delete,
        }
    }
}

/// Carries out `delivery`, which came by the queue of `band`.
///
/// # Errors
/// If a port fails: the message is to be left in the queue, and its redelivery goes on from the record.
pub async fn perform(
    world: &impl World,
    registry: &Registry,
    gate: &Gate,
    band: Band,
    delivery: &Delivery,
) -> PortResult<Performed> {
    let id = delivery.message.execution_id();
    if let Some(until) = wait_out_earliness(world, id, delivery).await {
        return Ok(Performed::postponed(until));
    }
    let mut won = match win_claim(world, band, delivery).await? {
        Claim::Won(won) => won,
        Claim::Not(performed) => return Ok(performed),
    };

    // Only now, with the claim on record, may the job be read: a cancel that this read misses will find the claim.
    let read_at = world.clock().now();
    let (job, edges) = world.store().job_and_edges(id.job).await?;
    won.edges = Some((read_at, edges));
    let exclusions = exclusions_of_read(world, job.as_ref()).await?;
    let now = world.clock().now();
    let owed = job.as_ref().map(|job| job.owed(&exclusions));
    match (judge(&won.record, owed, delivery, now), job) {
        (Judgement::Run, Some(job)) => {
            match look_up(world, &job, &exclusions, &won).await? {
                Gated::Pass(since) => won.record.ready_at = since.or(won.record.ready_at),
                Gated::Wait(waiting) => {
                    return wait(world, band, delivery, &won, job, exclusions, *waiting).await;
                }
                Gated::End(reason, cause) => {
                    won.record.cause = cause;
                    let skipped = ExecutionState::Skipped;
                    let ended = end(world, band, delivery, &won, Some(&job), skipped, reason);
                    let performed = ended.await?;
                    once_more(world, job, exclusions, performed.execution.as_deref()).await?;
                    return Ok(performed);
                }
            }
            let (state, reason) = match stand_in_line(world, &job, &won).await? {
                Stand::ItsTurn if let Some(terms) = job.pull_terms() => {
                    return offer(world, band, delivery, *won, job.owed(&exclusions), &terms).await;
                }
                Stand::ItsTurn => match take_slots(world, gate, &job, &won).await? {
                    Found::Held(held) => {
                        let performed =
                            attempt(world, registry, band, delivery, *won, &job, &held).await;
                        // Whether or not the end is on record: nothing of it runs any more.
                        give_back(world, held).await;
                        return performed;
                    }
                    Found::NoneBefore(at) => {
                        let jitter = world.entropy().next_unit();
                        let waits = delivery.message.waits;
                        let due = won.due();
                        let now = world.clock().now();
                        let owed = job.owed(&exclusions);
                        match wait_for_slot(owed, &won.record, waits, (due, at), now, jitter) {
                            Refused::End(state, reason) => (state, reason),
                            Refused::Wait(until) => {
                                let why = Some(Reason::Limited);
                                return queue_up(world, band, delivery, *won, &job, until, why)
                                    .await;
                            }
                        }
                    }
                },
                // What kept it until then is to answer for that it would be too late now.
                Stand::Never(state, reason) => (state, delivery.message.kept_by.unwrap_or(reason)),
                Stand::Occupied => {
                    let jitter = world.entropy().next_unit();
                    let waits = delivery.message.waits;
                    let now = world.clock().now();
                    match refused(job.owed(&exclusions), &won.record, waits, now, jitter) {
                        Refused::End(state, reason) => (state, reason),
                        Refused::Wait(until) => {
                            return queue_up(world, band, delivery, *won, &job, until, None).await;
                        }
                    }
                }
            };
            end(world, band, delivery, &won, Some(&job), state, reason).await
        }
        (Judgement::End(state, reason), job) => {
            end(world, band, delivery, &won, job.as_ref(), state, reason).await
        }
        (Judgement::UndoAndComeBackAt(until), _) => {
            undo(world, *won).await?;
            Ok(Performed::postponed(until))
        }
        (Judgement::UndoAndForget, _) | (Judgement::Run, None) => {
            undo(world, *won).await?;
            Ok(Performed {
                what: What::NoSuchJob,
                execution: None,
                disposition: Disposition::Delete,
            })
        }
    }
}

/// Ends a claimed execution without a run.
async fn end(
    world: &impl World,
    band: Band,
    delivery: &Delivery,
    won: &Won,
    job: Option<&Job>,
    state: ExecutionState,
    reason: Reason,
) -> PortResult<Performed> {
    let now = world.clock().now();
    let stamp = Stamp(world.entropy().next_u64());
    let ended = end_unrun(&won.record, job, state, reason, now, stamp);
    match record(world, won, ended).await? {
        None => Ok(fence_lost(world, won)),
        Some(ended) => {
            let edges = won.edges(now);
            follow(world, band, &delivery.message, &ended, job, edges).await?;
            Ok(Performed::over(What::Judged, ended))
        }
    }
}

/// Puts the record back and sends the message anew. The present one may not wait: the queue counts how often it is
/// handed over, and gives it up.
async fn queue_up(
    world: &impl World,
    band: Band,
    delivery: &Delivery,
    won: Won,
    job: &Job,
    until: DateTime<Utc>,
    kept_by: Option<Reason>,
) -> PortResult<Performed> {
    undo(world, won).await?;
    let mut message = delivery.message.clone();
    message.waits = message.waits.saturating_add(1);
    message.kept_by = kept_by;
    let again = OutgoingMessage {
        band,
        user: Some(job.user.clone()),
        send_at: SendAt::Before(until),
        message,
    };
    world.queues().send(&[again]).await?;
    Ok(Performed {
        what: What::Queued,
        execution: None,
        disposition: Disposition::Delete,
    })
}
