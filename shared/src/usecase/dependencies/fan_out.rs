//! Has the runs behind an execution looked after, once its end is on record. Whoever ends one writes that first and looks
//! at the others then, so the last one to end sees that all have. Done again, it finds the messages' work done.

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::CONCURRENCY;
use super::look::{at_gate, row_of};
use crate::domain::{
    DispatchMessage, Execution, ExecutionId, ExecutionState, Job, Occasion, Stamp, floor_second,
};
use crate::plan::dependencies::{
    Nudge, Row, is_upstreams_skip, missed_since, nudge, occasion_after, stands,
};
use crate::plan::{FollowUp, next_attempt_at};
use crate::port::{
    Clock, Edge, Edges, Entropy, Executions, Expected, Hints, Jobs, OutgoingMessage, PortResult,
    Queues, SendAt,
};
use crate::usecase::{World, log_dispatched};

/// How many records behind a job are looked at for those that waited for what it missed. The reconciler sees to the rest.
const LOOK_BACK: usize = 500;

/// Sees to everything that may run because `ended` has. `edges` are those from its job, if they have been read.
pub(in crate::usecase) async fn fan_out(
    world: &impl World,
    ended: &Execution,
    edges: Option<&[Edge]>,
) -> PortResult<()> {
    if !ended.state.is_terminal() {
        return Ok(());
    }
    let edges = match edges {
        Some(edges) => edges.to_vec(),
        None => world.store().job_and_edges(ended.id.job).await?.1,
    };
    let missed = match &edges[..] {
        [] => None,
        _ => missed(world, ended).await?,
    };
    stream::iter(edges)
        .map(|edge| follow_edge(world, edge, ended.id.occasion, missed))
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await
}

/// From when on `ended` stands for runs that were missed, if it does.
async fn missed(world: &impl World, ended: &Execution) -> PortResult<Option<DateTime<Utc>>> {
    if ended.stands_for.is_none_or(|count| count < 2) {
        return Ok(None);
    }
    let Some(job) = world.store().job(ended.id.job).await? else {
        return Ok(None);
    };
    let row = row_of(world, job).await?;
    Ok(missed_since(&row, ended, row.job.effective_from))
}

async fn follow_edge(
    world: &impl World,
    edge: Edge,
    occasion: Occasion,
    missed: Option<DateTime<Utc>>,
) -> PortResult<()> {
    let job = world.store().job(edge.down).await?;
    let now = world.clock().now();
    if !stands(&edge, job.as_ref(), now) {
        return world.store().remove_edge(&edge).await;
    }
    match job.filter(|job| job.upstreams().contains(&edge.up)) {
        Some(job) => {
            if let Some(since) = missed {
                wake(world, &job, since, occasion.fire_time()).await?;
            }
            look_after(world, job, occasion).await.map(drop)
        }
        // Its row is about to say so. What ended before that is none of its business.
        None => Ok(()),
    }
}

/// Looks after the runs of `job` that are on record from `since` up to `until` and waited for what an upstream missed.
async fn wake(
    world: &impl World,
    job: &Job,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> PortResult<()> {
    let (since, until) = (floor_second(since), floor_second(until));
    let store = world.store();
    let records = store.executions_between(job.id, since, until, None, LOOK_BACK);
    let mut kept = records.await?;
    kept.retain(|one| one.state == ExecutionState::Waiting || is_upstreams_skip(one));
    if kept.is_empty() {
        return Ok(());
    }
    let row = row_of(world, job.clone()).await?;
    for record in kept {
        tend(world, &row, record.id.occasion, Some(&record)).await?;
    }
    Ok(())
}

/// Looks after the run of `job` that an upstream's run on this occasion may lead to. Whether a message was sent.
pub(in crate::usecase) async fn look_after(
    world: &impl World,
    job: Job,
    upstreams: Occasion,
) -> PortResult<Option<ExecutionId>> {
    let row = row_of(world, job).await?;
    let Some(occasion) = occasion_after(&row, upstreams, world.clock().now()) else {
        return Ok(None);
    };
    let id = ExecutionId {
        job: row.job.id,
        occasion,
    };
    let record = world.store().execution(id).await?;
    tend(world, &row, occasion, record.as_ref()).await
}

/// Does what the gate says about a run of `row`'s job that has this record. Whether a message was sent.
async fn tend(
    world: &impl World,
    row: &Row,
    occasion: Occasion,
    record: Option<&Execution>,
) -> PortResult<Option<ExecutionId>> {
    let id = ExecutionId {
        job: row.job.id,
        occasion,
    };
    let gate = at_gate(world, row, occasion).await?;
    let now = world.clock().now();
    let stamp = Stamp(world.entropy().next_u64());
    match nudge(&row.job, occasion, record, gate, now, stamp) {
        Nudge::Nothing => Ok(None),
        Nudge::Send => {
            send(world, &row.job, id).await?;
            Ok(Some(id))
        }
        Nudge::Wait(waiting) => {
            // The end of the wait first: a crash in between leaves a message that finds nothing waiting.
            ask_at_its_end(world, &row.job, &waiting).await?;
            let put = world.store().put_execution(&waiting, Expected::Absent);
            // Refused: somebody else knows as much, or more.
            put.await?;
            Ok(None)
        }
    }
}

/// Sends the message of a run whose upstreams let it begin, or end.
pub(in crate::usecase) async fn send(
    world: &impl World,
    job: &Job,
    id: ExecutionId,
) -> PortResult<()> {
    let outgoing = [message(job, id, 1, SendAt::Now)];
    world.queues().send(&outgoing).await?;
    log_dispatched(&outgoing);
    Ok(())
}

async fn ask_at_its_end(world: &impl World, job: &Job, waiting: &Execution) -> PortResult<()> {
    let now = world.clock().now();
    let until = waiting.waits_until.unwrap_or(now);
    match next_attempt_at(waiting, until, now) {
        FollowUp::SendRetry { attempt, send_at } => {
            let outgoing = [message(job, waiting.id, attempt, send_at)];
            world.queues().send(&outgoing).await
        }
        FollowUp::HintRetry(hint) => world.store().put_hints(&[hint]).await,
        _ => Ok(()),
    }
}

fn message(job: &Job, id: ExecutionId, attempt: u32, send_at: SendAt) -> OutgoingMessage {
    OutgoingMessage {
        lane: job.lane(),
        user: Some(job.user.clone()),
        send_at,
        message: DispatchMessage::new(id, attempt, job.timeout_seconds),
    }
}
