//! A job as its owner sees it: what was asked for with every default filled in, and what follows from it.

use chrono::{DateTime, Utc};
use punctual::domain::calendar::CalendarName;
use punctual::domain::schedule::ScheduleRequest;
use punctual::domain::{
    AfterCondition, AfterLimit, Band, ConcurrencyKey, Exclusions, Job, JobId, JobState,
    MaxConcurrency, Misfire, Notify, Overlap, Pause, Priority, RatePerMinute, RetryPolicy,
    Schedule, Spread, TimeoutSeconds,
};
use punctual::port::FoundJobs;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{local, utc, utc_ms};

/// A job, for its owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    id: JobId,
    name: String,
    job_type: String,
    payload: Value,
    #[schema(value_type = ScheduleRequest)]
    schedule: Schedule,
    /// The jobs that it runs after.
    #[schema(max_items = 20)]
    after: Vec<JobId>,
    after_condition: AfterCondition,
    after_limit_seconds: AfterLimit,
    #[schema(required, format = DateTime)]
    starts_at: Option<String>,
    #[schema(required, format = DateTime)]
    ends_at: Option<String>,
    #[schema(required, minimum = 1, maximum = 10_000)]
    max_runs: Option<u32>,
    /// Nothing fires after it. Null where the schedule has no end.
    #[schema(required, format = DateTime)]
    last_fire_at: Option<String>,
    /// Null where the fire times are exact.
    #[schema(required)]
    spread: Option<Spread>,
    /// The owner's calendars at whose times it does not fire.
    exclude_calendars: Vec<CalendarName>,
    overlap: Overlap,
    /// What shares its limits. Null where this job is alone.
    #[schema(required)]
    concurrency_key: Option<ConcurrencyKey>,
    /// How many executions of the key may run at once. Null: any number.
    #[schema(required)]
    max_concurrency: Option<MaxConcurrency>,
    /// How many executions of the key may start in a minute. Null: any number.
    #[schema(required)]
    rate_per_minute: Option<RatePerMinute>,
    /// Upcoming fire times that are left out.
    skips: Vec<String>,
    /// Of a paused job: what is known about the pause.
    #[schema(required)]
    pause: Option<Pause>,
    /// Null where no number of failures pauses it.
    #[schema(required, minimum = 1, maximum = 100)]
    pause_after_failures: Option<u32>,
    status: JobState,
    priority: Priority,
    /// The queue that its executions go through.
    band: Band,
    misfire: Misfire,
    retry: RetryPolicy,
    timeout_seconds: TimeoutSeconds,
    #[schema(required)]
    notify: Option<Notify>,
    /// Counts the changes made to it, from 1.
    #[schema(minimum = 1)]
    version: u64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Null where nothing further will fire.
    #[schema(required, format = DateTime)]
    next_fire_at: Option<String>,
    /// The same instant on the wall clock of the schedule's zone.
    #[schema(required, format = DateTime)]
    next_fire_at_local: Option<String>,
    /// The schedule's own time for it, before the spread.
    #[schema(required, format = DateTime)]
    next_nominal_at: Option<String>,
}

/// A part of a list of jobs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobPage)]
pub struct FoundJobsView {
    items: Vec<JobView>,
    /// The `cursor` that continues the list; null where it ends.
    #[schema(required)]
    next_cursor: Option<String>,
    /// How many jobs were looked at for this part. With `text`, a part may have few of them, or none, and be followed by
    /// another.
    searched: usize,
}

impl FoundJobsView {
    /// What was found, each job as `view` shows it.
    pub fn of(found: FoundJobs, view: impl FnMut(Job) -> JobView) -> Self {
        Self {
            items: found.page.items.into_iter().map(view).collect(),
            next_cursor: found.page.next,
            searched: found.searched,
        }
    }
}

impl JobView {
    /// `job` as seen at `now`, kept from firing by `exclusions`.
    pub fn of(job: Job, exclusions: &Exclusions, now: DateTime<Utc>) -> Self {
        let next = job.owed(exclusions).next_fire_at(now);
        let timezone = job.timetable.schedule.timezone();
        let after = job.after.as_ref();
        Self {
            id: job.id,
            after: job.upstreams().to_vec(),
            after_condition: after.map(|after| after.condition).unwrap_or_default(),
            after_limit_seconds: after.map(|after| after.limit).unwrap_or_default(),
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
            concurrency_key: job.concurrency_key,
            max_concurrency: job.max_concurrency,
            rate_per_minute: job.rate_per_minute,
            skips: job.skips.range(now..).copied().map(utc).collect(),
            pause: job.pause,
            pause_after_failures: job.pause_after_failures,
            schedule: job.timetable.schedule,
            status: job.state,
            priority: job.priority,
            band: job.priority.band(),
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
