//! Comes to an execution's turn, where its job wants one execution at a time. The lock is taken between the judgement
//! and the run, under the claim: only a worker whose claim still holds may act on having it. It is given back after the
//! end is on record; a lock that its holder did not give back is recognised by the holder's record.

use super::claiming::Won;
use crate::domain::{Execution, ExecutionState, Job, Reason, Stamp};
use crate::plan::{Turn, holds_on, needs_lock, turn};
use crate::port::{Clock, Entropy, Executions, Lock, Locks, PortResult, Put};
use crate::usecase::{RACES, World, contended};

/// How a claimed execution stands in line.
pub(super) enum Stand {
    /// It may run.
    ItsTurn,
    /// Another execution holds the job's lock.
    Occupied,
    /// It ends so, without a run.
    Never(ExecutionState, Reason),
}

/// Finds out whether it is the turn of an execution that was judged to run, and takes the lock if it needs one.
pub(super) async fn stand_in_line(world: &impl World, job: &Job, won: &Won) -> PortResult<Stand> {
    match turn(job, &won.record, world.clock().now()) {
        Turn::Now => Ok(Stand::ItsTurn),
        Turn::Never(state, reason) => Ok(Stand::Never(state, reason)),
        Turn::WithLock => take_lock(world, won).await,
    }
}

/// Takes the lock if it is free, or its holder has it already, or can have no more use for it. Whoever takes it writes
/// it, the holder itself included: who judged the holder by an older look must lose the race.
async fn take_lock(world: &impl World, won: &Won) -> PortResult<Stand> {
    let holder = won.record.id;
    let mut expected = None;
    for _ in 0..RACES {
        let lock = Lock {
            holder,
            stamp: Stamp(world.entropy().next_u64()),
        };
        let found = match world.store().put_lock(lock, expected).await? {
            Put::Written => return Ok(Stand::ItsTurn),
            Put::Refused(found) => found,
        };
        if let Some(other) = found.filter(|found| found.holder != holder) {
            let record = world.store().execution(other.holder).await?;
            if holds_on(record.as_ref(), world.clock().now()) {
                return Ok(Stand::Occupied);
            }
        }
        expected = found.map(|found| found.stamp);
    }
    contended("lock")
}

/// Gives the lock back once `ended` is on record, if it may have had it. Safe to do again. Not for a skipped one, whose
/// end can be overruled: it might hold the lock anew by now.
pub(super) async fn release(world: &impl World, job: &Job, ended: &Execution) -> PortResult<()> {
    let may_have_held = ended.state.is_terminal()
        && ended.state != ExecutionState::Skipped
        && ended.id.occasion.is_scheduled()
        && (ended.attempt > 0 || ended.offer.is_some())
        && needs_lock(job);
    if may_have_held {
        world.store().release_lock(ended.id).await?;
    }
    Ok(())
}
