//! Makes one attempt under a claim that was won and judged: the handler runs inside its timeout, its lease and a panic
//! guard, and stops within seconds of its user's wish.

use std::panic::AssertUnwindSafe;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::{Either, select};

use super::claiming::Won;
use super::ending::{fence_lost, follow, record};
use super::filling::{Filled, fill, unknown};
use super::results::keep;
use super::slots::Held;
use super::{Performed, What};
use crate::domain::{Band, Execution, Job, Reason, Stamp};
use crate::jobtype::{Attempt, Registry};
use crate::plan::{CLOCK_MARGIN, Delivery, Ended, finish, lease};
use crate::port::{Clock, Entropy, Executions, Expected, PortResult, Put};
use crate::usecase::{LIVE, World};

/// How often a running handler's record is asked whether its user has canceled it.
const CANCEL_POLL: TimeDelta = TimeDelta::seconds(3);

/// Runs the job's handler and records how it ended.
pub(super) async fn attempt(
    world: &impl World,
    registry: &Registry,
    band: Band,
    delivery: &Delivery,
    mut won: Won,
    job: &Job,
    slots: &Held,
) -> PortResult<Performed> {
    let id = won.record.id;
    if job.timeout_seconds > delivery.message.timeout_seconds {
        // The lease was sized by what the message said; the job has been given more time since.
        let extended = Execution {
            lease_until: Some(lease(job.timeout_seconds.duration(), world.clock().now())),
            ..won
                .record
                .clone()
                .stamped(Stamp(world.entropy().next_u64()))
        };
        let expected = Expected::Stamp(won.record.stamp);
        if let Put::Refused(_) = world.store().put_execution(&extended, expected).await? {
            return Ok(fence_lost(world, &won));
        }
        won.record = extended;
    }
    let started_at = world.clock().now();
    let lease_is_over = won
        .record
        .lease_until
        .is_none_or(|until| until - CLOCK_MARGIN <= started_at);
    if lease_is_over || !slots.outlast(job.timeout_seconds.duration(), started_at) {
        // Stalled since the claim: somebody else may hold it by now, and a cancel may have gone unseen.
        return Ok(fence_lost(world, &won));
    }
    if won.record.attempt == 1 {
        won.record.started_at = Some(started_at);
    }

    tracing::debug!(
        target: LIVE,
        execution = %id,
        job = %job.name,
        attempt = won.record.attempt,
        lateness_ms = won.record.lateness().map(|late| late.num_milliseconds()),
        "started"
    );
    let ended = run(world, registry, job, &won.record, started_at).await;
    let duration = world.clock().now() - started_at;
    let kept = keep(world, &won.record, job, &ended).await;
    let now = world.clock().now();
    let jitter = world.entropy().next_unit();
    let stamp = Stamp(world.entropy().next_u64());
    let finished = finish(&won.record, job, ended, duration, now, jitter, stamp);
    let Some(finished) = record(world, &won, kept.on(finished)).await? else {
        return Ok(fence_lost(world, &won));
    };
    let edges = won.edges(now);
    follow(world, band, &delivery.message, &finished, Some(job), edges).await?;
    Ok(Performed::over(What::Attempted, finished))
}

/// Runs the handler until it ends, its time is over, or its user cancels.
async fn run(
    world: &impl World,
    registry: &Registry,
    job: &Job,
    claimed: &Execution,
    started_at: DateTime<Utc>,
) -> Ended {
    let deadline = started_at + job.timeout_seconds.duration();
    let handler = async {
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
            ends_by: deadline,
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
    };
    let stopped = async {
        loop {
            let poll_at = world.clock().now() + CANCEL_POLL;
            world.clock().sleep_until(poll_at.min(deadline)).await;
            if world.clock().now() >= deadline {
                return Ended::Failed {
                    reason: Reason::TimedOut,
                    detail: format!("ran past {} s", u32::from(job.timeout_seconds)),
                    output: None,
                };
            }
            // A failed read is no reason to stop: the next poll asks again.
            if matches!(world.store().cancel_requested(claimed.id).await, Ok(true)) {
                return Ended::Canceled;
            }
        }
    };
    match select(std::pin::pin!(handler), std::pin::pin!(stopped)).await {
        Either::Left((ended, _)) | Either::Right((ended, _)) => ended,
    }
}
