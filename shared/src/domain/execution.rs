//! An execution: the durable record of carrying out one occurrence. It only ever moves forward through its states, and
//! only its claim's holder moves it out of `running`.

use chrono::serde::{ts_milliseconds, ts_milliseconds_option};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::pull::{Offer, Progress};
use super::{
    AttemptError, AttemptTimes, ClaimToken, Discarded, ExecutionId, HeldBy, Job, Redriven,
    StoredResult, TraceContext, Used, UserId,
};

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionState {
    /// An upstream of its job has ended, or its own time has come; other upstreams have not ended yet.
    Waiting,
    /// Claimed by a worker.
    Running,
    /// To be taken by a worker of its owner's: its job is of type `pull`.
    Offered,
    /// An operator holds what it is of: it starts when that is released.
    Held,
    /// An attempt failed; the next is due at `retry_at`.
    RetryWait,
    /// It did its work.
    Succeeded,
    /// It failed for a reason that another attempt cannot mend.
    Failed,
    /// Its attempts were used up, or its message was poison.
    Dead,
    /// It never ran, for the recorded reason.
    Skipped,
    /// Its user, or its job's end, stopped it.
    Canceled,
}

impl ExecutionState {
    /// Whether nothing further will happen to it by itself.
    pub fn is_terminal(self) -> bool {
        !matches!(
            self,
            Self::Waiting | Self::Running | Self::Offered | Self::Held | Self::RetryWait
        )
    }
}

/// Why an execution ended, or waits, as it does: a code for programs, with a sentence in the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The target answered, or the handler reported, an error worth another attempt.
    AttemptFailed,
    /// The target or the payload was refused for good.
    Rejected,
    /// The attempt ran past `timeout_seconds`.
    TimedOut,
    /// The handler panicked.
    Panicked,
    /// The worker vanished during the last attempt allowed.
    WorkerLost,
    /// The queue gave up handing the message over.
    RedeliveryExhausted,
    /// It was too late, by the job's misfire policy and catch-up window.
    Misfire,
    /// It was deferred for want of capacity, until its job's catch-up window had ended.
    Deferred,
    /// It was held until it was too late, by its job's policies.
    Held,
    /// The job's schedule was changed, and no longer has this fire time.
    Superseded,
    /// An earlier execution of the job was still under way.
    Overlap,
    /// It waited too long for a slot of its key, or of its owner.
    Limited,
    /// Its owner wanted this one left out.
    SkippedByUser,
    /// A calendar of the job excludes the fire time.
    Excluded,
    /// The job was paused.
    JobPaused,
    /// The job was deleted.
    JobCanceled,
    /// Its user canceled this execution.
    CanceledByUser,
    /// The job's type is not in this deployment's registry.
    UnknownJobType,
    /// The payload names a secret that its owner does not have.
    SecretMissing,
    /// A secret could not be read.
    SecretUnavailable,
    /// No worker took it while it was offered.
    NoWorker,
    /// The target's host, or one that it redirects to, is not to be called.
    TargetRefused,
    /// The name of the target's host could not be resolved.
    DnsFailed,
    /// No connection to the target came about.
    ConnectFailed,
    /// The target's certificate is not one to trust, or TLS was not agreed on.
    TlsFailed,
    /// The target's answer broke off, or was not HTTP.
    ResponseBroken,
    /// The target redirected more often than was to be followed.
    TooManyRedirects,
    /// The target's host failed again and again, and was spared until it was too late.
    TargetBreaker,
    /// A job that it waits for did not succeed: `cause` says where that began.
    UpstreamFailed,
    /// A job that it waits for, `cause`, had not ended when its time to wait was over.
    UpstreamNotFinished,
}

impl Reason {
    /// Whether it is for an upstream to answer: once that does better, what was skipped may run after all.
    pub fn is_upstreams(self) -> bool {
        matches!(self, Self::UpstreamFailed | Self::UpstreamNotFinished)
    }

    /// The same for a person, as the end of "because …".
    pub fn in_words(self) -> &'static str {
        match self {
            Self::AttemptFailed => "its last attempt failed",
            Self::Rejected => "the target, or the payload, was refused for good",
            Self::TimedOut => "its last attempt ran past its timeout",
            Self::Panicked => "its handler panicked",
            Self::WorkerLost => "its worker vanished in the last attempt allowed",
            Self::RedeliveryExhausted => "the queue gave up handing it over",
            Self::Misfire => "it came too late, by the job's misfire policy",
            Self::Superseded => "the job's schedule has this time no more",
            Self::Overlap => "an earlier execution of the job was still under way",
            Self::SkippedByUser => "its owner wanted it left out",
            Self::Excluded => "a calendar of the job excludes it",
            Self::JobPaused => "the job was paused",
            Self::JobCanceled => "the job was deleted",
            Self::CanceledByUser => "its user canceled it",
            Self::UnknownJobType => "the job's type is not known here",
            Self::Deferred => "it was deferred under pressure until it was too late",
            Self::Held => "it was held until it was too late",
            Self::Limited => "it waited too long for a slot of its key, or of its owner",
            Self::SecretMissing => "its payload names a secret that its owner does not have",
            Self::SecretUnavailable => "a secret could not be read",
            Self::NoWorker => "no worker took it while it was offered",
            Self::TargetRefused => "its target's host is not to be called",
            Self::DnsFailed => "the name of its target's host could not be resolved",
            Self::ConnectFailed => "no connection to its target came about",
            Self::TlsFailed => "its target's certificate is not one to trust",
            Self::ResponseBroken => "its target's answer broke off, or was not HTTP",
            Self::TooManyRedirects => "its target redirected too often",
            Self::TargetBreaker => {
                "its target's host failed again and again, and was spared until it was too late"
            }
            Self::UpstreamFailed => "a job that it waits for did not succeed",
            Self::UpstreamNotFinished => "a job that it waits for had not ended in time",
        }
    }
}

/// Changes with every write of the record, so a conditional write can tell its own retry from another's write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub u64);

/// An execution as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Its identity, and its target's idempotency key.
    pub id: ExecutionId,
    /// Its job's owner. Known once the job has been read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Where it stands.
    pub state: ExecutionState,
    /// Why, where the state does not say it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The attempt under way, or the last one, from 1. 0 if it never ran.
    pub attempt: u32,
    /// Fences the present claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimToken>,
    /// Until when the present claim holds.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub lease_until: Option<DateTime<Utc>>,
    /// The job's version that was run, or that was judged when it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_version: Option<u64>,
    /// When the queue accepted the message of the first attempt.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub dispatched_at: Option<DateTime<Utc>>,
    /// When the first attempt was claimed to be started.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_at: Option<DateTime<Utc>>,
    /// When it reached a terminal state.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub finished_at: Option<DateTime<Utc>>,
    /// When the next attempt is due.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub retry_at: Option<DateTime<Utc>>,
    /// If it has waited for upstreams of its job: for how long it may.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub waits_until: Option<DateTime<Utc>>,
    /// When the last of its upstreams had ended, if that was after its fire time: it could not start before.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub ready_at: Option<DateTime<Utc>>,
    /// If an upstream's is the reason: the execution where it began, however many levels up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<ExecutionId>,
    /// How long the last attempt's handler ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// What its attempts have used, as far as it is known: their claims, what they read, and the writes of their ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
    /// The result, or its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Where the whole result lies, if `output` is its beginning only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<StoredResult>,
    /// Of the result there is only the beginning: the rest could not be stored.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub result_lost: bool,
    /// The last attempts' errors, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<AttemptError>,
    /// When the last attempts that ended on record were under way, oldest first. Where a record has no room for it, it is
    /// not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timings: Vec<AttemptTimes>,
    /// How many missed occurrences, itself included, this one stands for after a misfire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_for: Option<u32>,
    /// Its user wants it stopped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_requested: bool,
    /// How it was offered to workers outside, if it was. While it is running, its presence says that one of them holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// The hold that keeps it, while one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldBy>,
    /// How far its worker said it had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// If it was asked for by a request in a trace: where in it.
    #[serde(
        default,
        deserialize_with = "TraceContext::lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub asked_in: Option<TraceContext>,
    /// When the dead-letter handler took note of it.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub dead_lettered_at: Option<DateTime<Utc>>,
    /// The last redrive, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redriven: Option<Redriven>,
    /// Somebody decided that it stays as it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discarded: Option<Discarded>,
    /// Set anew by every write.
    pub stamp: Stamp,
    /// When the record may be purged.
    #[serde(with = "ts_milliseconds")]
    pub keep_until: DateTime<Utc>,
}

impl Execution {
    /// How long records are kept after their fire time.
    pub const RETENTION: TimeDelta = TimeDelta::days(30);
    /// Of how many attempts a record keeps the errors, and the times: the latest.
    pub const MAX_ERRORS: usize = 5;

    /// A record in `state` with nothing else known.
    pub fn new(id: ExecutionId, state: ExecutionState, stamp: Stamp) -> Self {
        Self {
            id,
            user: None,
            state,
            reason: None,
            attempt: 0,
            claim: None,
            lease_until: None,
            job_version: None,
            dispatched_at: None,
            started_at: None,
            finished_at: None,
            retry_at: None,
            waits_until: None,
            ready_at: None,
            cause: None,
            duration_ms: None,
            used: None,
            output: None,
            result: None,
            result_lost: false,
            errors: Vec::new(),
            timings: Vec::new(),
            stands_for: None,
            cancel_requested: false,
            offer: None,
            held: None,
            progress: None,
            asked_in: None,
            dead_lettered_at: None,
            redriven: None,
            discarded: None,
            stamp,
            keep_until: id.occasion.fire_time() + Self::RETENTION,
        }
    }

    /// Whether `claim` still holds it.
    pub fn is_held_by(&self, claim: ClaimToken) -> bool {
        self.state == ExecutionState::Running && self.claim == Some(claim)
    }

    /// The number of the last attempt that it may make, as an execution of `job`. A redrive grants one and no more: an
    /// attempt that somebody asked for is not followed by others that nobody did.
    pub fn last_attempt(&self, job: &Job) -> u32 {
        match &self.redriven {
            Some(redriven) => redriven.attempt,
            None => job.retry.max_attempts(),
        }
    }

    /// When it could start at the earliest: its fire time, or when its upstreams had ended.
    pub fn could_start_at(&self) -> DateTime<Utc> {
        let fire_time = self.id.occasion.fire_time();
        self.ready_at
            .map_or(fire_time, |ready| ready.max(fire_time))
    }

    /// How late it started; negative if it started early.
    pub fn lateness(&self) -> Option<TimeDelta> {
        Some(self.started_at? - self.could_start_at())
    }

    /// The span of its present attempt, or of its last one.
    pub fn trace(&self) -> TraceContext {
        TraceContext::of_attempt(self.id, self.asked_in, self.attempt)
    }

    /// The same record under a fresh stamp.
    #[must_use]
    pub fn stamped(self, stamp: Stamp) -> Self {
        Self { stamp, ..self }
    }

    /// Adds an attempt's error, keeping the latest [`Self::MAX_ERRORS`].
    pub fn push_error(&mut self, error: AttemptError) {
        if self.errors.len() == Self::MAX_ERRORS {
            self.errors.remove(0);
        }
        self.errors.push(error);
    }
    /// The same record with an attempt's times, keeping the latest [`Self::MAX_ERRORS`].
    #[must_use]
    pub fn timed(mut self, times: AttemptTimes) -> Self {
        if self.timings.len() == Self::MAX_ERRORS {
            self.timings.remove(0);
        }
        self.timings.push(times);
        self
    }
}
