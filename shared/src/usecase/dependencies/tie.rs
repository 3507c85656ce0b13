//! Ties a job that is about to be written to those that it is to wait for: sees that they are there, writes the edges,
//! and then walks, so that of two changes that would close a cycle together at least one sees the other. The row is
//! written last, soon enough for its edges to count as young until it is.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::CONCURRENCY;
use crate::domain::{
    Invalid, Job, JobId, JobState, MAX_DEPENDENTS, MAX_GRAPH, next_second, refused_upstream,
};
use crate::plan::dependencies::{CycleWalk, Step, stands};
use crate::port::{Clock, Edge, Edges, Jobs, PortError, PortResult};
use crate::usecase::{RequestError, World};

/// How many of their next fire times are compared of jobs that are to have the same ones.
const COMPARED: usize = 20;

/// Ties `job`, which replaces `before` if that is there, to its upstreams. `now` is the reading of the clock that it was
/// made with.
///
/// # Errors
/// [`RequestError::Invalid`] names the entry of `after` that cannot be waited for.
pub(in crate::usecase) async fn tie(
    world: &impl World,
    job: &Job,
    before: Option<&Job>,
    now: DateTime<Utc>,
) -> Result<(), RequestError> {
    let known = before.map_or(&[][..], Job::upstreams);
    let only_known = job.upstreams().iter().all(|up| known.contains(up));
    let same_kind = before
        .is_some_and(|before| before.runs_after_others_only() == job.runs_after_others_only());
    if only_known && same_kind || job.upstreams().is_empty() {
        return Ok(());
    }
    let upstreams = rows(world, job, known).await?;
    if job.runs_after_others_only() {
        meet(world, job, &upstreams).await?;
    }
    let edges: Vec<_> = job
        .upstreams()
        .iter()
        .map(|up| Edge {
            up: *up,
            down: job.id,
            written_at: now,
        })
        .collect();
    stream::iter(edges)
        .map(|edge| async move { world.store().put_edge(&edge).await })
        .buffer_unordered(CONCURRENCY)
        .try_collect::<()>()
        .await?;
    // Nobody can wait for a job that is not there yet.
    if before.is_some() {
        refuse_cycle(world, job).await?;
    }
    Ok(())
}

/// The rows of the upstreams. Nothing is written about a job that is not the owner's.
async fn rows(world: &impl World, job: &Job, known: &[JobId]) -> Result<Vec<Job>, RequestError> {
    let upstreams: Vec<_> = job.upstreams().to_vec();
    stream::iter(upstreams.into_iter().enumerate())
        .map(|(index, up)| async move {
            let (row, edges) = world.store().job_and_edges(up).await?;
            let row = row
                .filter(|row| row.user == job.user && row.state != JobState::Canceled)
                .ok_or_else(|| refused_upstream(index, "is not the id of a job of yours"))?;
            let others = edges.iter().filter(|edge| edge.down != job.id).count();
            if others >= MAX_DEPENDENTS && !known.contains(&up) {
                let reason = format!("is waited for by {MAX_DEPENDENTS} jobs, which is the most");
                return Err(refused_upstream(index, reason).into());
            }
            Ok::<_, RequestError>(row)
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

/// Refuses upstreams whose runs would never meet: a job without a schedule of its own runs once for each of their runs,
/// and waits for all of them only if they have the same ones.
async fn meet(world: &impl World, job: &Job, upstreams: &[Job]) -> Result<(), RequestError> {
    if upstreams.len() < 2 {
        return Ok(());
    }
    let from = next_second(world.clock().now());
    let mut known = HashMap::new();
    let mut first: Option<Vec<DateTime<Utc>>> = None;
    for (index, upstream) in upstreams.iter().enumerate() {
        let Some(root) = root_of(world, upstream, &mut known).await? else {
            continue;
        };
        let times: Vec<_> = root.timetable.from(from).take(COMPARED).collect();
        let same = first.get_or_insert_with(|| times.clone()) == &times;
        if !same {
            let reason = format!(
                "runs at other times than {}, so that the two would never be waited for together: give the job a schedule \
                 of its own, and it waits for the latest run of each",
                job.upstreams()[0]
            );
            return Err(refused_upstream(index, reason).into());
        }
    }
    Ok(())
}

/// A job from whose schedule the runs of `job` come. All those of one job have the same times: it was refused otherwise.
async fn root_of(
    world: &impl World,
    job: &Job,
    known: &mut HashMap<JobId, Job>,
) -> PortResult<Option<Job>> {
    let mut at = job.clone();
    for _ in 0..MAX_GRAPH {
        let Some(up) = at.upstreams().first().copied() else {
            return Ok(Some(at));
        };
        if !at.runs_after_others_only() {
            return Ok(Some(at));
        }
        at = match known.get(&up) {
            Some(row) => row.clone(),
            None => match world.store().job(up).await? {
                Some(row) => known.entry(up).or_insert(row).clone(),
                None => return Ok(None),
            },
        };
    }
    Ok(None)
}

async fn refuse_cycle(world: &impl World, job: &Job) -> Result<(), RequestError> {
    let mut walk = CycleWalk::new(job.id, job.upstreams());
    loop {
        match walk.step(world.clock().now()) {
            Step::Free => return Ok(()),
            Step::Cycle(path) => {
                let end = path.last();
                let place = job.upstreams().iter().position(|up| Some(up) == end);
                let path: Vec<_> = path.iter().map(ToString::to_string).collect();
                let reason = format!(
                    "would close a cycle, by what is said now or is about to be: {}",
                    path.join(", then ")
                );
                return Err(refused_upstream(place.unwrap_or_default(), reason).into());
            }
            Step::TooMany => {
                let reason = format!("would make more than {MAX_GRAPH} jobs hang together");
                return Err(Invalid::new("after", reason).into());
            }
            Step::Read(ids) => {
                let read: Vec<_> = stream::iter(ids)
                    .map(|id| async move {
                        let read = world.store().job_and_edges(id).await;
                        read.map(|(row, edges)| (id, row, edges))
                    })
                    .buffer_unordered(CONCURRENCY)
                    .try_collect()
                    .await?;
                for (id, row, edges) in read {
                    walk.add(id, row, edges);
                }
            }
        }
    }
}

/// Refuses that a job be deleted that others wait for: their runs would wait for nothing, or not at all.
///
/// # Errors
/// [`RequestError::Conflict`] names them.
pub(in crate::usecase) async fn check_unneeded(
    world: &impl World,
    job: JobId,
) -> Result<(), RequestError> {
    let (_, edges) = world.store().job_and_edges(job).await?;
    let read: Vec<_> = stream::iter(edges)
        .map(|edge| async move {
            let row = world.store().job(edge.down).await?;
            Ok::<_, PortError>((edge, row))
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let mut waiting = Vec::new();
    for (edge, row) in read {
        let row = row.filter(|row| row.state != JobState::Canceled);
        if row
            .as_ref()
            .is_some_and(|row| row.upstreams().contains(&job))
        {
            waiting.push(edge.down.to_string());
        } else if !stands(&edge, row.as_ref(), world.clock().now()) {
            world.store().remove_edge(&edge).await?;
        }
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let more = waiting.len().saturating_sub(5);
    if more > 0 {
        waiting.truncate(5);
        waiting.push(format!("{more} more"));
    }
    let names = waiting.join(", ");
    Err(RequestError::Conflict(format!(
        "other jobs run after this one: take it out of the `after` of {names} first"
    )))
}
