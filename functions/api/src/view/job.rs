//! A job as its owner sees it: what was asked for with every default filled in, and what follows from it.

use chrono::{DateTime, Utc};
use punctual::domain::calendar::CalendarName;
use punctual::domain::{
    Exclusions, Job, JobId, JobState, Misfire, Notify, Overlap, Pause, Priority, RetryPolicy,
    Schedule, Spread, TimeoutSeconds,
};
use serde::Serialize;
use serde_json::Value;

use super::{local, utc, utc_ms};

/// A job, for its owner.
#[derive(Debug, Serialize)]
pub struct JobView {
    id: JobId,
    name: String,
    job_type: String,
    payload: Value,
    schedule: Schedule,
    starts_at: Option<String>,
    ends_at: Option<String>,
    max_runs: Option<u32>,
    last_fire_at: Option<String>,
    spread: Option<Spread>,
    exclude_calendars: Vec<CalendarName>,
    overlap: Overlap,
    /// Upcoming fire times that are left out.
    skips: Vec<String>,
    pause: Option<Pause>,
    pause_after_failures: Option<u32>,
    status: JobState,
    priority: Priority,
    band: &'static str,
    misfire: Misfire,
    retry: RetryPolicy,
    timeout_seconds: TimeoutSeconds,
    notify: Option<Notify>,
    version: u64,
    created_at: String,
    updated_at: String,
    next_fire_at: Option<String>,
    next_fire_at_local: Option<String>,
    /// The schedule's own time for it, before the spread.
    next_nominal_at: Option<String>,
}

impl JobView {
    /// `job` as seen at `now`, kept from firing by `exclusions`.
    pub fn of(job: Job, exclusions: &Exclusions, now: DateTime<Utc>) -> Self {
        let next = job.owed(exclusions).next_fire_at(now);
        let timezone = job.timetable.schedule.timezone();
        Self {
            id: job.id,
            name: job.name,
            job_type: job.job_type,
            payload: job.payload,
            next_nominal_at: next.map(|at| utc(job.timetable.nominal(at))),
            starts_at: job.timetable.starts_at.map(utc),
            ends_at: job.timetable.ends_at.map(utc),
            max_runs: job.timetable.max_runs,
            last_fire_at: job.timetable.end().map(utc),
            spread: job.timetable.spread,
            exclude_calendars: job.timetable.exclude_calendars,
            overlap: job.overlap,
            skips: job.skips.range(now..).copied().map(utc).collect(),
            pause: job.pause,
            pause_after_failures: job.pause_after_failures,
            schedule: job.timetable.schedule,
            status: job.state,
            priority: job.priority,
            band: job.priority.band().name(),
            misfire: job.misfire,
            retry: job.retry,
            timeout_seconds: job.timeout_seconds,
            notify: job.notify,
            version: job.version,
            created_at: utc_ms(job.created_at),
            updated_at: utc_ms(job.updated_at),
            next_fire_at: next.map(utc),
            next_fire_at_local: next.map(|at| local(at, timezone)),
        }
    }
}
