//! An occurrence as its job's owner sees it: what became of it, in a word and in a sentence.

use chrono::{DateTime, Utc};
use punctual::domain::{Execution, ExecutionId, JobId, Outcome, Reason};
use punctual::plan::ledger::{Entry, NotPlanned, WhyNot};
use serde::Serialize;

use super::{utc, utc_ms};

/// A line of the ledger.
#[derive(Debug, Serialize)]
pub struct OccurrenceView {
    job_id: JobId,
    fire_time: String,
    trigger: &'static str,
    outcome: Outcome,
    reason: Option<Reason>,
    explanation: String,
    /// Its record, if it has one.
    execution_id: Option<ExecutionId>,
    attempt: Option<u32>,
    started_at: Option<String>,
    finished_at: Option<String>,
    lateness_ms: Option<i64>,
    /// How many missed occurrences, itself included, it stands for.
    stands_for: Option<u32>,
    /// The occurrence that stands for it, if it was missed.
    stood_for_by: Option<String>,
    /// The version of the job that governed it, or that was run or judged.
    job_version: Option<u64>,
}

impl OccurrenceView {
    /// Shows an entry of the job's ledger.
    pub fn of(job: JobId, entry: Entry) -> Self {
        let scheduled = entry.occasion.is_scheduled();
        let execution = entry.execution;
        let record = execution.as_ref();
        let lateness = record.and_then(Execution::lateness);
        Self {
            job_id: job,
            fire_time: utc(entry.occasion.fire_time()),
            trigger: if scheduled { "schedule" } else { "run_now" },
            outcome: entry.outcome,
            reason: record.and_then(|record| record.reason),
            explanation: entry.explanation,
            execution_id: record.map(|record| record.id),
            attempt: record.map(|record| record.attempt),
            started_at: record.and_then(|record| record.started_at).map(utc_ms),
            finished_at: record.and_then(|record| record.finished_at).map(utc_ms),
            lateness_ms: lateness.map(|late| late.num_milliseconds()),
            stands_for: record.and_then(|record| record.stands_for),
            stood_for_by: entry.stood_for_by.map(utc),
            job_version: entry.job_version,
        }
    }
}

/// An instant at which nothing was planned.
#[derive(Debug, Serialize)]
pub struct NotPlannedView {
    job_id: JobId,
    fire_time: String,
    outcome: &'static str,
    reason: WhyNot,
    explanation: String,
    /// The planned occurrences nearest to it.
    planned_before: Option<String>,
    planned_after: Option<String>,
}

impl NotPlannedView {
    /// Shows why nothing was planned at `instant`.
    pub fn of(job: JobId, instant: DateTime<Utc>, found: NotPlanned) -> Self {
        Self {
            job_id: job,
            fire_time: utc(instant),
            outcome: "not_planned",
            reason: found.reason,
            explanation: found.explanation,
            planned_before: found.before.map(utc),
            planned_after: found.after.map(utc),
        }
    }
}
