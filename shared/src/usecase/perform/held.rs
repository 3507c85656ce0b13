//! Keeps what is held from starting, between the judgement and the turn: whatever way its message came, and however often
//! it was tried before. Nothing of it counts as an attempt.

use super::claiming::Won;
use super::ending::{fence_lost, follow, record};
use super::{Disposition, Performed, What};
use crate::domain::{DispatchMessage, Hold, Holdable, Job, Lane, Stamp};
use crate::jobtype::Registry;
use crate::plan::{self, Delivery, held_by};
use crate::port::{Clock, Entropy, PortResult};
use crate::usecase::World;
use crate::usecase::holds::remember;

/// The hold, among `holds`, that keeps an execution of `job` from starting.
pub(super) fn keeper<'a>(
    holds: &'a [Hold],
    registry: &Registry,
    job: &Job,
    message: &DispatchMessage,
) -> Option<&'a Hold> {
    if holds.is_empty() {
        return None;
    }
    let target_host = registry.target_host(&job.job_type, &job.payload);
    let of_job = Holdable {
        user: &job.user,
        job_type: &job.job_type,
        target_host: target_host.as_deref(),
    };
    held_by(holds, &of_job, &message.released_by)
}

/// Puts what `won` holds into the backlog of `hold`, and says so on its record.
pub(super) async fn hold_back(
    world: &impl World,
    lane: Lane,
    delivery: &Delivery,
    won: &Won,
    job: &Job,
    hold: &Hold,
) -> PortResult<Performed> {
    remember(world, hold, job, &won.record, &delivery.message).await?;
    let now = world.clock().now();
    let stamp = Stamp(world.entropy().next_u64());
    let kept = plan::hold_back(&won.record, &job.user, hold, now, stamp);
    let Some(kept) = record(world, won, kept).await? else {
        return Ok(fence_lost(world, won));
    };
    // Nothing follows, unless its user canceled it meanwhile.
    let edges = won.edges(now);
    follow(world, lane, &delivery.message, &kept, Some(job), edges).await?;
    Ok(Performed {
        what: What::Held,
        execution: Some(Box::new(kept)),
        disposition: Disposition::Delete,
    })
}
