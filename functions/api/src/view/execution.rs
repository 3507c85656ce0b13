//! An execution as its owner sees it: what happened, when, and how late. Claims, leases and stamps stay inside.

use punctual::domain::pull::{Offer, Progress, WorkName};
use punctual::domain::{
    AttemptError, AttemptTimes, Execution, ExecutionId, ExecutionState, JobId, Occasion, Reason,
    StoredResult, WorkerId,
};
use punctual::usecase::ResultLink;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{HeldByView, Page, UsedView, utc, utc_ms};

/// An execution, for its job's owner.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Execution)]
pub struct ExecutionView {
    id: ExecutionId,
    job_id: JobId,
    /// The nominal instant it was due.
    #[schema(format = DateTime)]
    fire_time: String,
    trigger: Trigger,
    state: ExecutionState,
    /// Why, where the state does not say it all.
    #[schema(required)]
    reason: Option<Reason>,
    /// The attempt under way, or the last one, from 1; 0 if it never ran.
    attempt: u32,
    /// When the queue accepted the first attempt.
    #[schema(required, format = DateTime)]
    dispatched_at: Option<String>,
    /// When the first attempt was claimed to be started.
    #[schema(required, format = DateTime)]
    started_at: Option<String>,
    #[schema(required, format = DateTime)]
    finished_at: Option<String>,
    /// Of one that waits for others, or has: for how long it may.
    #[schema(required, format = DateTime)]
    waits_until: Option<String>,
    /// When the last of the executions that it runs after had ended.
    #[schema(required, format = DateTime)]
    ready_at: Option<String>,
    /// If another one's end is the reason: the execution where it began.
    #[schema(required)]
    cause: Option<ExecutionId>,
    /// From `fire_time`, or from `ready_at` if that is later, to `started_at`; negative if it started early.
    #[schema(required)]
    lateness_ms: Option<i64>,
    /// From the same instant to `dispatched_at`; negative if it was sent ahead.
    #[schema(required)]
    scheduler_lag_ms: Option<i64>,
    /// How long the last attempt's handler ran.
    #[schema(required)]
    duration_ms: Option<u64>,
    /// What its attempts have used of AWS; null until one of them has ended, and of a record that has no room for it.
    #[schema(required)]
    used: Option<UsedView>,
    #[schema(required, format = DateTime)]
    retry_at: Option<String>,
    /// The result, any JSON; of one that is longer than 600 bytes, the beginning.
    #[schema(required, value_type = Value)]
    output: Option<Value>,
    /// Whether `output` is only the beginning.
    truncated: bool,
    /// The whole result, if `output` is only its beginning: `/v1/executions/{id}/result` leads to it.
    #[schema(required)]
    result: Option<ResultView>,
    /// The whole result could not be stored: the beginning is all there is.
    result_lost: bool,
    /// The last attempts' errors, oldest first.
    #[schema(max_items = 5)]
    errors: Vec<AttemptError>,
    /// When the last attempts were under way, oldest first: of those whose end is on record, and of a record that has room
    /// for it.
    #[schema(max_items = 5)]
    timings: Vec<AttemptTimesView>,
    /// How many missed occurrences, itself included, this one stands for after a misfire.
    #[schema(required)]
    stands_for: Option<u32>,
    cancel_requested: bool,
    /// The hold that keeps it from starting, if one does.
    #[schema(required)]
    hold: Option<HeldByView>,
    /// How it was offered to workers, if its job is of type `pull`.
    #[schema(required)]
    offer: Option<OfferView>,
    /// How far its worker said it had come.
    #[schema(required)]
    progress: Option<ProgressView>,
    /// The job's version that was run, or judged when it was skipped.
    #[schema(required)]
    job_version: Option<u64>,
    /// The trace that its last attempt is a span of.
    #[schema(example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    trace_id: String,
    /// Until when this record is kept.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// When an attempt was under way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptTimes)]
struct AttemptTimesView {
    #[schema(minimum = 1)]
    attempt: u32,
    /// When the queue accepted its message.
    #[schema(format = DateTime)]
    dispatched_at: String,
    /// When a worker claimed it.
    #[schema(format = DateTime)]
    claimed_at: String,
    /// When its handler started.
    #[schema(format = DateTime)]
    started_at: String,
    /// When its end was recorded.
    #[schema(format = DateTime)]
    ended_at: String,
}

impl From<AttemptTimes> for AttemptTimesView {
    fn from(times: AttemptTimes) -> Self {
        Self {
            attempt: times.attempt,
            dispatched_at: utc_ms(times.dispatched_at),
            claimed_at: utc_ms(times.claimed_at),
            started_at: utc_ms(times.started_at),
            ended_at: utc_ms(times.ended_at),
        }
    }
}

/// An offer to workers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Offer)]
pub struct OfferView {
    work: WorkName,
    /// Nobody takes it from then on.
    #[schema(format = DateTime)]
    until: String,
    /// Who took it last.
    #[schema(required)]
    worker_id: Option<WorkerId>,
    #[schema(required, format = DateTime)]
    taken_at: Option<String>,
    /// When the time of whoever took it is over.
    #[schema(required, format = DateTime)]
    deadline: Option<String>,
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> Self {
        Self {
            until: utc_ms(offer.until),
            worker_id: offer.worker,
            taken_at: offer.taken_at.map(utc_ms),
            deadline: offer.deadline().map(utc_ms),
            work: offer.work,
        }
    }
}

/// How far a worker said it had come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
pub struct ProgressView {
    #[schema(maximum = 100)]
    percent: u8,
    #[schema(required)]
    message: Option<String>,
    /// When it said so.
    #[schema(format = DateTime)]
    at: String,
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        Self {
            percent: progress.percent,
            message: progress.message,
            at: utc_ms(progress.at),
        }
    }
}

/// A part of a list of executions.
pub type ExecutionPage = Page<ExecutionView>;

/// What asked for an execution.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A fire time of the schedule; of a job that runs after others, of theirs.
    Schedule,
    /// A request to run at once; of a job that runs after others, it may have been for one of them.
    RunNow,
}

impl Trigger {
    /// What asked for an execution on this occasion.
    pub fn of(occasion: Occasion) -> Self {
        if occasion.is_scheduled() {
            Self::Schedule
        } else {
            Self::RunNow
        }
    }
}

/// A result that is kept beside its execution, for as long.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExecutionResult)]
pub struct ResultView {
    /// Its length.
    bytes: u64,
    /// Its media type.
    content_type: String,
    /// Whether it is cut: of what is longer than 5 MB, the rest is not kept.
    cut: bool,
}

impl From<StoredResult> for ResultView {
    fn from(result: StoredResult) -> Self {
        Self {
            bytes: result.bytes,
            content_type: result.content_type,
            cut: result.cut,
        }
    }
}

/// A link to a result.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResultLink)]
pub struct ResultLinkView {
    /// Where to read it, by GET and without a token. Whoever has the link may.
    url: String,
    /// Until when the link is good.
    #[schema(format = DateTime)]
    expires_at: String,
    result: ResultView,
}

impl From<ResultLink> for ResultLinkView {
    fn from(link: ResultLink) -> Self {
        Self {
            url: link.url,
            expires_at: utc(link.expires_at),
            result: link.result.into(),
        }
    }
}

/// An execution that was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunAccepted)]
pub struct RunView {
    /// Its id, under which its record will appear.
    pub execution_id: ExecutionId,
}

impl From<Execution> for ExecutionView {
    fn from(execution: Execution) -> Self {
        let fire_time = execution.id.occasion.fire_time();
        let lateness = execution.lateness();
        let could_start_at = execution.could_start_at();
        let trace_id = execution.trace().trace_id();
        let lag = execution.dispatched_at.map(|at| at - could_start_at);
        Self {
            id: execution.id,
            job_id: execution.id.job,
            fire_time: utc(fire_time),
            trigger: Trigger::of(execution.id.occasion),
            state: execution.state,
            reason: execution.reason,
            attempt: execution.attempt,
            dispatched_at: execution.dispatched_at.map(utc_ms),
            started_at: execution.started_at.map(utc_ms),
            finished_at: execution.finished_at.map(utc_ms),
            waits_until: execution.waits_until.map(utc_ms),
            ready_at: execution.ready_at.map(utc_ms),
            cause: execution.cause,
            lateness_ms: lateness.map(|late| late.num_milliseconds()),
            scheduler_lag_ms: lag.map(|lag| lag.num_milliseconds()),
            duration_ms: execution.duration_ms,
            used: execution.used.map(UsedView::from),
            retry_at: execution.retry_at.map(utc_ms),
            output: execution.output,
            truncated: execution.result.is_some() || execution.result_lost,
            result: execution.result.map(ResultView::from),
            result_lost: execution.result_lost,
            errors: execution.errors,
            timings: execution.timings.into_iter().map(Into::into).collect(),
            stands_for: execution.stands_for,
            cancel_requested: execution.cancel_requested,
            hold: execution.held.map(Into::into),
            offer: execution.offer.map(OfferView::from),
            progress: execution.progress.map(ProgressView::from),
            job_version: execution.job_version,
            trace_id,
            expires_at: utc(execution.keep_until),
        }
    }
}
