//! A job as its owner sees it: what was asked for with every default filled in, and what follows from it.

use chrono::{DateTime, Utc};
use punctual::domain::{
    Job, JobId, JobState, Misfire, Notify, Priority, RetryPolicy, Schedule, TimeoutSeconds,
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
}

impl JobView {
    /// `job` as seen at `now`.
    pub fn of(job: Job, now: DateTime<Utc>) -> Self {
        let next = job.next_fire_at(now);
        let timezone = job.schedule.timezone();
        Self {
            id: job.id,
            name: job.name,
            job_type: job.job_type,
            payload: job.payload,
            schedule: job.schedule,
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
