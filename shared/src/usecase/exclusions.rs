//! What keeps a job from firing. A job that names no calendar costs no read; jobs that are looked at together read each
//! calendar once. The clock is read before the calendars are: a change that this read misses governs later instants only.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::World;
use crate::domain::calendar::CalendarName;
use crate::domain::{CalendarVersions, Exclusions, Job, UserId};
use crate::port::{Calendars, Clock, PortError, PortResult};

/// How far back planner and worker look: beyond the longest catch-up window.
const LOOK_BACK: TimeDelta = TimeDelta::days(8);

/// How many reads are under way at once.
const CONCURRENCY: usize = 32;

/// The calendars of some jobs, as read.
pub(super) struct ReadCalendars(HashMap<(UserId, CalendarName), Arc<CalendarVersions>>);

impl ReadCalendars {
    /// What the calendars of `job`, one of those they were read for, exclude.
    pub(super) fn exclusions_of(&self, job: &Job) -> Exclusions {
        let read = keys(job).filter_map(|key| self.0.get(&key));
        Exclusions::of(read.map(Arc::clone).collect())
    }
}

/// A job's calendars are its owner's, whoever asks.
fn keys(job: &Job) -> impl Iterator<Item = (UserId, CalendarName)> {
    let names = job.timetable.exclude_calendars.iter();
    names.map(|name| (job.user.clone(), name.clone()))
}

/// What becomes of a calendar that is stored and cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Damaged {
    /// Nothing is decided without it.
    Fails,
    /// It must not keep a whole bucket waiting: what it might exclude is sent, and judged by the worker.
    ExcludesNothing,
}

/// Reads the calendars of `jobs`, each once, as far as they govern what may still fire at `now`.
pub(super) async fn read_calendars(
    world: &impl World,
    jobs: impl Iterator<Item = &Job>,
    now: DateTime<Utc>,
    damaged: Damaged,
) -> PortResult<ReadCalendars> {
    let distinct: HashSet<_> = jobs.flat_map(keys).collect();
    let read = stream::iter(distinct).map(|(user, name)| async move {
        let versions = world
            .store()
            .calendar_versions(&user, &name, now - LOOK_BACK);
        let versions = match versions.await {
            Err(error @ PortError::Corrupt { .. }) if damaged == Damaged::ExcludesNothing => {
                tracing::error!(%user, %name, %error, "planned without an unreadable calendar");
                CalendarVersions::default()
            }
            read => read?,
        };
        Ok::<_, PortError>(((user, name), Arc::new(versions)))
    });
    let read = read.buffer_unordered(CONCURRENCY).try_collect();
    Ok(ReadCalendars(read.await?))
}

/// What the calendars of each of `jobs` exclude from `since` on, which may be longer ago than anything could still fire.
pub(super) async fn exclusions_since(
    world: &impl World,
    jobs: &[Job],
    since: DateTime<Utc>,
) -> PortResult<Vec<Exclusions>> {
    let as_of = since + LOOK_BACK;
    let read = read_calendars(world, jobs.iter(), as_of, Damaged::Fails).await?;
    Ok(jobs.iter().map(|job| read.exclusions_of(job)).collect())
}

/// What the calendars of `job` exclude.
///
/// # Errors
/// If they cannot be read.
pub async fn exclusions_of(world: &impl World, job: &Job) -> PortResult<Exclusions> {
    if job.timetable.exclude_calendars.is_empty() {
        return Ok(Exclusions::default());
    }
    let now = world.clock().now();
    let read = read_calendars(world, std::iter::once(job), now, Damaged::Fails).await?;
    Ok(read.exclusions_of(job))
}

/// What the calendars of each of `jobs` exclude, in their order.
///
/// # Errors
/// If they cannot be read.
pub async fn exclusions_of_each(world: &impl World, jobs: &[Job]) -> PortResult<Vec<Exclusions>> {
    let read = read_calendars(world, jobs.iter(), world.clock().now(), Damaged::Fails).await?;
    Ok(jobs.iter().map(|job| read.exclusions_of(job)).collect())
}

/// The same of a job that was looked for, and perhaps not found.
pub(super) async fn exclusions_of_read(
    world: &impl World,
    job: Option<&Job>,
) -> PortResult<Exclusions> {
    match job {
        Some(job) => exclusions_of(world, job).await,
        None => Ok(Exclusions::default()),
    }
}
