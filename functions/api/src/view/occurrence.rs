//! An occurrence as its job's owner sees it: what became of it, in a word and in a sentence.

use chrono::{DateTime, Utc};
use punctual::domain::{Execution, ExecutionId, JobId, Outcome, Reason};
use punctual::plan::ledger::{Entry, NotPlanned, WhyNot};
use serde::Serialize;
use utoipa::ToSchema;

use super::execution::Trigger;
use super::{HeldByView, Page, utc, utc_ms};

/// What became of one occurrence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Occurrence)]
pub struct OccurrenceView {
    job_id: JobId,
    #[schema(format = DateTime)]
    fire_time: String,
    trigger: Trigger,
    outcome: Outcome,
    #[schema(required)]
    reason: Option<Reason>,
    /// All of it, in a sentence.
    explanation: String,
    /// Its record, if it has one.
    #[schema(required)]
    execution_id: Option<ExecutionId>,
    #[schema(required)]
    attempt: Option<u32>,
    /// The hold that keeps it from starting, if one does.
    #[schema(required)]
    hold: Option<HeldByView>,
    #[schema(required, format = DateTime)]
    started_at: Option<String>,
    #[schema(required, format = DateTime)]
    finished_at: Option<String>,
    #[schema(required)]
    lateness_ms: Option<i64>,
    /// How many missed occurrences, itself included, it stands for.
    #[schema(required)]
    stands_for: Option<u32>,
    /// The occurrence that stands for it, if it was missed.
    #[schema(required, format = DateTime)]
    stood_for_by: Option<String>,
    /// The version of the job that governed it, or that was run or judged.
    #[schema(required)]
    job_version: Option<u64>,
}

/// A part of a ledger.
pub type OccurrencePage = Page<OccurrenceView>;

impl OccurrenceView {
    /// Shows an entry of the job's ledger.
    pub fn of(job: JobId, entry: Entry) -> Self {
        let execution = entry.execution;
        let record = execution.as_ref();
        let lateness = record.and_then(Execution::lateness);
        Self {
            job_id: job,
            fire_time: utc(entry.occasion.fire_time()),
            trigger: Trigger::of(entry.occasion),
            outcome: entry.outcome,
            reason: record.and_then(|record| record.reason),
            explanation: entry.explanation,
            execution_id: record.map(|record| record.id),
            attempt: record.map(|record| record.attempt),
            hold: record
                .and_then(|record| record.held.clone())
                .map(Into::into),
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotPlanned)]
pub struct NotPlannedView {
    job_id: JobId,
    #[schema(format = DateTime)]
    fire_time: String,
    /// Always `not_planned`.
    #[schema(pattern = "^not_planned$")]
    outcome: &'static str,
    reason: WhyNot,
    explanation: String,
    /// The planned occurrences nearest to it.
    #[schema(required, format = DateTime)]
    planned_before: Option<String>,
    #[schema(required, format = DateTime)]
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
