//! Carries out one delivery of one message: claim, read the job strongly, judge, run, finish, follow up. Whatever dies
//! in between, the message comes back and the record says how far it came.

mod attempt;
mod claiming;
mod ending;

use chrono::{DateTime, Utc};

use self::attempt::attempt;
use self::claiming::{Claim, undo, wait_out_earliness, win_claim};
pub(super) use self::ending::follow;
use self::ending::{fence_lost, record};
use super::World;
use super::exclusions::exclusions_of_read;
use crate::domain::{Band, Execution, Stamp};
use crate::jobtype::Registry;
use crate::plan::{Delivery, Judgement, end_unrun, judge};
use crate::port::{Clock, Entropy, Jobs, PortResult};

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
    /// The execution was ended without an attempt.
    Judged,
    /// The execution had ended, or waits for a later attempt: a duplicate, or a redelivery after a crash.
    AlreadyOver,
    /// Another worker holds the claim, or it is too early, or the message may have overtaken its commit.
    Postponed,
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
    band: Band,
    delivery: &Delivery,
) -> PortResult<Performed> {
    let id = delivery.message.execution_id();
    if let Some(until) = wait_out_earliness(world, id, delivery).await {
        return Ok(Performed::postponed(until));
    }
    let won = match win_claim(world, band, delivery).await? {
        Claim::Won(won) => won,
        Claim::Not(performed) => return Ok(performed),
    };

    // Only now, with the claim on record, may the job be read: a cancel that this read misses will find the claim.
    let job = world.store().job(id.job).await?;
    let exclusions = exclusions_of_read(world, job.as_ref()).await?;
    let now = world.clock().now();
    let owed = job.as_ref().map(|job| job.owed(&exclusions));
    match (judge(&won.record, owed, delivery, now), job) {
        (Judgement::Run, Some(job)) => attempt(world, registry, band, delivery, *won, &job).await,
        (Judgement::End(state, reason), job) => {
            let stamp = Stamp(world.entropy().next_u64());
            let ended = end_unrun(&won.record, job.as_ref(), state, reason, now, stamp);
            match record(world, &won, ended).await? {
                None => Ok(fence_lost(world, &won)),
                Some(ended) => {
                    follow(world, band, &delivery.message, &ended, job.as_ref()).await?;
                    Ok(Performed::over(What::Judged, ended))
                }
            }
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
