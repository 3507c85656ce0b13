//! What stands between the judgement that an execution is to run and its handler, in this order: its upstreams, an
//! operator's hold, its job's turn, its host, its slots. Each is asked under the claim. Whoever must wait gives the claim
//! back first, so that nobody waits for one who waits.

use chrono::{DateTime, Utc};

use super::attempt::attempt;
use super::claiming::{Won, back_out};
use super::held::{hold_back, keeper};
use super::hosts::{Knock, Visit, knock, leave};
use super::offering::offer;
use super::slots::{Found, Held, give_back, take_slots};
use super::turn::{Stand, stand_in_line};
use super::upstreams::{look_up, once_more, wait};
use super::{Gate, Performed, Via, What, end, queue_up};
use crate::domain::{Exclusions, ExecutionState, Hold, Job};
use crate::jobtype::Registry;
use crate::plan::dependencies::Gated;
use crate::plan::{Barrier, Delivery, Refused, refused};
use crate::port::{Clock, Entropy, PortResult};
use crate::usecase::World;

/// A delivery, and what it is carried out with.
#[derive(Clone, Copy)]
pub(super) struct Errand<'a> {
    pub(super) registry: &'a Registry,
    pub(super) gate: &'a Gate,
    pub(super) via: &'a Via<'a>,
    pub(super) delivery: &'a Delivery,
}

/// Brings `won`, an execution of `job` that was judged to run, to its handler; or sees to it that it comes again.
pub(super) async fn start(
    world: &impl World,
    errand: Errand<'_>,
    mut won: Won,
    job: Job,
    exclusions: Exclusions,
    holds: &[Hold],
) -> PortResult<Performed> {
    let Errand { via, delivery, .. } = errand;
    let lane = via.lane;
    let gated = match look_up(world, &job, &exclusions, &won).await {
        Ok(gated) => gated,
        Err(error) => return back_out(world, won, error).await,
    };
    match gated {
        Gated::Pass(since) => won.record.ready_at = since.or(won.record.ready_at),
        Gated::Wait(waiting) => {
            return wait(world, lane, delivery, &won, job, exclusions, *waiting).await;
        }
        Gated::End(reason, cause) => {
            won.record.cause = cause;
            let skipped = ExecutionState::Skipped;
            let ended = end(world, lane, delivery, &won, Some(&job), skipped, reason);
            let performed = ended.await?;
            once_more(world, job, exclusions, performed.execution.as_deref()).await?;
            return Ok(performed);
        }
    }
    // What waits for others could not start anyway: it is held when it could.
    if let Some(hold) = keeper(holds, errand.registry, &job, &delivery.message) {
        return hold_back(world, lane, delivery, &won, &job, hold).await;
    }
    let owed = job.owed(&exclusions);
    let stand = match stand_in_line(world, &job, &won).await {
        Ok(stand) => stand,
        Err(error) => return back_out(world, won, error).await,
    };
    let (decided, kept_by) = match stand {
        Stand::ItsTurn if let Some(terms) = job.pull_terms() => {
            return offer(world, lane, delivery, won, owed, &terms).await;
        }
        Stand::ItsTurn => match let_in(world, errand, &job, &won).await {
            Err(error) => return back_out(world, won, error).await,
            Ok(Entry::Granted(visit, held)) => {
                return run(world, errand, won, &job, visit, held).await;
            }
            Ok(Entry::NotBefore(at, barrier)) => {
                let jitter = world.entropy().next_unit();
                let due = won.due(delivery);
                let now = world.clock().now();
                let message = &delivery.message;
                let decided = barrier.keep(owed, &won.record, message, (due, at), now, jitter);
                (decided, Some(barrier.reason()))
            }
        },
        Stand::Occupied => {
            let jitter = world.entropy().next_unit();
            let now = world.clock().now();
            let decided = refused(owed, &won.record, &delivery.message, now, jitter);
            (decided, None)
        }
        Stand::Never(state, reason) => {
            // What kept it until then is to answer for that it would be too late now.
            let reason = delivery.message.kept_by.unwrap_or(reason);
            (Refused::End(state, reason), None)
        }
    };
    match decided {
        Refused::End(state, reason) => {
            end(world, lane, delivery, &won, Some(&job), state, reason).await
        }
        Refused::Wait(until) => queue_up(world, delivery, won, &job, until, kept_by).await,
    }
}

/// Whether an execution whose turn it is may start.
enum Entry {
    /// It may, with what it holds.
    Granted(Visit, Held),
    /// Not before this instant, because of this.
    NotBefore(DateTime<Utc>, Barrier),
}

/// Asks its host first and its slots then: what has counted for a rate cannot be given back.
async fn let_in(world: &impl World, errand: Errand<'_>, job: &Job, won: &Won) -> PortResult<Entry> {
    let Errand {
        registry,
        gate,
        delivery,
        ..
    } = errand;
    let visit = match knock(world, &gate.hosts, registry, job, won).await? {
        Knock::Open(visit) => visit,
        Knock::NotBefore(at) => return Ok(Entry::NotBefore(at, Barrier::Host)),
    };
    match take_slots(world, gate, delivery, job, won).await? {
        Found::Held(held) => Ok(Entry::Granted(visit, held)),
        Found::NoneBefore(at) => {
            leave(world, &gate.hosts, visit, None).await;
            Ok(Entry::NotBefore(at, Barrier::Slots))
        }
    }
}

/// Makes the attempt, and gives back what it held.
async fn run(
    world: &impl World,
    errand: Errand<'_>,
    won: Won,
    job: &Job,
    visit: Visit,
    mut held: Held,
) -> PortResult<Performed> {
    let Errand {
        registry,
        gate,
        via,
        delivery,
    } = errand;
    let performed = attempt(world, registry, via, delivery, won, job, &mut held).await;
    // Whether or not the end is on record: nothing of it runs any more.
    give_back(world, held).await;
    let ended = performed.as_ref().ok();
    let ended = ended.filter(|ended| ended.what == What::Attempted);
    let ended = ended.and_then(|ended| ended.execution.as_deref());
    leave(world, &gate.hosts, visit, ended).await;
    performed
}
