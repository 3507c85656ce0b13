//! Carries out one delivery of one message: claim, read the job strongly, judge, start or wait, run or offer, finish,
//! follow up. Whatever dies in between, the message comes back and the record says how far it came.

mod attempt;
mod claiming;
mod ending;
mod filling;
mod gate;
mod held;
mod hosts;
mod offering;
mod results;
mod slots;
mod starting;
mod turn;
mod upstreams;
mod watch;

use chrono::{DateTime, Utc};

use self::claiming::{Claim, Won, back_out, undo, wait_out_earliness, win_claim};
pub(super) use self::ending::follow;
use self::ending::{fence_lost, record};
pub use self::gate::Gate;
pub(super) use self::results::keep;
use self::starting::{Errand, start};
use self::watch::hide;
use super::World;
use super::exclusions::exclusions_of_read;
use crate::domain::{
    DispatchMessage, Exclusions, Execution, ExecutionState, Job, Lane, Reason, Stamp,
};
use crate::jobtype::Registry;
use crate::plan::{Delivery, Judgement, end_unrun, judge};
use crate::port::{Clock, Edges, Entropy, OutgoingMessage, PortResult, Queues, SendAt};
use crate::{tab, trace};

/// How a message came, and how its queue is told what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// The lane that brought it.
    pub lane: Lane,
    /// The queue's handle for it, good until it is handed over again.
    pub receipt: &'a str,
}

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
    /// An operator holds what the execution is of: it starts when that is released.
    Held,
    /// The execution was ended without an attempt.
    Judged,
    /// The execution waits for others that its job runs after: their ends will ask again.
    Waiting,
    /// The execution had ended, or waits for a later attempt: a duplicate, or a redelivery after a crash.
    AlreadyOver,
    /// Another worker holds the claim, or it is too early, or the message may have overtaken its commit.
    Postponed,
    /// Another execution of the job is under way, no slot is free, the target's host is spared, or it came by the wrong
    /// lane: a fresh message will ask again.
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

/// Carries out `delivery`, which came `via` a lane.
///
/// # Errors
/// If a port fails: the message is to be left in the queue, and its redelivery goes on from the record.
pub async fn perform(
    world: &impl World,
    registry: &Registry,
    gate: &Gate,
    via: &Via<'_>,
    delivery: &Delivery,
) -> PortResult<Performed> {
    // Boxed: a batch's deliveries are carried out side by side, and all that one may come to is large.
    let errand = Box::pin(carry_out(world, registry, gate, via, delivery));
    tab::kept(world.clock().now(), errand).await
}

async fn carry_out(
    world: &impl World,
    registry: &Registry,
    gate: &Gate,
    via: &Via<'_>,
    delivery: &Delivery,
) -> PortResult<Performed> {
    let (id, lane) = (delivery.message.execution_id(), via.lane);
    if let Some(pulse) = delivery.pulse {
        // Its queue hides it for as long as an invocation may take. First of all, that is cut down to what a dead worker is
        // missed by.
        hide(world, via, pulse.lease()).await;
    }
    if let Some(until) = wait_out_earliness(world, id, delivery).await {
        return Ok(Performed::postponed(until));
    }
    // Before the claim: whoever cannot know what is held has claimed nothing.
    let holds = gate.holds.in_effect(world).await?;
    let mut won = match win_claim(world, lane, delivery).await? {
        Claim::Won(won) => won,
        Claim::Not(performed) => return Ok(performed),
    };

    // Only now, with the claim on record, may the job be read: a cancel that this read misses will find the claim.
    let (job, exclusions) = match read_job(world, &mut won).await {
        Ok(read) => read,
        Err(error) => return back_out(world, *won, error).await,
    };
    let now = world.clock().now();
    let owed = job.as_ref().map(|job| job.owed(&exclusions));
    match (judge(&won.record, owed, delivery, now), job) {
        // It was sent before its job was given so much time. Here it would be cut off.
        (Judgement::Run, Some(job)) if job.lane() == Lane::Long && lane != Lane::Long => {
            undo(world, *won).await?;
            send_anew(world, &job, delivery.message.clone(), SendAt::Now).await?;
            Ok(QUEUED)
        }
        (Judgement::Run, Some(job)) => {
            let errand = Errand {
                registry,
                gate,
                via,
                delivery,
            };
            start(world, errand, *won, job, exclusions, &holds).await
        }
        (Judgement::End(state, reason), job) => {
            end(world, lane, delivery, &won, job.as_ref(), state, reason).await
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

/// The job behind a claim, and what its calendars exclude.
async fn read_job(world: &impl World, won: &mut Won) -> PortResult<(Option<Job>, Exclusions)> {
    let read_at = world.clock().now();
    let (job, edges) = world.store().job_and_edges(won.record.id.job).await?;
    trace::job_read(&won.record, job.as_ref());
    won.edges = Some((read_at, edges));
    let exclusions = exclusions_of_read(world, job.as_ref()).await?;
    Ok((job, exclusions))
}

/// Ends a claimed execution without a run.
async fn end(
    world: &impl World,
    lane: Lane,
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
            follow(world, lane, &delivery.message, &ended, job, edges).await?;
            Ok(Performed::over(What::Judged, ended))
        }
    }
}

/// Puts the record back and sends the message anew. The present one may not wait: the queue counts how often it is
/// handed over, and gives it up.
async fn queue_up(
    world: &impl World,
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
    send_anew(world, job, message, SendAt::Before(until)).await?;
    Ok(QUEUED)
}

const QUEUED: Performed = Performed {
    what: What::Queued,
    execution: None,
    disposition: Disposition::Delete,
};

/// Sends `message` once more, by the lane and with the time that its job has now.
async fn send_anew(
    world: &impl World,
    job: &Job,
    mut message: DispatchMessage,
    send_at: SendAt,
) -> PortResult<()> {
    message.timeout_seconds = job.timeout_seconds;
    let again = OutgoingMessage {
        lane: job.lane(),
        user: Some(job.user.clone()),
        send_at,
        message,
    };
    world.queues().send(&[again]).await
}
