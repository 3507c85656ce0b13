//! An execution as its owner sees it: what happened, when, and how late. Claims, leases and stamps stay inside.

use punctual::domain::{AttemptError, Execution, ExecutionId, ExecutionState, JobId, Reason};
use serde::Serialize;
use serde_json::Value;

use super::{utc, utc_ms};

/// An execution, for its job's owner.
#[derive(Debug, Serialize)]
pub struct ExecutionView {
    id: ExecutionId,
    job_id: JobId,
    fire_time: String,
    trigger: &'static str,
    state: ExecutionState,
    reason: Option<Reason>,
    attempt: u32,
    dispatched_at: Option<String>,
    started_at: Option<String>,
    finished_at: Option<String>,
    lateness_ms: Option<i64>,
    scheduler_lag_ms: Option<i64>,
    duration_ms: Option<u64>,
    retry_at: Option<String>,
    output: Option<Value>,
    errors: Vec<AttemptError>,
    stands_for: Option<u32>,
    cancel_requested: bool,
    job_version: Option<u64>,
}

impl From<Execution> for ExecutionView {
    fn from(execution: Execution) -> Self {
        let fire_time = execution.id.occasion.fire_time();
        let lateness = execution.lateness();
        let lag = execution.dispatched_at.map(|at| at - fire_time);
        Self {
            id: execution.id,
            job_id: execution.id.job,
            fire_time: utc(fire_time),
            trigger: if execution.id.occasion.is_scheduled() {
                "schedule"
            } else {
                "run_now"
            },
            state: execution.state,
            reason: execution.reason,
            attempt: execution.attempt,
            dispatched_at: execution.dispatched_at.map(utc_ms),
            started_at: execution.started_at.map(utc_ms),
            finished_at: execution.finished_at.map(utc_ms),
            lateness_ms: lateness.map(|late| late.num_milliseconds()),
            scheduler_lag_ms: lag.map(|lag| lag.num_milliseconds()),
            duration_ms: execution.duration_ms,
            retry_at: execution.retry_at.map(utc_ms),
            output: execution.output,
            errors: execution.errors,
            stands_for: execution.stands_for,
            cancel_requested: execution.cancel_requested,
            job_version: execution.job_version,
        }
    }
}
