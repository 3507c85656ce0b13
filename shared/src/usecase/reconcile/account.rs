//! Accounts for one job: counts what it planned by what became of it, and sends again what was lost.

use chrono::{DateTime, Utc};

use super::{Bounds, held};
use crate::domain::{
    DispatchMessage, Execution, ExecutionId, ExecutionState, Job, Outcome, Reconciliation, Window,
};
use crate::port::{Clock, OutgoingMessage, PortResult, Queues, SendAt};
use crate::usecase::ledger::{Walk, versions_since};
use crate::usecase::{World, log_dispatched};

/// How many occurrences of a job are looked at between two sendings.
const PART: usize = 500;

/// Counts what the job planned in the window by what became of it, and sends again what is missing.
pub(super) async fn account(
    world: &impl World,
    job: &Job,
    window: Window,
    bounds: Bounds,
    part: &mut Reconciliation,
) -> PortResult<()> {
    if job.canceled_at.is_some_and(|at| at < window.from) {
        return Ok(());
    }
    let versions = versions_since(world, job.clone(), window.from).await?;
    if versions
        .next(window.from)
        .is_none_or(|(next, _)| next >= window.until)
    {
        return Ok(());
    }
    let mut walk = Walk {
        job: job.id,
        versions,
        window,
        settle: bounds.settle,
        after: None,
    };
    loop {
        let entries = walk.part(world, PART).await?;
        let is_last = entries.len() < PART;
        let overdue = world.clock().now() - bounds.settle;
        let mut outgoing = Vec::new();
        for entry in entries {
            if entry.planned {
                part.planned += 1;
                *part.outcomes.entry(entry.outcome).or_default() += 1;
                let is_open = matches!(entry.outcome, Outcome::Missing | Outcome::Pending);
                part.accounted += u64::from(!is_open);
            }
            let mut is_forgotten = false;
            if let Some(execution) = &entry.execution {
                let then = execution.held.as_ref().map(|held| held.since);
                let then = then.and_then(|since| walk.versions.governing(since));
                let then = then.map_or(job, |version| &version.job);
                is_forgotten = held::is_forgotten(world, &[job, then], execution, overdue).await?;
            }
            let lost = match &entry.execution {
                None if entry.outcome == Outcome::Missing => {
                    part.missing += 1;
                    Some(1)
                }
                // What has begun, and waits for its turn again, is not stalled.
                Some(execution)
                    if is_forgotten
                        || is_stalled(execution, overdue)
                            && !walk.waits_for_turn(world, &entry).await? =>
                {
                    part.stalled += 1;
                    Some(execution.attempt + 1)
                }
                _ => None,
            };
            if let Some(attempt) = lost {
                let id = ExecutionId {
                    job: job.id,
                    occasion: entry.occasion,
                };
                part.example(&id);
                outgoing.push(message(job, id, attempt));
            }
        }
        world.queues().send(&outgoing).await?;
        log_dispatched(&outgoing);
        part.resent += outgoing.len() as u64;
        if is_last {
            return Ok(());
        }
    }
}

/// Whether the execution waits for an attempt, for the take-over of one, or for the end of its offer, that was due before
/// `overdue`.
fn is_stalled(execution: &Execution, overdue: DateTime<Utc>) -> bool {
    let due = match execution.state {
        ExecutionState::Running => execution.lease_until,
        ExecutionState::RetryWait => execution.retry_at,
        ExecutionState::Offered => execution.offer.as_ref().map(|offer| offer.until),
        _ => None,
    };
    due.is_some_and(|due| due < overdue)
}

/// The message that the scanner, or the worker before, would have sent. Its worker judges it, by the job's misfire policy
/// if it is for a first attempt, and leaves a record either way.
pub(super) fn message(job: &Job, id: ExecutionId, attempt: u32) -> OutgoingMessage {
    tracing::warn!(execution_id = %id, attempt, "an execution was lost, and is sent again");
    OutgoingMessage {
        lane: job.lane(),
        user: Some(job.user.clone()),
        send_at: SendAt::Now,
        message: DispatchMessage::new(id, attempt, job.timeout_seconds),
    }
}
