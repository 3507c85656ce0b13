//! Accounts for what a job runs after others: the runs that its upstreams have ended and it knows nothing of, and those
//! that wait, or are held, although nothing keeps them. Their messages were lost; they are sent again.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::Bounds;
use super::account::message;
use super::held::is_forgotten;
use crate::domain::{Execution, ExecutionState, Job, JobId, JobState, Reconciliation, Window};
use crate::plan::dependencies::{Gate, Row, is_upstreams_skip};
use crate::port::{Clock, Executions, PortResult, Queues};
use crate::usecase::World;
use crate::usecase::dependencies::{at_gate, look_after, row_of, send};

/// How many records are read at once.
const PART: usize = 500;

/// How far back runs are looked for that still wait.
const LOOK_BACK: TimeDelta = TimeDelta::days(1);

/// Looks after the runs of `job` behind others.
pub(super) async fn account_behind(
    world: &impl World,
    job: &Job,
    window: Window,
    bounds: Bounds,
    part: &mut Reconciliation,
) -> PortResult<()> {
    if job.upstreams().is_empty() || job.state == JobState::Canceled {
        return Ok(());
    }
    let row = row_of(world, job.clone()).await?;
    let since = window.from - LOOK_BACK;
    let open = |one: &Execution| one.state == ExecutionState::Waiting || is_upstreams_skip(one);
    let mut seen_to = HashSet::new();
    for kept in records(world, job.id, since, window.until, open).await? {
        seen_to.insert(kept.id.occasion);
        if is_kept_for_nothing(world, &row, &kept, bounds).await? {
            tracing::warn!(execution_id = %kept.id, "a run waited for what has ended, and is sent again");
            send(world, job, kept.id).await?;
            part.stalled += 1;
            part.resent += 1;
            part.example(&kept.id);
        }
    }
    if !job.runs_after_others_only() {
        // Its own fire times are in its ledger.
        return Ok(());
    }
    let overdue = world.clock().now() - bounds.settle;
    let held = |one: &Execution| one.state == ExecutionState::Held;
    for held in records(world, job.id, window.from, window.until, held).await? {
        seen_to.insert(held.id.occasion);
        if is_forgotten(world, &[job], &held, overdue).await? {
            let sent = message(job, held.id, held.attempt + 1);
            world.queues().send(&[sent]).await?;
            part.stalled += 1;
            part.resent += 1;
            part.example(&held.id);
        }
    }
    let over = |one: &Execution| {
        one.state.is_terminal() && one.finished_at.is_some_and(|ended| ended < overdue)
    };
    for upstream in job.upstreams() {
        for ended in records(world, *upstream, window.from, window.until, over).await? {
            if !seen_to.insert(ended.id.occasion) {
                continue;
            }
            let sent = look_after(world, job.clone(), ended.id.occasion).await?;
            if let Some(id) = sent {
                tracing::warn!(execution_id = %id, "a run behind another was lost, and is sent again");
                part.missing += 1;
                part.resent += 1;
                part.example(&id);
            }
        }
    }
    Ok(())
}

/// Whether the upstreams of a run that waits, or was skipped for their sake, have let it go on for a while.
async fn is_kept_for_nothing(
    world: &impl World,
    row: &Row,
    kept: &Execution,
    bounds: Bounds,
) -> PortResult<bool> {
    let overdue = world.clock().now() - bounds.settle;
    let waits = kept.state == ExecutionState::Waiting;
    Ok(match at_gate(world, row, kept.id.occasion).await? {
        Gate::Open(since) => since.is_none_or(|since| since < overdue),
        Gate::Waits(_) => waits && kept.waits_until.is_some_and(|until| until < overdue),
        Gate::Failed(_) | Gate::Paused | Gate::NotOwed => waits,
    })
}

/// The records of a stretch of time that are wanted.
async fn records(
    world: &impl World,
    job: JobId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    wanted: impl Fn(&Execution) -> bool,
) -> PortResult<Vec<Execution>> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let store = world.store();
        let part = store.executions_between(job, from, until, after, PART);
        let part = part.await?;
        let is_last = part.len() < PART;
        after = part.last().map(|last| last.id.occasion);
        found.extend(part.into_iter().filter(&wanted));
        if is_last {
            return Ok(found);
        }
    }
}
