//! A dead letter, for the people who handle it.

use punctual::domain::{
    BulkRedrive, DeadLetter, DispatchMessage, Execution, ExecutionId, ExecutionState, JobId,
    LetterFilter, LetterStatus, Reason, RedriveId, RedriveState, UserId,
};
use punctual::usecase::{DiscardedMany, FoundLetter, Inspected, RedriveMany, Survey};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{ExecutionView, Page, utc, utc_ms};

/// An execution that ended badly.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub struct LetterView {
    execution_id: ExecutionId,
    job_id: JobId,
    /// What its job was called then.
    job_name: String,
    job_type: String,
    /// Its job's owner.
    user: UserId,
    /// The nominal instant it was due.
    #[schema(format = DateTime)]
    fire_time: String,
    /// `failed` or `dead`.
    state: ExecutionState,
    #[schema(required)]
    reason: Option<Reason>,
    /// How many attempts had been made.
    attempt: u32,
    #[schema(format = DateTime)]
    finished_at: String,
}

/// A dead letter of a list, with what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FoundLetter)]
pub struct FoundLetterView {
    #[serde(flatten)]
    letter: LetterView,
    status: LetterStatus,
    /// Where its execution stands now.
    state_now: ExecutionState,
    /// What went wrong in its last attempt, in one line.
    #[schema(required)]
    error: Option<String>,
    /// Why it was discarded, if it was.
    #[schema(required)]
    note: Option<String>,
}

/// A part of a list of dead letters.
pub type LetterPage = Page<FoundLetterView>;

impl From<DeadLetter> for LetterView {
    fn from(letter: DeadLetter) -> Self {
        Self {
            execution_id: letter.execution,
            job_id: letter.execution.job,
            job_name: letter.job_name,
            job_type: letter.job_type,
            user: letter.user,
            fire_time: utc(letter.execution.occasion.fire_time()),
            state: letter.state,
            reason: letter.reason,
            attempt: letter.attempt,
            finished_at: utc_ms(letter.finished_at),
        }
    }
}

impl From<FoundLetter> for FoundLetterView {
    fn from(found: FoundLetter) -> Self {
        let Execution {
            mut errors,
            discarded,
            state,
            ..
        } = found.record;
        Self {
            letter: found.letter.into(),
            status: found.status,
            state_now: state,
            error: errors.pop().map(|error| error.detail),
            note: discarded.map(|discarded| discarded.note),
        }
    }
}

/// All that is known of a dead letter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InspectedLetter)]
pub struct InspectedView {
    status: LetterStatus,
    job_name: String,
    /// In the version that was run.
    job_type: String,
    /// The record, with what went wrong in the last attempts.
    execution: ExecutionView,
    /// As it was run; null if that version of the job is kept no more.
    #[schema(required, value_type = Value)]
    payload: Option<Value>,
    /// The message by which the queue would hand it over.
    #[schema(value_type = Value)]
    message: DispatchMessage,
    #[schema(required)]
    discarded: Option<DiscardedView>,
    #[schema(required)]
    redriven: Option<RedrivenView>,
}

/// Somebody's decision that a dead letter stays as it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Discarded)]
pub struct DiscardedView {
    #[schema(format = DateTime)]
    at: String,
    by: UserId,
    note: String,
}

/// The last redrive of an execution.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Redriven)]
pub struct RedrivenView {
    #[schema(format = DateTime)]
    at: String,
    by: UserId,
    /// The one attempt that it granted.
    attempt: u32,
    /// The redrive of many that it was a part of.
    #[schema(required)]
    redrive_id: Option<RedriveId>,
}

impl From<Inspected> for InspectedView {
    fn from(found: Inspected) -> Self {
        let discarded = found.record.discarded.clone();
        let redriven = found.record.redriven.clone();
        Self {
            status: found.status,
            job_name: found.job_name,
            job_type: found.job_type,
            execution: found.record.into(),
            payload: found.payload,
            message: found.message,
            discarded: discarded.map(|was| DiscardedView {
                at: utc_ms(was.at),
                by: was.by,
                note: was.note,
            }),
            redriven: redriven.map(|was| RedrivenView {
                at: utc_ms(was.at),
                by: was.by,
                attempt: was.attempt,
                redrive_id: was.request,
            }),
        }
    }
}

/// What a filter means at the moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LetterSurvey)]
pub struct SurveyView {
    /// Whether this was a dry run: nothing was done.
    dry_run: bool,
    /// How many open letters there are.
    count: u64,
    /// Whether counting was cut short: there are at least so many.
    at_least: bool,
    /// The oldest of them.
    #[schema(max_items = 10)]
    sample: Vec<LetterView>,
}

impl SurveyView {
    fn of(survey: Survey, dry_run: bool) -> Self {
        Self {
            dry_run,
            count: survey.count,
            at_least: survey.at_least,
            sample: survey.sample.into_iter().map(LetterView::from).collect(),
        }
    }
}

/// What a request to redrive many led to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RedriveMany)]
pub struct RedriveManyView {
    #[serde(flatten)]
    survey: SurveyView,
    /// In how many minutes the last of them is released, at the rate that was asked for.
    minutes: u64,
    /// The request, as it is worked off from the next minute on; null for a dry run.
    #[schema(required)]
    redrive: Option<RedriveView>,
}

impl RedriveManyView {
    /// As asked for at `rate` letters a minute.
    pub fn of(many: RedriveMany, rate: u32) -> Self {
        let minutes = many.survey.count.div_ceil(u64::from(rate.max(1)));
        Self {
            survey: SurveyView::of(many.survey, many.bulk.is_none()),
            minutes,
            redrive: many.bulk.map(RedriveView::from),
        }
    }
}

/// What a request to discard many did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DiscardMany)]
pub struct DiscardManyView {
    #[serde(flatten)]
    survey: SurveyView,
    /// How many were discarded. Fewer than there were: send the request again.
    discarded: u64,
    /// What the audit calls the request; null for a dry run.
    #[schema(required)]
    id: Option<RedriveId>,
}

impl From<DiscardedMany> for DiscardManyView {
    fn from(many: DiscardedMany) -> Self {
        Self {
            survey: SurveyView::of(many.survey, many.id.is_none()),
            discarded: many.discarded,
            id: many.id,
        }
    }
}

/// A redrive of many, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkRedrive)]
pub struct RedriveView {
    id: RedriveId,
    by: UserId,
    #[schema(format = DateTime)]
    requested_at: String,
    filter: LetterFilter,
    rate_per_minute: u32,
    state: RedriveState,
    /// How many letters were open when it was asked for.
    matched: u64,
    /// Whether there were more than were counted.
    at_least: bool,
    /// How many it has released.
    released: u64,
    /// How many it could not: their jobs are deleted.
    refused: u64,
    #[schema(format = DateTime)]
    updated_at: String,
    #[schema(required, format = DateTime)]
    ended_at: Option<String>,
}

/// A part of a list of redrives.
pub type RedrivePage = Page<RedriveView>;

impl From<BulkRedrive> for RedriveView {
    fn from(bulk: BulkRedrive) -> Self {
        Self {
            id: bulk.id,
            by: bulk.by,
            requested_at: utc_ms(bulk.id.ordered_at()),
            filter: bulk.filter,
            rate_per_minute: bulk.rate_per_minute,
            state: bulk.state,
            matched: bulk.matched,
            at_least: bulk.at_least,
            released: bulk.released,
            refused: bulk.refused,
            updated_at: utc_ms(bulk.updated_at),
            ended_at: bulk.ended_at.map(utc_ms),
        }
    }
}
