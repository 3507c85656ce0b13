//! Looks at the upstreams of a claimed run. What brought the message here had looked before; the look that counts is this
//! one, under the claim. A run that begins to wait, or is skipped for their sake, is looked at once more behind the write
//! that says so: who ended an upstream in between saw it claimed, and left it to its worker.

use super::claiming::Won;
use super::ending::{fence_lost, follow, record};
use super::{Performed, What};
use crate::domain::{Exclusions, Execution, ExecutionState, Job, Lane, Stamp};
use crate::plan::Delivery;
use crate::plan::dependencies::{
    Gate, Gated, Nudge, Row, gated, is_upstreams_skip, needs_gate, nudge,
};
use crate::port::{Clock, Entropy, PortResult};
use crate::usecase::World;
use crate::usecase::dependencies::{at_gate, row_of, send};

/// Whether `won`, a run of `job` that was judged to run, may begin.
pub(super) async fn look_up(
    world: &impl World,
    job: &Job,
    exclusions: &Exclusions,
    won: &Won,
) -> PortResult<Gated> {
    if !needs_gate(job, &won.record) {
        return Ok(Gated::Pass(None));
    }
    let row = Row {
        job: job.clone(),
        exclusions: exclusions.clone(),
    };
    let gate = at_gate(world, &row, won.record.id.occasion).await?;
    let now = world.clock().now();
    let stamp = Stamp(world.entropy().next_u64());
    Ok(gated(&won.record, job, gate, now, stamp))
}

/// Writes that the run waits, has the end of the wait asked for, and looks once more.
pub(super) async fn wait(
    world: &impl World,
    lane: Lane,
    delivery: &Delivery,
    won: &Won,
    job: Job,
    exclusions: Exclusions,
    waiting: Execution,
) -> PortResult<Performed> {
    let Some(waiting) = record(world, won, waiting).await? else {
        return Ok(fence_lost(world, won));
    };
    let edges = won.edges(world.clock().now());
    follow(world, lane, &delivery.message, &waiting, Some(&job), edges).await?;
    once_more(world, job, exclusions, Some(&waiting)).await?;
    Ok(Performed::over(What::Waiting, waiting))
}

/// Looks once more at the upstreams of a run of `job` that was written as waiting, or as skipped for their sake.
pub(super) async fn once_more(
    world: &impl World,
    job: Job,
    exclusions: Exclusions,
    written: Option<&Execution>,
) -> PortResult<()> {
    let open = |one: &&Execution| one.state == ExecutionState::Waiting || is_upstreams_skip(one);
    let Some(written) = written.filter(open) else {
        return Ok(());
    };
    let row = Row { job, exclusions };
    let occasion = written.id.occasion;
    let gate = at_gate(world, &row, occasion).await?;
    let now = world.clock().now();
    let stamp = Stamp(world.entropy().next_u64());
    if nudge(&row.job, occasion, Some(written), gate, now, stamp) == Nudge::Send {
        send(world, &row.job, written.id).await?;
    }
    Ok(())
}

/// What its upstreams say now about a run that was skipped for what they did. `None`: it was skipped for something else.
pub(super) async fn look_again(
    world: &impl World,
    job: Option<&Job>,
    skipped: &Execution,
) -> PortResult<Option<Gate>> {
    let Some(job) = job.filter(|_| is_upstreams_skip(skipped)) else {
        return Ok(None);
    };
    let row = row_of(world, job.clone()).await?;
    at_gate(world, &row, skipped.id.occasion).await.map(Some)
}
