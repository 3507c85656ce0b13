//! Chores that jobs do for their owner: removing what has expired before the tables get to it, and summing up a day.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::World;
use crate::domain::{Cleaned, Digest, Execution, Job, JobState, UserId};
use crate::plan::day_digest;
use crate::port::{Bookmarks, Chores, Clock, Executions, JobFilter, Jobs, Page, PortResult};

/// The bookmark of a cleanup.
const CLEANUP: &str = "cleanup";
/// How many jobs one cleanup looks at, and how many records it removes; a removal is a call of its own.
const JOBS_SEEN: u32 = 400;
const REMOVALS: u32 = 1_000;
/// How many jobs and executions one digest looks at.
const JOBS_SUMMED_UP: usize = 2_000;
const EXECUTIONS_SUMMED_UP: usize = 20_000;
/// How many rows are read at a time.
const PAGE: usize = 50;

/// The chores, done through the ports.
pub struct ChoresIn<W>(pub Arc<W>);

impl<W> Clone for ChoresIn<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<W: World + 'static> Chores for ChoresIn<W> {
    async fn clean_up(&self, owner: &UserId) -> PortResult<Cleaned> {
        let world = &*self.0;
        let mut cleaned = Cleaned::default();
        let mut at = world.store().bookmark(owner, CLEANUP).await?;
        // Present jobs first, then canceled ones: the two lists have cursors of their own.
        loop {
            let (state, cursor) = place(at.as_deref());
            let Some(page) = jobs(world, owner, state, cursor).await? else {
                // A bookmark of another release: the next run begins anew.
                return stop_at(world, owner, None, cleaned).await;
            };
            let mut emptied = true;
            for job in &page.items {
                cleaned.jobs_seen += 1;
                emptied &= clean_job(world, job, &mut cleaned).await?;
            }
            // A page whose records were not all removed is walked again by the next run.
            if !emptied {
                return stop_at(world, owner, at.as_deref(), cleaned).await;
            }
            at = match (page.next, state) {
                (Some(next), None) => Some(format!("present {next}")),
                (Some(next), Some(_)) => Some(format!("canceled {next}")),
                (None, None) => Some("canceled ".to_owned()),
                (None, Some(_)) => {
                    cleaned.finished = true;
                    return stop_at(world, owner, None, cleaned).await;
                }
            };
            if cleaned.jobs_seen >= JOBS_SEEN || cleaned.executions_removed >= REMOVALS {
                return stop_at(world, owner, at.as_deref(), cleaned).await;
            }
        }
    }

    async fn digest(
        &self,
        owner: &UserId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> PortResult<Digest> {
        let world = &*self.0;
        let mut of_jobs: Vec<(String, Vec<Execution>)> = Vec::new();
        let mut executions = 0;
        for state in [None, Some(JobState::Canceled)] {
            let mut cursor: Option<String> = None;
            loop {
                let Some(page) = jobs(world, owner, state, cursor.as_deref()).await? else {
                    break;
                };
                for job in page.items {
                    let limit = EXECUTIONS_SUMMED_UP - executions + 1;
                    let store = world.store();
                    let found = store
                        .executions_between(job.id, from, until, None, limit)
                        .await?;
                    executions += found.len();
                    of_jobs.push((job.name, found));
                    if executions > EXECUTIONS_SUMMED_UP || of_jobs.len() >= JOBS_SUMMED_UP {
                        return Ok(day_digest(&of_jobs, true));
                    }
                }
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
        Ok(day_digest(&of_jobs, false))
    }
}

/// What a bookmark says: which list, and where in it.
fn place(at: Option<&str>) -> (Option<JobState>, Option<&str>) {
    match at.and_then(|at| at.split_once(' ')) {
        Some(("canceled", cursor)) => (
            Some(JobState::Canceled),
            (!cursor.is_empty()).then_some(cursor),
        ),
        Some((_, cursor)) => (None, Some(cursor)),
        None => (None, None),
    }
}

async fn stop_at(
    world: &impl World,
    owner: &UserId,
    at: Option<&str>,
    cleaned: Cleaned,
) -> PortResult<Cleaned> {
    world.store().keep_bookmark(owner, CLEANUP, at).await?;
    Ok(cleaned)
}

async fn jobs(
    world: &impl World,
    owner: &UserId,
    state: Option<JobState>,
    cursor: Option<&str>,
) -> PortResult<Option<Page<Job>>> {
    let filter = JobFilter {
        state,
        ..JobFilter::default()
    };
    world.store().list_jobs(owner, &filter, cursor, PAGE).await
}

/// Removes what has expired of a job. `false`: some of it is left.
async fn clean_job(world: &impl World, job: &Job, cleaned: &mut Cleaned) -> PortResult<bool> {
    let now = world.clock().now();
    let store = world.store();
    let mut after = None;
    loop {
        // No record expires before its fire time is this old.
        let oldest_kept = now - Execution::RETENTION;
        let found = store
            .executions_between(job.id, DateTime::UNIX_EPOCH, oldest_kept, after, PAGE)
            .await?;
        let over = found.len() < PAGE;
        after = found.last().map(|execution| execution.id.occasion);
        for execution in found.iter().filter(|one| has_expired(one, now)) {
            if cleaned.executions_removed >= REMOVALS {
                return Ok(false);
            }
            store
                .remove_execution(execution.id, execution.stamp)
                .await?;
            cleaned.executions_removed += 1;
        }
        if over {
            break;
        }
    }
    if job.has_expired(now) {
        store.remove_job(job).await?;
        cleaned.jobs_removed += 1;
    }
    Ok(true)
}

/// Whether a record may go: it is over, and its time is. One that is not over is the reconciler's to look into.
fn has_expired(execution: &Execution, now: DateTime<Utc>) -> bool {
    execution.state.is_terminal() && execution.keep_until < now
}
