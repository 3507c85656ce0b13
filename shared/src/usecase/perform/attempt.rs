//! Makes one attempt under a claim that was won and judged: the handler runs inside its timeout, its lease and a panic
//! guard, and stops within seconds of its user's wish.

use std::panic::AssertUnwindSafe;
use std::pin::pin;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use futures_util::future::{Either, select};

use super::claiming::Won;
use super::ending::{fence_lost, follow, record};
use super::filling::{Filled, fill, unknown};
use super::results::keep;
use super::slots::Held;
use super::watch::{Stop, Watched, watch};
use super::{Performed, Via, What};
use crate::domain::{AttemptTimes, Execution, Job, Reason, Stamp};
use crate::jobtype::{Attempt, Registry};
use crate::plan::{Delivery, Ended, finish, has_lapsed, prolonged_to_start, silence};
use crate::port::{Clock, Entropy, Executions, Expected, PortResult, Put};
use crate::trace;
use crate::usecase::{LIVE, World};

/// Runs the job's handler and records how it ended.
pub(super) async fn attempt(
    world: &impl World,
    registry: &Registry,
    via: &Via<'_>,
    delivery: &Delivery,
    mut won: Won,
    job: &Job,
    slots: &mut Held,
) -> PortResult<Performed> {
    let id = won.record.id;
    let timeout = job.timeout_seconds;
    let now = world.clock().now();
    let stamp = Stamp(world.entropy().next_u64());
    if has_lapsed(&won.record, now) {
        // Stalled since the claim: somebody else may hold it by now, and a cancel may have gone unseen.
        return Ok(fence_lost(world, &won));
    }
    if let Some(extended) = prolonged_to_start(&won.record, delivery, timeout, now, stamp) {
        let expected = Expected::Stamp(won.record.stamp);
        if let Put::Refused(_) = world.store().put_execution(&extended, expected).await? {
            return Ok(fence_lost(world, &won));
        }
        won.record = extended;
    }
    let started_at = world.clock().now();
    let silence = silence(delivery, timeout);
    if has_lapsed(&won.record, started_at) || !slots.outlast(silence, started_at) {
        // Stalled in that write.
        return Ok(fence_lost(world, &won));
    }
    if won.record.attempt == 1 {
        won.record.started_at = Some(started_at);
    }

    tracing::debug!(
        target: LIVE,
        execution_id = %id,
        job = %job.name,
        attempt = won.record.attempt,
        lateness_ms = won.record.lateness().map(|late| late.num_milliseconds()),
        "started"
    );
    trace::started(&won.record);
    let claimed = won.record.clone();
    let watched = Watched {
        via,
        pulse: delivery.pulse,
        job,
        began: started_at,
        won: &mut won,
        slots,
    };
    let Some(ended) = run(world, registry, job, &claimed, watched).await else {
        return Ok(fence_lost(world, &won));
    };
    let duration = world.clock().now() - started_at;
    let kept = keep(world, &won.record, job, &ended).await;
    let now = world.clock().now();
    let jitter = world.entropy().next_unit();
    let stamp = Stamp(world.entropy().next_u64());
    let finished = finish(&won.record, job, ended, duration, now, jitter, stamp);
    let finished = kept.on(finished).timed(AttemptTimes {
        attempt: won.record.attempt,
        dispatched_at: delivery.sent_at,
        claimed_at: won.claimed_at,
        started_at,
        ended_at: now,
    });
    let Some(finished) = record(world, &won, finished).await? else {
        return Ok(fence_lost(world, &won));
    };
    let edges = won.edges(now);
    follow(
        world,
        via.lane,
        &delivery.message,
        &finished,
        Some(job),
        edges,
    )
    .await?;
    Ok(Performed::over(What::Attempted, finished))
}

/// Runs the handler until it ends, its time is over, or its user cancels. `None`: the claim was lost.
async fn run(
    world: &impl World,
    registry: &Registry,
    job: &Job,
    claimed: &Execution,
    watched: Watched<'_>,
) -> Option<Ended> {
    let deadline = watched.began + job.timeout_seconds.duration();
    let handler = pin!(handle(world, registry, job, claimed, deadline));
    let timed_out = pin!(world.clock().sleep_until(deadline));
    let watch = pin!(watch(world, watched));
    // In this order: what has ended has ended, and no call of the watch's keeps the time from being over.
    match select(handler, select(timed_out, watch)).await {
        Either::Left((ended, _)) => Some(ended),
        Either::Right((Either::Left(_), _)) => Some(Ended::Failed {
            reason: Reason::TimedOut,
            detail: format!("ran past {} s", u32::from(job.timeout_seconds)),
            output: None,
        }),
        Either::Right((Either::Right((Stop::Canceled, _)), _)) => Some(Ended::Canceled),
        Either::Right((Either::Right((Stop::FenceLost, _)), _)) => None,
    }
}

/// Fills the payload and runs the handler with it, to its own end.
async fn handle(
    world: &impl World,
    registry: &Registry,
    job: &Job,
    claimed: &Execution,
    deadline: DateTime<Utc>,
) -> Ended {
    let Filled { payload, scrubber } = match fill(world, registry, job, claimed).await {
        Ok(filled) => filled,
        Err(ended) => return ended,
    };
    let attempt = Attempt {
        execution: claimed.id,
        user: job.user.clone(),
        number: claimed.attempt,
        fire_time: claimed.id.occasion.fire_time(),
        started_at: world.clock().now(),
        deadline,
        trace: claimed.trace(),
    };
    let run = AssertUnwindSafe(registry.run(&job.job_type, &attempt, &payload));
    let ended = match run.catch_unwind().await {
        Ok(ended) => ended.unwrap_or_else(|| unknown(job)),
        Err(_) => Ended::Failed {
            reason: Reason::Panicked,
            detail: "the handler panicked".to_owned(),
            output: None,
        },
    };
    scrubber.scrub(ended)
}
